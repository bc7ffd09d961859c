"""Names for photos without a label, from the labelled photos that look most like them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import CodeBlock

N_NEAREST = 14
_SURE = 0.95
"""So often a suggestion has to be right, as far as labelled photos tell, to be called sure."""
_AT_ONCE = 256
_SHARPNESS = 12.0
_FEWEST_TO_CALIBRATE = 20
_FEW_JUDGES = 100
_MOST_JUDGES = 4000
_FEWEST_IN_BIN = 8
_MOST_BINS = 12


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name for a photo: `n_for` of the `n_nearest` nearest labelled photos have it.

    `confidence` is how often such suggestions were right among labelled photos, 0 … 1; one that
    `is_sure` was right at least 19 times out of 20, and the photo is as near to its nearest as
    photos of one kind are to each other. `from_network` names come from what the network was
    taught, not from labels of one's own.
    """

    photo_id: int
    name: str
    confidence: float
    is_sure: bool
    n_for: int
    n_nearest: int
    from_network: bool = False


@dataclass(frozen=True, slots=True)
class SuggestProgress:
    """How many photos have been looked at."""

    n_done: int
    n_to_do: int


@dataclass(frozen=True, slots=True)
class Suggestions:
    """All suggestions; the last record. `sure_from` is the score from which one is sure."""

    suggestions: tuple[Suggestion, ...]
    n_labelled: int
    sure_from: float

    def groups(self) -> dict[str, tuple[Suggestion, ...]]:
        """By name, those that are sure first, then by confidence; the largest group first."""
        by_name: dict[str, list[Suggestion]] = defaultdict(list)
        for each in self.suggestions:
            by_name[each.name].append(each)
        ordered = sorted(by_name.items(), key=lambda item: (-len(item[1]), item[0]))
        return {
            name: tuple(sorted(group, key=lambda each: (not each.is_sure, -each.confidence)))
            for name, group in ordered
        }


def suggest(
    block: CodeBlock,
    labels: Mapping[int, str],
    refused: Mapping[int, frozenset[str]],
    token: CancelToken,
    learned: frozenset[int] = frozenset(),
) -> Iterator[SuggestProgress | Suggestions]:
    """A name for every photo without a label; the last record holds them all.

    The nearest labelled photos vote with `exp(12 (s − s₁))`, s being the cosine of activations and
    s₁ that of the nearest. How good a vote is was asked of the labelled photos themselves, each
    told by the others: the share of the votes times how near the nearest is, as a quantile of
    what is usual within a kind. Scores become confidences by an isotonic fit of how often they
    were right. Photos that the model has learned from lie closer together than others will, so that
    where enough labelled photos were kept back only these are asked.

    Args:
        block: The codes of the model in use.
        labels: By photo id.
        refused: By photo id the names that it is not to have.
        token: Cancels it.
        learned: Photos that the model in use was taught with.

    Raises:
        Cancelled: If the token asks for it.
    """
    names, rows, kinds = _labelled(block, labels)
    if len(names) < 1 or len(rows) < 1:
        yield Suggestions((), 0, 1.0)
        return
    known = _unit(block.activations[rows])
    is_learned = np.isin(block.photo_ids[rows], np.fromiter(learned, np.int64, len(learned)))
    curve = _calibrate(known, kinds, len(names), _judges(kinds, is_learned), token)
    is_labelled = np.isin(block.photo_ids, np.fromiter(labels, np.int64, len(labels)))
    waiting = np.flatnonzero(~is_labelled)
    found: list[Suggestion] = []
    for start in range(0, len(waiting), _AT_ONCE):
        token.raise_if_cancelled()
        part = waiting[start : start + _AT_ONCE]
        ids = block.photo_ids[part].tolist()
        votes, counts, nearest = _vote(_unit(block.activations[part]) @ known.T, kinds, len(names))
        for place, photo_id in enumerate(ids):
            allowed = votes[place].copy()
            for name in refused.get(photo_id, ()):
                if name in names:
                    allowed[names.index(name)] = -1.0
            best = int(allowed.argmax())
            if allowed[best] <= 0:
                continue
            score = float(allowed[best] * curve.nearness(nearest[place]))
            confidence = curve.confidence(score)
            found.append(
                Suggestion(
                    photo_id,
                    names[best],
                    confidence,
                    score >= curve.sure_from,
                    int(counts[place, best]),
                    min(N_NEAREST, len(rows)),
                )
            )
        yield SuggestProgress(min(start + _AT_ONCE, len(waiting)), len(waiting))
    yield Suggestions(tuple(found), len(rows), curve.sure_from)


@dataclass(frozen=True, slots=True)
class _Curve:
    """What scores are worth: from each of `edges` on the confidence of the same place.

    `usual` float32 (n,) are cosines of labelled photos to the nearest of their kind, ascending.
    """

    edges: NDArray[np.float64]
    shares: NDArray[np.float64]
    sure_from: float
    usual: NDArray[np.float32]

    def nearness(self, cosine: float) -> float:
        """How usual it is within a kind to be as far from the nearest as that, 0 … 1."""
        return float(np.searchsorted(self.usual, cosine, side="right") / max(len(self.usual), 1))

    def confidence(self, score: float) -> float:
        """How often suggestions of such a score are right."""
        place = int(np.searchsorted(self.edges, score, side="right")) - 1
        return float(self.shares[max(place, 0)])


