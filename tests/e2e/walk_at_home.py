"""The part of the walk through what makes the window a home: rail, words, favourites, boxes."""

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog

from ahash_desktop.core.filters import Folder, PhotoFilter
from ahash_desktop.core.records import Region
from ahash_desktop.core.words import Topic, Word
from ahash_desktop.gui.base.words_text import word_text
from ahash_desktop.gui.grid.photo_list import PhotoRole
from ahash_desktop.gui.pictures.picture_view import part_of_rect
from ahash_desktop.gui.search.controller import Scope
from ahash_desktop.gui.search.region_dialog import RegionDialog
from tests.e2e.walk import LEFT, Walk
from tests.gui.window.test_window import drop, files


def live_in_it(walk: Walk, n_cars: int, n_dated: int, out: Path) -> None:
    """By the rail, by words, with favourites and copies, and with the subject's box.

    Args:
        walk: Where the window is.
        n_cars: Photos in the folder `cars`.
        n_dated: Photos taken in May 2024.
        out: An empty folder to copy photos to.
    """
    n_photos = walk.window.browse.photo_model.rowCount()
    go_by_the_rail(walk, n_cars, n_dated)
    keep_favourites(walk, n_photos, out)
    ask_in_words(walk, n_photos)
    correct_a_box(walk)
    ask_what_is_strange(walk, out)


def go_by_the_rail(walk: Walk, n_cars: int, n_dated: int) -> None:
    """Folders by mouse, dates by keys, and the months of the newest first."""
    window, photos = walk.window, walk.window.browse.photo_model
    rail, n_photos = window.browsing.rail, photos.rowCount()
    with walk.step("folder of the rail by mouse"):
        index = rail.rail_model.index_leading_to(PhotoFilter(folder=Folder(1, "cars/")))
        rail.scrollTo(index)
        QTest.mouseClick(rail.viewport(), LEFT, pos=rail.visualRect(index).center())
        walk.until(lambda: photos.rowCount() == n_cars)
    with walk.step("month of the rail by keys"):
        year, month = ("year", 2024), ("month", 2024, 5)
        walk.until(lambda: rail.rail_model.index_of(month).isValid())
        rail.setFocus()
        rail.setCurrentIndex(rail.rail_model.index_of(year))
        for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return):
            walk.press(key, rail)
        walk.until(lambda: photos.rowCount() == n_dated)
    with walk.step("all photos of the rail"):
        rail.setCurrentIndex(rail.rail_model.index_of(("all",)))
        walk.press(Qt.Key.Key_Return, rail)
        walk.until(lambda: photos.rowCount() == n_photos)
    with walk.step("newest first with their months"):
        walk.commands.newest_first.trigger()
        walk.until(lambda: bool(photos.sections.titles))
        walk.until(window.browse._month.isVisible)
    with walk.step("a month by its heading"):
        grid = window.browse.library_grid
        grid.scrollToTop()
        first = grid.visualRect(photos.index(0, 0))
        QTest.mouseClick(grid.viewport(), LEFT, pos=QPoint(20, first.top() - 10))
        assert len(grid.chosen_ids()) == len(photos.sections.rows_of(0))
        grid.attend_to_row(0)
    with walk.step("by their places again"):
        walk.commands.newest_first.trigger()
        walk.until(lambda: not photos.sections.titles)


def keep_favourites(walk: Walk, n_photos: int, out: Path) -> None:
    """A favourite by a key, found in the rail; all photos copied to a folder."""
    window, grid = walk.window, walk.window.browse.library_grid
    rail = window.browsing.rail
    with walk.step("favourite by a key"):
        grid.choose_row(4)
        grid.setFocus()
        walk.shortcut(walk.commands.favourite)
        walk.until(lambda: grid.model().index(4, 0).data(PhotoRole.IS_FAVOURITE))
        favourites = rail.rail_model.index_of(("favourites",))
        walk.until(lambda: favourites.siblingAtColumn(1).data() == "1")
    with walk.step("favourites of the rail by mouse"):
        rail.scrollTo(favourites)
        QTest.mouseClick(rail.viewport(), LEFT, pos=rail.visualRect(favourites).center())
        walk.until(lambda: window.browse.photo_model.rowCount() == 1)
    window.search.narrow(Scope())
    walk.until(lambda: window.browse.photo_model.rowCount() == n_photos)
    with walk.step("copied to a folder"):
        grid.selectAll()
        walk.commands.export.trigger()
        dialog = walk.dialog(QFileDialog)
        dialog.fileSelected.emit(str(out))
        dialog.reject()
        walk.until(lambda: len(list(out.glob("*.jpg"))) == n_photos)
        walk.until(lambda: str(out) in window.notice.text)
        grid.attend_to_row(0)


