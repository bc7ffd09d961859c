"""Brings the library up to date with its folders: scan, encode or reuse, commit in blocks."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ahash_desktop.core.errors import Cancelled, ShortageError
from ahash_desktop.core.jobs import CancelToken, RateMeter
from ahash_desktop.core.ports import Encoder
from ahash_desktop.core.records import EncodeOutcome, ModelRecord, Problem, Root, WorkItem
from ahash_desktop.core.updates import Hold, HoldKind, IndexProgress, IndexSummary
from ahash_desktop.imaging.content import content_key
from ahash_desktop.imaging.scan import ScanRules
from ahash_desktop.services.hindrances import find_shortage, hold_of, problem_of
from ahash_desktop.services.recognising import Recogniser, following
from ahash_desktop.services.scanning import RootScan, ScanTotals
from ahash_desktop.services.settling import try_to_settle
from ahash_desktop.services.underway import UnderWay
from ahash_desktop.services.workqueue import Wishes, WorkQueue
from ahash_desktop.store.library import Library

_log = logging.getLogger(__name__)

_BLOCK_SIZE = 256
_BLOCK_S = 1.0
_PROGRESS_S = 0.1
_COLLECT_S = 0.1
_HOLD_S = 0.2
_SHORT_S = 2.0


@dataclass
class _Tally:
    """Counts of one run, which add up to the files found."""

    encoded: int = 0
    reused: int = 0
    failed: int = 0

    @property
    def done(self) -> int:
        return self.encoded + self.reused + self.failed


@dataclass
class _Block:
    """Results that wait for the next commit."""

    outcomes: list[EncodeOutcome] = field(default_factory=list)
    reuses: list[tuple[WorkItem, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.outcomes) + len(self.reuses)


class Indexer:
    """Indexes folders into one library with one model.

    It belongs to the thread that runs it, as the library does. At any moment everything up to the
    last commit, at most a second ago, is safe.

    Args:
        library: An open library of this thread.
        encoder: Makes the codes and thumbnails.
        model: The record of the encoder's model.
        now: Seconds since the epoch; replaced in tests.
        held: Says why to wait, or None; asked often.
        wishes: Photos to read before all others.
        newest_first: Whether to read the latest photos first, rather than by folder and path.
    """

    def __init__(
        self,
        library: Library,
        encoder: Encoder,
        model: ModelRecord,
        now: Callable[[], float] = time.time,
        *,
        held: Callable[[], Hold | None] = lambda: None,
        wishes: Wishes | None = None,
        newest_first: bool = False,
        rules: ScanRules | None = None,
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._model = model
        self._now = now
        self._rules = rules
        self._held = held
        self._wishes = wishes or Wishes()
        self._newest_first = newest_first
        self._queue = WorkQueue((), library.work.items, self._wishes)
        self._recogniser = Recogniser(library, model)
        self._meter = RateMeter()
        self._shortage: Hold | None = None
        self._tally = _Tally()
        self._kept = _Tally()
        self._block = _Block()
        self._committed_at = 0.0
        self._must_commit = False
        self._may_be_left = True
        self._under_way = UnderWay()

    def run(
        self, roots: Sequence[Root], token: CancelToken
    ) -> Iterator[IndexProgress | IndexSummary]:
        """Brings the folders up to date.

        Yields:
            Progress, at most ten records a second, and a summary as the last record.

        Raises:
            Cancelled: When the token says so, after committing what is finished and yielding the
                summary of that.
            UserFacingError: If the engine cannot be started, or the library not be written.
        """
        started = time.monotonic()
        totals = ScanTotals()
        try:
            yield from self._scan(roots, token, totals)
            totals.seconds = time.monotonic() - started
            yield from self._encode(totals, token)
        except Cancelled:
            self._encoder.abandon()
            self._commit_if_possible()
            yield self._summary(totals, started)
            raise
        except BaseException:
            self._encoder.abandon()
            self._commit_if_possible()
            raise
        yield self._summary(totals, started)

    def _scan(
        self, roots: Sequence[Root], token: CancelToken, totals: ScanTotals
    ) -> Iterator[IndexProgress]:
        meter = RateMeter()
        last = 0.0
        for root in roots:
            for found, hold in self._scan_patiently(root, token):
                n_found = totals.n_found + found.n_found
                meter.update(n_found)
                if hold is not None or time.monotonic() - last >= _PROGRESS_S:
                    last = time.monotonic()
                    yield IndexProgress(
                        "scanning", n_found, 0, 0, meter.per_second, None, str(root.path), hold
                    )
            totals.add(found)
        while (hold := try_to_settle(self._library, totals.scanned)) is not None:
            yield IndexProgress("scanning", totals.n_found, 0, 0, 0.0, None, "", hold)
            token.wait(_SHORT_S)

    def _scan_patiently(
        self, root: Root, token: CancelToken
    ) -> Iterator[tuple[ScanTotals, Hold | None]]:
        """Scans a folder, in batches between which it can be held.

        It begins again once there is what the machine was short of.
        """
        while True:
            found = ScanTotals()
            try:
                for _ in self._scan_of(root).run(token, found):
                    yield found, None
                    while (hold := self._why_wait(token)) is not None:
                        yield found, hold
                        token.wait(_HOLD_S)
            except ShortageError as error:
                yield found, hold_of(error)
                token.wait(_SHORT_S)
            else:
                yield found, None
                return

    def _scan_of(self, root: Root) -> RootScan:
        return RootScan(self._library, root, self._now, self._rules)

    def _encode(self, totals: ScanTotals, token: CancelToken) -> Iterator[IndexProgress]:
        work, roots = self._library.work, totals.scanned_root_ids
        work.retry_unreachable(roots)
        ids = work.waiting_ids(self._model.model_key, roots, newest_first=self._newest_first)
        self._may_be_left = bool(ids)
        self._queue = WorkQueue(ids, work.items, self._wishes)
        self._meter = RateMeter()
        last = 0.0
        self._committed_at = time.monotonic()
        while self._n_left:
            token.raise_if_cancelled()
            yield from self._wait_while_held(totals, token)
            self._start_some()
            self._collect()
            if self._is_commit_due:
                yield from self._commit_patiently(totals, token)
            self._meter.update(self._tally.done)
            if time.monotonic() - last >= _PROGRESS_S:
                last = time.monotonic()
                yield self._progress(totals)
        yield from self._commit_patiently(totals, token)
        yield self._progress(totals)

    @property
    def _n_left(self) -> int:
        return len(self._queue) + len(self._under_way)

    def _start_some(self) -> None:
        """Fills the engine's queue; stops in time for the next commit and sign of life."""
        until = time.monotonic() + _PROGRESS_S
        while self._has_room and not self._must_commit and time.monotonic() < until:
            item = self._queue.take()
            if item is None:
                return
            self._start(item)
            if self._shortage is not None:
                self._queue.put_back([item])
                return

    def _collect(self) -> None:
        """Takes what is ready, waiting a moment only if there is nothing else to do."""
        if self._under_way:
            is_idle = not len(self._queue) or not self._has_room
            self._take(self._encoder.collect(_COLLECT_S if is_idle else 0.0))

    @property
    def _has_room(self) -> bool:
        return self._encoder.n_in_flight < self._encoder.capacity

    def _why_wait(self, token: CancelToken) -> Hold | None:
        return Hold(HoldKind.PAUSED) if token.is_paused else self._held() or self._shortage

    def _wait_while_held(self, totals: ScanTotals, token: CancelToken) -> Iterator[IndexProgress]:
        """Commits what is finished, and waits until there is no reason to.

        What is under way begins anew after that. Only a shortage, which may come with every file,
        lets it come to its end, or a run might never get on.
        """
        hold = self._why_wait(token)
        if hold is None:
            return
        while self._under_way and hold is not None and hold.kind is HoldKind.SHORTAGE:
            token.raise_if_cancelled()
            yield self._progress(totals, hold)
            self._take(self._encoder.collect(_COLLECT_S))
            hold = self._why_wait(token)
        self._take_back()
        yield from self._commit_patiently(totals, token)
        while (hold := self._why_wait(token)) is not None:
            yield self._progress(totals, hold)
            token.wait(_HOLD_S if self._shortage is None else _SHORT_S)
            self._shortage = None
        self._meter = RateMeter()
        self._meter.update(self._tally.done)

    def _take_back(self) -> None:
        """Takes what is ready; all else under way gets its turn again, in the same order."""
        if self._under_way:
            self._take(self._encoder.collect(0.0))
            self._encoder.abandon()
            self._queue.take_back(self._under_way.take_all())

    def _start(self, item: WorkItem) -> None:
        """Reuses the code of the same content if there is one, else sends the file off."""
        try:
            key = content_key(item.path, item.size_bytes)
        except OSError as error:
            self._shortage = find_shortage(error)
            if self._shortage is None:
                self._fail(item, problem_of(error))
            return
        if self._under_way.wait_for_twin(item, key):
            return
        same = self._recogniser.find(item, key)
        self._recogniser.keep_replaced(item)
        if same is None:
            item = self._recogniser.with_correction(item, key)
            self._under_way.add(item, key)
            self._encoder.submit(item)
            return
        if isinstance(same, EncodeOutcome):
            self._block.outcomes.append(same)
        else:
            self._block.reuses.append((item, same))
        self._tally.reused += 1

    def _take(self, outcomes: list[EncodeOutcome]) -> None:
        """Counts outcomes; files with the same content as a finished one get their turn again."""
        for outcome in outcomes:
            item, twins = self._under_way.end(outcome.photo_id)
            self._block.outcomes.append(following(outcome, item))
            if outcome.problem is None:
                self._tally.encoded += 1
            else:
                self._tally.failed += 1
            if twins:
                self._must_commit = True
                self._queue.put_back(twins)

    def _fail(self, item: WorkItem, problem: Problem) -> None:
        self._block.outcomes.append(EncodeOutcome(item.photo_id, problem=problem))
        self._tally.failed += 1

    @property
    def _is_commit_due(self) -> bool:
        waited_s = time.monotonic() - self._committed_at
        n_results = len(self._block)
        return (
            self._must_commit
            or n_results >= _BLOCK_SIZE
            or (n_results > 0 and waited_s >= _BLOCK_S)
        )

    def _commit_patiently(self, totals: ScanTotals, token: CancelToken) -> Iterator[IndexProgress]:
        """Commits; while the library cannot be written, says so, keeps all and tries again."""
        while True:
            try:
                self._commit()
            except ShortageError as error:
                yield self._progress(totals, hold_of(error))
                token.wait(_SHORT_S)
            else:
                return

    def _commit_if_possible(self) -> None:
        try:
            self._commit()
        except ShortageError as error:
            _log.warning("%d results are lost and will be made again: %s", len(self._block), error)

    def _commit(self) -> None:
        if len(self._block):
            key, now = self._model.model_key, self._now()
            with self._library.transaction():
                for outcome in self._block.outcomes:
                    self._library.work.finish(outcome, key, now)
                    self._library.moves.settle(outcome.photo_id)
                for item, from_photo_id in self._block.reuses:
                    self._library.work.reuse(item.photo_id, from_photo_id, key, now)
                    self._library.moves.settle(item.photo_id)
            self._block = _Block()
        self._kept = replace(self._tally)
        self._must_commit = False
        self._committed_at = time.monotonic()

    def _progress(self, totals: ScanTotals, hold: Hold | None = None) -> IndexProgress:
        done, left = self._tally.done, self._n_left
        item = self._queue.first
        return IndexProgress(
            "encoding",
            totals.n_found,
            done,
            done + left,
            self._meter.per_second,
            self._meter.seconds_left(left),
            str(item.path) if item is not None else "",
            hold,
        )

    def _count_left(self, root_ids: Sequence[int], n_pending: int) -> int:
        """How many files still wait; where none did, only some that were set to since may."""
        if not self._may_be_left:
            return n_pending
        return len(self._library.work.waiting_ids(self._model.model_key, root_ids))

    def _summary(self, totals: ScanTotals, started: float) -> IndexSummary:
        seconds = time.monotonic() - started
        roots = totals.scanned_root_ids
        states = self._library.photos.counts_in(roots)
        problems = tuple(e for e in self._library.photos.problems() if e.root_id in roots)
        left = self._count_left(roots, states.pending)
        made = self._kept.encoded + self._kept.reused
        return IndexSummary(
            found=states.total - states.missing,
            encoded=self._kept.encoded,
            reused=self._kept.reused,
            unchanged=states.indexed - made - (left - states.pending),
            ignored=states.ignored,
            left=left,
            missing=states.missing,
            others=totals.n_others,
            unsettled=totals.n_unsettled,
            in_cloud=totals.n_in_cloud,
            offline_roots=tuple(totals.offline),
            moved_roots=tuple(totals.moved),
            unreadable_folders=tuple(totals.unreadable_folders),
            linked_folders=tuple(totals.links),
            problems=problems,
            seconds=seconds,
            scan_seconds=totals.seconds,
            photos_per_second=self._tally.done / seconds if seconds > 0 else 0.0,
            model_id=self._model.model_id,
        )
