"""A command that is told to end, or whose terminal is closed, at any moment leaves all whole."""

import csv
import os
import random
import shutil
import signal
import sys
from pathlib import Path

import pytest

from ahash_desktop.cli.main import EXIT_DONE, EXIT_INTERRUPTED, main
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings
from ahash_desktop.services.caring import open_whole
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.store.library import Library
from tests.fake_encoder import fake_engine
from tests.pictures import save_picture

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

N_KNOWN, N_NEW, FEW_MOMENTS = 5, 4, 4
SIGNALS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if os.name != "nt" else [])]
COMMANDS = ("index", "search", "export")
_EVENTS = {"open", "os.rename", "os.remove", "sqlite3.connect"}


def open_with_fake(paths: LibraryPaths, settings: Settings) -> LibrarySession:
    """A session as the commands open it, with an engine that is quick."""
    return _OPEN(paths, settings, fake_engine)


_OPEN = LibrarySession.open


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    """A library of some photos; others have come since, and one is gone."""
    paths = LibraryPaths(tmp_path / "library")
    for number in range(N_KNOWN):
        save_picture(tmp_path / "photos" / f"{number}.jpg", number)
    session = open_with_fake(paths, Settings())
    session.browser.add_root(tmp_path / "photos")
    list(session.updater.index(CancelToken()))
    session.close()
    for number in range(N_NEW):
        save_picture(tmp_path / "photos" / f"new-{number}.jpg", 50 + number)
    (tmp_path / "photos" / "0.jpg").unlink()
    return paths


def interrupted(command: list[str], number: int, moment: int) -> tuple[int, bytes]:
    """Runs a command in a process that gets a signal at a moment.

    Returns:
        How it ended, negative for a signal, and its moments: `S` for each SQL statement, else `.`.
    """
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        _run_and_signal(command, number, moment, tell)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        moments = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), moments


def _run_and_signal(command: list[str], number: int, moment: int, tell: int) -> None:
    """In a forked process: counts files opened, renamed and removed, and statements begun."""
    status = 1
    n_passed = 0

    def count(what: str, _arguments: object = None) -> None:
        nonlocal n_passed
        if what in _EVENTS or what.startswith("SQL "):
            n_passed += 1
            os.write(tell, b"S" if what.startswith("SQL ") else b".")
            if n_passed == moment:
                os.kill(os.getpid(), number)

    try:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        open_library = Library.open

        def open_counting(of: LibraryPaths, **options: bool) -> Library:
            library = open_library(of, **options)
            library._connection.raw.set_trace_callback(lambda sql: count(f"SQL {sql}"))
            return library

        patch = pytest.MonkeyPatch()
        patch.setattr(Library, "open", open_counting)
        patch.setattr(LibrarySession, "open", open_with_fake)
        sys.addaudithook(count)
        status = main(command)
    finally:
        os._exit(status)


def commands_of(paths: LibraryPaths) -> dict[str, list[str]]:
    """The commands, by their names."""
    home = paths.folder.parent
    library = ["--library", str(paths.folder)]
    return {
        "index": [*library, "index", str(home / "photos")],
        "search": [*library, "search", str(home / "photos/new-0.jpg")],
        "export": [*library, "export", "--to", str(home / "codes.csv")],
    }


def assert_all_is_whole(paths: LibraryPaths) -> None:
    assert open_whole(paths) == ()
    with Library.open(paths) as library:
        assert library.integrity_problems() == []
        counts = library.photos.counts()
        assert counts.total >= N_KNOWN
        assert counts.problem == 0
    exported = paths.folder.parent / "codes.csv"
    if exported.exists():
        with exported.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert len({len(row) for row in rows}) == 1
        assert len(rows) >= N_KNOWN
    assert not list(paths.folder.parent.glob("*.part"))


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_signal_at_any_moment_leaves_a_whole_library(
    paths: LibraryPaths, tmp_path: Path, name: str, number: signal.Signals, thorough: bool
) -> None:
    before = tmp_path / "before"
    shutil.copytree(paths.folder, before)
    undisturbed, passed = interrupted(commands_of(paths)[name], number, 0)
    assert undisturbed == EXIT_DONE
    moments = range(1, len(passed) + 1)
    for moment in moments if thorough else random.Random(name).sample(moments, FEW_MOMENTS):
        shutil.rmtree(paths.folder)
        (tmp_path / "codes.csv").unlink(missing_ok=True)
        shutil.copytree(before, paths.folder)
        ended, passed = interrupted(commands_of(paths)[name], number, moment)
        has_begun = b"S" in passed[:moment]
        assert ended in (EXIT_DONE, EXIT_INTERRUPTED, *([] if has_begun else [-number])), moment
        assert_all_is_whole(paths)
        assert interrupted(commands_of(paths)["index"], number, 0)[0] == EXIT_DONE
        with Library.open(paths) as library:
            counts = library.photos.counts()
            assert (counts.indexed, counts.missing) == (N_KNOWN + N_NEW - 1, 1)
