"""What the scores of first matches are worth in a library of kinds that nobody labelled."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.default_model.encoded import Encoded, halves, join

_PHOTOS_A_KIND = 5
_LEFT_AWAY = "crops"
"""Parts of photos that are there as a whole."""
_VERY_CLOSE, _CLOSE, _WRONGLY_NONE = 0.955, 0.81, 0.095
"""How often "very close" and "close" are to be right, and how often "none" may be wrong."""
_DOMAINS = ("bird", "car")


@dataclass(frozen=True, slots=True)
class FirstMatches:
    """Of each photo that asks: scores float (n,) with its kind in the library and with it out.

    `right`, bool (n,), says whether the first match is of the same kind, with it there; `asks`
    whether there is another photo of its kind at all.
    """

    inside: NDArray[np.float32]
    outside: NDArray[np.float32]
    right: NDArray[np.bool_]
    asks: NDArray[np.bool_]

    def where(self, rows: NDArray[np.bool_]) -> "FirstMatches":
        """Some of the photos."""
        return FirstMatches(
            self.inside[rows], self.outside[rows], self.right[rows], self.asks[rows]
        )


def closeness_curve(encoded: dict[str, Encoded], seed: int = 0) -> dict[str, Any]:
    """The curves of a model, one for all and one for each domain of the photo that asks.

    At most five photos of every kind are the library; every photo asks once with its kind there and
    once with it taken out. "Very close" are scores from which on 95 % of the first matches of both
    are of the same kind, "close" 80 %; what lies below "loose" is nothing close, at most 10 % of
    those that have their kind there. Prints what half of the kinds are told by curves from the
    others; what comes back is from all.
    """
    library = make_library(encoded, seed)
    matches = first_matches(library)
    first, second = halves(library.kinds)
    domains = {}
    for domain in _DOMAINS:
        of = library.domains == domain
        if of.any():
            tell(domain, curve_of(matches.where(of & first)), matches.where(of & second))
            domains[domain] = curve_of(matches.where(of))
    return {"order": "strength", **curve_of(matches), "domains": domains}


def make_library(encoded: dict[str, Encoded], seed: int) -> Encoded:
    """At most so many photos of every kind."""
    whole = join([part for name, part in encoded.items() if name != _LEFT_AWAY])
    rng = np.random.default_rng(seed)
    chosen = [
        rng.permutation(np.flatnonzero(whole.kinds == kind))[:_PHOTOS_A_KIND]
        for kind in np.unique(whole.kinds)
    ]
    return whole.where(np.concatenate(chosen))


def first_matches(library: Encoded) -> FirstMatches:
    """What every photo of a library is told when it asks."""
    unit = library.u / np.linalg.norm(library.u, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -1)
    same = library.kinds[:, None] == library.kinds
    first = cosines.argmax(axis=1)
    everywhere = np.arange(len(first))
    return FirstMatches(
        cosines[everywhere, first],
        np.where(same, -1, cosines).max(axis=1),
        same[everywhere, first],
        same.sum(axis=1) > 1,
    )


def curve_of(matches: FirstMatches) -> dict[str, Any]:
    """Thresholds of the bands, and how often a first match was right by its score."""
    inside, right = matches.inside[matches.asks], matches.right[matches.asks]
    scores = np.concatenate([inside, matches.outside])
    correct = np.concatenate([right, np.zeros(len(matches.outside), dtype=bool)])
    very, near = (_from(scores, correct, least) for least in (_VERY_CLOSE, _CLOSE))
    loose = min(float(np.quantile(inside, _WRONGLY_NONE)), near)
    points = []
    for low, high in pairwise(np.quantile(scores, np.linspace(0, 1, 13))):
        within = (scores >= low) & (scores <= high)
        point = scores[within].mean(), correct[within].mean()
        points.append([round(float(value), 4) for value in point])
    return {
        "very_close": round(very, 5),
        "close": round(near, 5),
        "loose": round(loose, 5),
        "points": points,
    }


def tell(name: str, curve: dict[str, Any], matches: FirstMatches) -> None:
    """Prints what photos are told by a curve, and how much of it is right."""
    inside, right = matches.inside[matches.asks], matches.right[matches.asks]
    told = []
    for band in ("very_close", "close"):
        said = inside >= curve[band]
        n_said = said.sum() + (matches.outside >= curve[band]).sum()
        share = (right & said).sum() / max(1, n_said)
        told.append(f"at least {band} {said.mean():.3f}, {share:.3f} right")
    none = np.mean(matches.outside < curve["loose"]), np.mean(inside < curve["loose"])
    print(
        f"first matches of {len(matches.outside)} photos of a {name}: {'; '.join(told)}; "
        f"none {none[1]:.3f} with a like, {none[0]:.3f} without"
    )


def _from(scores: NDArray, correct: NDArray, least: float) -> float:
    """The lowest score from which on at least so large a share is correct."""
    order = np.argsort(-scores)
    share = np.cumsum(correct[order]) / np.arange(1, len(order) + 1)
    allowed = np.flatnonzero(share >= least)
    return float(scores[order[allowed[-1]]]) if len(allowed) else 1.0
