"""Killing a change of the model at any moment leaves the old or the new one in use, and whole."""

import logging
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import load_settings
from ahash_desktop.services.caring import open_whole
from ahash_desktop.store.library import Library
from tests import patience
from tests.services.test_switching import N_PHOTOS, Bench, make_bundle

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

_log = logging.getLogger(__name__)

AT_THE_END = -1
_EVENTS = {"open", "os.rename", "os.remove", "tempfile.mkstemp", "sqlite3.connect", "told"}


@pytest.fixture
def bench(tmp_path: Path, make_pictures: Callable[[str, int], list[Path]]) -> Bench:
    """A library that model `older` was put into use for, with `new` on the shelf."""
    paths = LibraryPaths(tmp_path / "library")
    make_pictures("photos", N_PHOTOS)
    make_bundle(tmp_path / "shipped" / "older", 8)
    make_bundle(paths.models / "new", 8)
    bench = Bench(paths, tmp_path / "shipped")
    with Library.open(paths) as library:
        library.roots.add(tmp_path / "photos", 0.0)
    bench.use("older")
    return bench


def change_until(bench: Bench, name: str, moment: int) -> tuple[bool, int]:
    """Changes the model in a process that is killed at a moment, counted from 1, or at the end.

    Returns:
        Whether it was killed, and how many moments there had been.
    """
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        _change_and_die(bench, name, moment, tell)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        n_moments = len(pipe.read())
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
    else:
        assert os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status), n_moments


def _change_and_die(bench: Bench, name: str, moment: int, tell: int) -> None:
    """In a forked process: counts files opened, renamed and removed, statements begun, news."""
    status = 1
    n_passed = 0

    def count(what: str, _arguments: object = None) -> None:
        nonlocal n_passed
        if what not in _EVENTS and not what.startswith("SQL "):
            return
        os.write(tell, b".")
        n_passed += 1
        if n_passed == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        open_library = Library.open

        def open_counting(paths: LibraryPaths, **options: bool) -> Library:
            library = open_library(paths, **options)
            library._connection.raw.set_trace_callback(lambda sql: count(f"SQL {sql}"))
            return library

        pytest.MonkeyPatch().setattr(Library, "open", open_counting)
        sys.addaudithook(count)
        for _ in bench.switch.use(name, CancelToken()):
            count("told")
        if moment == AT_THE_END:
            os.kill(os.getpid(), signal.SIGKILL)
        status = 0
    finally:
        os._exit(status)


def assert_one_is_wholly_in_use(bench: Bench) -> str:
    """Checks the model in use as the next start would find it; gives its name."""
    assert open_whole(bench.paths) == ()
    used = load_settings(bench.paths.settings).model
    assert used in ("older", "new")
    assert bench.n_codes(used) == N_PHOTOS
    assert bench.n_codes("older") == N_PHOTOS
    with Library.open(bench.paths) as library:
        assert library.integrity_problems() == []
        assert library.photos.counts().indexed == N_PHOTOS
    return used


@pytest.mark.timeout(patience.minutes(30))
def test_a_change_that_is_killed_leaves_one_model_wholly_in_use(
    bench: Bench, tmp_path: Path, thorough: bool
) -> None:
    before = shutil.copytree(bench.paths.folder, tmp_path / "before")
    for _ in range(2):
        # Of the first one, the modules that it loads are moments too.
        put_back(bench.paths, before)
        was_killed, n_moments = change_until(bench, "new", 0)
        assert not was_killed
        assert assert_one_is_wholly_in_use(bench) == "new"
    moments = range(1, n_moments + 1)
    chosen = (
        moments if thorough else sorted({*random.Random(3).sample(moments, 20), *moments[-20:]})
    )
    n_killed = 0
    found = set()
    for moment in (*chosen, AT_THE_END):
        put_back(bench.paths, before)
        was_killed, n_passed = change_until(bench, "new", moment)
        # How often progress is told depends on the time that it takes.
        assert was_killed or n_passed < moment
        n_killed += was_killed
        found.add(assert_one_is_wholly_in_use(bench))
        assert load_settings(bench.paths.settings).next_model in ("", "new")
    _log.info("%d moments, killed at %d", n_moments, n_killed)
    assert n_killed > 0.7 * len(chosen)
    assert found == {"older", "new"}
    assert bench.use("new").n_lacking == 0
    assert assert_one_is_wholly_in_use(bench) == "new"


def put_back(paths: LibraryPaths, before: Path) -> None:
    """Makes the library what it was, so that every change has the same to do."""
    shutil.rmtree(paths.folder)
    shutil.copytree(before, paths.folder)
