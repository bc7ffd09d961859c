"""Fits the hash layer anew on kept features: to the kinds that are taught, and to what it knew."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.training.data.batches import first_of_each_class
from ahash_desktop.training.losses.class_codes import fit_class_codes
from ahash_desktop.training.network.fit import fit_pca_itq

Floats = NDArray[np.float32]

_REACH = 1.2
"""How far from its threshold a taught photo's logit shall be."""
KEEP = 30.0
"""How much other photos weigh beside the taught ones: so much costs those next to nothing."""
_RIDGE = 0.1
_N_ROUNDS = 4
_ROWS_AT_ONCE = 2048
_MOST_FOR_CODES = 8000
"""So many photos tell what kinds look like where there are many; each has at least two."""
_FEWEST_FOR_CODE = 2


@dataclass(frozen=True, slots=True)
class HashLayer:
    """W float32 (k, d) and t float32 (k,): a bit is on where `W x − t > 0`."""

    weight: Floats
    thresholds: Floats

    def logits(self, features: NDArray[np.floating]) -> Floats:
        """`W x − t`, float32 (n, k), of features (n, d)."""
        logits = np.empty((len(features), len(self.thresholds)), np.float32)
        for part in _blocks(len(features)):
            logits[part] = features[part].astype(np.float32) @ self.weight.T - self.thresholds
        return logits

    def activations(self, features: NDArray[np.floating]) -> NDArray[np.float16]:
        """`tanh(W x − t)`, float16 (n, k), of features (n, d)."""
        return np.tanh(self.logits(features)).astype(np.float16)


@dataclass(frozen=True, slots=True)
class FitStep:
    """One step of a fit: which, of how many, the mean losses, and the layer by then."""

    step: int
    n_steps: int
    losses: dict[str, float]
    layer: HashLayer


@dataclass(frozen=True, slots=True)
class FitTask:
    """What a layer is fitted to.

    `seen` float (n, d) are features of taught photos, several views of each, and `labels` int64
    (n,) their kinds, `n_kinds` of them; `others` float (m, d) are features of photos that nobody
    labels, which shall keep their codes. Bits that are `fixed` stay as they are.
    """

    seen: NDArray[np.floating]
    labels: NDArray[np.int64]
    n_kinds: int
    others: NDArray[np.floating]
    fixed: frozenset[int] = frozenset()


def fit_layer(
    start: HashLayer, task: FitTask, seed: int, token: CancelToken, keep: float = KEEP
) -> Iterator[FitStep]:
    """The hash layer, drawn to codes of the kinds and held at what it says of other photos.

    Each kind has a code near the one it has already, apart from those of others
    (`losses.class_codes`). W and t minimise `mean_l ‖W x_l − t − a c_l‖² + λ mean_o ‖W x_o − t −
    z_o‖² + μ s ‖W − W_0‖²`, z_o being the logits that other photos o had, c_l the code of the kind
    of photo l and s the mean square of the features; photos that are on the right side of all
    their thresholds by more than a count as they are. Source of the second term: Li and Hoiem,
    Learning without forgetting (ECCV 2016).

    Args:
        start: The layer of the model that the lesson starts from.
        task: The photos.
        seed: Of the codes.
        token: Cancels between steps.
        keep: λ; 0 lets other photos have any code.

    Raises:
        Cancelled: If the token asks for it.
    """
    n_bits = len(start.thresholds)
    free = np.array([bit for bit in range(n_bits) if bit not in task.fixed], np.int64)
    if not len(free):
        yield FitStep(1, 1, {}, start)
        return
    whole, start = start, HashLayer(start.weight[free], start.thresholds[free])
    codes = _kind_codes(start, task, seed, token)
    weighed = _Weighed.of(task, keep, token)
    factor = np.linalg.inv(weighed.scatter)
    layer = start
    for step in range(_N_ROUNDS):
        shift = np.zeros(len(free))
        drawn = np.zeros((len(weighed.mean), len(free)))
        for part in _blocks(len(task.seen)):
            token.raise_if_cancelled()
            seen, mass = task.seen[part].astype(np.float64), weighed.seen[part, None]
            wanted = codes[task.labels[part]]
            wanted = wanted * np.maximum(_REACH, wanted * layer.logits(seen))
            residual = (wanted - start.logits(seen)) * mass
            shift += residual.sum(axis=0) / weighed.total
            drawn += (seen - weighed.mean).T @ residual
        change = factor @ drawn
        weight = start.weight.astype(np.float64) + change.T
        thresholds = start.thresholds + change.T @ weighed.mean - shift
        layer = HashLayer(weight.astype(np.float32), thresholds.astype(np.float32))
        losses = _losses(start, layer, task, codes)
        yield FitStep(step + 1, _N_ROUNDS, losses, _placed(whole, free, layer))


