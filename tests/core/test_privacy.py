"""What a library holds is for its owner alone."""

import os
import stat
from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.privacy import keep_private
from ahash_desktop.core.settings import Settings, change_settings
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.store.library import Library
from tests.fake_encoder import fake_engine
from tests.pictures import save_picture

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows keeps users apart by itself")


@pytest.fixture(autouse=True)
def _usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    """What in a folder others may reach, as far as they may come."""
    held = (folder, *sorted(folder.iterdir()))
    return [path.name for path in held if stat.S_IMODE(path.stat().st_mode) & 0o077]


@pytest.mark.parametrize("settings_first", [True, False])
def test_nobody_else_can_read_a_library(tmp_path: Path, settings_first: bool) -> None:
    paths = LibraryPaths(tmp_path / "deep" / "library")
    if settings_first:
        change_settings(paths.settings, threads=1)
    save_picture(tmp_path / "photos/one.jpg", 1)
    session = LibrarySession.open(paths, Settings(), fake_engine)
    session.browser.add_root(tmp_path / "photos")
    list(session.updater.index(CancelToken()))
    change_settings(paths.settings, threads=1)
    held = {path.name for path in paths.folder.iterdir()}
    assert held >= {"library.db", "library.db-wal", "settings.json", "settings.lock", "writer.lock"}
    own = {paths.thumbnails, paths.maps, paths.models, paths.logs, paths.backups}
    assert [n for n in open_to_others(paths.folder) if paths.folder / n not in own] == []
    session.close()


def test_a_library_that_everybody_could_read_is_closed_to_others(tmp_path: Path) -> None:
    paths = LibraryPaths(tmp_path)
    Library.open(paths).close()
    for folder in (paths.thumbnails, paths.backups, paths.logs, paths.models, paths.maps):
        folder.mkdir(exist_ok=True)
    (paths.folder / "recent.json").touch()
    paths.window_state.touch()
    theirs = tmp_path / "holiday.jpg"
    theirs.write_bytes(np.zeros(3, np.uint8).tobytes())
    for path in (*tmp_path.iterdir(), tmp_path):
        path.chmod(0o755 if path.is_dir() else 0o644)
    keep_private(paths)
    assert open_to_others(tmp_path) == [tmp_path.name, "holiday.jpg"]
    Library.open(paths, create=False).close()


def test_what_a_link_leads_to_stays_as_it_is(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (tmp_path / "library").mkdir()
    paths = LibraryPaths(tmp_path / "library")
    paths.thumbnails.symlink_to(elsewhere)
    keep_private(paths)
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755
