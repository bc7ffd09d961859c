"""Judges a model before and after a lesson on the same photos, and says which is better."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations, pack_activations
from ahash_desktop.training.ask.labels import Notice
from ahash_desktop.training.ask.lesson import (
    Confusion,
    KindScore,
    Measured,
    QueryMatches,
    RestCheck,
    Verdict,
)
from ahash_desktop.training.judging.metrics import (
    bootstrap_interval,
    mean_score,
    score_codes,
    score_shortlist,
)

N_QUERIES = 4
N_MATCHES = 8
_N_NEIGHBOURS = 10
_N_VOTING = 5
_MOST_CONFUSIONS = 24
_MOST_SHOWN = 4
MAY_COST = 0.03
"""So much mAP may the kinds lose that the model knew."""
_COSTS_TOO_MUCH = 0.1
_MOST_ROWS = 512
_MOST_AT_ONCE = 1 << 24
FEW_QUERIES = 10
"""Fewer photos that ask tell nothing for sure."""

Labels = NDArray[np.int64]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Side:
    """One model's view of the photos: activations float16 of those learned from and kept back."""

    learning: Activations
    validating: Activations


@dataclass(frozen=True, slots=True)
class Judged:
    """The photos that are judged: labels int64 into `kinds`, and where their files are."""

    kinds: tuple[str, ...]
    learning: Labels
    validating: Labels
    learning_paths: tuple[Path, ...]
    validating_paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a side is worth, and the average precision of each query in the default order."""

    measured: Measured
    shown: Scores


def measure(side: Side, judged: Judged) -> Ranked | None:
    """How well the photos kept back find those learned from; None if there are none."""
    if not len(judged.validating) or not len(judged.learning):
        return None
    n_bits = side.learning.shape[1]
    by_codes = score_codes(
        pack_activations(side.validating),
        pack_activations(side.learning),
        judged.validating,
        judged.learning,
        n_bits,
    )
    shown = score_shortlist(side.validating, side.learning, judged.validating, judged.learning)
    return Ranked(
        Measured(
            by_codes=mean_score(by_codes.average_precision),
            by_codes_95=bootstrap_interval(by_codes.average_precision),
            as_shown=mean_score(shown.average_precision),
            precision_at_10=mean_score(by_codes.precision_at_10),
            n_queries=int((~np.isnan(by_codes.average_precision)).sum()),
            n_database=len(judged.learning),
        ),
        shown.average_precision,
    )


def kind_scores(before: Ranked, after: Ranked, judged: Judged) -> tuple[KindScore, ...]:
    """Each kind before and after, the one that gained least first."""
    scores = []
    for index, kind in enumerate(judged.kinds):
        chosen = (judged.validating == index) & ~np.isnan(after.shown)
        if chosen.any():
            was, now = (mean_score(side.shown[chosen]) for side in (before, after))
            scores.append(KindScore(kind, was, now, int(chosen.sum())))
    return tuple(sorted(scores, key=lambda score: score.after - score.before))


def choose_queries(judged: Judged) -> tuple[int, ...]:
    """Four of the photos kept back, of as many kinds, spread over these."""
    kinds = np.unique(judged.validating)
    if not len(kinds):
        return ()
    picked = kinds[np.linspace(0, len(kinds) - 1, min(N_QUERIES, len(kinds))).astype(np.int64)]
    return tuple(int(np.flatnonzero(judged.validating == kind)[0]) for kind in picked)


def matches_of(side: Side, judged: Judged, queries: Sequence[int]) -> tuple[QueryMatches, ...]:
    """What a side finds for some of the photos kept back."""
    found = []
    for query in queries:
        nearest = _nearest(side.validating[query : query + 1], side.learning, N_MATCHES)[0]
        found.append(
            QueryMatches(
                judged.validating_paths[query],
                judged.kinds[judged.validating[query]],
                tuple(judged.learning_paths[row] for row in nearest),
                tuple(bool(judged.learning[row] == judged.validating[query]) for row in nearest),
            )
        )
    return tuple(found)


def confusions(before: Side, after: Side, judged: Judged) -> tuple[Confusion, ...]:
    """Which kinds are taken for which others, the most frequent first."""
    if not len(judged.validating):
        return ()
    taken_before, _ = _voted(before, judged)
    taken, nearest_of = _voted(after, judged)
    wrong: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in np.flatnonzero(taken != judged.validating).tolist():
        wrong[int(judged.validating[row]), int(taken[row])].append(row)
    found = []
    for (kind, other), rows in sorted(wrong.items(), key=lambda item: -len(item[1])):
        shown = rows[:_MOST_SHOWN]
        matches = [
            next(near for near in nearest_of[row] if judged.learning[near] == other)
            for row in shown
        ]
        n_before = int(((judged.validating == kind) & (taken_before == other)).sum())
        found.append(
            Confusion(
                judged.kinds[kind],
                judged.kinds[other],
                tuple(judged.validating_paths[row] for row in shown),
                tuple(judged.learning_paths[row] for row in matches),
                len(rows),
                n_before,
            )
        )
    return tuple(found[:_MOST_CONFUSIONS])


def check_rest(before: Activations, after: Activations, known: Labels) -> RestCheck | None:
    """Whether photos that were not taught still find one another.

    Args:
        before: Their activations by the model that the lesson started from, float16 (n, k).
        after: By the model after it, float16 (n, k').
        known: Which kind each is, int64 (n,), -1 where nobody knows.
    """
    n_photos = len(before)
    if n_photos < FEW_QUERIES:
        return None
    n_near = min(_N_NEIGHBOURS, n_photos - 1)
    near = [
        _nearest(side, side, n_near + 1, leave_out=True)[:, :n_near] for side in (before, after)
    ]
    shared = np.mean([len(np.intersect1d(one, other)) for one, other in zip(*near, strict=True)])
    has_kind = known >= 0
    kinds, counts = np.unique(known[has_kind], return_counts=True)
    kinds = kinds[counts > 1]
    rest = RestCheck(n_photos, float(shared) / n_near)
    if len(kinds) < 2:
        return rest
    asked = np.isin(known, kinds)
    maps = []
    for side in (before[asked], after[asked]):
        scores = score_shortlist(side, side, known[asked], known[asked])
        maps.append(mean_score(scores.average_precision))
    return RestCheck(n_photos, float(shared) / n_near, len(kinds), *maps)


def decide(
    before: Ranked | None, after: Ranked | None, rest: RestCheck | None
) -> tuple[Verdict, tuple[Notice, ...], tuple[float, float] | None]:
    """The verdict, why, and the 95 % interval of the difference in mAP."""
    if before is None or after is None:
        unknown = Notice("No photos were kept back, so nothing can be said of how good it is")
        return Verdict.UNKNOWN, (unknown,), None
    was, now = before.measured.as_shown, after.measured.as_shown
    interval = bootstrap_interval(after.shown - before.shown)
    gained, lost = interval[0] > 0, interval[1] < 0
    why = [_of_kinds(was, now, gained, lost)]
    if after.measured.n_queries < FEW_QUERIES:
        why.append(Notice("Only few photos were kept back, so this may be chance"))
    cost = 0.0
    if rest is not None and rest.known_before is not None and rest.known_after is not None:
        cost = rest.known_before - rest.known_after
        why.append(_of_rest(rest.known_before, rest.known_after, cost > MAY_COST))
    elif rest is not None:
        share = f"{rest.kept_neighbours:.0%}"
        why.append(Notice(f"Of the nearest photos of others, {share} are the same as before"))
    if lost or cost > _COSTS_TOO_MUCH:
        return Verdict.WORSE, tuple(why), interval
    is_better = gained and cost <= MAY_COST
    verdict = Verdict.BETTER if is_better else Verdict.NO_CLEAR_DIFFERENCE
    return verdict, tuple(why), interval


def _of_kinds(was: float, now: float, gained: bool, lost: bool) -> Notice:
    if gained:
        return Notice(f"It finds your kinds better: {was:.2f} before, {now:.2f} now, of 1.00")
    if lost:
        return Notice(f"It finds your kinds worse: {was:.2f} before, {now:.2f} now, of 1.00")
    return Notice(f"It finds your kinds about as well: {was:.2f} before, {now:.2f} now, of 1.00")


def _of_rest(was: float, now: float, is_less: bool) -> Notice:
    if is_less:
        return Notice(f"It finds kinds it knew worse than before: {was:.2f} before, {now:.2f} now")
    return Notice(f"It finds kinds it knew as before: {was:.2f} before, {now:.2f} now")


def _voted(side: Side, judged: Judged) -> tuple[Labels, NDArray[np.int64]]:
    """The kind that most of the five nearest have, the nearest deciding ties; and these five."""
    nearest = _nearest(side.validating, side.learning, _N_VOTING)
    taken = np.empty(len(nearest), np.int64)
    n_rows = _rows_at_once(len(judged.kinds))
    for start in range(0, len(nearest), n_rows):
        part = nearest[start : start + n_rows]
        votes = np.zeros((len(part), len(judged.kinds)))
        for place in range(part.shape[1]):
            rows = np.arange(len(part))
            votes[rows, judged.learning[part[:, place]]] += 1 + 0.1 / (1 + place)
        taken[start : start + n_rows] = votes.argmax(axis=1)
    return taken, nearest


def _nearest(
    queries: Activations, items: Activations, n_nearest: int, *, leave_out: bool = False
) -> NDArray[np.int64]:
    """Rows of the nearest items by the cosine of activations: int64 (n_queries, n_nearest).

    Of items that are equally near the first ones come first. Memory holds a few queries at once.
    """
    n_nearest = min(n_nearest, len(items))
    nearest = np.empty((len(queries), n_nearest), np.int64)
    if not n_nearest:
        return nearest
    asked, known = _unit(queries), _unit(items).T
    n_rows = _rows_at_once(len(items))
    for start in range(0, len(queries), n_rows):
        far = asked[start : start + n_rows] @ known
        np.negative(far, out=far)
        if leave_out:
            rows = np.arange(len(far))
            far[rows, start + rows] = np.inf
        nearest[start : start + n_rows] = _first(far, n_nearest)
    return nearest


def _first(far: NDArray[np.float32], n_first: int) -> NDArray[np.int64]:
    """Columns of the least values of each row, as a stable sort has them: int64 (n, n_first)."""
    first = np.sort(np.argpartition(far, n_first - 1, axis=1)[:, :n_first], axis=1)
    values = np.take_along_axis(far, first, axis=1)
    order = np.argsort(values, axis=1, kind="stable")
    first = np.take_along_axis(first, order, axis=1)
    # Where more are as near as the last of them, which ones were taken is by chance.
    n_within = (far <= values.max(axis=1, keepdims=True)).sum(axis=1)
    for row in np.flatnonzero(n_within != n_first):
        first[row] = np.argsort(far[row], kind="stable")[:n_first]
    return first.astype(np.int64)


def _rows_at_once(n_columns: int) -> int:
    return max(1, min(_MOST_ROWS, _MOST_AT_ONCE // max(1, n_columns)))


def _unit(activations: Activations) -> NDArray[np.float32]:
    exact = activations.astype(np.float32)
    unit: NDArray[np.float32] = exact / np.maximum(
        np.linalg.norm(exact, axis=1, keepdims=True), np.float32(1e-9)
    )
    return unit
