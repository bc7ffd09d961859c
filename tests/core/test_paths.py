"""What folders are, however they are named."""

import sys
from pathlib import Path

import pytest

from ahash_desktop.core.paths import is_of_system, typed_path

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows names its folders otherwise")


@POSIX
@pytest.mark.parametrize("text", ["/", "//", "/.", "/usr/..", "/proc", "/sys/class", "/dev"])
def test_the_whole_system_is_no_folder_of_photos(text: str) -> None:
    assert is_of_system(Path(text))


@POSIX
@pytest.mark.parametrize("text", ["/home", "/media/card", "/mnt", "/developer", "/srv/sys", "."])
def test_other_folders_are(text: str) -> None:
    assert not is_of_system(Path(text))


@POSIX
def test_a_link_to_the_whole_system_is_no_folder_of_photos_either(tmp_path: Path) -> None:
    (tmp_path / "all").symlink_to("/")
    assert is_of_system(tmp_path / "all")


def test_the_home_of_nobody_stays_as_it_was_typed() -> None:
    assert typed_path("~nobody-of-this-name/x") == Path("~nobody-of-this-name/x")
