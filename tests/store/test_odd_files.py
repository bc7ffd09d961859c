"""Pipes, devices and folders where a library's files should be are told, and never waited for."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings, load_settings
from ahash_desktop.store.library import Library

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes are no files there")

ODD: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "endless": lambda path: path.symlink_to("/dev/zero"),
    "full": lambda path: path.symlink_to("/dev/full"),
}


@pytest.mark.parametrize("odd", [*ODD, "folder"])
@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_what_is_no_file_is_told_in_one_sentence(tmp_path: Path, suffix: str, odd: str) -> None:
    paths = LibraryPaths(tmp_path)
    Library.open(paths).close()
    place = tmp_path / f"{paths.database.name}{suffix}"
    place.unlink(missing_ok=True)
    ODD.get(odd, Path.mkdir)(place)
    with pytest.raises(UserFacingError, match="no file where one of the library should be"):
        Library.open(paths)


@pytest.mark.parametrize("odd", ODD)
def test_settings_that_are_no_file_are_the_defaults(tmp_path: Path, odd: str) -> None:
    paths = LibraryPaths(tmp_path)
    ODD[odd](paths.settings)
    assert load_settings(paths.settings) == Settings()
