"""A disk that is full or turns read-only, no file left to open: told, and gone on from."""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ahash_desktop.core.errors import ShortageError, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings, load_settings, save_settings
from ahash_desktop.core.updates import HoldKind, IndexSummary
from ahash_desktop.services import indexing
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.store.library import Library
from tests.fake_encoder import fake_engine

MakePictures = Callable[[str, int], list[Path]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "_SHORT_S", 0.0)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True)
    except FileNotFoundError:
        pytest.skip("this system has no mount")
    if mounted.returncode:
        pytest.skip("only root may mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def update(
    library: Path, photos: Path, *, when_begun: Callable[[], None], when_held: Callable[[], None]
) -> tuple[IndexSummary, list[str]]:
    """Runs an update with trouble in its midst.

    Args:
        library: The library's folder.
        photos: The folder to index.
        when_begun: Called once, when the first files are read; makes the trouble.
        when_held: Called whenever the update waits; ends the trouble.

    Returns:
        The summary, and what was told of the trouble.
    """
    session = LibrarySession.open(LibraryPaths(library), Settings(), fake_engine)
    told: list[str] = []
    begun = False
    try:
        session.browser.add_root(photos)
        for record in session.updater.index(CancelToken()):
            if isinstance(record, IndexSummary):
                return record, told
            if record.hold is not None:
                assert record.hold.kind is HoldKind.SHORTAGE
                told.append(record.hold.told)
                when_held()
            elif record.phase == "encoding" and not begun:
                begun = True
                when_begun()
    finally:
        session.close()
    raise AssertionError("the update gave no summary")


def test_a_full_disk_holds_the_update_until_there_is_space(
    small_disk: Path, tmp_path: Path, make_pictures: MakePictures
) -> None:
    make_pictures("photos", 150)
    filler = small_disk / "filler"

    def fill() -> None:
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                continue

    summary, told = update(
        small_disk / "library",
        tmp_path / "photos",
        when_begun=fill,
        when_held=lambda: filler.unlink(missing_ok=True),
    )
    assert told
    assert "full" in told[0]
    assert (summary.encoded, summary.left) == (150, 0)
    with Library.open(LibraryPaths(small_disk / "library")) as library:
        assert library.integrity_problems() == []
        assert library.photos.counts().indexed == library.photos.counts().total == 150


def test_a_disk_that_is_full_from_the_start_is_told_and_mended(
    small_disk: Path, tmp_path: Path, make_pictures: MakePictures
) -> None:
    make_pictures("photos", 3)
    (small_disk / "filler").write_bytes(bytes(3 << 20))
    with pytest.raises(UserFacingError):
        Library.open(LibraryPaths(small_disk / "library"))
    (small_disk / "filler").unlink()
    Library.open(LibraryPaths(small_disk / "library")).close()


def test_a_disk_that_turns_read_only_is_told(
    small_disk: Path, tmp_path: Path, make_pictures: MakePictures
) -> None:
    make_pictures("photos", 5)
    paths = LibraryPaths(small_disk / "library")
    Library.open(paths).close()
    remount(small_disk, "ro")
    with pytest.raises(UserFacingError, match=r"cannot be (opened|written)|disk failed"):
        update(paths.folder, tmp_path / "photos", when_begun=lambda: None, when_held=lambda: None)
    remount(small_disk, "rw")
    summary, _ = update(
        paths.folder, tmp_path / "photos", when_begun=lambda: None, when_held=lambda: None
    )
    assert summary.encoded == 5


def test_a_library_on_a_read_only_disk_is_told(small_disk: Path) -> None:
    paths = LibraryPaths(small_disk / "library")
    remount(small_disk, "ro")
    with pytest.raises(UserFacingError, match="Read-only"):
        LibrarySession.open(paths, Settings(), fake_engine)
    remount(small_disk, "rw")
    LibrarySession.open(paths, Settings(), fake_engine).close()
    remount(small_disk, "ro")
    session = LibrarySession.open(paths, Settings(), fake_engine)  # to look and to search
    try:
        with pytest.raises(UserFacingError, match=r"written|opened|read-only|Read-only"):
            list(session.updater.index(CancelToken()))
    finally:
        session.close()
        remount(small_disk, "rw")


def test_settings_on_a_full_disk_are_told_and_the_old_ones_stay(small_disk: Path) -> None:
    path = LibraryPaths(small_disk / "library").settings
    save_settings(path, Settings(threads=3))
    with contextlib.suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            continue
    with pytest.raises(ShortageError, match="settings cannot be kept"):
        save_settings(path, Settings(threads=4))
    assert load_settings(path).threads == 3


def remount(folder: Path, mode: str) -> None:
    """Makes a file system read-only or writable again."""
    subprocess.run(["mount", "-o", f"remount,{mode}", str(folder)], check=True)


def test_no_file_left_to_open_holds_the_update_and_makes_no_problems(
    tmp_path: Path, make_pictures: MakePictures
) -> None:
    resource = pytest.importorskip("resource", reason="limits are set in another way")
    make_pictures("photos", 40)
    held_open: list[int] = []
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    def use_up() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        with contextlib.suppress(OSError):
            while True:
                held_open.append(os.open(os.devnull, os.O_RDONLY))

    def give_back() -> None:
        while held_open:
            os.close(held_open.pop())
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    try:
        summary, told = update(
            tmp_path / "library", tmp_path / "photos", when_begun=use_up, when_held=give_back
        )
    finally:
        give_back()
    assert "too many files are open" in told[0]
    assert summary.encoded + len(summary.problems) == 40


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_library_folder_is_told(tmp_path: Path) -> None:
    paths = LibraryPaths(tmp_path / "library")
    Library.open(paths).close()
    paths.folder.chmod(0o555)
    try:
        with pytest.raises(UserFacingError, match=r"written|opened"):
            Library.open(paths)
    finally:
        paths.folder.chmod(0o755)
