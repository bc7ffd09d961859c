"""The real command line with the shipped model, on pictures it rendered itself."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from ahash_desktop.cli.main import main
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import load_settings
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.window.main_window import MainWindow
from ahash_desktop.services.session import LibrarySession
from tests import patience
from tests.pictures import save_picture

N_PICTURES = 12


@dataclass(frozen=True)
class Indexed:
    """An indexed folder of rendered pictures."""

    library: Path
    photos: Path
    pictures: list[Path]
    summary: dict[str, Any]


RunAhash = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    """A library of twelve pictures and one broken file, indexed by the real engine."""
    folder = tmp_path_factory.mktemp("indexed")
    photos = folder / "photos"
    pictures = [save_picture(photos / f"{i:02d}.jpg", i, (320, 240)) for i in range(N_PICTURES)]
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture follows")
    (photos / "notes.txt").write_text("not a photo", encoding="utf-8")
    out = folder / "summary.json"
    summary = run_with_json(["--library", str(folder / "library"), "index", str(photos)], out)
    return Indexed(folder / "library", photos, pictures, summary)


@pytest.fixture
def ahash(indexed: Indexed, tmp_path: Path) -> RunAhash:
    """Runs a command on the indexed library and gives its JSON."""

    def run(*arguments: str | Path) -> dict[str, Any]:
        command = ["--library", str(indexed.library), *map(str, arguments)]
        return run_with_json(command, tmp_path / "out.json")

    return run


@contextmanager
def real_window(
    qtbot: Any, app: QApplication, paths: LibraryPaths, theme_name: str
) -> Iterator[MainWindow]:
    """The window on a library with the model its settings name and the engine, not yet shown."""
    theme = ThemeController(app, theme_name)
    session = LibrarySession.open(paths, load_settings(paths.settings))
    runner = JobRunner()
    made = MainWindow(session, theme, runner)
    qtbot.addWidget(made)
    made.resize(1280, 800)  # with room for the inspector; the screen of tests has less
    yield made
    made.close()
    assert runner.shut_down(patience.SOON_S)
    assert made.thumbnails.stop(patience.SOON_S)
    session.close()
    app.setStyleSheet("")
    theme.deleteLater()


def run_with_json(arguments: list[str], out: Path) -> dict[str, Any]:
    """Runs a command that must succeed; its stdout holds exactly one JSON object."""
    with out.open("w", encoding="utf-8") as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", file)
        code = main([*arguments, "--json"])
    assert code == 0
    data = json.loads(out.read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data
