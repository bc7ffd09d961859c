"""Indexing keeps the library true to its folders, and never does the same work twice."""

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ahash_desktop.core.errors import Cancelled, ShortageError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import (
    EncodeOutcome,
    FolderMark,
    ModelRecord,
    ProblemKind,
    RootState,
)
from ahash_desktop.core.updates import IndexProgress, IndexSummary
from ahash_desktop.imaging.scan import ScanRules
from ahash_desktop.services import indexing
from ahash_desktop.services.indexing import Indexer
from ahash_desktop.services.recognising import Recogniser
from ahash_desktop.store.library import Library
from tests import patience
from tests.conftest import MakePicture
from tests.fake_encoder import FakeEncoder

MakePictures = Callable[[str, int], list[Path]]
RunIndex = Callable[..., IndexSummary]

N_HELD = 3


def test_every_photo_is_encoded_once(
    run_index: RunIndex, make_pictures: MakePictures, fake_encoder: FakeEncoder
) -> None:
    make_pictures("photos", 5)
    first = run_index()
    assert (first.found, first.encoded, first.problems) == (5, 5, ())
    second = run_index()
    assert (second.found, second.encoded, second.unchanged) == (5, 0, 5)
    assert len(fake_encoder.submitted) == 5


def test_rename_reuses_the_code(
    run_index: RunIndex, make_pictures: MakePictures, fake_encoder: FakeEncoder
) -> None:
    pictures = make_pictures("photos", 3)
    run_index()
    pictures[0].rename(pictures[0].with_name("renamed.jpg"))
    summary = run_index()
    assert (summary.reused, summary.encoded, summary.missing) == (1, 0, 0)
    assert len(fake_encoder.submitted) == 3


def test_copies_found_in_one_run_are_encoded_once(
    run_index: RunIndex, make_picture: MakePicture, fake_encoder: FakeEncoder
) -> None:
    original = make_picture("photos/a.jpg", seed=1)
    for name in "bcd":
        shutil.copy(original, original.with_name(f"{name}.jpg"))
    summary = run_index()
    assert (summary.found, summary.encoded, summary.reused) == (4, 1, 3)
    assert len(fake_encoder.submitted) == 1


