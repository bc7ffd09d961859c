"""A walk through the real window with the default model on real photos, by mouse and by keyboard.

With `AHASH_WALK_PICTURES` set to a folder, a picture of each step is saved there;
`AHASH_WALK_LANGUAGE` and `AHASH_WALK_THEME` choose how the window looks, and Qt's own
`QT_SCALE_FACTOR` how large. The window's thread is watched all the while: what works longer than
50 ms at a stretch (more where the machine is slower) is told, and fails the walk with `--thorough`,
but for the first layout of the window and for another theme.
"""

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from PIL import ExifTags, Image
from PySide6.QtCore import QItemSelectionModel, QMimeData, QPoint, QPointF, QRectF, Qt, QUrl
from PySide6.QtGui import QDrag, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QMenu,
    QSystemTrayIcon,
    QWidget,
)

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.gui.base.translation import install_translators
from ahash_desktop.gui.base.wording import photos_text, plain_menu_text, problems_text
from ahash_desktop.gui.files.trash_dialog import TrashDialog
from ahash_desktop.gui.grid.photo_list import HitOrder
from ahash_desktop.gui.grid.tile_button import TileButton
from ahash_desktop.gui.inspector.bit_table import BitOrder
from ahash_desktop.gui.search.controller import Scope
from ahash_desktop.gui.search.region_dialog import RegionDialog
from ahash_desktop.gui.search.rule_row import RuleRow
from ahash_desktop.gui.settings.dialog import SettingsDialog
from ahash_desktop.gui.window.main_window import MainWindow
from ahash_desktop.gui.window.palette import CommandPalette
from tests import patience
from tests.e2e.conftest import real_window
from tests.e2e.walk import LANGUAGE, LEFT, Walk, slide
from tests.e2e.walk_at_home import live_in_it
from tests.e2e.watchdog import Watchdog
from tests.gui.files.test_file_commands import drag_row
from tests.gui.viewer.test_viewer import wheel
from tests.gui.window.test_window import drop, files, hover, texts

_log = logging.getLogger(__name__)

N_BIRDS, N_CARS = 22, 14
N_PHOTOS = N_BIRDS + N_CARS + 1  # one bird is there twice, in another size
N_DATED = 2
LONGEST_S = 0.05
# What a shared processor may add, beside being slower on the whole; `--thorough` allows nothing.
ALLOWANCE_S = 0.1
# Qt styles every widget anew at once, which cannot be split.
LONGEST_THEME_S = 0.5
TAKEN = Image.Exif()
TAKEN.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2024:05:01 07:30:00"
THEME = os.environ.get("AHASH_WALK_THEME", "light")


