"""A run that has to wait says why, keeps what it has, and goes on by itself."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ahash_desktop.core.errors import Cancelled, ShortageError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import ModelRecord, ProblemKind
from ahash_desktop.core.updates import Hold, HoldKind, IndexProgress, IndexSummary
from ahash_desktop.services import indexing
from ahash_desktop.services.indexing import Indexer
from ahash_desktop.services.workqueue import Wishes
from ahash_desktop.store.library import Library
from tests.conftest import MakePicture
from tests.fake_encoder import FakeEncoder

MakePictures = Callable[[str, int], list[Path]]
Records = list[IndexProgress | IndexSummary]


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


def test_a_held_run_can_be_cancelled_and_has_kept_what_was_under_way(
    run, make_pictures: MakePictures, library: Library
) -> None:
    make_pictures("photos", 20)
    token = CancelToken()
    looks = iter([None])
    records: Records = []

    def keep() -> None:
        for record in run(token, held=lambda: next(looks, Hold(HoldKind.PAUSED))):
            records.append(record)
            if library.photos.counts().indexed:
                token.cancel()

    with pytest.raises(Cancelled):
        keep()
    summary = records[-1]
    assert isinstance(summary, IndexSummary)
    assert summary.encoded == library.photos.counts().indexed > 0
    assert summary.encoded + summary.left == 20


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