def test_files_that_differ_only_in_the_middle_are_not_confused(
    run_index: RunIndex, make_picture: MakePicture, fake_encoder: FakeEncoder
) -> None:
    first = make_picture("photos/a.bmp", seed=1, size=(300, 300))
    data = bytearray(first.read_bytes())
    assert len(data) > 200_000
    data[len(data) // 2] ^= 0xFF
    first.with_name("b.bmp").write_bytes(data)
    summary = run_index()
    assert (summary.encoded, summary.reused) == (2, 0)


def test_a_changed_photo_is_encoded_again(
    run_index: RunIndex, make_picture: MakePicture, library: Library, model: ModelRecord
) -> None:
    picture = make_picture("photos/a.jpg", seed=1)
    run_index()
    before = library.codes.load(model.model_key, model.n_bits)
    make_picture("photos/a.jpg", seed=2)
    os.utime(picture, (1, 1))
    assert run_index().encoded == 1
    after = library.codes.load(model.model_key, model.n_bits)
    assert after.photo_ids.tolist() == before.photo_ids.tolist()
    assert (after.activations != before.activations).any()


def test_a_broken_file_is_a_problem_until_it_changes(
    run_index: RunIndex, make_picture: MakePicture, photos: Path, fake_encoder: FakeEncoder
) -> None:
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture follows")
    summary = run_index()
    assert [entry.path.name for entry in summary.problems] == ["broken.jpg"]
    assert len(run_index().problems) == 1
    assert len(fake_encoder.submitted) == 1
    make_picture("photos/broken.jpg", seed=3)
    assert (run_index().encoded, len(fake_encoder.submitted)) == (1, 2)


def test_copies_of_a_broken_file_are_all_problems(run_index: RunIndex, photos: Path) -> None:
    for name in "abc":
        (photos / f"{name}.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture follows")
    summary = run_index()
    assert (summary.found, len(summary.problems)) == (3, 3)


def test_a_photo_that_comes_back_keeps_its_code(
    run_index: RunIndex, make_pictures: MakePictures, tmp_path: Path, fake_encoder: FakeEncoder
) -> None:
    picture = make_pictures("photos", 2)[0]
    run_index()
    shutil.move(picture, tmp_path / "aside.jpg")
    assert run_index().missing == 1
    shutil.move(tmp_path / "aside.jpg", picture)
    summary = run_index()
    assert (summary.missing, summary.encoded, summary.found) == (0, 0, 2)
    assert len(fake_encoder.submitted) == 2


def test_an_unplugged_folder_is_offline_and_loses_nothing(
    run_index: RunIndex, make_pictures: MakePictures, photos: Path, library: Library
) -> None:
    make_pictures("photos", 3)
    run_index()
    photos.with_name("out of").mkdir()
    photos.rename(photos.with_name("out of") / "sight")
    summary = run_index()
    assert summary.offline_roots == (photos,)
    assert library.roots.all()[0].state is RootState.OFFLINE
    assert library.photos.counts().indexed == 3


def test_a_folder_that_was_emptied_on_its_own_volume_is_empty(
    run_index: RunIndex, make_pictures: MakePictures, photos: Path, library: Library
) -> None:
    pictures = make_pictures("photos", 3)
    run_index()
    data = [(picture, picture.read_bytes(), picture.stat().st_mtime_ns) for picture in pictures]
    for picture in pictures:
        picture.unlink()
    summary = run_index()
    assert (summary.offline_roots, summary.missing) == ((), 3)
    for picture, content, mtime_ns in data:
        picture.write_bytes(content)
        os.utime(picture, ns=(mtime_ns, mtime_ns))
    summary = run_index()
    assert (summary.encoded, summary.missing, summary.found) == (0, 0, 3)


def test_a_suddenly_empty_folder_of_which_nobody_knows_the_volume_is_offline(
    run_index: RunIndex, make_pictures: MakePictures, photos: Path, library: Library
) -> None:
    pictures = make_pictures("photos", 3)
    run_index()
    library.roots.set_mark(library.roots.all()[0].root_id, FolderMark())
    for picture in pictures:
        picture.unlink()
    assert run_index().offline_roots == (photos,)
    assert library.photos.counts().indexed == 3


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read every folder")
def test_photos_in_a_folder_without_permission_are_not_missing(
    run_index: RunIndex, make_pictures: MakePictures, photos: Path
) -> None:
    make_pictures("photos/open", 1)
    make_pictures("photos/closed", 2)
    run_index()
    (photos / "closed").chmod(0)
    try:
        assert run_index().missing == 0
    finally:
        (photos / "closed").chmod(0o755)


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="names are text")
def test_a_name_that_is_no_text_is_told(run_index: RunIndex, photos: Path) -> None:
    with open(os.fsencode(photos) + b"/odd-\xff.jpg", "wb") as file:  # noqa: PTH123 - no Path can
        file.write(b"anything")
    summary = run_index()
    assert summary.found == 0
    assert "rename" in summary.unreadable_folders[0][1]


def test_cancelling_keeps_what_is_finished(
    library: Library,
    model: ModelRecord,
    make_pictures: MakePictures,
    photos: Path,
    run_index: RunIndex,
) -> None:
    make_pictures("photos", 30)
    token = CancelToken()
    n_encoded = 0

    def cancel_later(item: object) -> None:
        nonlocal n_encoded
        n_encoded += 1
        if n_encoded == 12:
            token.cancel()

    encoder = FakeEncoder(before_file=cancel_later, capacity=4)
    root = library.roots.add(photos, 0.0)
    records: list[IndexProgress | IndexSummary] = []
    with pytest.raises(Cancelled):
        records.extend(_run_into(records, Indexer(library, encoder, model).run([root], token)))
    summary = records[-1]
    assert isinstance(summary, IndexSummary)
    assert summary.encoded >= 8
    assert summary.left == 30 - summary.encoded
    final = run_index()
    assert (final.encoded, final.unchanged) == (summary.left, summary.encoded)
    assert encoder.n_in_flight == 0


def _run_into(
    records: list[IndexProgress | IndexSummary], run: object
) -> list[IndexProgress | IndexSummary]:
    for record in run:  # type: ignore[attr-defined]  # a generator
        records.append(record)  # noqa: PERF402 - what came before the error counts
    return []


class ResumedWhileHeld(CancelToken):
    """Is resumed when a paused job has waited a few times."""

    def __init__(self) -> None:
        super().__init__()
        self.n_waits = 0

    def wait(self, timeout_s: float) -> None:
        self.n_waits += 1
        if self.n_waits == N_HELD:
            self.resume()