@pytest.fixture
def library(photos_folder: Path, tmp_path: Path) -> tuple[Path, list[Path]]:
    """A folder of birds, cars and a damaged file, and two photos that lie elsewhere."""
    birds = sorted((photos_folder / "birds/originals").rglob("*.jpg"))[::17]
    cars = sorted((photos_folder / "cars/photos").rglob("*.jpg"))[::101]
    folder = tmp_path / "photos"
    for kind, paths, n_wanted in (("birds", birds, N_BIRDS), ("cars", cars, N_CARS)):
        (folder / kind).mkdir(parents=True)
        for number, path in enumerate(islice(paths, n_wanted)):
            shutil.copy(path, folder / kind / f"{kind} {number:02}.jpg")
    first = folder / "birds/birds 12.jpg"
    with Image.open(first) as bird:
        smaller = bird.resize((bird.width * 3 // 4, bird.height * 3 // 4))
        bird.save(first, exif=TAKEN)
        smaller.save(first.with_stem("birds 12 small"), exif=TAKEN)
    (folder / "damaged.jpg").write_bytes(b"no picture at all")
    outside = []
    for path in (birds[N_BIRDS], cars[N_CARS]):
        outside.append(tmp_path / f"outside {path.name}")
        shutil.copy(path, outside[-1])
    return folder, outside


@pytest.fixture
def window(qtbot, qapp, tmp_path, monkeypatch) -> Iterator[MainWindow]:
    """The window on an empty library with the default model and its engine."""
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    translators = install_translators(qapp, LANGUAGE)
    with real_window(qtbot, qapp, LibraryPaths(tmp_path / "library"), THEME) as made:
        yield made
    for translator in translators:
        qapp.removeTranslator(translator)


@pytest.mark.photos
@pytest.mark.timeout(patience.minutes(30))
@pytest.mark.qt_log_ignore("systemTrayWindowChanged", extend=True)
def test_a_walk_through_the_window(qtbot, window, library, thorough, monkeypatch, tmp_path):
    folder, outside = library
    copies = tmp_path / "copies"
    copies.mkdir()
    with patience.Budget() as budget, Watchdog(LONGEST_S) as watchdog:
        walk = Walk(qtbot, window, outside, watchdog)
        begin(walk, folder)
        ask_in_every_way(walk)
        look_at_marks(walk)
        combine_examples(walk)
        narrow_and_arrange(walk)
        look_at_bits(walk)
        steer_by_bits(walk)
        look_large(walk)
        use_files(walk, folder, monkeypatch)
        live_in_it(walk, N_CARS, N_DATED, copies)
        visit_side_pages(walk)
        open_dialogs(walk)
        use_the_desktop(walk)
    _log.info("longest work at a stretch: %.0f ms", watchdog.longest_seen_s * 1000)
    themes = [each for each in watchdog.stretches if each.step.endswith("theme")]
    others = [each for each in watchdog.stretches if each not in themes]
    for each in others:
        _log.warning("%s", each)
    allowed_s = LONGEST_S if thorough else LONGEST_S + ALLOWANCE_S
    too_long = [each for each in others if not budget.allows(each.worked_s, allowed_s)]
    assert too_long == [], "\n".join(map(str, too_long))
    assert all(budget.allows(each.worked_s, LONGEST_THEME_S) for each in themes)
    assert walk.left_english == []


@pytest.mark.long
@pytest.mark.photos
@pytest.mark.timeout(patience.minutes(30))
def test_the_walk_in_chinese_in_the_dark_and_at_twice_the_scale(photos_folder):
    walk = f"{__file__}::test_a_walk_through_the_window"
    environ = {"AHASH_WALK_LANGUAGE": "zh_CN", "AHASH_WALK_THEME": "dark", "QT_SCALE_FACTOR": "2"}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", walk],
        capture_output=True,
        text=True,
        timeout=patience.minutes(25),
        env={**os.environ, **environ},
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert "1 passed" in run.stdout


def begin(walk: Walk, folder: Path) -> None:
    window = walk.window
    with walk.step("first page"):
        window.commands.newest_first.setChecked(False)  # copies are written in any order
        window.show()
        window.start()
        walk.until(window.library.first_run.isVisible)
        assert walk.says(window.library.first_run, "Add a folder of photos…")
        walk.watchdog.forget()  # the window is laid out and styled for the first time
    with walk.step("folder dropped"):
        drop(window, files(folder))
        walk.until(lambda: window.catalogue.contents.counts.indexed == N_PHOTOS)
        walk.until(lambda: not window.catalogue.is_indexing)
        walk.until(lambda: window.browse.photo_model.rowCount() == N_PHOTOS)
        walk.until(lambda: problems_text(1) in texts(window.library.job_bar))
        assert photos_text(N_PHOTOS) in texts(window.library.status)
    with walk.step("larger and smaller by keys"):
        before = window.browse.library_grid.cell_px
        walk.shortcut(walk.commands.larger)
        assert window.browse.library_grid.cell_px > before
        walk.shortcut(walk.commands.smaller)
        assert window.browse.library_grid.cell_px == before
    with walk.step("larger and smaller by the slider"):
        slide(walk.window.top_bar._slider, 1.0)
        assert window.browse.library_grid.cell_px > before
        slide(walk.window.top_bar._slider, 0.0)
        assert window.browse.library_grid.cell_px < before
    window.top_bar.set_cell_px(before)


def ask_in_every_way(walk: Walk) -> None:
    window, (bird, car) = walk.window, walk.outside
    with walk.step("file dropped"), walk.search():
        drop(window, files(bird))
    assert window.browse.hit_model.hit_at(0).path.parent.name == "birds"
    with walk.step("several dropped"), walk.search():
        drop(window, files(bird, car))
    assert len(window.search.examples) == 2
    with walk.step("picture of a browser"), walk.search():
        data = QMimeData()
        data.setUrls([QUrl("https://example.org/car.jpg")])
        data.setImageData(QImage(str(car)))
        drop(window, data)
    assert window.browse.hit_model.hit_at(0).path.parent.name == "cars"
    with walk.step("picture pasted by keys"), walk.search():
        QGuiApplication.clipboard().setImage(QImage(str(bird)))
        walk.shortcut(walk.commands.paste)
    assert window.browse.hit_model.hit_at(0).path.parent.name == "birds"
    QGuiApplication.clipboard().clear()
    with walk.step("back to the library by escape"):
        walk.press(Qt.Key.Key_Escape)
        walk.until(window.browse.library_grid.isVisible)
    grid = window.browse.library_grid
    place = grid.visualRect(grid.model().index(1, 0)).center()
    with walk.step("large by double click"):
        QTest.mouseClick(grid.viewport(), LEFT, pos=place)
        QTest.mouseDClick(grid.viewport(), LEFT, pos=place)
        walk.until(lambda: window.viewing.is_open)
    walk.press(Qt.Key.Key_Escape, window.viewing.page.stage.active)
    with walk.step("similar by the button under the pointer"), walk.search():
        hover(grid.viewport(), place)
        QTest.mouseClick(grid.findChild(TileButton), LEFT)
    with walk.step("previous and next search"):
        walk.commands.history_back.trigger()
        walk.until(grid.isVisible)
        with walk.search():
            walk.commands.history_forward.trigger()
    with walk.step("recent search from the menu"), walk.search():
        walk.commands.recent.aboutToShow.emit()
        walk.commands.recent.actions()[0].trigger()
    with walk.step("similar by return"):
        walk.press(Qt.Key.Key_Escape)
        walk.until(grid.isVisible)
        grid.choose_row(2)
        grid.setFocus()
        with walk.search():
            walk.press(Qt.Key.Key_Return, grid)


def look_at_marks(walk: Walk) -> None:
    window = walk.window
    marks = window.inspector.marks
    nothing = "Nothing that the model is sure of in words."
    with walk.step("field marks"):
        for row in range(window.browse.hit_model.rowCount()):
            window.browse.result_grid.choose_row(row)
            chosen = window.browse.hit_model.hit_at(row).photo_id
            walk.until(lambda chosen=chosen: shown_match(window) == chosen)
            walk.until(lambda: bool(marks.chips) or walk.says(marks, nothing))
            if marks.chips:
                break
        assert marks.chips
    with walk.step("evidence of a mark"):
        marks.chips[0].setFocus()
        walk.until(lambda: window.inspector.has_evidence)
    with walk.step("mark required by a key and asked no more by a click"):
        with walk.search():
            QTest.keyClick(marks.chips[0], Qt.Key.Key_R)
        (asked,) = window.browse.strip.findChild(RuleRow).chips
        with walk.search():
            QTest.mouseClick(asked, LEFT)
        assert not window.browse.strip.findChild(RuleRow).chips


def shown_match(window: MainWindow) -> int | None:
    """The photo beside the query in the inspector."""
    subject = window.inspecting.inspection.subject
    return subject.match.photo_id if subject and subject.match else None


def combine_examples(walk: Walk) -> None:
    window = walk.window
    search, results = window.search, window.browse.result_grid
    with walk.step("example and counter-example by keys"):
        results.choose_row(0)
        with walk.search():
            walk.shortcut(walk.commands.add_example)
        results.choose_row(results.model().rowCount() - 1)
        with walk.search():
            walk.shortcut(walk.commands.add_counter_example)
        assert [each.is_negative for each in search.examples] == [False, False, True]
    with walk.step("weight"), walk.search():
        window.browse.strip.findChildren(QMenu)[0].actions()[3].trigger()
    assert search.examples[0].weight == 4
    with walk.step("taken back"), walk.search():
        walk.commands.history_back.trigger()
    assert search.examples[0].weight == 1
    with walk.step("part of the query", lambda: walk.dialog(RegionDialog)):
        window.browse.strip._on_region_clicked(search.examples[0].key)
        board = walk.dialog(RegionDialog).board
        middle = board.rect().center()
        QTest.mousePress(board, LEFT, pos=middle - QPoint(60, 50))
        QTest.mouseMove(board, middle + QPoint(60, 50))
        QTest.mouseRelease(board, LEFT, pos=middle + QPoint(60, 50))
        assert board.region.width < 0.9
    with walk.step("search by a part"), walk.search():
        walk.press(Qt.Key.Key_Return, board)
    assert search.examples[0].region is not None


def narrow_and_arrange(walk: Walk) -> None:
    browse, search = walk.window.browse, walk.window.search
    bar = browse.filters
    with walk.step("filters by keys"):
        walk.shortcut(walk.commands.filters)
        walk.until(bar.isVisible)
        walk.until(lambda: bar.label.findText("cars") > 0)
    with walk.step("label"), walk.search():
        bar.label.setCurrentIndex(bar.label.findText("birds"))
        bar.label.activated.emit(bar.label.currentIndex())
    assert {browse.hit_model.hit_at(row).path.parent.name for row in range(5)} == {"birds"}
    farthest = bar.farthest.maximum() * 7 // 16
    with walk.step("farthest"), walk.search():
        bar.farthest.setValue(farthest)
    assert all(
        browse.hit_model.hit_at(row).distance <= farthest
        for row in range(browse.hit_model.rowCount())
    )
    with walk.step("everything again"), walk.search():
        QTest.mouseClick(bar.reset, LEFT)
    assert search.state.scope == Scope()
    with walk.step("sorted by name"):
        for order in (HitOrder.NAME, HitOrder.DATE, HitOrder.DISTANCE):
            bar.order.setCurrentIndex(bar.order.findData(order))
            bar.order.activated.emit(bar.order.currentIndex())
    with walk.step("shots of the same grouped"):
        n_single = browse.hit_model.rowCount()
        QTest.mouseClick(bar.grouped, LEFT, pos=QPoint(8, bar.grouped.height() // 2))
        assert bar.grouped.isChecked()
        assert browse.hit_model.rowCount() < n_single
        walk.press(Qt.Key.Key_Space, bar.grouped)
        assert browse.hit_model.rowCount() == n_single
    with walk.step("filters closed"):
        walk.commands.filters.trigger()


def look_at_bits(walk: Walk) -> None:
    window = walk.window
    inspector = window.inspector
    with walk.step("bits by keys"):
        window.browse.result_grid.choose_row(0)
        walk.shortcut(walk.commands.inspector_bits)
        walk.until(lambda: walk.says(inspector, "{n} of {all} bits agree"))
    for order in BitOrder:
        with walk.step(f"bits by {order.name.lower()}"):
            inspector.bits.sort_by(order)
    with walk.step("evidence of a bit"):
        inspector.bits.choose_bit(inspector.bits.bit_model.bit_at(0))
        walk.until(lambda: inspector.has_evidence)
    titles = {
        "agreeing": "{n} agreeing bits, as the query has them",
        "differing": "{n} differing bits, as the query has them",
    }
    for group, title in titles.items():
        with walk.step(f"all {group} bits"):
            button = next(
                each for each in inspector.findChildren(QWidget) if each.property("group") == group
            )
            QTest.mouseClick(button, LEFT)
            walk.until(lambda title=title: walk.says(inspector, title))
            walk.until(lambda: inspector.has_evidence)
    with walk.step("evidence follows the next match by a key"):
        walk.press(Qt.Key.Key_Right, window.browse.result_grid)
        walk.until(lambda: inspector.has_evidence)


def steer_by_bits(walk: Walk) -> None:
    window = walk.window
    bits = window.inspector.bits
    table = bits._table
    for key in ("R", "I", "V"):
        with walk.step(f"bit steered by {key}"):
            bits.choose_bit(3)
            table.setFocus()
            rules = window.search.state.rules
            QTest.keyClick(table, key.lower())
            walk.until(lambda rules=rules: window.search.state.rules != rules)
            walk.rest()
            walk.commands.history_back.trigger()
            walk.until(lambda rules=rules: window.search.state.rules == rules)


def look_large(walk: Walk) -> None:
    window = walk.window
    with walk.step("large"):
        window.browse.result_grid.choose_row(0)
        walk.shortcut(walk.commands.view_large)
        stage = window.viewing.page.stage
        walk.until(lambda: all(view.picture_rect().width() > 0 for view in stage.views))
    query, match = stage.views
    with walk.step("zoomed together by the wheel"):
        wheel(query, QPointF(query.rect().center()), 720)
        assert match.zoom == query.zoom
    with walk.step("moved by the mouse"):
        before = query.picture_rect().topLeft()
        middle = query.rect().center()
        QTest.mousePress(query, LEFT, pos=middle)
        QTest.mouseMove(query, middle + QPoint(30, 20))
        QTest.mouseRelease(query, LEFT, pos=middle + QPoint(30, 20))
        assert query.picture_rect().topLeft() != before
    with walk.step("in turn by a key"):
        query.setFocus()
        walk.press(Qt.Key.Key_F, query)
        assert match.isVisible() != query.isVisible()
        walk.press(Qt.Key.Key_S, stage.active)
        assert match.isVisible()
        assert query.isVisible()
    with walk.step("next match"):
        window.viewing.page.next.trigger()
        assert window.browse.result_grid.currentIndex().row() == 1
    with walk.step("facts"):
        window.viewing.page.facts.trigger()
        window.viewing.page.facts.trigger()
    with walk.step("left by escape"):
        walk.press(Qt.Key.Key_Escape, stage.active)
        assert not window.viewing.is_open


def use_files(walk: Walk, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window, grid = walk.window, walk.window.browse.library_grid
    with walk.step("several chosen and copied"):
        walk.press(Qt.Key.Key_Escape, window.browse.result_grid)
        walk.until(grid.isVisible)
        grid.choose_row(0)
        select = QItemSelectionModel.SelectionFlag.Select
        grid.selectionModel().select(grid.model().index(3, 0), select)
        clipboard = QGuiApplication.clipboard()
        clipboard.setText("something else")
        walk.shortcut(walk.commands.copy_files)
        walk.until(lambda: clipboard.mimeData().hasUrls())
        assert len(clipboard.mimeData().urls()) == 2
    with walk.step("path copied"):
        grid.choose_row(0)
        clipboard.setText("something else")
        walk.shortcut(walk.commands.copy_path)
        walk.until(lambda: clipboard.text().startswith(str(folder)))
        clipboard.clear()
    with walk.step("dragged out"):
        dragged = []
        monkeypatch.setattr(
            QDrag,
            "exec",
            lambda drag, _actions: (
                dragged.extend(drag.mimeData().urls()) or Qt.DropAction.CopyAction
            ),
        )
        drag_row(grid, 2, lambda: walk.until(lambda: len(dragged) == 1))
        assert Path(dragged[0].toLocalFile()).is_relative_to(folder)
        grid.choose_row(0)
    with walk.step("sidecars", lambda: walk.dialog(QDialog)):
        sidecars = window.files.sidecars.open_dialog()
        sidecars.findChild(QLineEdit).setText("warbler, spring")
    sidecars.reject()
    with walk.step("trash asks", lambda: walk.dialog(TrashDialog)):
        walk.shortcut(walk.commands.trash)
        box = walk.dialog(TrashDialog)
        assert photos_text(1) in texts(box)
    box.reject()


def visit_side_pages(walk: Walk) -> None:
    window = walk.window
    gallery, a_map = window.pages.gallery, window.pages.map
    with walk.step("gallery of bits"):
        walk.shortcut(walk.commands.bits)
        walk.until(lambda: gallery.page.bit is not None)
        walk.until(lambda: all(tile.accessibleName() for tile in gallery.page.tiles))
    with walk.step("another bit"):
        gallery.show_bit(5)
        walk.until(lambda: gallery.page.bit == 5)
    with walk.step("evidence in the gallery"):
        box = gallery.page._evidence
        QTest.mouseClick(box, LEFT, pos=QPoint(10, box.height() // 2))
        assert box.isChecked()
        walk.until(lambda: all(tile.has_evidence for tile in gallery.page.tiles))
    with walk.step("map"):
        walk.shortcut(walk.commands.map)
        walk.until(lambda: walk.says(a_map, "No map yet"))
        QTest.mouseClick(a_map._make, LEFT)
        walk.until(lambda: len(a_map.view.photo_ids) == N_PHOTOS)
    with walk.step("map coloured and zoomed"):
        a_map.colour_by_bit(3)
        wheel(a_map.view, QPointF(a_map.view.rect().center()), 360)
        assert a_map.view.zoom > 1
        walk.press(Qt.Key.Key_0, a_map.view)
    with walk.step("chosen on the map"):
        a_map.view.select_in(QRectF(a_map.view.rect()).adjusted(0, 0, -a_map.view.width() / 2, 0))
        n_chosen = len(a_map.view.selected_ids())
        assert 0 < n_chosen < N_PHOTOS
        QTest.mouseClick(a_map._show_selected, LEFT)
        walk.until(lambda: window.browse.photo_model.rowCount() == n_chosen)
    with walk.step("all photos again"):
        window.browse.all_photos_wanted.emit()
        walk.until(lambda: window.browse.photo_model.rowCount() == N_PHOTOS)


def open_dialogs(walk: Walk) -> None:
    window = walk.window
    for name, action in (
        ("problems", walk.commands.problems),
        ("missing", walk.commands.missing),
        ("folders", walk.commands.folders),
        ("shortcuts", walk.commands.shortcuts),
        ("about", walk.commands.about),
    ):
        with walk.step(name, lambda: walk.dialog(QDialog)):
            action.trigger()
            dialog = walk.dialog(QDialog)
            assert texts(dialog)
        dialog.reject()
    with walk.step("command palette", lambda: walk.dialog(CommandPalette)):
        walk.shortcut(walk.commands.palette)
        palette = walk.dialog(CommandPalette)
        palette._field.setText(plain_menu_text(walk.commands.themes["dark"].text()))
        assert palette._list.count() == 1
    palette.reject()
    with walk.step("settings", lambda: walk.dialog(SettingsDialog)):
        walk.commands.settings.trigger()
        settings = walk.dialog(SettingsDialog)
    settings.reject()
    for theme in ("dark", "light", THEME):
        with walk.step(f"{theme} theme"):
            walk.commands.themes[theme].trigger()
            assert window._theme.colours.is_dark == (theme == "dark")
    with walk.step("updates paused and resumed"):
        walk.commands.pause_updates.trigger()
        walk.commands.pause_updates.trigger()


def use_the_desktop(walk: Walk) -> None:
    window, tray = walk.window, walk.window.desktop.tray
    with walk.step("paused and resumed in the tray"):
        pause, leave = tray._menu.actions()[1:]
        assert (pause, leave) == (walk.commands.pause_updates, walk.commands.quit)
        for _ in range(2):
            before = pause.isChecked()
            pause.trigger()
            assert pause.isChecked() != before
    with walk.step("brought up by the tray"):
        window.showMinimized()
        tray._icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
        walk.until(lambda: not window.isMinimized())
    with walk.step("another language in the settings", lambda: walk.dialog(SettingsDialog)):
        walk.commands.settings.trigger()
        settings = walk.dialog(SettingsDialog)
        choice = settings._language
        choice.setCurrentIndex((choice.currentIndex() + 1) % choice.count())
    settings.reject()