def _blocks(n_rows: int) -> Iterator[slice]:
    """Rows a few at a time, so that no more are held as exact numbers."""
    for first in range(0, n_rows, _ROWS_AT_ONCE):
        yield slice(first, first + _ROWS_AT_ONCE)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What photos weigh: `seen` float64 (n,) those that are taught, `total` all together.

    `mean` float64 (d,) and `scatter` float64 (d, d) are those of all features so weighed, with a
    ridge.
    """

    seen: NDArray[np.float64]
    total: float
    mean: NDArray[np.float64]
    scatter: NDArray[np.float64]

    @classmethod
    def of(cls, task: FitTask, keep: float, token: CancelToken) -> "_Weighed":
        """Each kind weighs the same, all of them 1 and the other photos `keep`."""
        counts = np.bincount(task.labels, minlength=task.n_kinds)
        weights = 1.0 / np.maximum(counts[task.labels], 1) / max(task.n_kinds, 1)
        held = np.full(len(task.others), keep / max(len(task.others), 1))
        total = float(weights.sum() + held.sum())
        sides = ((task.seen, weights), (task.others, held))
        mean = np.zeros(task.seen.shape[1])
        for features, mass in sides:
            for part in _blocks(len(features)):
                token.raise_if_cancelled()
                mean += mass[part] @ features[part].astype(np.float64) / total
        scatter = np.zeros((len(mean), len(mean)))
        for features, mass in sides:
            for part in _blocks(len(features)):
                token.raise_if_cancelled()
                centred = features[part].astype(np.float64) - mean
                scatter += (centred * mass[part, None]).T @ centred
        scatter[np.diag_indices_from(scatter)] += _RIDGE * np.trace(scatter) / len(scatter)
        return cls(weights, total, mean, scatter)


def _placed(whole: HashLayer, free: NDArray[np.int64], part: HashLayer) -> HashLayer:
    """The layer with some of its bits in the place of what they were."""
    weight, thresholds = whole.weight.copy(), whole.thresholds.copy()
    weight[free], thresholds[free] = part.weight, part.thresholds
    return HashLayer(weight, thresholds)


def resized_layer(
    start: HashLayer, features: NDArray[np.floating], n_bits: int, seed: int
) -> HashLayer:
    """A layer of another number of bits that says as much of what the first one does as it can.

    Fewer bits are the signs of the principal directions of its logits, rotated as in ITQ
    (`network.fit`); more are its own, and such directions of the features behind them.

    Args:
        start: The first layer.
        features: Of photos, float (n, d).
        n_bits: How many it shall have.
        seed: Of the rotation.

    Raises:
        UserFacingError: If the photos are too few or too much alike for that.
    """
    n_before = len(start.thresholds)
    exact = features.astype(np.float32)
    if n_bits < n_before:
        turn, thresholds = fit_pca_itq(start.logits(exact), n_bits, seed)
        return HashLayer(turn @ start.weight, turn @ start.thresholds + thresholds)
    if n_bits == n_before:
        return start
    weight, thresholds = fit_pca_itq(exact, n_bits - n_before, seed)
    return HashLayer(
        np.concatenate([start.weight, weight]), np.concatenate([start.thresholds, thresholds])
    )


def _kind_codes(
    start: HashLayer, task: FitTask, seed: int, token: CancelToken
) -> NDArray[np.float64]:
    """A code for each kind, ±1: near its photos' mean, and apart from those of other kinds."""
    n_taken = max(_FEWEST_FOR_CODE, _MOST_FOR_CODES // max(task.n_kinds, 1))
    rows = np.sort(first_of_each_class(task.labels, np.arange(len(task.labels)), n_taken))
    seen, labels = task.seen[rows].astype(np.float32), task.labels[rows]
    activations = np.tanh(start.logits(seen))
    means = np.zeros((task.n_kinds, activations.shape[1]), np.float32)
    np.add.at(means, labels, activations)
    previous = np.where(means > 0, np.float32(1), np.float32(-1))
    fitted = fit_class_codes(
        seen, labels, task.n_kinds, activations.shape[1], seed, previous, token
    )
    return fitted.codes.astype(np.float64)


def _losses(
    start: HashLayer, layer: HashLayer, task: FitTask, codes: NDArray[np.float64]
) -> dict[str, float]:
    squares = 0.0
    for part in _blocks(len(task.seen)):
        activations = np.tanh(layer.logits(task.seen[part]))
        squares += float(np.sum((activations - codes[task.labels[part]]) ** 2))
    losses = {"kinds": squares / max(len(task.seen) * codes.shape[1], 1)}
    if len(task.others):
        now, before = (np.tanh(each.logits(task.others)) for each in (layer, start))
        losses["others"] = float(np.mean((now - before) ** 2))
    return losses
