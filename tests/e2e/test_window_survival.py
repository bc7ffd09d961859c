"""The real window with the real engine, robbed, killed and closed in the middle of its work."""

import contextlib
import os
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ahash_desktop.core.paths import LibraryPaths, shipped_models_folder
from ahash_desktop.core.settings import Settings, change_settings
from ahash_desktop.gui.base.failure_dialog import FailureDialog
from ahash_desktop.gui.window.main_window import MainWindow
from ahash_desktop.store.library import Library
from tests import patience
from tests.e2e.conftest import real_window
from tests.gui.window.test_app import engines_of, run_window
from tests.gui.window.test_window import drop, files, texts
from tests.pictures import save_picture, save_pictures

N_PHOTOS = 24
OWN = "my-own"

pytestmark = [
    pytest.mark.timeout(patience.minutes(20)),
    pytest.mark.skipif(
        not (shipped_models_folder() / Settings().model).is_dir(), reason="the model is not here"
    ),
]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return save_pictures(tmp_path / "photos", N_PHOTOS)


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    """A library that uses a model of its own."""
    made = LibraryPaths(tmp_path / "library")
    shutil.copytree(shipped_models_folder() / Settings().model, made.models / OWN)
    change_settings(made.settings, model=OWN)
    return made


@pytest.fixture
def window(qtbot, qapp, paths) -> Iterator[MainWindow]:
    with real_window(qtbot, qapp, paths, "light") as made:
        made.show()
        made.start()
        yield made


def engines() -> list[psutil.Process]:
    """The engine's processes that this one has; one that is just ending is none any more."""
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie is one of these
            if any("spawn_main" in word for word in child.cmdline()):
                found.append(child)
    return found


def kill_engine(qtbot) -> int:
    """Kills the running engine; its process id."""
    qtbot.waitUntil(lambda: len(engines()) == 1, timeout=patience.LATER_MS)
    (engine,) = engines()
    engine.kill()
    return engine.pid


def index(qtbot, window: MainWindow, photos: Path) -> None:
    """Has the window read the photos."""
    window.catalogue.add_folders([photos])
    qtbot.waitUntil(
        lambda: window.catalogue.contents.counts.indexed == N_PHOTOS, timeout=patience.LATER_MS
    )
    qtbot.waitUntil(lambda: not window.catalogue.is_indexing, timeout=patience.LATER_MS)
    grid = window.browse.library_grid
    qtbot.waitUntil(lambda: grid.isVisible() and grid.model().rowCount() == N_PHOTOS)


def search_by_a_file(qtbot, window: MainWindow, path: Path) -> None:
    """Searches by a file, as if it were dropped, until it works."""
    with qtbot.waitSignal(window.search.search_succeeded, timeout=patience.LATER_MS):
        drop(window, files(path))
    qtbot.waitUntil(lambda: window.browse.hit_model.rowCount() > 0)


def test_a_killed_engine_comes_back_and_the_job_goes_on(
    qtbot, window, photos, paths, tmp_path
) -> None:
    window.catalogue.add_folders([photos])
    killed = {kill_engine(qtbot)}
    qtbot.waitUntil(
        lambda: bool({engine.pid for engine in engines()} - killed), timeout=patience.LATER_MS
    )
    index(qtbot, window, photos)
    assert window.catalogue.contents.counts.problem == 0

    outside = save_picture(tmp_path / "outside.jpg", 77, (320, 240))
    kill_engine(qtbot)
    search_by_a_file(qtbot, window, outside)

    assert window.findChild(FailureDialog) is None
    with Library.open(paths, create=False) as library:
        assert library.integrity_problems() == []


def test_a_model_that_vanishes_is_told_of_and_serves_again_when_it_is_back(
    qtbot, window, photos, paths, tmp_path
) -> None:
    index(qtbot, window, photos)
    outside = save_picture(tmp_path / "outside.jpg", 77, (320, 240))
    aside = tmp_path / "aside"
    (paths.models / OWN).rename(aside)
    kill_engine(qtbot)
    with qtbot.waitSignal(window.search.search_failed, timeout=patience.LATER_MS) as failed:
        drop(window, files(outside))
    assert OWN in str(failed.args[0])
    qtbot.waitUntil(lambda: "The search did not work" in texts(window.browse))
    assert OWN in texts(window.browse)
    # What is in the library needs no engine.
    grid = window.browse.library_grid
    window.commands.back.trigger()
    qtbot.waitUntil(grid.isVisible)
    grid.choose_row(0)
    with qtbot.waitSignal(window.search.search_succeeded, timeout=patience.LATER_MS):
        window.commands.find_similar.trigger()

    aside.rename(paths.models / OWN)
    window.commands.back.trigger()
    search_by_a_file(qtbot, window, outside)


CLOSINGS = {
    "while_the_model_loads": """
        if window.library.status._engine.text().startswith("Loading"):
            window.close()
    """,
    "while_a_file_is_searched_for": """
        if is_ready:
            window.search.search_by(outside)
            window.close()
    """,
    "while_a_map_is_made": """
        if is_ready:
            window.commands.map.trigger()
            window.pages.map._make.click()
            window.close()
    """,
    "while_the_model_is_changed": """
        if is_ready:
            if "changing" not in told:
                told["changing"] = True
                window.models.changes.use("starter-64")
            elif window.library.job_bar.isVisible():
                window.close()
    """,
    "in_the_middle_of_everything": """
        if window.browse.photo_model.rowCount() > 0:
            window.search.search_by(outside)
            window.commands.map.trigger()
            window.commands.bits.trigger()
            window.commands.models.trigger()
            window.commands.settings.trigger()
            window.commands.update_now.trigger()
            window.close()
    """,
}


def write_code(closing: str, outside: Path) -> str:
    """What the driver of `run_window` does every 20 ms."""
    head = f"""
        from ahash_desktop.gui.pictures.examples import QueryExample
        outside = [QueryExample(path=Path({str(outside)!r}))]
        counts = window.catalogue.contents.counts
        is_ready = counts.indexed == {N_PHOTOS} and not window.catalogue.is_indexing
    """
    code = textwrap.dedent(head) + textwrap.dedent(CLOSINGS[closing])
    return textwrap.indent(code, " " * 8).strip()


@pytest.mark.skipif(os.name != "posix", reason="looks for open files in /proc")
@pytest.mark.parametrize(
    "closing",
    [
        pytest.param(name, marks=[] if name == "in_the_middle_of_everything" else pytest.mark.long)
        for name in CLOSINGS
    ],
)
def test_closing_leaves_no_process_and_loses_nothing(closing, tmp_path, photos) -> None:
    paths = LibraryPaths(tmp_path / "library")
    outside = save_picture(tmp_path / "outside.jpg", 77, (320, 240))
    told = run_window(paths.folder, write_code(closing, outside), photos)
    assert told["code"] == 0
    assert engines_of(paths.folder) == []
    log = (paths.logs / "window.log").read_text()
    assert "ERROR" not in log
    assert "Traceback" not in log
    with Library.open(paths, create=False) as library:
        assert library.integrity_problems() == []
    told = run_window(
        paths.folder,
        f"window.catalogue.contents.counts.indexed == {N_PHOTOS} and window.close()",
    )
    assert told["code"] == 0
