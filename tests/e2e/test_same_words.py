"""The window and the command line say the same of a photo."""

import shutil
from pathlib import Path

import pytest

from ahash_desktop.core.paths import LibraryPaths
from tests import patience
from tests.e2e.conftest import real_window, run_with_json


@pytest.mark.photos
@pytest.mark.timeout(patience.minutes(10))
def test_the_inspector_says_what_explain_says(qtbot, qapp, photos_folder: Path, tmp_path: Path):
    folder, library = tmp_path / "photos", tmp_path / "library"
    folder.mkdir()
    kinds = ("016.Painted_Bunting", "012.Yellow_headed_Blackbird")
    for kind in kinds:
        first = min((photos_folder / "birds/originals" / kind).glob("*.jpg"))
        shutil.copy(first, folder / f"{kind}.jpg")
    run_with_json(["--library", str(library), "index", str(folder)], tmp_path / "index.json")
    told = {}
    for path in sorted(folder.glob("*.jpg")):
        said = run_with_json(
            ["--library", str(library), "explain", str(path)], tmp_path / "explain.json"
        )
        told[path.name] = {(each["attribute"], each["says"]) for each in said["statements"]}
    assert all(told.values())
    with real_window(qtbot, qapp, LibraryPaths(library), "light") as window:
        window.show()
        window.start(updates=False)
        qtbot.waitUntil(lambda: window.browse.photo_model.rowCount() == len(told))
        for row in range(len(told)):
            window.browse.library_grid.choose_row(row)
            photo_id = window.browse.library_grid.current_id()
            (photo,) = window._session.browser.photos([photo_id])
            expected = told[photo.path.name]
            chips = window.inspector.marks

            def shown(board=chips):
                return {(chip.mark.attribute, chip.mark.says) for chip in board.chips}

            qtbot.waitUntil(lambda shown=shown, expected=expected: shown() == expected)
