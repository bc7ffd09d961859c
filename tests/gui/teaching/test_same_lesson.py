"""The wizard and the command line begin the same lesson of the same photos.

What a lesson gives depends on what it is and on nothing else (`tests/services/teaching`), so that
their figures are the same as well.
"""

from dataclasses import replace

from ahash_desktop.cli.main import main
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.training.ask.lesson_files import load_lesson
from tests.gui.teaching.test_wizard import teach
from tests.services.test_switching import make_bundle


def test_the_wizard_and_the_command_line_begin_the_same_lesson(
    qtbot, window, chosen, kind_folders, worker, tools, tmp_path, monkeypatch, capsys
):
    teach(qtbot, chosen, window)
    by_mouse = tools.lessons.get(window.teaching.control.lesson_id)
    for module in ("lessons", "checking", "planning"):
        monkeypatch.setattr(
            f"ahash_desktop.services.teaching.{module}.LessonProcess", lambda _log: worker
        )
    paths = LibraryPaths(tmp_path / "another library")
    make_bundle(paths.models / "fake-64", 8)
    words = ["teach", str(kind_folders), "--base", "fake-64", "--name", "ducks"]
    assert main(["--library", str(paths.folder), *words]) == 0
    capsys.readouterr()
    (folder,) = [path for path in paths.lessons.glob("*/") if (path / "lesson.json").is_file()]
    by_keys = load_lesson(folder)
    assert by_keys.plan == replace(by_mouse.plan, base="fake-64")
    assert by_keys.labelled == by_mouse.labelled
    assert by_keys.others == by_mouse.others