def ask_in_words(walk: Walk, n_photos: int) -> None:
    """A mark completed by keys, what nobody can tell, and all photos again."""
    window, photos = walk.window, walk.window.browse.photo_model
    bar, known = window.top_bar.words, window.searching.words
    with walk.step("words by keys"):
        walk.shortcut(walk.commands.find_by_words)
        walk.until(bar.hasFocus)
        walk.until(lambda: bool(known._words))
        mark = commonest_mark(window._session.words.known())
        bar.setText(word_text(mark))
        walk.press(Qt.Key.Key_Return, bar)
        walk.until(lambda: window.search.state.scope.terms != ())
        walk.until(lambda: photos.rowCount() == mark.n_has)
        assert walk.says(window.browse, "{photos}, the surest first")
    with walk.step("what cannot be told is said"):
        bar.setText("striped umbrella")
        walk.press(Qt.Key.Key_Return, bar)
        unknown = "{model} cannot tell “{text}”, so it is left out."
        walk.until(lambda: walk.says(window.browse, unknown))
    with walk.step("no words"):
        bar.clear()
        bar.textEdited.emit("")
        walk.until(lambda: window.search.state.scope == Scope())
        walk.until(lambda: photos.rowCount() == n_photos)


def commonest_mark(words: tuple[Word, ...]) -> Word:
    """The mark that most photos are said to have."""
    return max(
        (word for word in words if word.topic is Topic.MARK), key=lambda word: word.n_has or 0
    )


def correct_a_box(walk: Walk) -> None:
    """The subject's box in the large view: dragged, taken back, moved by keys; searched alone."""
    window, grid = walk.window, walk.window.browse.library_grid
    page, view = window.viewing.page, window.viewing.page.stage.views[0]
    with walk.step("the subject's box"):
        for row in range(window.browse.photo_model.rowCount()):
            grid.choose_row(row)
            if window._session.searcher.stored_code(grid.current_id()).subject.box is not None:
                break
        walk.shortcut(walk.commands.view_large)
        walk.until(lambda: view.box is not None and view.has_picture)
    with walk.step("the box corrected by the mouse"):
        photo_id = grid.current_id()
        corner = part_of_rect(view.picture_rect(), view.box).bottomRight().toPoint()
        QTest.mousePress(view, LEFT, pos=corner)
        QTest.mouseMove(view, corner - QPoint(30, 20))
        QTest.mouseRelease(view, LEFT, pos=corner - QPoint(30, 20))
        told = window.notice.text
        walk.until(lambda: part_of(walk, photo_id) is not None)
        walk.until(lambda: window.notice.isVisible() and window.notice.text != told)
    with walk.step("the correction taken back"):
        undo = next(
            each for each in window.notice.findChildren(QAbstractButton) if each.text().strip()
        )
        QTest.mouseClick(undo, LEFT)
        walk.until(lambda: part_of(walk, photo_id) is None)
    with walk.step("the box by keys", lambda: walk.dialog(RegionDialog)):
        page.box.trigger()
        board = walk.dialog(RegionDialog).board
        was = board.region
        walk.press(Qt.Key.Key_Left, board)
        assert board.region != was
    walk.dialog(RegionDialog).reject()
    with walk.step("the like of what is large"), walk.search():
        page.find_similar.trigger()
    strip = window.browse.strip
    with walk.step("just the subject"), walk.search():
        walk.until(strip._just.isVisible)
        QTest.mouseClick(strip._just, LEFT)
    assert window.search.examples[0].region is not None
    with walk.step("the whole picture again"), walk.search():
        walk.commands.history_back.trigger()
    assert window.search.examples[0].region is None


def part_of(walk: Walk, photo_id: int) -> Region | None:
    """Where in a photo its subject was said to be."""
    return walk.window._session.searcher.stored_code(photo_id).part


def ask_what_is_strange(walk: Walk, out: Path) -> None:
    """A drawing of nothing gets no confident answer."""
    window = walk.window
    drawing = QImage(640, 480, QImage.Format.Format_RGB32)
    drawing.fill(Qt.GlobalColor.white)
    painter = QPainter(drawing)
    for row in range(30, 450, 30):
        painter.drawText(40, row, "0123456789 " * 6)
    painter.end()
    path = out / "page of figures.png"
    drawing.save(str(path))
    with walk.step("a page of figures is close to nothing"), walk.search():
        drop(window, files(path))
    hits = [window.browse.hit_model.hit_at(row) for row in range(5)]
    assert all(hit.closeness in (None, "none") for hit in hits)
    window.activateWindow()  # a dialog had the keyboard
    walk.until(window.isActiveWindow)
    walk.press(Qt.Key.Key_Escape, window.browse.result_grid)
    walk.until(window.browse.library_grid.isVisible)
