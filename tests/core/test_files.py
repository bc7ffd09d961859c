"""A file we own is the old one or the new one, never half of one."""

import os
from pathlib import Path

import pytest

from ahash_desktop.core.files import replace_file, reserve_file


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