def _labelled(
    block: CodeBlock, labels: Mapping[int, str]
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """The names, and rows and kinds of the labelled photos that have a code."""
    rows = np.flatnonzero(np.isin(block.photo_ids, np.fromiter(labels, np.int64, len(labels))))
    said = [labels[int(photo_id)] for photo_id in block.photo_ids[rows]]
    names = sorted(set(said))
    index_of = {name: index for index, name in enumerate(names)}
    return names, rows.astype(np.int64), np.array([index_of[name] for name in said], np.int64)


def _vote(
    cosines: NDArray[np.float32], kinds: NDArray[np.int64], n_kinds: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float32]]:
    """Shares of the votes (n, n_kinds), how many voted for each, and the cosine of the nearest."""
    n_near = min(N_NEAREST, cosines.shape[1])
    near = np.argpartition(-cosines, n_near - 1, axis=1)[:, :n_near]
    values = np.take_along_axis(cosines, near, axis=1)
    weights = np.exp(_SHARPNESS * (values - values.max(axis=1, keepdims=True)))
    weights[~np.isfinite(values)] = 0
    votes = np.zeros((len(cosines), n_kinds))
    counts = np.zeros((len(cosines), n_kinds), np.int64)
    rows = np.arange(len(cosines))
    for place in range(n_near):
        chosen = kinds[near[:, place]]
        np.add.at(votes, (rows, chosen), weights[:, place])
        np.add.at(counts, (rows, chosen), np.isfinite(values[:, place]))
    votes /= np.maximum(votes.sum(axis=1, keepdims=True), 1e-12)
    return votes, counts, values.max(axis=1)


def _judges(kinds: NDArray[np.int64], is_learned: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The labelled photos that tell what scores are worth: rows that have another of their kind."""
    counts = np.bincount(kinds)
    has_like = counts[kinds] > 1
    kept_back = np.flatnonzero(has_like & ~is_learned)
    judges = kept_back if len(kept_back) >= _FEWEST_TO_CALIBRATE else np.flatnonzero(has_like)
    step = max(1, len(judges) // _MOST_JUDGES)
    return judges[::step].astype(np.int64)


def _calibrate(
    known: NDArray[np.float32],
    kinds: NDArray[np.int64],
    n_kinds: int,
    judges: NDArray[np.int64],
    token: CancelToken,
) -> _Curve:
    """What scores are worth, by telling some labelled photos from all others."""
    within = np.empty(len(judges), np.float32)
    nearest = np.empty(len(judges), np.float32)
    share = np.empty(len(judges))
    told = np.empty(len(judges), np.int64)
    for start in range(0, len(judges), _AT_ONCE):
        token.raise_if_cancelled()
        part = slice(start, start + _AT_ONCE)
        rows = judges[part]
        cosines = known[rows] @ known.T
        cosines[np.arange(len(rows)), rows] = -np.inf
        same = kinds[rows, None] == kinds
        within[part] = np.where(same, cosines, -np.inf).max(axis=1)
        votes, _, nearest[part] = _vote(cosines, kinds, n_kinds)
        share[part], told[part] = votes.max(axis=1), votes.argmax(axis=1)
    usual = np.sort(within)
    right = told == kinds[judges]
    if len(judges) < _FEWEST_TO_CALIBRATE:
        mean = float(right.mean()) if len(right) else 0.0
        return _Curve(np.zeros(1), np.array([mean]), np.inf, usual)
    nearness = np.searchsorted(usual, nearest, side="right") / len(usual)
    scores = share * nearness
    edges, shares = _isotonic(scores, right)
    if len(judges) < _FEW_JUDGES:
        return _Curve(edges, shares, _sure_from(scores, right), usual)
    sure = [edge for edge, worth in zip(edges, shares, strict=True) if worth >= _SURE]
    return _Curve(edges, shares, min(sure, default=np.inf), usual)


def _sure_from(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The lowest score from which on all suggestions together are right often enough.

    Few photos make bins too small to tell; half a wrong one is taken off here, too.
    """
    order = np.argsort(-scores, kind="stable")
    share = (np.cumsum(right[order]) - 0.5) / np.arange(1, len(order) + 1)
    allowed = np.flatnonzero(share >= _SURE)
    return float(scores[order[allowed[-1]]]) if len(allowed) else np.inf


def _isotonic(
    scores: NDArray[np.float64], right: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower edges of bins of scores, and how often those in them are right, never falling.

    Of each share half a wrong one is taken off, so that few photos do not make sure.
    """
    order = np.argsort(scores, kind="stable")
    n_bins = max(1, min(_MOST_BINS, len(scores) // _FEWEST_IN_BIN))
    bins = [part for part in np.array_split(order, n_bins) if len(part)]
    blocks = [
        [float(right[part].sum()), float(len(part)), float(scores[part].min())] for part in bins
    ]
    pooled: list[list[float]] = []
    for block in blocks:
        pooled.append(block)
        while len(pooled) > 1 and pooled[-2][0] * pooled[-1][1] >= pooled[-1][0] * pooled[-2][1]:
            last = pooled.pop()
            pooled[-1] = [pooled[-1][0] + last[0], pooled[-1][1] + last[1], pooled[-1][2]]
    edges = np.array([edge for _, _, edge in pooled])
    shares = np.array([max(0.0, n_right - 0.5) / n for n_right, n, _ in pooled])
    return edges, shares


def _unit(activations: Activations) -> NDArray[np.float32]:
    exact = activations.astype(np.float32)
    unit: NDArray[np.float32] = exact / np.maximum(
        np.linalg.norm(exact, axis=1, keepdims=True), np.float32(1e-9)
    )
    return unit
