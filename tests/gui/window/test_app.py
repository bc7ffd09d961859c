"""The real program in a process of its own, with the shipped model."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from ahash_desktop import app
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths, shipped_models_folder
from ahash_desktop.core.settings import Settings, change_settings, load_settings
from ahash_desktop.gui.base.failure_dialog import FailureDialog
from ahash_desktop.gui.models.missing_dialog import ModelMissingDialog
from ahash_desktop.services import session as session_module
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.store.library import Library
from tests import patience
from tests.fake_encoder import fake_engine
from tests.pictures import save_pictures

N_PHOTOS = 60

DRIVER = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from ahash_desktop import app
from ahash_desktop.gui.window.main_window import MainWindow

told = {}
NEEDED_LATER = {
    "PIL.Image", "rawpy", "pi_heif", "watchdog", "scipy", "onnxruntime", "timm", "torch",
    "ahash_desktop.gui.teaching.wizard", "ahash_desktop.gui.teaching.models_page",
}
start = MainWindow.start

def start_and_watch(window, folders=(), **options):
    told["loaded"] = sorted(NEEDED_LATER & set(sys.modules))
    start(window, folders, **options)
    def watch():
        told["first page"] = told.get("first page", False) or window.library.first_run.isVisible()
        DO_THIS
    timer = QTimer(window, interval=20)
    timer.timeout.connect(watch)
    timer.start()

MainWindow.start = start_and_watch
library, *folders = [Path(argument) for argument in sys.argv[1:]]
told["code"] = app.main(folders, library)
told["torch"] = "torch" in sys.modules
print(json.dumps(told))
"""

LATER_START = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from ahash_desktop.gui.window import single_instance
single_instance._ANSWER_MS = int(sys.argv[1])
app = QCoreApplication([])
instance = single_instance.SingleInstance(Path(sys.argv[2]))
sys.exit(0 if instance.hand_over([Path(sys.argv[3])]) else 3)
"""

MET = """
import json, subprocess, sys
from pathlib import Path
from PySide6.QtCore import QEventLoop, QTimer
from ahash_desktop import app
from ahash_desktop.core.settings import change_settings
from ahash_desktop.gui.window.desktop import Desktop
from ahash_desktop.services.session import LibrarySession

library, later_start, answer_ms = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
told = {"met": [], "given": []}

def start_again():
    return subprocess.Popen([sys.executable, "-c", later_start, answer_ms, library, "/later"])

def start_again_and_wait():
    told["met"].append(start_again().wait())

def start_again_and_listen():
    later, loop = start_again(), QEventLoop()
    look = QTimer(interval=20)
    look.timeout.connect(lambda: later.poll() is not None and loop.quit())
    look.start()
    loop.exec()
    told["met"].append(later.poll())

def take(desktop, paths):
    told["given"].append([str(path) for path in paths])
    app.QApplication.quit()

Desktop.on_started_again = take
DO_THIS
told["code"] = app.main([], library)
start_again_and_wait()
print(json.dumps(told))
"""

pytestmark = pytest.mark.skipif(
    not (shipped_models_folder() / Settings().model).is_dir(), reason="the model is not here"
)


def told_by(program: str, do_this: str, *arguments: str | Path) -> dict[str, object]:
    """What a program prints in the end, in which DO_THIS stands for what it does."""
    run = subprocess.run(
        [sys.executable, "-c", program.replace("DO_THIS", do_this), *arguments],
        capture_output=True,
        text=True,
        timeout=patience.LATER_S,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def run_window(library: Path, do_this: str, *folders: Path) -> dict[str, object]:
    """Runs the window; `do_this` is called every 20 ms with the window."""
    return told_by(DRIVER, do_this, library, *folders)


def meet(library: Path, do_this: str, answer_ms: int = patience.SOON_MS) -> dict[str, object]:
    """Runs the program, which others meet in its midst and after its end.

    Returns:
        How it ended; how the later starts ended, which is 0 where they met it; what it was given.
    """
    return told_by(MET, do_this, library, LATER_START, str(answer_ms))


def engines_of(library: Path) -> list[str]:
    """Command lines of processes that still have this library open."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            links = [str(link.readlink()) for link in (entry / "fd").iterdir()]
            if any(str(library) in link for link in links):
                found.append((entry / "cmdline").read_text().replace("\\0", " "))
        except OSError:
            continue
    return found


@pytest.fixture
def many_photos(tmp_path: Path) -> Path:
    return save_pictures(tmp_path / "photos", N_PHOTOS)


def test_the_first_start_shows_the_first_page_and_loads_no_torch(tmp_path):
    library = tmp_path / "library"
    told = run_window(library, 'told["first page"] and window.close()')
    assert told == {"first page": True, "code": 0, "torch": False, "loaded": []}
    assert engines_of(library) == []


def test_closing_while_photos_are_read_leaves_no_process_and_loses_nothing(tmp_path, many_photos):
    library = tmp_path / "library"
    told = run_window(
        library, "window.browse.photo_model.rowCount() > 0 and window.close()", many_photos
    )
    assert told["code"] == 0
    assert engines_of(library) == []
    log = (LibraryPaths(library).logs / "window.log").read_text()
    assert "ERROR" not in log
    assert "Traceback" not in log
    told = run_window(
        library,
        'told["indexed"] = window.catalogue.contents.counts.indexed; '
        f'told["indexed"] == {N_PHOTOS} and window.close()',
    )
    assert told["indexed"] == N_PHOTOS


