"""A file we own is the old one or the new one, never half of one."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ahash_desktop.core.files import (
    remove_remains,
    replace_file,
    replace_file_of_others,
    reserve_file,
)


@pytest.mark.parametrize("durable", [True, False])
def test_the_new_content_replaces_the_old(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "deep" / "folder" / "settings.json"
    replace_file(path, b"old", durable=durable)
    replace_file(path, b"new", durable=durable)
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"old")

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_not_put_over_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "settings.json"
    (folder / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match=str(folder.name)):
        replace_file(folder, b"new")
    assert list(tmp_path.iterdir()) == [folder]


needs_fallocate = pytest.mark.skipif(
    not hasattr(os, "posix_fallocate"), reason="this system keeps no place for files"
)


@needs_fallocate
def test_a_reserved_file_has_its_place_already(tmp_path: Path) -> None:
    path = tmp_path / "squares"
    reserve_file(path, 1_000_000)
    facts = path.stat()
    assert facts.st_size == 1_000_000
    assert facts.st_blocks * 512 >= 1_000_000
    reserve_file(path, 0)
    assert path.stat().st_size == 0


@needs_fallocate
def test_no_file_stays_where_there_is_no_place_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", fail)
    with pytest.raises(OSError, match="No space left"):
        reserve_file(tmp_path / "squares", 1_000_000)
    assert not list(tmp_path.iterdir())


def test_a_name_as_long_as_the_disk_allows_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    replace_file(path, b"old")
    replace_file_of_others(path, b"new", mode=0o644)
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("is_nameless", [True, False])
def test_a_file_in_a_folder_of_others_is_made_and_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_nameless: bool
) -> None:
    if not is_nameless:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    path = tmp_path / "bird.jpg.xmp"
    for data in (b"first", b"second"):
        replace_file_of_others(path, data, mode=0o640)
        assert path.read_bytes() == data
        assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o640
        assert list(tmp_path.iterdir()) == [path]


WRITE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from ahash_desktop.core.files import replace_file_of_others
step = int(sys.argv[2])
def die(*_):
    global step
    step -= 1
    if step == 0:
        os.kill(os.getpid(), signal.SIGKILL)
sys.setprofile(die)
replace_file_of_others(Path(sys.argv[1]), b"new" * 4096, mode=0o644)
"""


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="only Linux has files without a name")
def test_a_killed_write_leaves_the_old_or_the_new_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "bird.jpg.xmp"
    n_killed = 0
    for step in range(2, 400, 12):
        path.write_bytes(b"old")
        command = [sys.executable, "-c", WRITE_AND_DIE, str(path), str(step)]
        n_killed += subprocess.run(command).returncode == -signal.SIGKILL
        assert path.read_bytes() in (b"old", b"new" * 4096)
        assert [each for each in tmp_path.iterdir() if ".ahash-" not in each.name] == [path]
        remove_remains_at_once(tmp_path)
        assert list(tmp_path.iterdir()) == [path]
    assert n_killed > 3


def remove_remains_at_once(folder: Path) -> None:
    """Makes what lies there old enough, so that it counts as left behind."""
    for each in folder.iterdir():
        os.utime(each, (1, 1))
    remove_remains(folder)


def test_only_what_is_ours_and_old_is_taken_away(tmp_path: Path) -> None:
    names = [".ahash-1-00ff.part", ".bird.jpg.xmp.abcd_123.part", "film.part", ".a.part", "b.xmp"]
    for name in names:
        (tmp_path / name).write_bytes(b"")
    remove_remains(tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(names)
    remove_remains_at_once(tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(names[2:])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("through", ["itself", "a link"])
def test_a_device_or_a_pipe_is_never_replaced(tmp_path: Path, through: str) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    place = pipe
    if through == "a link":
        place = tmp_path / "link.csv"
        place.symlink_to(pipe)
    with pytest.raises(OSError, match="a device or a pipe is there"):
        replace_file(place, b"new")
    assert stat.S_ISFIFO(place.stat().st_mode)
    assert sorted(tmp_path.iterdir()) == sorted({pipe, place})
