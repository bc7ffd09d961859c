"""A run that has to wait says why, keeps what it has, and goes on by itself."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ahash_desktop.core.corrections import box_text
from ahash_desktop.core.errors import Cancelled, ShortageError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import EncodeOutcome, ModelRecord, ProblemKind, Region, WorkItem
from ahash_desktop.core.updates import Hold, HoldKind, IndexProgress, IndexSummary
from ahash_desktop.imaging.content import content_id
from ahash_desktop.services import indexing
from ahash_desktop.services.indexing import Indexer
from ahash_desktop.services.workqueue import Wishes
from ahash_desktop.store.library import Library
from tests.conftest import MakePicture
from tests.fake_encoder import FakeEncoder

MakePictures = Callable[[str, int], list[Path]]
Records = list[IndexProgress | IndexSummary]

PART = Region(0.25, 0.25, 0.5, 0.5)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "_HOLD_S", 0.0)
    monkeypatch.setattr(indexing, "_SHORT_S", 0.0)


@pytest.fixture
def run(library: Library, model: ModelRecord, photos: Path, fake_encoder: FakeEncoder):
    """Starts a run over the photos with some options of the indexer."""

    def start(token: CancelToken | None = None, **options: object) -> Iterator:
        root = library.roots.add(photos, 0.0)
        indexer = Indexer(library, fake_encoder, model, **options)
        return indexer.run([root], token or CancelToken())

    return start


def holds_in(records: Records) -> list[Hold]:
    return [r.hold for r in records if isinstance(r, IndexProgress) and r.hold is not None]


def test_a_run_waits_as_long_as_it_is_held(run, make_pictures: MakePictures) -> None:
    make_pictures("photos", 5)
    reasons = [None, Hold(HoldKind.ON_BATTERY), Hold(HoldKind.ON_BATTERY), Hold(HoldKind.BUSY)]
    records = list(run(held=lambda: reasons.pop(0) if reasons else None))
    kinds = [hold.kind for hold in holds_in(records)]
    assert HoldKind.ON_BATTERY in kinds
    assert HoldKind.BUSY in kinds
    assert records[-1].encoded == 5


def test_a_held_run_can_be_cancelled_and_has_kept_what_was_ready(
    run, make_pictures: MakePictures, library: Library, fake_encoder: FakeEncoder
) -> None:
    make_pictures("photos", 20)
    token = CancelToken()
    records: Records = []

    def hold() -> Hold | None:
        return Hold(HoldKind.PAUSED) if fake_encoder.submitted else None

    def keep() -> None:
        for record in run(token, held=hold):
            records.append(record)
            if library.photos.counts().indexed:
                token.cancel()

    with pytest.raises(Cancelled):
        keep()
    summary = records[-1]
    assert isinstance(summary, IndexSummary)
    assert summary.encoded == library.photos.counts().indexed > 0
    assert summary.encoded + summary.left == 20


class OneByOne(FakeEncoder):
    """Has one file ready after each wait, and remembers which were sent as which part."""

    def __init__(self, **options: object) -> None:
        super().__init__(capacity=64, **options)
        self.parts: list[Region | None] = []

    def submit(self, item: WorkItem) -> None:
        super().submit(item)
        self.parts.append(item.region)

    def collect(self, timeout_s: float) -> list[EncodeOutcome]:
        return [self._encode_file(self._queue.popleft())] if timeout_s and self._queue else []


class Paused(CancelToken):
    """Is paused once `n_read` files are read, and resumed when that was waited for."""

    def __init__(self, n_read: int, meanwhile: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.n_read = 0
        self.waited_at: list[int] = []
        self._pauses_at = n_read
        self._meanwhile = meanwhile

    def read(self, _item: WorkItem) -> None:
        self.n_read += 1
        if self.n_read == self._pauses_at:
            self.pause()

    def wait(self, timeout_s: float) -> None:
        super().wait(timeout_s)
        self.waited_at.append(self.n_read)
        self._meanwhile()
        self.resume()


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_pause_takes_effect_with_the_next_file_and_nothing_is_lost_or_done_twice(
    library: Library,
    model: ModelRecord,
    photos: Path,
    make_pictures: MakePictures,
    newest_first: bool,
) -> None:
    in_order = make_pictures("photos", 40)
    for number, path in enumerate(in_order):
        os.utime(path, (1_000_000 + number, 1_000_000 + number))
    if newest_first:
        in_order.reverse()
    kept: list[int] = []
    token = Paused(3, lambda: kept.append(library.photos.counts().indexed))
    encoder = OneByOne(before_file=token.read)
    indexer = Indexer(library, encoder, model, newest_first=newest_first)
    records = list(indexer.run([library.roots.add(photos, 0.0)], token))
    assert (token.waited_at, kept) == ([3], [3])
    assert HoldKind.PAUSED in [hold.kind for hold in holds_in(records)]
    shares = [r for r in records if isinstance(r, IndexProgress) and r.phase == "encoding"]
    assert {r.n_to_do for r in shares} == {40}
    assert (records[-1].encoded, records[-1].left, token.n_read) == (40, 0, 40)
    n_before = len(encoder.submitted) - 37
    assert encoder.submitted[:n_before] == in_order[:n_before]
    assert encoder.submitted[n_before:] == in_order[3:]


def test_copies_that_wait_for_each_other_survive_a_pause(
    library: Library, model: ModelRecord, photos: Path, make_pictures: MakePictures
) -> None:
    for path in make_pictures("photos", 6):
        shutil.copy(path, path.with_stem(f"{path.stem} copy"))
    token = Paused(2)
    encoder = OneByOne(before_file=token.read)
    *_, summary = Indexer(library, encoder, model).run([library.roots.add(photos, 0.0)], token)
    assert token.waited_at == [2]
    assert (summary.encoded, summary.reused, summary.left) == (6, 6, 0)
    assert token.n_read == 6


@pytest.mark.parametrize("stays", [True, False])
def test_what_a_person_says_of_a_photo_counts_after_a_pause_as_it_is_then(
    library: Library, model: ModelRecord, photos: Path, make_pictures: MakePictures, stays: bool
) -> None:
    _, second = make_pictures("photos", 2)
    content = content_id(second.read_bytes())
    with library.transaction():
        library.corrections.correct(content, box_text(PART, 64, 64), (64, 64), 0.0)

    def change() -> None:
        if not stays:
            with library.transaction():
                library.corrections.take_back(content)

    token = Paused(1, change)
    encoder = OneByOne(before_file=token.read)
    list(Indexer(library, encoder, model).run([library.roots.add(photos, 0.0)], token))
    assert token.waited_at == [1]
    assert encoder.parts == [None, PART, PART if stays else None]
    photo = library.photos.find_by_path(second)
    assert photo is not None
    encoded = library.codes.get(photo.photo_id, model.model_key)
    assert encoded is not None
    assert (encoded.subject is not None and encoded.subject.is_corrected) is stays


def test_a_shortage_lets_what_is_under_way_come_to_its_end(
    run, make_pictures: MakePictures, fake_encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = make_pictures("photos", 4)
    content_key = indexing.content_key
    short_of = set(pictures[1:])

    def fail_once(path: Path, size_bytes: int) -> bytes:
        if path in short_of:
            short_of.remove(path)
            raise OSError(errno.EMFILE, "Too many open files")
        return content_key(path, size_bytes)

    monkeypatch.setattr(indexing, "content_key", fail_once)
    assert list(run())[-1].encoded == 4
    assert fake_encoder.submitted == pictures


@pytest.mark.parametrize("kind", [HoldKind.PAUSED, HoldKind.ON_BATTERY, HoldKind.BUSY])
def test_a_scan_waits_too_while_the_run_is_held(
    run,
    make_pictures: MakePictures,
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
    kind: HoldKind,
) -> None:
    monkeypatch.setattr("ahash_desktop.imaging.scan._BATCH_SIZE", 10)
    make_pictures("photos", 35)
    token = CancelToken()
    if kind is HoldKind.PAUSED:
        token.pause()
    reasons = [Hold(kind)]
    found: list[tuple[str, int, int]] = []
    records: Records = []
    for record in run(token, held=lambda: next(iter(reasons), None)):
        records.append(record)
        if isinstance(record, IndexProgress) and record.hold is not None:
            found.append((record.phase, record.n_found, library.photos.counts().total))
            if len(found) == 3:
                reasons.clear()
                token.resume()
    assert found == [("scanning", 10, 10)] * 3
    assert {hold.kind for hold in holds_in(records)} == {kind}
    assert (records[-1].found, records[-1].encoded) == (35, 35)


def test_a_scan_that_is_held_can_be_cancelled(run, make_pictures: MakePictures) -> None:
    make_pictures("photos", 3)
    token = CancelToken()
    token.pause()
    with pytest.raises(Cancelled):
        cancel_when_held(run(token), token)


def test_the_shares_add_up_in_every_record(run, make_pictures: MakePictures) -> None:
    make_pictures("photos", 30)
    records = [r for r in run() if isinstance(r, IndexProgress) and r.phase == "encoding"]
    assert all(0 <= r.n_done <= r.n_to_do == 30 for r in records)
    assert (records[-1].n_done, records[-1].n_to_do) == (30, 30)


def test_newest_photos_first_on_request(
    run, make_pictures: MakePictures, fake_encoder: FakeEncoder
) -> None:
    pictures = make_pictures("photos", 6)
    for number, path in enumerate(pictures):
        os.utime(path, (1_000_000 + number, 1_000_000 + number))
    list(run(newest_first=True))
    assert fake_encoder.submitted == pictures[::-1]


def test_what_someone_looks_at_is_read_first(
    run, make_pictures: MakePictures, fake_encoder: FakeEncoder, library: Library, photos: Path
) -> None:
    pictures = make_pictures("photos", 200)
    wishes = Wishes()
    wished = False
    for record in run(wishes=wishes):
        if isinstance(record, IndexProgress) and record.phase == "encoding" and not wished:
            wished = True
            photo = library.photos.find_by_path(pictures[150])
            assert photo is not None
            wishes.prefer([photo.photo_id])
    assert fake_encoder.submitted.index(pictures[150]) < 100


def test_a_full_disk_is_told_and_nothing_is_lost(
    run, make_pictures: MakePictures, library: Library, fake_encoder: FakeEncoder
) -> None:
    make_pictures("photos", 40)
    raw = library._connection.raw
    (n_pages,) = raw.execute("PRAGMA page_count").fetchone()
    raw.execute(f"PRAGMA max_page_count = {n_pages}")
    told: list[str] = []
    for record in run():
        if isinstance(record, IndexProgress) and record.hold is not None:
            told.append(record.hold.told)
            if len(told) == 3:
                raw.execute("PRAGMA max_page_count = 100000")
    assert len(told) == 3
    assert "disk of the library is full" in told[0]
    assert isinstance(record, IndexSummary)
    assert (record.encoded, record.left) == (40, 0)
    assert len(fake_encoder.submitted) == 40


def test_a_full_disk_while_scanning_is_told_and_the_scan_goes_on(
    run, make_pictures: MakePictures, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pictures("photos", 3)
    record_scanned = library.work.record_scanned
    failures = [ShortageError("the disk of the library is full")] * 2

    def fail_at_first(*arguments: object) -> None:
        if failures:
            raise failures.pop()
        record_scanned(*arguments)

    monkeypatch.setattr(library.work, "record_scanned", fail_at_first)
    records = list(run())
    assert len(holds_in(records)) == 2
    assert (records[-1].found, records[-1].encoded) == (3, 3)


def test_a_library_that_becomes_read_only_is_told(
    run, make_pictures: MakePictures, library: Library
) -> None:
    make_pictures("photos", 10)
    raw = library._connection.raw
    token = CancelToken()
    told = []
    try:
        for record in run(token):
            if isinstance(record, IndexProgress) and record.phase == "encoding" and not told:
                raw.execute("PRAGMA query_only = ON")
            if isinstance(record, IndexProgress) and record.hold is not None:
                told.append(record.hold.told)
                raw.execute("PRAGMA query_only = OFF")
    finally:
        raw.execute("PRAGMA query_only = OFF")
    assert "cannot be written" in told[0]
    assert record.encoded == 10


def test_cancelling_while_the_disk_is_full_ends_without_a_crash(
    run, make_pictures: MakePictures, library: Library
) -> None:
    make_pictures("photos", 40)
    raw = library._connection.raw
    (n_pages,) = raw.execute("PRAGMA page_count").fetchone()
    raw.execute(f"PRAGMA max_page_count = {n_pages}")
    token = CancelToken()
    with pytest.raises(Cancelled):
        cancel_when_held(run(token), token)
    raw.execute("PRAGMA max_page_count = 100000")
    assert library.integrity_problems() == []
    assert list(run())[-1].encoded > 0


def cancel_when_held(records: Iterator, token: CancelToken) -> None:
    for record in records:
        if isinstance(record, IndexProgress) and record.hold is not None:
            token.cancel()


def test_too_many_open_files_make_no_problems_but_a_wait(
    run, make_pictures: MakePictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pictures("photos", 4)
    content_key = indexing.content_key
    failures = [OSError(errno.EMFILE, "Too many open files")] * 3

    def fail_at_first(path: Path, size_bytes: int) -> bytes:
        if failures:
            raise failures.pop()
        return content_key(path, size_bytes)

    monkeypatch.setattr(indexing, "content_key", fail_at_first)
    records = list(run())
    assert any("too many files are open" in hold.told for hold in holds_in(records))
    assert (records[-1].encoded, records[-1].problems) == (4, ())


def test_a_file_without_permission_is_tried_again_by_the_next_run(
    run, make_picture: MakePicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_picture("photos/a.jpg")
    content_key = indexing.content_key

    def refuse(path: Path, size_bytes: int) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(indexing, "content_key", refuse)
    (problem,) = list(run())[-1].problems
    assert problem.problem.kind is ProblemKind.NO_PERMISSION
    monkeypatch.setattr(indexing, "content_key", content_key)
    assert list(run())[-1].encoded == 1


def test_cancelling_takes_less_than_a_second_even_while_paused(
    run, make_pictures: MakePictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CancelledWhileHeld(CancelToken):
        def wait(self, timeout_s: float) -> None:
            waits_s.append(timeout_s)
            self.cancel()
            super().wait(timeout_s)

    waits_s: list[float] = []
    monkeypatch.undo()
    make_pictures("photos", 5)
    token = CancelledWhileHeld()
    token.pause()
    with pytest.raises(Cancelled):
        list(run(token))
    assert waits_s
    assert max(waits_s) < 1
