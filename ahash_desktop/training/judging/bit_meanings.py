"""Which attribute each bit means, and whether that is more than chance would give."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.ask.report import BitMeaning, BitMeanings
from ahash_desktop.training.data.attribute_table import PRESENT_FROM, AttributeTable
from ahash_desktop.training.judging.metrics import bootstrap_interval
from ahash_desktop.training.network.fit import fit_pca_itq

_LEAST_SHARE = 0.05
_N_PERMUTATIONS = 20
_N_PROJECTIONS = 5
_PERCENTILE = 95.0
_BIN = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Observed:
    """What is known of some photos.

    `activations` float (n, k), `features` float32 (n, d), `labels` int64 (n,) into the classes of
    the table of attributes.
    """

    activations: NDArray[np.floating[Any]]
    features: NDArray[np.float32]
    labels: NDArray[np.int64]


def find_meanings(
    choosing: Observed, judged: Observed, table: AttributeTable, seed: int = 0
) -> BitMeanings:
    """The best attribute of every bit, chosen on some photos and judged on others.

    A class has an attribute if it is seen in half of its photos or more; attributes that fewer than
    5 % or more than 95 % of the choosing photos have are left out, and so is what is not known of
    every class. The three nulls go the same way with the same number of bits.

    Args:
        choosing: Photos to choose attributes by: the training photos.
        judged: Other photos.
        table: Attributes of the classes.
        seed: Of the nulls.

    Raises:
        UserFacingError: If no attribute tells the photos apart.
    """
    values = table.values
    present = values >= PRESENT_FROM
    share = present[choosing.labels].mean(axis=0)
    usable = np.flatnonzero(
        (share >= _LEAST_SHARE) & (share <= 1 - _LEAST_SHARE) & ~np.isnan(values).any(axis=0)
    )
    if not len(usable):
        raise UserFacingError(
            "No attribute tells the judged classes apart",
            remedy="Judge more classes, or leave out the table of attributes",
        )
    present = present[:, usable]
    ranks = [_rank(part.activations, part.labels, len(present)) for part in (choosing, judged)]
    chosen, reversed_, found = _best(ranks, present)
    areas = _nulls(choosing, judged, present, seed)
    nulls = {name: float(np.percentile(those, _PERCENTILE)) for name, those in areas.items()}
    bar = max(nulls.values())
    is_meaningful = found > bar
    return BitMeanings(
        tuple(
            BitMeaning(
                bit,
                table.names[usable[chosen[bit]]],
                float(found[bit]),
                bool(reversed_[bit]),
                bool(is_meaningful[bit]),
            )
            for bit in range(len(found))
        ),
        nulls,
        {name: float(np.median(those)) for name, those in areas.items()},
        bootstrap_interval(is_meaningful.astype(np.float64)),
    )


def name_bits(meanings: BitMeanings) -> tuple[str | None, ...]:
    """A name for every bit that means something, such as "red breast, 0.93"; None for the others.

    A bit that is off where the attribute is there is called "not red breast".
    """
    names: list[str | None] = []
    for entry in meanings.bits:
        said = f"{'not ' if entry.is_reversed else ''}{readable(entry.attribute)}"
        names.append(f"{said}, {entry.auroc:.2f}" if entry.is_meaningful else None)
    return tuple(names)


def readable(attribute: str) -> str:
    """An attribute's label in plain words.

    Labels like those of CUB-200-2011 are turned round: "has_breast_color::red" is "red breast",
    "has_bill_length::longer_than_head" is "bill longer than head". Others stay as they are.
    """
    match = re.fullmatch(r"has_(\w+)::(.+)", attribute)
    if match is None:
        return attribute
    part, value = match[1], re.sub(r"_?\(.*\)", "", match[2]).replace("_", " ").strip()
    subject, _, kind = part.rpartition("_")
    if part == "primary_color":
        return f"mostly {value}"
    if part in ("shape", "size"):
        return value if part == "shape" else f"{value} bird"
    subject = subject.replace("_", " ")
    if kind == "length":
        return f"{subject} {value}"
    named = subject or part
    return value if value.endswith(named) else f"{value} {named}"


@dataclass(frozen=True, slots=True)
class _Ranks:
    """Ranks of photos by each score, summed over each class: float64 (n_classes, k).

    Attributes belong to classes, so these sums and `counts` float64 (n_classes,) of photos are
    all that areas under ROC curves need.
    """

    sums: NDArray[np.float64]
    counts: NDArray[np.float64]


def areas_under_roc(scores: NDArray[np.floating[Any]], present: _BIN) -> NDArray[np.float64]:
    """The area under the ROC curve of every score for every attribute.

    Args:
        scores: float (n, k); ties count half.
        present: bool (n, a).

    Returns:
        float64 (k, a); ½ where an attribute is in all photos or none.
    """
    return _areas(_rank(scores, np.arange(len(scores)), len(scores)), present)


def _rank(scores: NDArray[np.floating[Any]], labels: NDArray[np.int64], n_classes: int) -> _Ranks:
    sums = np.zeros((n_classes, scores.shape[1]))
    np.add.at(sums, labels, rankdata(scores, axis=0))
    return _Ranks(sums, np.bincount(labels, minlength=n_classes).astype(np.float64))


def _areas(ranks: _Ranks, present: _BIN) -> NDArray[np.float64]:
    """Areas (k, a) from ranks and what classes have: bool (n_classes, a)."""
    n_present = ranks.counts @ present
    pairs = n_present * (ranks.counts.sum() - n_present)
    sums = ranks.sums.T @ present
    areas = np.full(sums.shape, 0.5)
    np.divide(sums - n_present * (n_present + 1) / 2, pairs, out=areas, where=pairs > 0)
    return areas


def _best(
    ranks: Sequence[_Ranks], present: _BIN
) -> tuple[NDArray[np.int64], _BIN, NDArray[np.float64]]:
    """For each bit the attribute chosen, whether it is reversed, and its area on the judged.

    Args:
        ranks: Of the choosing photos, then of the judged.
        present: bool (n_classes, a).
    """
    choosing, judged = ranks
    areas = _areas(choosing, present)
    chosen = np.abs(areas - 0.5).argmax(axis=1)
    bits = np.arange(len(chosen))
    reversed_: _BIN = areas[bits, chosen] < 0.5
    found = _areas(judged, present)[bits, chosen]
    return chosen, reversed_, np.where(reversed_, 1 - found, found)


def _nulls(
    choosing: Observed, judged: Observed, present: _BIN, seed: int
) -> dict[str, NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    n_bits, n_features = choosing.activations.shape[1], choosing.features.shape[1]
    ranks = [_rank(part.activations, part.labels, len(present)) for part in (choosing, judged)]
    permuted = [
        _best(ranks, present[rng.permutation(len(present))])[2] for _ in range(_N_PERMUTATIONS)
    ]

    def project(directions: NDArray[np.float32]) -> NDArray[np.float64]:
        """Areas of `X D`; they need no thresholds."""
        projected = [
            _rank(part.features @ directions, part.labels, len(present))
            for part in (choosing, judged)
        ]
        return _best(projected, present)[2]

    random = [
        project(rng.standard_normal((n_features, n_bits)).astype(np.float32))
        for _ in range(_N_PROJECTIONS)
    ]
    n_directions = min(n_bits, n_features, len(choosing.features) - 1)
    weight, _ = fit_pca_itq(choosing.features, n_directions, seed)
    return {
        "permuted": np.concatenate(permuted),
        "random": np.concatenate(random),
        "pca_itq": project(weight.T),
    }
