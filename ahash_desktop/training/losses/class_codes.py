"""Database codes for each class, taken from what the features see before training."""

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.training.fit import rotate_to_signs

_FLAT = 1e-6
_REACH = 1.5
_MOST_SWEEPS = 20


def class_codes(
    means: NDArray[np.float32], n_bits: int, seed: int, whitening: float
) -> NDArray[np.float32]:
    """One code for each class; classes that look alike share more of its bits.

    The published method finds the codes z of the database by turns with the network (DCC), and all
    photos of a class end up with nearly one code. Here those codes are given at once: the mean
    features of the classes are taken along their principal directions, whose variances are evened
    out by the power w, and rotated to their signs as in ITQ (`training.fit`). With w = 0 the codes
    keep how alike the classes look, with w = 1 they are as far apart as they can be; random ones
    (OrthoHash) tell nothing of likeness. The network is drawn to them by the cross-entropy of
    `orthohash.ortho_hash_loss`.

    Args:
        means: Mean features of each class, float (n_classes, d), finite.
        n_bits: k.
        seed: Of the rotation the search begins with, and of what is drawn if codes run out.
        whitening: w.

    Returns:
        float32 (n_classes, k), ±1. No two are the same as long as 2^k is enough.
    """
    n_classes = len(means)
    centred = means.astype(np.float64) - means.mean(axis=0, dtype=np.float64)
    left, spread, _ = np.linalg.svd(centred, full_matrices=False)
    n_kept = min(n_bits, int((spread > _FLAT * spread.max(initial=0.0)).sum()))
    reduced = np.zeros((n_classes, n_bits))
    reduced[:, :n_kept] = left[:, :n_kept] * spread[:n_kept] ** (1 - whitening)
    logits = reduced @ rotate_to_signs(reduced, seed)
    codes = np.where(logits > 0, 1.0, -1.0).astype(np.float32)
    _tell_apart(codes, np.abs(logits), np.random.default_rng(seed))
    return codes


def _tell_apart(
    codes: NDArray[np.float32], certainty: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """Changes codes that an earlier class has, where they are least certain."""
    n_classes, n_bits = codes.shape
    taken: set[bytes] = set()
    for row in range(n_classes):
        if codes[row].tobytes() in taken:
            for bit in np.argsort(certainty[row], kind="stable"):
                codes[row, bit] *= -1
                if codes[row].tobytes() not in taken:
                    break
                codes[row, bit] *= -1
        while codes[row].tobytes() in taken and n_classes <= 2.0**n_bits:
            codes[row] = rng.choice(np.array([-1, 1], dtype=np.float32), n_bits)
        taken.add(codes[row].tobytes())


def move_apart(codes: NDArray[np.float32], movable: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Codes with some bits changed so that those that are close to one another are less so.

    One bit of one code after the other is turned if that lowers `Σ_{i<j} exp(−d_ij / τ)` over the
    distances d of all pairs, until none does; as many codes as before, or one more or less, have
    each bit on.

    Args:
        codes: float32 (n_classes, k), ±1.
        movable: Which bits may change, bool (k,).

    Returns:
        float32 (n_classes, k), ±1.
    """
    moved = codes.copy()
    n_classes, n_bits = codes.shape
    on_before = (codes > 0).sum(axis=0)
    distances = (n_bits - moved @ moved.T) / 2
    for _ in range(_MOST_SWEEPS):
        n_turned = 0
        for bit in np.flatnonzero(movable):
            n_more = int((moved[:, bit] > 0).sum() - on_before[bit])
            for row in range(n_classes):
                if abs(n_more - int(moved[row, bit])) > 1:
                    continue
                nearer = moved[row, bit] * moved[:, bit]  # +1 where turning adds to the distance
                nearer[row] = 0
                before = np.exp(-distances[row] / _REACH)
                gain = (before * (1 - np.exp(-nearer / _REACH))).sum()
                if gain > 0:
                    moved[row, bit] *= -1
                    n_more += int(moved[row, bit])
                    distances[row] += nearer
                    distances[:, row] = distances[row]
                    n_turned += 1
        if not n_turned:
            break
    return moved