def test_a_paused_run_holds_and_goes_on(
    run_index: RunIndex, make_pictures: MakePictures, fake_encoder: FakeEncoder
) -> None:
    make_pictures("photos", 10)
    token = ResumedWhileHeld()
    token.pause()
    assert run_index(token).encoded == 10
    assert token.n_waits == N_HELD


def test_a_copy_that_waits_for_its_twin_survives_a_pause(
    library: Library, model: ModelRecord, make_picture: MakePicture, photos: Path
) -> None:
    original = make_picture("photos/a.jpg", seed=1)
    shutil.copy(original, photos / "b.jpg")
    token = ResumedWhileHeld()
    encoder = SlowFakeEncoder(before_file=lambda _item: token.pause())
    root = library.roots.add(photos, 0.0)
    summary = list(Indexer(library, encoder, model).run([root], token))[-1]
    assert token.n_waits == N_HELD
    assert isinstance(summary, IndexSummary)
    assert (summary.encoded, summary.reused, summary.left) == (1, 1, 0)


class SlowFakeEncoder(FakeEncoder):
    """Has nothing ready the first time it is asked, then plays a failure or a pause."""

    def collect(self, timeout_s: float) -> list[EncodeOutcome]:
        if self._before_file is not None:
            before, self._before_file = self._before_file, None
            before(self._queue[0])
            return []
        return super().collect(timeout_s)


