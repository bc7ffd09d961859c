"""What bits are called after a lesson: names that stay true, and names of the kinds it taught."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from ahash_desktop.core.codes import Activations
from ahash_desktop.hashing.manifest import BundleManifest
from ahash_desktop.training.ask.lesson import KindName

_AGREE_FROM = 0.97
"""A bit does what it did if it says the same of so many photos."""
_FEWEST = 40
_MOST_BITS = 3
_CANDIDATES = 16
_LEAST_GAIN = 0.002
_LEAST_AUROC = 0.9
_FEWEST_OF_KIND = 2

_SAID = ("bit_names_zh", "bit_attributes", "bit_domains", "says_has", "says_has_not")


@dataclass(frozen=True, slots=True)
class KeptNames:
    """The manifest with the names that are still true; how many these are, and which went."""

    manifest: BundleManifest
    n_kept: int
    gone: tuple[str, ...]


def keep_true_names(
    manifest: BundleManifest, before: Activations, after: Activations, n_bits: int
) -> KeptNames:
    """Takes names and statements from bits that no longer do what they did.

    Args:
        manifest: That of the model the lesson started from.
        before: Its activations of photos that were not learned from, float16 (n, k).
        after: Those of the model after it, float16 (n, n_bits).
        n_bits: How many bits it has; with fewer no bit is what it was, more come behind them.
    """
    named = [bit for bit, name in enumerate(manifest.bit_names) if name is not None]
    is_same = np.zeros(manifest.n_bits, np.bool_)
    if n_bits >= manifest.n_bits and len(before) >= _FEWEST:
        for bit in named:
            said, says = (_said(manifest, bit, side[:, bit]) for side in (before, after))
            is_same[bit] = bool(np.mean(said == says) >= _AGREE_FROM)
    kept = [bit for bit in named if is_same[bit]]
    gone = tuple(str(manifest.bit_names[bit]) for bit in named if not is_same[bit])
    changes: dict[str, object] = {"bit_names": _only(manifest.bit_names, kept, n_bits)}
    for name in (*_SAID, "says_confidence"):
        values = getattr(manifest, name)
        changes[name] = _only(values, kept, n_bits) if values else ()
    return KeptNames(replace(manifest, n_bits=n_bits, **changes), len(kept), gone)  # type: ignore[arg-type]  # names of its own fields


def _only(values: tuple[object, ...], kept: list[int], n_bits: int) -> tuple[object, ...]:
    wanted = frozenset(kept)
    return tuple(values[bit] if bit in wanted else None for bit in range(n_bits))


def _said(
    manifest: BundleManifest, bit: int, activations: NDArray[np.float16]
) -> NDArray[np.int64]:
    """What a bit says of each photo: 1 it has it, -1 it has not, 0 nothing; else on or off."""
    has = manifest.says_has[bit] if manifest.says_has else None
    lacks = manifest.says_has_not[bit] if manifest.says_has_not else None
    if has is None and lacks is None:
        return (activations > 0).astype(np.int64)
    says = np.zeros(len(activations), np.int64)
    if has is not None:
        says[activations >= has] = 1
    if lacks is not None:
        says[activations <= lacks] = -1
    return says


def name_kinds(
    kinds: tuple[str, ...],
    choosing: tuple[Activations, NDArray[np.int64]],
    judged: tuple[Activations, NDArray[np.int64]],
) -> tuple[KindName, ...]:
    """For each kind the bit, or the two or three, that fire for it; those that are good enough.

    Args:
        kinds: The kinds by number.
        choosing: Activations (n, k) and kinds int64 (n,), -1 for others, to choose the bits on.
        judged: The same of photos that were not learned from; the AUROC is theirs.
    """
    names = []
    chosen, held = choosing[0].astype(np.float32), judged[0].astype(np.float32)
    ranks = rankdata(chosen, axis=0).astype(np.float32)
    for index, kind in enumerate(kinds):
        values, truth = choosing[1] == index, judged[1] == index
        if values.sum() < _FEWEST_OF_KIND or truth.sum() < 1 or truth.all() or values.all():
            continue
        bits, signs = _choose(chosen, ranks, values)
        score = auroc(held[:, bits] @ signs, truth)
        if score >= _LEAST_AUROC:
            is_on = tuple(bool(sign > 0) for sign in signs)
            names.append(KindName(kind, tuple(bits), is_on, score))
    return tuple(names)


def _choose(
    activations: NDArray[np.float32], ranks: NDArray[np.float32], is_kind: NDArray[np.bool_]
) -> tuple[list[int], NDArray[np.float32]]:
    """The bits, best first, and which value each has for the kind; another only if it adds.

    Ranks within each column, the same for all kinds, tell the first bit; a second and a third are
    looked for among those that come close to it, for ranking is what takes long.
    """
    signs = np.sign(activations[is_kind].mean(axis=0) + 1e-9).astype(np.float32)
    areas = _areas(ranks, is_kind)
    alone = np.where(signs > 0, areas, 1 - areas)
    candidates = np.argsort(-alone, kind="stable")[:_CANDIDATES]
    best = [int(candidates[0])]
    reached = float(alone[best[0]])
    signed = activations[:, candidates] * signs[candidates]
    total = signed[:, 0].copy()
    for _ in range(1, _MOST_BITS):
        scores = auroc_of_columns(signed + total[:, None], is_kind)
        scores[np.isin(candidates, best)] = 0
        at = int(scores.argmax())
        if scores[at] < reached + _LEAST_GAIN:
            break
        reached = float(scores[at])
        best.append(int(candidates[at]))
        total += signed[:, at]
    return best, signs[best]


def auroc_of_columns(values: NDArray[np.float32], is_one: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The area under the ROC curve of each column, ties counting half: float64 (k,)."""
    return _areas(rankdata(values, axis=0), is_one)


def _areas(ranks: NDArray[np.floating], is_one: NDArray[np.bool_]) -> NDArray[np.float64]:
    n_ones, n_others = int(is_one.sum()), int((~is_one).sum())
    sums = ranks[is_one].sum(axis=0, dtype=np.float64)
    areas: NDArray[np.float64] = (sums - n_ones * (n_ones + 1) / 2) / (n_ones * n_others)
    return areas


def auroc(values: NDArray[np.float32], is_one: NDArray[np.bool_]) -> float:
    """The area under the ROC curve, ties counting half."""
    return float(auroc_of_columns(values[:, None], is_one)[0])
