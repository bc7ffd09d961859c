"""Brings the library up to date with its folders: scan, encode or reuse, commit in blocks."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ahash_desktop.core.errors import Cancelled
from ahash_desktop.core.jobs import CancelToken, RateMeter
from ahash_desktop.core.ports import Encoder
from ahash_desktop.core.records import (
    EncodeOutcome,
    IndexProgress,
    IndexSummary,
    ModelRecord,
    Photo,
    Problem,
    ProblemKind,
    Root,
    WorkItem,
)
from ahash_desktop.imaging.content import QUICK_KEY_COVERS_BYTES, content_digest, content_key
from ahash_desktop.services.scanning import RootScan, ScanTotals
from ahash_desktop.store.library import Library

_BLOCK_SIZE = 256
_BLOCK_S = 1.0
_PROGRESS_S = 0.1
_COLLECT_S = 0.1


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
    """

    def __init__(
        self,
        library: Library,
        encoder: Encoder,
        model: ModelRecord,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._model = model
        self._now = now
        self._tally = _Tally()
        self._block = _Block()
        self._committed_at = 0.0
        self._under_way: dict[int, tuple[WorkItem, bytes | None]] = {}
        self._key_owners: dict[bytes, int] = {}
        self._twins: dict[bytes, list[WorkItem]] = {}

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
            yield from self._encode(totals, token)
        except Cancelled:
            self._encoder.abandon()
            self._commit()
            yield self._summary(totals, started)
            raise
        except BaseException:
            self._encoder.abandon()
            self._commit()
            raise
        yield self._summary(totals, started)

    def _scan(
        self, roots: Sequence[Root], token: CancelToken, totals: ScanTotals
    ) -> Iterator[IndexProgress]:
        meter = RateMeter()
        last = 0.0
        for root in roots:
            for _ in RootScan(self._library, root, self._now).run(token, totals):
                meter.update(totals.n_found)
                if time.monotonic() - last >= _PROGRESS_S:
                    last = time.monotonic()
                    yield IndexProgress(
                        "scanning", totals.n_found, 0, 0, meter.per_second, None, str(root.path)
                    )

    def _encode(self, totals: ScanTotals, token: CancelToken) -> Iterator[IndexProgress]:
        items = deque(self._library.work.awaiting(self._model.model_key, totals.scanned_root_ids))
        n_to_do = len(items)
        meter = RateMeter()
        last = 0.0
        self._committed_at = time.monotonic()
        while items or self._under_way or self._n_twins:
            token.raise_if_cancelled()
            if token.is_paused:
                self._hold(token, items)
                meter = RateMeter()
                meter.update(self._tally.done)
            self._start_some(items)
            self._collect(items)
            self._commit_if_due()
            meter.update(self._tally.done)
            if time.monotonic() - last >= _PROGRESS_S:
                last = time.monotonic()
                yield self._progress(totals, n_to_do, meter, items)
        self._commit()
        yield self._progress(totals, n_to_do, meter, items)

    def _start_some(self, items: deque[WorkItem]) -> None:
        """Fills the engine's queue; stops in time for the next commit and sign of life."""
        until = time.monotonic() + _PROGRESS_S
        while items and self._has_room and time.monotonic() < until:
            self._start(items.popleft())

    def _collect(self, items: deque[WorkItem]) -> None:
        """Takes what is ready, waiting a moment only if there is nothing else to do."""
        if self._under_way:
            is_idle = not items or not self._has_room
            self._take(self._encoder.collect(_COLLECT_S if is_idle else 0.0), items)

    @property
    def _has_room(self) -> bool:
        return self._encoder.n_in_flight < self._encoder.capacity

    def _hold(self, token: CancelToken, items: deque[WorkItem]) -> None:
        """Finishes what is under way, commits it, and waits until the user goes on."""
        while self._under_way and not token.is_cancelled:
            self._take(self._encoder.collect(_COLLECT_S), items)
        self._commit()
        token.wait_while_paused()
        token.raise_if_cancelled()

    def _start(self, item: WorkItem) -> None:
        """Reuses the code of the same content if there is one, else sends the file off."""
        try:
            key = content_key(item.path, item.size_bytes)
        except OSError as error:
            self._fail(item, _problem_of(error))
            return
        owner = self._key_owners.get(key)
        if owner is not None:
            self._twins.setdefault(key, []).append(item)
            return
        same = self._find_same(item, key)
        if same is not None:
            self._block.reuses.append((item, same.photo_id))
            self._tally.reused += 1
            return
        self._submit(item, key)

    def _submit(self, item: WorkItem, key: bytes | None) -> None:
        self._under_way[item.photo_id] = (item, key)
        if key is not None:
            self._key_owners[key] = item.photo_id
        self._encoder.submit(item)

    def _find_same(self, item: WorkItem, key: bytes) -> Photo | None:
        """A known photo with exactly this content; the quick key alone decides nothing large."""
        candidates = self._library.work.find_same_content(
            key, item.size_bytes, self._model.model_key
        )
        candidates = [photo for photo in candidates if photo.photo_id != item.photo_id]
        if not candidates or item.size_bytes <= QUICK_KEY_COVERS_BYTES:
            return candidates[0] if candidates else None
        try:
            digest = content_digest(item.path)
        except OSError:
            return None
        return next(
            (photo for photo in candidates if photo.content and photo.content.digest == digest),
            None,
        )

    def _take(self, outcomes: list[EncodeOutcome], items: deque[WorkItem]) -> None:
        """Counts outcomes; files with the same content as a finished one get their turn again."""
        for outcome in outcomes:
            _, key = self._under_way.pop(outcome.photo_id)
            self._block.outcomes.append(outcome)
            if outcome.problem is None:
                self._tally.encoded += 1
            else:
                self._tally.failed += 1
            if key is None:
                continue
            del self._key_owners[key]
            twins = self._twins.pop(key, [])
            if twins:
                self._commit()
                items.extendleft(reversed(twins))

    @property
    def _n_twins(self) -> int:
        return sum(len(twins) for twins in self._twins.values())

    def _fail(self, item: WorkItem, problem: Problem) -> None:
        self._block.outcomes.append(EncodeOutcome(item.photo_id, problem=problem))
        self._tally.failed += 1

    def _commit_if_due(self) -> None:
        if len(self._block) >= _BLOCK_SIZE or (
            len(self._block) and time.monotonic() - self._committed_at >= _BLOCK_S
        ):
            self._commit()

    def _commit(self) -> None:
        if len(self._block):
            key, now = self._model.model_key, self._now()
            with self._library.transaction():
                for outcome in self._block.outcomes:
                    self._library.work.finish(outcome, key, now)
                for item, from_photo_id in self._block.reuses:
                    self._library.work.reuse(item.photo_id, from_photo_id, key, now)
            self._block = _Block()
        self._committed_at = time.monotonic()

    def _progress(
        self, totals: ScanTotals, n_to_do: int, meter: RateMeter, items: deque[WorkItem]
    ) -> IndexProgress:
        done = self._tally.done
        current = str(items[0].path) if items else ""
        return IndexProgress(
            "encoding",
            totals.n_found,
            done,
            n_to_do,
            meter.per_second,
            meter.seconds_left(n_to_do - done),
            current,
        )

    def _summary(self, totals: ScanTotals, started: float) -> IndexSummary:
        seconds = time.monotonic() - started
        roots = totals.scanned_root_ids
        states = self._library.photos.counts_in(roots)
        problems = tuple(e for e in self._library.photos.problems() if e.root_id in roots)
        left = len(self._library.work.awaiting(self._model.model_key, roots))
        made = self._tally.encoded + self._tally.reused
        return IndexSummary(
            found=states.total - states.missing,
            encoded=self._tally.encoded,
            reused=self._tally.reused,
            unchanged=states.indexed - made - (left - states.pending),
            ignored=states.ignored,
            left=left,
            missing=states.missing,
            others=totals.n_others,
            offline_roots=tuple(totals.offline),
            unreadable_folders=tuple(totals.unreadable_folders),
            problems=problems,
            seconds=seconds,
            photos_per_second=self._tally.done / seconds if seconds > 0 else 0.0,
            model_id=self._model.model_id,
        )


def _problem_of(error: OSError) -> Problem:
    match error:
        case FileNotFoundError():
            return Problem(ProblemKind.VANISHED, "the file was gone when its turn came")
        case PermissionError():
            return Problem(ProblemKind.NO_PERMISSION, "there is no permission to read the file")
        case _:
            reason = error.strerror or str(error)
            return Problem(ProblemKind.UNREADABLE, f"the file cannot be read ({reason})")
