"""What bits may say and what scores are worth, calibrated on kinds that were never learned from."""

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.default_model.sure import find_threshold, truth
from benchmarks.default_model.tables import CAR_NAMES, bird_rows, car_row

_HAS_LEAST, _LACKS_LEAST, _CAR_LEAST = 0.93, 0.97, 0.955
_PHOTOS_A_KIND = 5
Activations = dict[str, tuple[NDArray, NDArray]]
"""By collection: activations float32 (n, k), and the kind of each photo."""


@dataclass(frozen=True, slots=True)
class Speech:
    """What a bundle says of its bits, one entry a bit, see `hashing.manifest`."""

    names: tuple[str | None, ...]
    names_zh: tuple[str | None, ...]
    attributes: tuple[str | None, ...]
    domains: tuple[str | None, ...] = ()
    says_has: tuple[float | None, ...] = ()
    says_has_not: tuple[float | None, ...] = ()
    confidence: tuple[list[float] | None, ...] = ()
    curve: dict[str, Any] | None = None


def calibrate(speech: Speech, activations: Activations, data: Path) -> Speech:
    """Thresholds for every bit with an attribute; prints what is then said and how much is true."""
    bird_names, bird_values = bird_rows(data)
    birds = [activations[name] for name in ("crops", "birds", "also")]
    u = np.concatenate([part for part, _ in birds])
    kinds = np.concatenate([part for _, part in birds])
    shares = bird_values[[int(kind[:3]) - 1 for kind in kinds]]
    car_u, car_kinds = activations.get("cars", (u[:0], kinds[:0]))
    car_shares = np.array([car_row(kind) for kind in car_kinds])
    entries = []
    for bit, attribute in enumerate(speech.attributes):
        if attribute is None:
            entries.append((None, None, None, None))
        elif attribute in CAR_NAMES:
            column = CAR_NAMES.index(attribute)
            known = np.isfinite(car_shares[:, column])
            told = car_u[known, bit], car_shares[known, column], car_kinds[known]
            entries.append(("car", *_thresholds(*told, _CAR_LEAST, _CAR_LEAST, 2)))
        else:
            column = bird_names.index(attribute)
            told = u[:, bit], shares[:, column], kinds
            entries.append(("bird", *_thresholds(*told, _HAS_LEAST, _LACKS_LEAST, 3)))
    domains, has, has_not, confidence = zip(*entries, strict=True)
    speech = replace(
        speech, domains=domains, says_has=has, says_has_not=has_not, confidence=confidence
    )
    _tell(speech, u, shares, bird_names)
    return speech


def _thresholds(
    u: NDArray,
    shares: NDArray,
    kinds: NDArray,
    has_least: float,
    lacks_least: float,
    n_kinds: int,
) -> tuple[float | None, float | None, list[float] | None]:
    (true, wrong), (lacks, lacks_not) = truth(shares)
    has = find_threshold(u, true, wrong, kinds, has_least, n_kinds)
    no = find_threshold(-u, lacks, lacks_not, kinds, lacks_least, n_kinds)
    if has is None and no is None:
        return None, None, None
    sure = [round(part.confidence, 4) if part else 0.0 for part in (has, no)]
    has_from = None if has is None else float(np.clip(has.value, -1, 1))
    lacks_to = None if no is None else float(np.clip(-no.value, -1, 1))
    if has_from is not None and lacks_to is not None and lacks_to >= has_from:
        lacks_to = None
    return has_from, lacks_to, sure


def _tell(speech: Speech, u: NDArray, shares: NDArray, names: tuple[str, ...]) -> None:
    n_has = n_lacks = true_has = wrong_has = true_no = wrong_no = 0
    groups: list[set[str]] = [set() for _ in u]
    for bit, attribute in enumerate(speech.attributes):
        if attribute is None or speech.domains[bit] != "bird":
            continue
        column = names.index(attribute)
        (true, wrong), (lacks, lacks_not) = truth(shares[:, column])
        has_from, lacks_to = speech.says_has[bit], speech.says_has_not[bit]
        if has_from is not None:
            said = u[:, bit] >= has_from
            n_has += said.sum()
            true_has += (said & true).sum()
            wrong_has += (said & wrong).sum()
            for row in np.flatnonzero(said):
                groups[row].add(attribute.partition("::")[0])
        if lacks_to is not None:
            said = u[:, bit] <= lacks_to
            n_lacks += said.sum()
            true_no += (said & lacks).sum()
            wrong_no += (said & lacks_not).sum()
    n = len(u)
    print(
        f"of a bird: has {n_has / n:.2f} in {np.mean([len(g) for g in groups]):.2f} groups, "
        f"{true_has / max(1, true_has + wrong_has):.3f} true; has not {n_lacks / n:.2f}, "
        f"{true_no / max(1, true_no + wrong_no):.3f} true"
    )


def closeness_curve(activations: Activations, seed: int = 0) -> dict[str, Any]:
    """What the scores of first matches are worth in a library of kinds nobody labelled.

    At most five photos of every left-out kind are the library; every photo asks once with its kind
    there and once with it taken out. "Very close" are scores from which on 95 % of the first
    matches of both are of the same kind, "close" 80 %; what lies below "loose" is nothing close,
    at most 10 % of those that have their kind there.
    """
    rng = np.random.default_rng(seed)
    values, kinds = [], []
    for u, names in activations.values():
        for kind in np.unique(names):
            rows = rng.permutation(np.flatnonzero(names == kind))[:_PHOTOS_A_KIND]
            values.append(u[rows])
            kinds += [kind] * len(rows)
    table = np.concatenate(values)
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -1)
    of = np.unique(np.array(kinds), return_inverse=True)[1]
    same = of[:, None] == of
    has_like = same.sum(axis=1) > 1
    inside, right = cosines.max(axis=1), same[np.arange(len(of)), cosines.argmax(axis=1)]
    outside = np.where(same, -1, cosines).max(axis=1)
    scores = np.concatenate([inside[has_like], outside])
    correct = np.concatenate([right[has_like], np.zeros(len(outside), dtype=bool)])
    very, near = (_from(scores, correct, least) for least in (0.955, 0.81))
    loose = min(float(np.quantile(inside[has_like], 0.095)), near)
    told = inside[has_like]
    print(
        f"first matches, of {len(of)} photos: very close {np.mean(told >= very):.3f}, at least "
        f"close {np.mean(told >= near):.3f}, wrongly none {np.mean(told < loose):.3f}; without "
        f"a like none {np.mean(outside < loose):.3f}"
    )
    edges = np.quantile(scores, np.linspace(0, 1, 13))
    points = []
    for low, high in pairwise(edges):
        within = (scores >= low) & (scores <= high)
        point = scores[within].mean(), correct[within].mean()
        points.append([round(float(value), 4) for value in point])
    return {
        "order": "strength",
        "very_close": round(very, 5),
        "close": round(near, 5),
        "loose": round(loose, 5),
        "points": points,
    }


def _from(scores: NDArray, correct: NDArray, least: float) -> float:
    """The lowest score from which on at least so large a share is correct."""
    order = np.argsort(-scores)
    share = np.cumsum(correct[order]) / np.arange(1, len(order) + 1)
    allowed = np.flatnonzero(share >= least)
    return float(scores[order[allowed[-1]]]) if len(allowed) else 1.0
