"""A library as one file: it opens elsewhere, and nothing else gets in."""

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import ModelRecord
from ahash_desktop.core.settings import Settings, load_settings, save_settings
from ahash_desktop.services.archiving import export_library, import_library
from ahash_desktop.store.library import Library
from tests.services.conftest import RunIndex

N_PHOTOS = 5
THUMBNAIL = f"thumbnails/ab/{'c' * 30}.jpg"


@pytest.fixture
def archive(
    library: Library,
    paths: LibraryPaths,
    run_index: RunIndex,
    tmp_path: Path,
    make_pictures: Callable[[str, int], list[Path]],
) -> Path:
    make_pictures("photos", N_PHOTOS)
    run_index()
    (paths.folder / THUMBNAIL).parent.mkdir(parents=True)
    (paths.folder / THUMBNAIL).write_bytes(b"a picture")
    save_settings(paths.settings, Settings(model="mine", theme="dark"))
    file = tmp_path / "all.ahashlib"
    list(export_library(paths, file, CancelToken()))
    return file


@pytest.fixture
def theirs(tmp_path: Path) -> LibraryPaths:
    return LibraryPaths(tmp_path / "elsewhere" / "library")


def bring(file: Path, paths: LibraryPaths, moved: dict[Path, Path] | None = None) -> None:
    list(import_library(file, paths, moved or {}, CancelToken()))


def test_a_library_opens_elsewhere_with_its_photos_at_another_place(
    archive: Path,
    theirs: LibraryPaths,
    library: Library,
    model: ModelRecord,
    photos: Path,
    tmp_path: Path,
) -> None:
    here = tmp_path / "moved-photos"
    photos.rename(here)
    bring(archive, theirs, {photos: here})
    with Library.open(theirs) as opened:
        assert [root.path for root in opened.roots.all()] == [here]
        shown = opened.photos.get_many(opened.photos.ids().tolist())
        assert len(shown) == N_PHOTOS
        assert all(photo.path.is_file() for photo in shown)
        ours = library.codes.load(model.model_key, model.n_bits)
        brought = opened.codes.load(model.model_key, model.n_bits)
    assert brought.codes.tolist() == ours.codes.tolist()
    assert (theirs.folder / THUMBNAIL).read_bytes() == b"a picture"
    assert load_settings(theirs.settings) == Settings(model="mine")
    assert not list(theirs.folder.parent.glob(".import*"))


def test_no_copy_stays_behind(archive: Path, paths: LibraryPaths) -> None:
    assert not list(paths.backups.iterdir())
    assert not list(archive.parent.glob(".*.part"))


def test_a_library_is_never_replaced(archive: Path, paths: LibraryPaths) -> None:
    with pytest.raises(UserFacingError, match="already"):
        bring(archive, paths)


def test_a_folder_that_is_not_in_it_cannot_be_moved(archive: Path, theirs: LibraryPaths) -> None:
    with pytest.raises(UserFacingError, match="no such folder"):
        bring(archive, theirs, {Path("/nowhere"): Path("/somewhere")})
    assert not theirs.folder.exists()


@pytest.mark.parametrize(
    "name",
    ["../evil.txt", "/evil.txt", "settings.json", "thumbnails/../../evil", "models/a/evil.py",
     "thumbnails/ab/evil.jpg", "models/../bundle.json", "library.db-wal"],
)  # fmt: skip
def test_whatever_no_library_has_is_refused(archive: Path, theirs: LibraryPaths, name: str) -> None:
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr(name, b"evil")
    with pytest.raises(UserFacingError, match="no library"):
        bring(archive, theirs)
    assert not theirs.folder.exists()
    assert not list(archive.parent.rglob("evil*"))


def test_a_link_is_refused(archive: Path, theirs: LibraryPaths) -> None:
    link = zipfile.ZipInfo(f"thumbnails/ab/{'d' * 30}.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr(link, "/etc/passwd")
    with pytest.raises(UserFacingError, match="no library"):
        bring(archive, theirs)


def test_too_large_a_thumbnail_is_refused(archive: Path, theirs: LibraryPaths) -> None:
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"thumbnails/ab/{'d' * 30}.jpg", bytes(5 << 20))
    with pytest.raises(UserFacingError, match="too large"):
        bring(archive, theirs)


def test_a_path_that_leads_out_of_its_folder_is_refused(
    library: Library, paths: LibraryPaths, archive: Path, theirs: LibraryPaths
) -> None:
    library._connection.run("UPDATE photos SET relative_path = 'a/../../x' WHERE photo_id = 1")
    list(export_library(paths, archive, CancelToken()))
    with pytest.raises(UserFacingError, match="no version of Ahash writes"):
        bring(archive, theirs)
    assert not theirs.folder.exists()


def test_a_trap_in_the_database_is_refused_and_nothing_stays(
    library: Library, paths: LibraryPaths, archive: Path, theirs: LibraryPaths, tmp_path: Path
) -> None:
    import sqlite3

    trap = tmp_path / "trap.db"
    with zipfile.ZipFile(archive) as packed:
        names = {name: packed.read(name) for name in packed.namelist()}
    trap.write_bytes(names["library.db"])
    stranger = sqlite3.connect(trap)
    stranger.execute("CREATE TRIGGER t AFTER INSERT ON codes BEGIN DELETE FROM photos; END")
    stranger.execute("PRAGMA writable_schema = ON")
    stranger.execute("UPDATE sqlite_schema SET type = 'TRIGGER' WHERE name = 't'")
    stranger.commit()
    stranger.close()
    with zipfile.ZipFile(archive, "w") as packed:
        for name, data in names.items():
            packed.writestr(name, trap.read_bytes() if name == "library.db" else data)
    with pytest.raises(UserFacingError, match="never makes"):
        bring(archive, theirs)
    assert not list(theirs.folder.parent.iterdir())


@pytest.mark.parametrize("place", ["/", "photos", "../photos"])
def test_photos_are_never_moved_to_no_place_or_everywhere(
    archive: Path, theirs: LibraryPaths, photos: Path, place: str
) -> None:
    with pytest.raises(UserFacingError, match="cannot be one of photos here"):
        bring(archive, theirs, {photos: Path(place)})
    assert not theirs.folder.exists()


@pytest.mark.parametrize("keep", [0, 100, -1000])
def test_a_part_of_a_file_is_refused(archive: Path, theirs: LibraryPaths, keep: int) -> None:
    archive.write_bytes(archive.read_bytes()[:keep])
    with pytest.raises(UserFacingError, match="no library"):
        bring(archive, theirs)
    assert not theirs.folder.exists()


def test_cancelling_leaves_nothing(archive: Path, theirs: LibraryPaths) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        list(import_library(archive, theirs, {}, token))
    assert not list(theirs.folder.parent.iterdir())
