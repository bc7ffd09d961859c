"""Which labels are probably wrong: photos whose neighbours have another kind."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_RIDGE = 0.3
_N_NEIGHBOURS = 3
_MOST_SHARE = 0.14
"""At most so many of the photos are shown: nobody looks through more."""
_SURE = 0.05
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Doubt:
    """A photo whose label is doubted: its row, what its neighbours have, and who they are."""

    row: int
    suggested: int
    neighbours: tuple[int, ...]
    margin: float


def find_doubts(
    features: NDArray[np.floating], labels: NDArray[np.int64], n_kinds: int
) -> list[Doubt]:
    """Photos that the others would give another kind, the most doubtful first.

    Each photo is told by a ridge regression from features to kinds that did not see it; with the
    hat matrix `H = X (XᵀX + μI)⁻¹ Xᵀ` what it would have said of photo i is `(ŷ_i − h_ii y_i) /
    (1 − h_ii)`. A photo is doubtful where another kind scores higher than its own. Source: Allen
    1974 (the leave-one-out residuals); Northcutt, Jiang and Chuang, Confident learning (2021), for
    ordering by the margin.

    Args:
        features: Of one view of each photo, float (n, d).
        labels: Their kinds, int64 (n,).
        n_kinds: How many kinds there are.
    """
    if len(labels) < 2 * _N_NEIGHBOURS or n_kinds < 2:
        return []
    unit = _centred_unit(features)
    scores = leave_one_out_scores(unit, labels, n_kinds)
    rows = np.arange(len(labels))
    own = scores[rows, labels]
    others = scores.copy()
    others[rows, labels] = -np.inf
    best = others.argmax(axis=1)
    margins = others[rows, best] - own
    doubtful = np.flatnonzero(margins > _SURE)
    doubtful = doubtful[np.argsort(-margins[doubtful], kind="stable")]
    doubtful = doubtful[: max(1, round(_MOST_SHARE * len(labels)))]
    return [
        Doubt(row, int(best[row]), _neighbours(unit, row, labels, best[row]), float(margins[row]))
        for row in doubtful.tolist()
    ]


def leave_one_out_scores(
    unit: NDArray[np.float64], labels: NDArray[np.int64], n_kinds: int
) -> NDArray[np.float64]:
    """How much each kind is the photo's, told by the other photos: float64 (n, n_kinds).

    Args:
        unit: Centred features of unit length, float64 (n, d).
        labels: Their kinds.
        n_kinds: How many there are.
    """
    counts = np.maximum(np.bincount(labels, minlength=n_kinds), 1)
    weights = np.sqrt(1.0 / counts[labels])[:, None]  # every kind counts as much
    targets = np.zeros((len(labels), n_kinds))
    targets[np.arange(len(labels)), labels] = 1.0
    weighted = unit * weights
    if len(unit) <= unit.shape[1]:
        kernel = weighted @ weighted.T
        mu = _RIDGE * max(np.trace(kernel) / len(kernel), 1e-12)
        inverse = np.linalg.inv(kernel + mu * np.eye(len(kernel)))
        hat = np.eye(len(kernel)) - mu * inverse
        said, own = hat @ (targets * weights), np.diag(hat)
    else:
        scatter = weighted.T @ weighted
        mu = _RIDGE * np.trace(scatter) / len(unit)
        solved = np.linalg.inv(scatter + mu * np.eye(len(scatter)))
        said = weighted @ (solved @ (weighted.T @ (targets * weights)))
        own = np.einsum("nd,nd->n", weighted @ solved, weighted)
    left = 1 - np.clip(own, 0, 1 - 1e-9)
    scores: NDArray[np.float64] = (
        (said - own[:, None] * targets * weights) / left[:, None] / weights
    )
    return scores


def _centred_unit(features: NDArray[np.floating]) -> NDArray[np.float64]:
    centred = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    unit: NDArray[np.float64] = centred / np.maximum(
        np.linalg.norm(centred, axis=1, keepdims=True), 1e-9
    )
    return unit


def _neighbours(
    unit: NDArray[np.float64], row: int, labels: NDArray[np.int64], kind: int
) -> tuple[int, ...]:
    """The nearest photos of the kind that the others suggest."""
    candidates = np.flatnonzero(labels == kind)
    cosines = unit[candidates] @ unit[row]
    order = np.argsort(-cosines, kind="stable")[:_N_NEIGHBOURS]
    return tuple(int(candidates[place]) for place in order)