def test_a_library_that_cannot_be_written_is_shown(tmp_path, many_photos, read_only):
    paths = LibraryPaths(tmp_path / "library")
    session = LibrarySession.open(paths, load_settings(paths.settings), fake_engine)
    session.browser.add_root(many_photos)
    list(session.updater.index(CancelToken()))
    session.close()
    read_only(paths.folder)
    close_all = "[each.close() for each in app.QApplication.topLevelWidgets()]"
    told = run_window(
        paths.folder,
        'told["indexed"] = window.catalogue.contents.counts.indexed; '
        f'told["indexed"] == {N_PHOTOS} and {close_all}',
    )
    assert (told["code"], told["indexed"]) == (0, N_PHOTOS)


def test_a_library_that_cannot_be_used_is_explained(tmp_path, qtbot, monkeypatch):
    shown: list[str] = []

    def read(dialog: FailureDialog) -> None:
        shown.extend(part.text() for part in dialog.findChildren(QLabel))
        dialog.close()

    monkeypatch.setattr(FailureDialog, "exec", read)
    in_the_way = tmp_path / "library"
    in_the_way.write_text("a file, not a folder")
    with pytest.raises(OSError, match="library") as refused:
        app._start_logging(LibraryPaths(in_the_way))
    assert app._refuse(refused.value) == 1
    assert any("cannot be used" in text for text in shown)
    assert any(str(in_the_way) in text for text in shown)


def test_a_start_while_the_library_is_being_opened_is_met_and_its_paths_are_kept(tmp_path):
    open_late = """
open_library = LibrarySession.open
def open_late(*arguments, **options):
    start_again_and_wait()
    return open_library(*arguments, **options)
LibrarySession.open = open_late
"""
    told = meet(tmp_path / "library", open_late, answer_ms=50)
    assert told == {"code": 0, "met": [0, 3], "given": [["/later"]]}


def test_a_start_while_a_missing_model_is_asked_for_is_met(tmp_path, paths):
    ask = """
def leave(dialog):
    start_again_and_listen()
    dialog.reject()
    return dialog.result()
app.ModelMissingDialog.exec = leave
"""
    assert meet(paths.folder, ask) == {"code": 1, "met": [0, 3], "given": []}


def test_a_start_while_a_refusal_is_read_tries_for_itself(tmp_path):
    library = tmp_path / "library"
    library.write_text("a file, not a folder")
    read = "app.FailureDialog.exec = lambda _dialog: start_again_and_listen()"
    assert meet(library, read) == {"code": 1, "met": [3, 3], "given": []}


def answer_with(monkeypatch, answer) -> list[str]:
    """Answers the dialog of a missing model, and gives what it says."""
    said: list[str] = []

    def exec_dialog(dialog: ModelMissingDialog) -> int:
        said.extend(part.text() for part in dialog.findChildren(QLabel))
        answer(dialog)
        return dialog.result()

    monkeypatch.setattr(ModelMissingDialog, "exec", exec_dialog)
    return said


@pytest.fixture
def paths(tmp_path) -> LibraryPaths:
    """A library whose model is gone."""
    made = LibraryPaths(tmp_path / "library")
    with Library.open(made):
        change_settings(made.settings, model="my-own-birds")
    return made


def test_another_model_can_take_the_place_of_a_missing_one(qtbot, monkeypatch, paths):
    said = answer_with(monkeypatch, lambda dialog: dialog.use.click())
    session = app._open(paths)
    assert session is not None
    assert session.model.name == Settings().model
    session.close()
    assert any("my-own-birds" in text for text in said)
    assert any(str(paths.models) in text for text in said)
    kept = load_settings(paths.settings)
    assert (kept.model, kept.previous_model) == (Settings().model, "my-own-birds")


def test_a_missing_model_that_is_put_back_is_used(qtbot, monkeypatch, paths):
    shipped = shipped_models_folder() / Settings().model

    def put_back(dialog: ModelMissingDialog) -> None:
        folder = paths.models / "my-own-birds"
        shutil.copytree(shipped, folder)
        dialog.again.click()

    answer_with(monkeypatch, put_back)
    session = app._open(paths)
    assert session is not None
    session.close()
    assert load_settings(paths.settings).model == "my-own-birds"


def test_one_may_leave_when_the_model_is_missing(qtbot, monkeypatch, paths):
    answer_with(monkeypatch, lambda dialog: dialog.leave.click())
    assert app._open(paths) is None
    assert load_settings(paths.settings).model == "my-own-birds"


def test_without_any_model_there_is_none_to_choose(qtbot, monkeypatch, paths, tmp_path):
    monkeypatch.setattr(app, "shipped_models_folder", lambda: tmp_path / "nothing")
    monkeypatch.setattr(session_module, "shipped_models_folder", lambda: tmp_path / "nothing")
    shown = []

    def look(dialog: ModelMissingDialog) -> None:
        shown.append(hasattr(dialog, "use"))
        dialog.reject()

    answer_with(monkeypatch, look)
    assert app._open(paths) is None
    assert shown == [False]
