"""A library that was deleted or replaced while it is open is noticed and can be put back."""

from pathlib import Path

import pytest

from ahash_desktop.core.errors import LibraryDeletedError, LibraryLostError, UserFacingError
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.services.storethread import StoreThread
from ahash_desktop.store.library import Library
from ahash_desktop.store.standing import Standing, put_back


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    paths = LibraryPaths(tmp_path / "library")
    Library.open(paths).close()
    return paths


def test_a_library_where_it_was_is_in_order(paths: LibraryPaths) -> None:
    standing = Standing(paths)
    with Library.open(paths) as library:
        library.roots.add(paths.folder.parent, 0.0)
        library.checkpoint()
    standing.check()


def test_the_first_one_that_is_found_counts(tmp_path: Path) -> None:
    paths = LibraryPaths(tmp_path / "new")
    standing = Standing(paths)
    standing.check()
    Library.open(paths).close()
    standing.check()
    paths.database.unlink()
    with pytest.raises(LibraryDeletedError, match="gone"):
        standing.check()


def test_another_library_in_its_place_is_noticed(paths: LibraryPaths) -> None:
    standing = Standing(paths)
    paths.database.rename(paths.folder / "aside.db")
    Library.open(paths).close()
    with pytest.raises(LibraryLostError, match="taken the place") as told:
        standing.check()
    assert not isinstance(told.value, LibraryDeletedError)
    standing.renew()
    standing.check()


@pytest.mark.skipif("os.name == 'nt'", reason="Windows lets no open file be deleted")
def test_what_is_still_open_of_a_deleted_library_is_put_back(
    paths: LibraryPaths, tmp_path: Path
) -> None:
    """What lies in the log only counts too; a log that was left behind does not."""
    store = StoreThread(paths, "store")
    store.call(lambda library: library.roots.add(tmp_path, 0.0))
    log = Path(f"{paths.database}-wal")
    old_log = log.read_bytes()
    paths.database.unlink()
    with pytest.raises(LibraryDeletedError):
        store.call(lambda library: library.roots.all())

    with put_back(paths) as aside:
        assert store.save_copy(aside)
        store.let_go()
        log.write_bytes(old_log)
    store.renew()

    assert [root.path for root in store.call(lambda library: library.roots.all())] == [tmp_path]
    store.call(lambda library: library.roots.add(tmp_path.parent / "other", 0.0))
    assert store.call(lambda library: library.integrity_problems()) == []
    store.close()
    assert sorted(path.name for path in paths.folder.iterdir()) == ["library.db"]


def test_nothing_that_is_there_is_replaced(paths: LibraryPaths) -> None:
    before = paths.database.read_bytes()
    with pytest.raises(LibraryLostError, match="again"), put_back(paths) as aside:
        aside.write_bytes(b"something else")
    assert paths.database.read_bytes() == before
    assert sorted(path.name for path in paths.folder.iterdir()) == ["library.db"]


def test_a_library_that_cannot_be_written_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "drive").write_text("no folder any more", encoding="utf-8")
    paths = LibraryPaths(tmp_path / "drive" / "library")
    with pytest.raises(UserFacingError, match="cannot be put back"), put_back(paths):
        pass
