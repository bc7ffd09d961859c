"""How close matches are after a lesson: what its model's scores are worth, by photos kept back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.closeness import ClosenessCurve, read_calibration
from ahash_desktop.core.codes import Activations

_VERY_CLOSE, _CLOSE = 0.95, 0.8
"""So large a share of the first matches from an edge on is of the query's kind."""
_WRONGLY_NONE = 0.1
"""So many of those that have their kind there may be told that nothing is close."""
_FEWEST = 40
_AT_ONCE = 512
_NEVER = 1.0

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FirstMatches:
    """The first match of each query, once with its kind there and once without.

    `inside` float32 (n,) is the cosine of the nearest and `is_right` bool (n,) whether it is of the
    query's kind; `outside` float32 (m,) that of the nearest of any other kind.
    """

    inside: NDArray[np.float32]
    is_right: NDArray[np.bool_]
    outside: NDArray[np.float32]

    def edges(self) -> ClosenessCurve:
        """From which cosine on a match is in each band."""
        scores = np.concatenate([self.inside, self.outside])
        right = np.concatenate([self.is_right, np.zeros(len(self.outside), np.bool_)])
        close = _from(scores, right, _CLOSE)
        loose = min(float(np.quantile(self.inside, _WRONGLY_NONE)), close)
        return ClosenessCurve(max(_from(scores, right, _VERY_CLOSE), close), close, loose)


def first_matches(
    asking: Activations, asking_kinds: Labels, there: Activations, kinds_there: Labels
) -> FirstMatches:
    """What a search of each of some photos finds first among others.

    Args:
        asking: Activations of the queries, float16 (n, k).
        asking_kinds: Their kinds, int64 (n,).
        there: Activations of what is searched, float16 (m, k); a query itself is not in it.
        kinds_there: Their kinds, int64 (m,).
    """
    database = _unit(there)
    parts = []
    for start in range(0, len(asking), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        cosines = _unit(asking[part]) @ database.T
        parts.append(_first(cosines, asking_kinds[part, None] == kinds_there))
    return _joined(parts)


def first_among_themselves(activations: Activations, kinds: Labels) -> FirstMatches:
    """The same, each of some photos asking all others of them."""
    unit = _unit(activations)
    parts = []
    for start in range(0, len(unit), _AT_ONCE):
        rows = np.arange(start, min(start + _AT_ONCE, len(unit)))
        cosines = unit[rows] @ unit.T
        same = kinds[rows, None] == kinds
        cosines[np.arange(len(rows)), rows] = -1
        same[np.arange(len(rows)), rows] = False
        parts.append(_first(cosines, same))
    return _joined(parts)


def curve_after(
    before: Mapping[str, Any] | None, own: FirstMatches, others: FirstMatches | None
) -> dict[str, Any] | None:
    """The closeness curve of a lesson's model; None where nothing certain can be said.

    A word has to be true of the kinds that were taught and of all others, so each edge is the
    higher of both but the one below which nothing is close, which is the lower. For the others
    stand the curves of the model before the lesson, which held them at what they were, one for each
    domain where it had several; if it had none, other photos whose kinds are known.

    Args:
        before: What that model says of closeness, see `core.closeness`; None if it says nothing, or
            other photos were not held.
        own: First matches of photos of taught kinds that were kept back.
        others: Of photos that were not taught, by kinds that are known; None if there are none.
    """
    if len(own.inside) < _FEWEST:
        return None
    edges = own.edges()
    said = read_calibration(before)
    if said.general is not None:
        domains = {name: _combined(edges, part) for name, part in said.domains.items()}
        curve = {"order": "strength", **_combined(edges, said.general)}
        return curve | ({"domains": domains} if domains else {})
    if others is None or len(others.inside) < _FEWEST:
        return None
    return {"order": "strength", **_combined(edges, others.edges())}


def _combined(one: ClosenessCurve, other: ClosenessCurve) -> dict[str, float]:
    return {
        "very_close": round(max(one.very_close, other.very_close), 5),
        "close": round(max(one.close, other.close), 5),
        "loose": round(min(one.loose, other.loose), 5),
    }


def _first(cosines: NDArray[np.float32], same: NDArray[np.bool_]) -> FirstMatches:
    has_like = same.any(axis=1)
    nearest = cosines.argmax(axis=1)
    rows = np.arange(len(cosines))
    outside = np.where(same, np.float32(-1), cosines).max(axis=1)
    return FirstMatches(
        cosines[rows, nearest][has_like], same[rows, nearest][has_like], outside[outside > -1]
    )


def _joined(parts: list[FirstMatches]) -> FirstMatches:
    if not parts:
        return FirstMatches(np.empty(0, np.float32), np.empty(0, np.bool_), np.empty(0, np.float32))
    return FirstMatches(
        np.concatenate([part.inside for part in parts]),
        np.concatenate([part.is_right for part in parts]),
        np.concatenate([part.outside for part in parts]),
    )


def _from(scores: NDArray[np.float32], right: NDArray[np.bool_], least: float) -> float:
    """The lowest score from which on at least so large a share is right."""
    order = np.argsort(-scores, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    allowed = np.flatnonzero(share >= least)
    return float(scores[order[allowed[-1]]]) if len(allowed) else _NEVER


def _unit(activations: Activations) -> NDArray[np.float32]:
    exact = activations.astype(np.float32)
    unit: NDArray[np.float32] = exact / np.maximum(
        np.linalg.norm(exact, axis=1, keepdims=True), np.float32(1e-9)
    )
    return unit