def test_many_renamed_photos_are_told_on_the_way(
    library: Library,
    model: ModelRecord,
    make_pictures: MakePictures,
    photos: Path,
    run_index: RunIndex,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_pictures("photos/before", 60)
    run_index()
    (photos / "before").rename(photos / "after")
    monkeypatch.setattr(indexing, "_PROGRESS_S", patience.TICK_S)
    find = Recogniser.find
    monkeypatch.setattr(Recogniser, "find", lambda *a: (time.sleep(patience.TICK_S), find(*a))[1])
    encoder = FakeEncoder()
    indexer = Indexer(library, encoder, model)
    records = [r for r in indexer.run(library.roots.all(), CancelToken()) if r]
    told = [r.n_done for r in records if isinstance(r, IndexProgress) and r.phase == "encoding"]
    assert len(told) >= 5
    assert told[-1] == 60
    assert encoder.submitted == []


def test_progress_ends_with_everything_done(
    library: Library,
    model: ModelRecord,
    make_pictures: MakePictures,
    photos: Path,
    fake_encoder: FakeEncoder,
) -> None:
    make_pictures("photos", 7)
    root = library.roots.add(photos, 0.0)
    records = list(Indexer(library, fake_encoder, model).run([root], CancelToken()))
    last = [record for record in records if isinstance(record, IndexProgress)][-1]
    assert (last.phase, last.n_done, last.n_to_do) == ("encoding", 7, 7)


def test_an_ignored_file_is_left_alone(
    run_index: RunIndex, photos: Path, library: Library, fake_encoder: FakeEncoder
) -> None:
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture follows")
    entry = run_index().problems[0]
    library.work.ignore([entry.photo_id])
    summary = run_index()
    assert (summary.ignored, summary.problems) == (1, ())
    library.work.retry([entry.photo_id])
    summary = run_index()
    assert (summary.ignored, len(summary.problems)) == (0, 1)
    assert len(fake_encoder.submitted) == 2


def test_a_file_is_read_by_its_content_not_its_name(
    run_index: RunIndex, make_picture: MakePicture, photos: Path
) -> None:
    make_picture("photos/a.jpg", seed=1, format="PNG")
    assert run_index().problems == ()


def test_a_file_that_is_gone_when_its_turn_comes_is_told(
    library: Library, model: ModelRecord, make_pictures: MakePictures, photos: Path
) -> None:
    pictures = make_pictures("photos", 6)

    def delete_the_last(item: object) -> None:
        pictures[-1].unlink(missing_ok=True)

    encoder = FakeEncoder(before_file=delete_the_last, capacity=1)
    root = library.roots.add(photos, 0.0)
    summary = list(Indexer(library, encoder, model).run([root], CancelToken()))[-1]
    assert isinstance(summary, IndexSummary)
    assert [entry.problem.kind for entry in summary.problems] == [ProblemKind.VANISHED]


def test_a_photo_that_only_the_cloud_has_is_counted_and_stays_known(
    run_index: RunIndex, make_pictures: MakePictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pictures("photos", 3)
    run_index()
    make_pictures("photos", 4)
    monkeypatch.setattr("ahash_desktop.imaging.scan._HAS_ATTRIBUTES", True)
    monkeypatch.setattr("ahash_desktop.imaging.scan.is_cloud_only", lambda _: True)

    summary = run_index()

    assert (summary.found, summary.unchanged, summary.in_cloud) == (3, 3, 4)
    assert (summary.missing, summary.offline_roots) == (0, ())


def test_a_photo_that_is_still_being_written_waits_for_the_next_scan(
    library: Library,
    model: ModelRecord,
    fake_encoder: FakeEncoder,
    photos: Path,
    make_pictures: MakePictures,
) -> None:
    newest = max(path.stat().st_ctime for path in make_pictures("photos", 2))
    library.roots.add(photos, 0.0)

    def run(unsettled_after: float) -> IndexSummary:
        rules = ScanRules(unsettled_after=unsettled_after)
        indexer = Indexer(library, fake_encoder, model, rules=rules)
        *_, summary = indexer.run(library.roots.all(), CancelToken())
        assert isinstance(summary, IndexSummary)
        return summary

    early = run(newest - 10)
    late = run(newest)

    assert (early.found, early.encoded, early.unsettled) == (0, 0, 2)
    assert (late.found, late.encoded, late.unsettled) == (2, 2, 0)
    assert run(newest - 10).unsettled == 0


def test_a_name_that_changes_only_in_case_keeps_its_code(
    run_index: RunIndex, make_pictures: MakePictures, fake_encoder: FakeEncoder
) -> None:
    (path,) = make_pictures("photos", 1)
    run_index()
    path.rename(path.with_suffix(".JPG"))

    summary = run_index()

    assert (summary.found, summary.encoded, summary.reused) == (1, 0, 1)
    assert len(fake_encoder.submitted) == 1


def test_two_photos_that_swap_their_names_are_not_encoded_again(
    run_index: RunIndex,
    make_pictures: MakePictures,
    library: Library,
    model: ModelRecord,
    fake_encoder: FakeEncoder,
) -> None:
    one, other = make_pictures("photos", 2)
    run_index()
    before = library.codes.load(model.model_key, model.n_bits)
    aside = one.with_name("aside.jpg")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)
    for seconds, path in enumerate((one, other)):
        os.utime(path, (seconds, seconds))
    summary = run_index()
    assert (summary.encoded, summary.reused) == (0, 2)
    after = library.codes.load(model.model_key, model.n_bits)
    assert after.activations.tolist() == before.activations[::-1].tolist()
    assert len(fake_encoder.submitted) == 2


def test_a_new_photo_under_an_old_name_leaves_the_renamed_one_its_code(
    run_index: RunIndex, make_pictures: MakePictures, make_picture: MakePicture
) -> None:
    picture = make_pictures("photos", 1)[0]
    run_index()
    picture.rename(picture.with_name("renamed.jpg"))
    make_picture("photos/00000.jpg", seed=9)
    summary = run_index()
    assert (summary.encoded, summary.reused) == (1, 1)


def test_a_touched_photo_is_not_encoded_again(
    run_index: RunIndex, make_pictures: MakePictures
) -> None:
    picture = make_pictures("photos", 1)[0]
    run_index()
    os.utime(picture, (5, 5))
    summary = run_index()
    assert (summary.encoded, summary.reused) == (0, 1)


def test_what_could_not_be_kept_is_not_counted_as_done(
    library: Library,
    model: ModelRecord,
    fake_encoder: FakeEncoder,
    photos: Path,
    make_pictures: Callable[[str, int], list[Path]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_pictures("photos", 12)
    library.roots.add(photos, 0.0)
    token = CancelToken()
    indexer = Indexer(library, fake_encoder, model)

    def refuse(*_: object) -> None:
        token.cancel()
        raise ShortageError("the disk is full")

    monkeypatch.setattr(library.work, "finish", refuse)
    summary = None
    with contextlib.suppress(Cancelled):
        for record in indexer.run(library.roots.all(), token):
            summary = record
    assert isinstance(summary, IndexSummary)
    assert (summary.encoded, summary.unchanged, summary.left) == (0, 0, 12)
