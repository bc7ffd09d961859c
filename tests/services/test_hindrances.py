"""Network drives that go stale, missing permissions: told, nothing lost, mended by the next run."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import ModelRecord, ProblemKind
from ahash_desktop.core.updates import IndexProgress, IndexSummary
from ahash_desktop.imaging import reading, scan
from ahash_desktop.services import indexing
from ahash_desktop.services.indexing import Indexer
from ahash_desktop.services.updating import Updater
from ahash_desktop.store.library import Library
from tests.fake_encoder import FakeEncoder

RunIndex = Callable[..., IndexSummary]
MakePictures = Callable[[str, int], list[Path]]
Break = Callable[..., None]

HINDRANCES = [errno.ESTALE, errno.EIO, errno.EACCES, errno.ETIMEDOUT]


class StaleEntry:
    """An entry of a folder that is listed, but of which nothing more is told."""

    def __init__(self, entry: os.DirEntry[str], number: int) -> None:
        self.name, self.path = entry.name, entry.path
        self._number = number

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return False

    def is_symlink(self) -> bool:
        return False

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        raise OSError(self._number, os.strerror(self._number))


class StaleListing:
    """A listing some of whose entries are stale."""

    def __init__(self, listing: Any, name: str, number: int) -> None:
        self._listing = listing
        self._name = name
        self._number = number

    def __enter__(self) -> Iterator[Any]:
        return (
            StaleEntry(entry, self._number) if entry.name == self._name else entry
            for entry in self._listing
        )

    def __exit__(self, *_: object) -> None:
        self._listing.close()


@pytest.fixture
def break_listing(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Makes a folder unreadable, or just the entry of a name; so many times, or for ever."""
    scandir = os.scandir

    def make(folder: Path, number: int, name: str = "", times: int = -1) -> None:
        left = [times]

        def broken(path: str) -> Any:
            if path != str(folder) or not left[0]:
                return scandir(path)
            left[0] -= 1
            if name:
                return StaleListing(scandir(path), name, number)
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(scan.os, "scandir", broken)

    return make


@pytest.mark.parametrize("number", HINDRANCES)
def test_a_folder_that_cannot_be_listed_keeps_its_photos(
    run_index: RunIndex,
    make_pictures: MakePictures,
    photos: Path,
    break_listing: Break,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    make_pictures("photos/open", 2)
    make_pictures("photos/stale/deep", 3)
    run_index()

    break_listing(photos / "stale", number)
    make_pictures("photos/stale/deep", 4)
    hindered = run_index()
    monkeypatch.undo()
    mended = run_index()

    assert [folder for folder, _ in hindered.unreadable_folders] == [photos / "stale"]
    assert all(reason for _, reason in hindered.unreadable_folders)
    assert (hindered.missing, hindered.found, hindered.offline_roots) == (0, 5, ())
    assert (mended.found, mended.encoded, mended.unreadable_folders) == (6, 1, ())


@pytest.mark.parametrize("number", HINDRANCES)
def test_a_file_of_which_nothing_is_told_stays_known(
    run_index: RunIndex,
    make_pictures: MakePictures,
    photos: Path,
    break_listing: Break,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    make_pictures("photos", 3)
    run_index()

    break_listing(photos, number, name="00001.jpg")
    hindered = run_index()
    monkeypatch.undo()
    mended = run_index()

    assert [folder for folder, _ in hindered.unreadable_folders] == [photos]
    assert (hindered.missing, hindered.unchanged) == (0, 3)
    assert (mended.unchanged, mended.unreadable_folders) == (3, ())


@pytest.mark.parametrize("number", HINDRANCES)
def test_a_folder_of_the_library_that_goes_stale_is_offline_until_it_is_back(
    run_index: RunIndex,
    make_pictures: MakePictures,
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    make_pictures("photos", 3)
    run_index()
    stat = os.stat

    def stale(path: Any, *rest: Any, **options: Any) -> os.stat_result:
        if isinstance(path, str | Path) and Path(path).is_relative_to(photos):
            raise OSError(number, os.strerror(number))
        return stat(path, *rest, **options)

    monkeypatch.setattr(os, "stat", stale)
    hindered = run_index()
    monkeypatch.undo()
    mended = run_index()

    assert hindered.offline_roots == (photos,)
    assert hindered.missing == 0
    assert (mended.offline_roots, mended.unchanged) == ((), 3)


def test_a_file_that_goes_stale_before_its_turn_is_tried_again(
    run_index: RunIndex, make_pictures: MakePictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pictures("photos", 2)

    def stale(_path: Path, _size_bytes: int) -> bytes:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(indexing, "content_key", stale)
    problems = run_index().problems
    monkeypatch.undo()

    assert {entry.problem.kind for entry in problems} == {ProblemKind.UNREADABLE}
    assert "network drive" in problems[0].problem.reason
    assert run_index().encoded == 2


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.ESTALE, ProblemKind.UNREADABLE, "network drive"),
        (errno.EIO, ProblemKind.UNREADABLE, "read error"),
        (errno.EACCES, ProblemKind.NO_PERMISSION, "may not read"),
    ],
)
def test_a_file_that_cannot_be_read_by_the_engine_is_told_and_tried_again(
    run_index: RunIndex,
    make_pictures: MakePictures,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    kind: ProblemKind,
    words: str,
) -> None:
    make_pictures("photos", 1)

    def refuse(_path: str) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(reading, "open_regular", refuse)
    (entry,) = run_index().problems
    monkeypatch.undo()

    assert entry.problem.kind is kind
    assert words in entry.problem.reason
    assert run_index().encoded == 1


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_too_many_open_files_hold_the_scan_and_hide_no_folder(
    library: Library,
    model: ModelRecord,
    fake_encoder: FakeEncoder,
    make_pictures: MakePictures,
    photos: Path,
    break_listing: Break,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    make_pictures("photos/a", 2)
    make_pictures("photos/b", 2)
    monkeypatch.setattr(indexing, "_SHORT_S", 0.0)
    break_listing(photos / "b", number, times=2)
    root = library.roots.add(photos, 0.0)

    records = list(Indexer(library, fake_encoder, model).run([root], CancelToken()))

    told = [r.hold.told for r in records if isinstance(r, IndexProgress) and r.hold is not None]
    assert len(told) == 2
    assert "too many files are open" in told[0]
    summary = records[-1]
    assert isinstance(summary, IndexSummary)
    assert (summary.found, summary.left, summary.unreadable_folders) == (4, 0, ())
    assert summary.encoded + summary.reused == 4


def test_a_folder_of_photos_is_never_written_to(
    paths: LibraryPaths, photos: Path, make_pictures: MakePictures, fake_encoder: FakeEncoder
) -> None:
    """As on a read-only drive: what is in the folder, and the folder itself, stay as they were."""
    make_pictures("photos/a", 3)
    for path in (photos / "a").iterdir():
        path.chmod(0o444)
    before = _all_about(photos)
    with Library.open(paths) as library:
        library.roots.add(photos, 0.0)
        model = library.models.register(fake_encoder.model_id, "fake", 64, "{}", 0.0)
    for _ in range(2):
        *_, summary = Updater(paths, fake_encoder, model).index(CancelToken())
    assert isinstance(summary, IndexSummary)
    assert summary.unchanged == 3
    assert _all_about(photos) == before


def _all_about(folder: Path) -> dict[str, tuple[int, ...]]:
    return {
        str(path): (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        for path in (folder, *folder.rglob("*"))
        for status in [path.stat()]
    }
