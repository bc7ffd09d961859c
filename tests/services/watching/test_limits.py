"""Counting folders and watches."""

import errno
from pathlib import Path

import pytest

from ahash_desktop.core.errors import Cancelled
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.services.watching.limits import count_folders, queue_limit, room_to_watch


def test_folders_are_counted_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "file").touch()

    assert count_folders(tmp_path, 100, CancelToken()) == 3


def test_counting_stops_when_there_are_too_many(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / "a" / str(number) / "b").mkdir(parents=True)

    assert count_folders(tmp_path, 3, CancelToken()) == 7


def test_counting_can_be_cancelled(tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()

    with pytest.raises(Cancelled):
        count_folders(tmp_path, 3, token)


def test_watches_of_this_user_are_taken_off_the_limit(tmp_path: Path) -> None:
    limits = tmp_path / "sys/fs/inotify"
    limits.mkdir(parents=True)
    (limits / "max_user_watches").write_text("100\n", encoding="ascii")
    for process in ("17", "18"):
        for part in ("fd", "fdinfo"):
            (tmp_path / process / part).mkdir(parents=True)
        (tmp_path / process / "fd/3").symlink_to("anon_inode:inotify")
        (tmp_path / process / "fd/4").symlink_to("/etc/hosts")
        (tmp_path / process / "fdinfo/3").write_text(
            "pos:\t0\ninotify wd:2 ino:1\ninotify wd:1 ino:2\n", encoding="ascii"
        )

    assert room_to_watch(tmp_path) == 96
    assert queue_limit(tmp_path) == 16_384


def test_a_system_that_shows_no_processes_now_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = tmp_path / "sys/fs/inotify/max_user_watches"
    limit.parent.mkdir(parents=True)
    limit.write_text("100\n", encoding="ascii")

    def refuse(_path: Path) -> list[str]:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("ahash_desktop.services.watching.limits.os.listdir", refuse)
    assert room_to_watch(tmp_path) == 100


def test_without_a_limit_there_is_none(tmp_path: Path) -> None:
    assert room_to_watch(tmp_path) is None
