"""Database codes for each class, and the hash layer that gives them before anything is learned."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.training.network.fit import rotate_to_signs

_SHRINKAGE = 3.0
"""λ: how much of the scatter within classes is taken to be the same in all directions."""
_WITHIN = 0.1
"""γ: what the scatter within classes counts for beside that between them."""
_EVENNESS = 0.75
"""e: how far the variances of the means are evened out for their codes; 1 makes them even."""
_FLAT = 1e-9
_REACH = 1.5
_MOST_SWEEPS = 20
_TIE = 1e-6
"""What a turn gains, as a share of all nearness, counts from here: less is rounding."""


class FittedCodes(NamedTuple):
    """A code for each class, float32 (n_classes, k), ±1, and W, float32 (k, d), that gives them."""

    codes: NDArray[np.float32]
    weight: NDArray[np.float32]


def fit_class_codes(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    n_classes: int,
    n_bits: int,
    seed: int,
    previous: NDArray[np.float32] | None = None,
    token: CancelToken | None = None,
) -> FittedCodes:
    """Codes of classes from what the features see; classes that look alike share more bits.

    The published method finds the codes z of the database by turns with the network (DCC), and all
    photos of a class end up with nearly one code. Here those codes are given at once, by a hash
    layer that is a discriminant analysis: with the scatter within classes Σ_w (d, d), the features
    are whitened by `(Σ_w + λ tr(Σ_w)/d I)^(−½)`, taken along the first k principal directions of
    `Σ_b + γ Σ_w` there, Σ_b being the scatter between classes, and rotated so that the means of
    classes come close to their signs, as in ITQ (`network.fit`). The signs of the means would be
    codes, but classes that look alike have nearly the same. So the variances of the means along
    these directions are evened out, to the power of 1 − e, and they are rotated to signs once more,
    beginning where those signs are: some bits in a hundred change, and codes lie further apart.
    Training begins with this W and draws each photo to its class's code by the cross-entropy of
    `orthohash.ortho_hash_loss`. Source of the analysis: Fisher 1936
    (https://doi.org/10.1111/j.1469-1809.1936.tb02137.x), the shrinkage as in Friedman 1989
    (https://doi.org/10.1080/01621459.1989.10478752), ITQ: Gong and Lazebnik 2011
    (https://doi.org/10.1109/CVPR.2011.5995432).

    Args:
        features: Of some photos of each class, float (n, d), finite.
        labels: Their classes, int64 (n,); of a class without photos the code is drawn.
        n_classes: How many classes there are.
        n_bits: k.
        seed: Of the rotation the search begins with, and of what is drawn if codes run out.
        previous: Codes of the classes so far, float32 (n_classes, k), from which no bit shall stray
            further than it must: the search begins with the rotation that comes closest to them.
        token: Cancels between two steps of the search.

    Returns:
        The codes, no two the same as long as 2^k is enough, and W, whose logits have unit variance
        over the photos.

    Raises:
        Cancelled: If the token asks for it.

    Example:
        >>> features = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
        >>> labels = np.arange(40) % 4
        >>> fitted = fit_class_codes(features, labels, n_classes=4, n_bits=3, seed=0)
        >>> fitted.codes.shape, fitted.weight.shape, len(np.unique(fitted.codes, axis=0))
        ((4, 3), (3, 6), 4)
    """
    counts = np.bincount(labels, minlength=n_classes)
    shifted = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    means = np.zeros((n_classes, features.shape[1]))
    np.add.at(means, labels, shifted)
    means /= np.maximum(counts, 1)[:, None]
    whiten = _whitening(shifted - means[labels])
    within, between = (shifted - means[labels]) @ whiten, means @ whiten
    scatter = between.T @ between / n_classes + _WITHIN * within.T @ within / max(len(within), 1)
    spread, directions = np.linalg.eigh(scatter)
    n_kept = min(n_bits, int((spread > _FLAT * max(spread[-1], _FLAT)).sum()))
    kept = np.zeros((len(scatter), n_bits))
    kept[:, :n_kept] = directions[:, ::-1][:, :n_kept]
    reduced = between @ kept
    first = None if previous is None else _nearest_rotation(reduced, previous)
    rotation = rotate_to_signs(reduced, seed, first=first, token=token)
    weight = (whiten @ kept @ rotation).T
    logits = reduced @ rotation
    signs = np.where(logits > 0, 1.0, -1.0) if previous is None else previous
    even = reduced * np.maximum(reduced.std(axis=0), _FLAT) ** -_EVENNESS
    nearest = _nearest_rotation(even, signs)
    certainty = even @ rotate_to_signs(even, seed, first=nearest, token=token)
    codes = np.where(certainty > 0, 1.0, -1.0).astype(np.float32)
    _tell_apart(codes, np.abs(certainty), np.random.default_rng(seed))
    deviations = (shifted @ weight.T).std(axis=0)
    weight /= np.where(deviations > 0, deviations, 1.0)[:, None]
    return FittedCodes(codes, weight.astype(np.float32))


def codes_of_means(
    logits: NDArray[np.floating], labels: NDArray[np.int64], n_classes: int, seed: int
) -> NDArray[np.float32]:
    """Codes of classes next to what bits that exist already say of them.

    A bit of a class's code is the sign of `m_c − m̄ / 2`, with the mean m_c of the class's logits
    and the mean m̄ of these: where a bit says the same of nearly all classes, some are turned, so
    that codes have room to lie apart; then they are moved apart (`move_apart`).

    Args:
        logits: Each bit's of mean 0 and variance 1 over the photos that count, float (n, k).
        labels: The classes, int64 (n,).
        n_classes: How many classes there are.
        seed: Of what is drawn if codes run out.

    Returns:
        float32 (n_classes, k), ±1.
    """
    counts = np.bincount(labels, minlength=n_classes)
    means = np.zeros((n_classes, logits.shape[1]))
    np.add.at(means, labels, logits.astype(np.float64))
    means /= np.maximum(counts, 1)[:, None]
    certainty = means - 0.5 * means.mean(axis=0)
    codes = np.where(certainty > 0, 1.0, -1.0).astype(np.float32)
    _tell_apart(codes, np.abs(certainty), np.random.default_rng(seed))
    return move_apart(codes, np.ones(logits.shape[1], dtype=bool))


def _nearest_rotation(
    reduced: NDArray[np.float64], codes: NDArray[np.floating]
) -> NDArray[np.float64]:
    """The rotation that brings `reduced` closest to codes (Schönemann 1966)."""
    left, _, right = np.linalg.svd(reduced.T @ codes)
    nearest: NDArray[np.float64] = left @ right
    return nearest


def _whitening(within: NDArray[np.float64]) -> NDArray[np.float64]:
    """`(Σ_w + λ tr(Σ_w)/d I)^(−½)`, (d, d)."""
    scatter = within.T @ within / max(len(within), 1)
    spread, directions = np.linalg.eigh(scatter)
    ridge = _SHRINKAGE * spread.mean() if spread.mean() > 0 else 1.0
    whiten: NDArray[np.float64] = (directions * (spread + ridge) ** -0.5) @ directions.T
    return whiten


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
    spread = _Spread(codes)
    for _ in range(_MOST_SWEEPS):
        n_turned = sum(spread.turn_where_it_helps(int(bit)) for bit in np.flatnonzero(movable))
        if not n_turned:
            break
    return spread.codes


class _Spread:
    """Codes, and how near each is to each.

    What turning one bit of any code would gain is known at once for all codes, from the sum over a
    code's neighbours and that over those with the same bit; a turn changes these by one row.
    """

    def __init__(self, codes: NDArray[np.float32]) -> None:
        self.codes = codes.copy()
        n_bits = codes.shape[1]
        self._on_before = (codes > 0).sum(axis=0)
        self._distances = ((n_bits - codes @ codes.T) / 2).astype(np.int16)
        self._nearness_of = np.exp(-np.arange(n_bits + 1) / _REACH).astype(np.float32)
        self._nearness = self._nearness_of[self._distances]
        np.fill_diagonal(self._nearness, 0)
        self._total = self._nearness.sum(axis=1, dtype=np.float64)

    def turn_where_it_helps(self, bit: int) -> int:
        """Turns a bit of one code after the other if that moves them apart; how many it turned."""
        side = self.codes[:, bit]
        alike = (self._nearness @ side).astype(np.float64)
        n_more = int((side > 0).sum() - self._on_before[bit])
        n_turned = row = 0
        while True:
            helps = self._gain(side, alike) > _TIE * self._total
            chosen = np.flatnonzero(helps[row:] & (np.abs(n_more - side[row:]) <= 1))
            if not len(chosen):
                return n_turned
            row += int(chosen[0])
            self._turn(row, side, alike)
            n_more += int(side[row])
            n_turned += 1
            row += 1

    def _gain(self, side: NDArray[np.float32], alike: NDArray[np.float64]) -> NDArray[np.float64]:
        """By how much turning each code's bit lowers the sum: those of its side go away, 1 each."""
        same, other = self._total + side * alike, self._total - side * alike
        gain: NDArray[np.float64] = (
            same * (1 - np.exp(-1 / _REACH)) + other * (1 - np.exp(1 / _REACH))
        ) / 2
        return gain

    def _turn(self, row: int, side: NDArray[np.float32], alike: NDArray[np.float64]) -> None:
        before = self._nearness[row].copy()
        nearer = (side[row] * side).astype(np.int16)
        nearer[row] = 0
        self._distances[row] += nearer
        self._distances[:, row] = self._distances[row]
        after = self._nearness_of[self._distances[row]]
        after[row] = 0
        alike -= side[row] * (after + before)
        side[row] *= -1
        alike[row] = after @ side
        self._total += after - before
        self._total[row] = after.sum(dtype=np.float64)
        self._nearness[row] = after
        self._nearness[:, row] = after
