from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QFileDialog,
    QSlider,
    QTableView,
)

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.gui.base.failure_dialog import FailureDialog
from ahash_desktop.gui.grid.photo_grid import PhotoGrid
from ahash_desktop.gui.grid.photo_list import HitOrder, PhotoRole
from ahash_desktop.gui.grid.tile_button import TileButton
from ahash_desktop.gui.pictures.examples import QueryExample
from tests.gui.conftest import N_PHOTOS
from tests.pictures import save_picture

COPY = Qt.DropAction.CopyAction


def texts(widget) -> str:
    """All texts that can be read in a widget."""
    return "\n".join(
        part.text()
        for part in widget.findChildren(object)
        if callable(getattr(part, "text", None)) and part.isVisible()
    )


def hover(widget, place: QPoint) -> None:
    """Moves the pointer over a widget, with no button held."""
    none = Qt.MouseButton.NoButton
    where = QPointF(place), QPointF(widget.mapToGlobal(place))
    move = QMouseEvent(QEvent.Type.MouseMove, *where, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, move)


def drop(window, data: QMimeData, place: QPoint | None = None) -> None:
    place = place or QPoint(window.width() // 2, window.height() // 2)
    enter = QDragEnterEvent(
        place, COPY, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    event = QDropEvent(
        QPointF(place), COPY, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(window, event)
    assert event.isAccepted()


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def wait_for_results(qtbot, window) -> None:
    qtbot.waitUntil(lambda: window.browse.shows_results and window.browse.hit_model.rowCount() > 0)


def search_by_first(qtbot, window) -> int:
    window.browse.library_grid.choose_row(0)
    photo_id = window.browse.library_grid.current_id()
    with qtbot.waitSignal(window.search.search_succeeded):
        window.commands.find_similar.trigger()
    wait_for_results(qtbot, window)
    return photo_id


def test_an_empty_library_asks_for_a_folder(window):
    assert window.library.first_run.isVisible()
    assert not window.top_bar.isVisible()
    assert "Add a folder of photos" in texts(window.library.first_run)


def test_a_folder_dropped_on_the_window_is_added_and_read(qtbot, window, photos):
    drop(window, files(photos))
    qtbot.waitUntil(lambda: window.browse.photo_model.rowCount() == N_PHOTOS)
    assert window.browse.library_grid.isVisible()
    assert "24 photos" in texts(window.library.status)
    qtbot.waitUntil(lambda: "1 problem" in texts(window.library.job_bar))
    assert "25 photos: 24 read" in texts(window.library.job_bar)


def test_the_button_of_the_first_page_asks_for_a_folder(qtbot, window, photos):
    window.commands.add_folder.trigger()
    dialog = window.findChild(QFileDialog)
    assert dialog.fileMode() == QFileDialog.FileMode.Directory
    dialog.filesSelected.emit([str(photos)])
    dialog.close()
    qtbot.waitUntil(lambda: window.catalogue.contents.counts.indexed == N_PHOTOS)


def test_thumbnails_arrive_for_what_is_in_view(qtbot, full_window):
    model = full_window.browse.photo_model
    first = model.index(0, 0).data(PhotoRole.PHOTO_ID)
    qtbot.waitUntil(lambda: full_window.thumbnails.pixmap(first) is not None)
    assert full_window.thumbnails.name_of(first) == "0/photo 00.jpg"


def test_a_library_photo_finds_its_like(qtbot, full_window):
    photo_id = search_by_first(qtbot, full_window)
    model = full_window.browse.hit_model
    assert model.row_of(photo_id) is None
    scores = [model.hit_at(row).score for row in range(model.rowCount())]
    assert scores == sorted(scores, reverse=True)
    assert full_window.browse.strip.isVisible()
    assert f"{N_PHOTOS - 1} nearest of {N_PHOTOS} photos" in texts(full_window.browse)


def test_enter_on_a_photo_searches_by_it(qtbot, full_window):
    grid = full_window.browse.library_grid
    grid.choose_row(4)
    grid.setFocus()
    with qtbot.waitSignal(full_window.search.search_succeeded):
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    wait_for_results(qtbot, full_window)


def double_click(qtbot, grid: PhotoGrid, row: int) -> None:
    place = grid.visualRect(grid.model().index(row, 0)).center()
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_double_click_looks_large_or_finds_as_was_chosen(qtbot, full_window):
    grid = full_window.browse.library_grid
    double_click(qtbot, grid, 1)
    qtbot.waitUntil(lambda: full_window.viewing.is_open)
    assert not full_window.search.examples
    full_window.commands.back.trigger()
    full_window.choices.change(double_click="find")
    with qtbot.waitSignal(full_window.search.search_succeeded):
        double_click(qtbot, grid, 1)
    assert len(full_window.search.examples) == 1
    assert not full_window.viewing.is_open


def test_the_photo_under_the_pointer_has_a_button_that_finds_its_like(qtbot, full_window):
    grid = full_window.browse.library_grid
    button = grid.findChild(TileButton)
    assert not button.isVisible()
    index = grid.model().index(2, 0)
    hover(grid.viewport(), grid.visualRect(index).center())
    assert button.isVisible()
    assert grid.visualRect(index).contains(button.geometry())
    with qtbot.waitSignal(full_window.search.search_succeeded):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert [each.photo_id for each in full_window.search.examples] == [
        index.data(PhotoRole.PHOTO_ID)
    ]
    wait_for_results(qtbot, full_window)
    qtbot.waitUntil(lambda: not button.isVisible())


def test_a_library_photo_is_searched_by_while_the_model_loads(
    qtbot, full_window, session, tmp_path
):
    session.encoder.loaded.clear()
    for seed in range(6):
        path = save_picture(tmp_path / f"{seed}.png", seed)
        drop(full_window, files(path))
        qtbot.waitUntil(lambda path=path: path in [e.path for e in full_window.search.examples])
    full_window.commands.back.trigger()
    search_by_first(qtbot, full_window)
    assert len(full_window.search.examples) == 1


def test_escape_returns_to_the_library_where_it_was(qtbot, full_window):
    search_by_first(qtbot, full_window)
    full_window.commands.back.trigger()
    qtbot.waitUntil(full_window.browse.library_grid.isVisible)
    assert not full_window.browse.strip.isVisible()
    assert full_window.browse.library_grid.current_id() is not None


def test_a_dropped_file_is_searched_by(qtbot, full_window, tmp_path):
    outside = save_picture(tmp_path / "outside.png", 3, (320, 240))
    with qtbot.waitSignal(full_window.search.search_succeeded):
        drop(full_window, files(outside))
    wait_for_results(qtbot, full_window)
    assert full_window.browse.hit_model.hit_at(0).path.name == "photo 03.jpg"


def test_several_dropped_files_are_examples_together(qtbot, full_window, tmp_path):
    paths = [save_picture(tmp_path / f"{seed}.png", seed) for seed in (1, 2)]
    with qtbot.waitSignal(full_window.search.search_succeeded):
        drop(full_window, files(*paths))
    assert [example.path for example in full_window.search.examples] == paths


def test_a_drop_on_the_strip_adds_to_the_search(qtbot, full_window, tmp_path):
    search_by_first(qtbot, full_window)
    strip = full_window.browse.strip
    place = strip.mapTo(full_window, strip.rect().center())
    with qtbot.waitSignal(full_window.search.search_succeeded):
        drop(full_window, files(save_picture(tmp_path / "more.png", 5)), place)
    assert len(full_window.search.examples) == 2


def test_picture_data_of_a_browser_is_searched_by(qtbot, full_window, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/bird.jpg")])
    data.setImageData(QImage(str(save_picture(tmp_path / "x.png", 7, (320, 240)))))
    with qtbot.waitSignal(full_window.search.search_succeeded):
        drop(full_window, data)
    wait_for_results(qtbot, full_window)
    assert full_window.browse.hit_model.hit_at(0).path.name == "photo 07.jpg"


def test_a_web_address_alone_is_explained(qtbot, full_window):
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/bird.jpg")])
    drop(full_window, data)
    qtbot.waitUntil(lambda: full_window.findChild(FailureDialog) is not None)
    dialog = full_window.findChild(FailureDialog)
    assert "web address" in texts(dialog)
    dialog.close()


def test_a_copied_picture_is_searched_by(qtbot, full_window, tmp_path):
    image = QImage(str(save_picture(tmp_path / "x.png", 9, (320, 240))))
    QGuiApplication.clipboard().setImage(image)
    with qtbot.waitSignal(full_window.search.search_succeeded):
        full_window.commands.paste.trigger()
    wait_for_results(qtbot, full_window)
    assert full_window.browse.hit_model.hit_at(0).path.name == "photo 09.jpg"


def test_an_opened_file_is_searched_by(qtbot, full_window, tmp_path):
    outside = save_picture(tmp_path / "outside.png", 3)
    full_window.commands.open_picture.trigger()
    dialog = full_window.findChild(QFileDialog)
    with qtbot.waitSignal(full_window.search.search_succeeded):
        dialog.filesSelected.emit([str(outside)])
    dialog.close()
    assert full_window.search.examples[0].path == outside


def test_a_file_that_is_no_picture_is_explained_in_place(qtbot, full_window, tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear reader")
    with qtbot.waitSignal(full_window.search.search_failed):
        drop(full_window, files(letter))
    assert "The search did not work" in texts(full_window.browse)
    assert "letter.txt" in texts(full_window.browse)


def test_examples_can_repel_and_be_removed(qtbot, full_window):
    search_by_first(qtbot, full_window)
    full_window.browse.result_grid.choose_row(0)
    with qtbot.waitSignal(full_window.search.search_succeeded):
        full_window.commands.add_counter_example.trigger()
    plus, minus = full_window.search.examples
    assert (plus.is_negative, minus.is_negative) == (False, True)
    with qtbot.waitSignal(full_window.search.search_succeeded):
        full_window.search.change(minus.key, is_negative=False)
    assert not any(example.is_negative for example in full_window.search.examples)
    with qtbot.waitSignal(full_window.search.search_succeeded):
        full_window.search.remove(plus.key)
    assert len(full_window.search.examples) == 1
    full_window.search.remove(full_window.search.examples[0].key)
    assert full_window.browse.library_grid.isVisible()


def test_counter_examples_alone_ask_for_an_example(qtbot, full_window):
    search_by_first(qtbot, full_window)
    full_window.search.change(full_window.search.examples[0].key, is_negative=True)
    assert "Only counter-examples" in texts(full_window.browse)
    assert full_window.browse.strip.isVisible()
    full_window.search.repeat()
    with qtbot.waitSignal(full_window.search.search_succeeded):
        full_window.search.change(full_window.search.examples[0].key, is_negative=False)
    wait_for_results(qtbot, full_window)


def test_no_close_match_is_said_plainly(qtbot, full_window, tmp_path):
    strange = tmp_path / "strange.png"
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    image.save(str(strange))
    with qtbot.waitSignal(full_window.search.search_succeeded):
        full_window.search.search_by([QueryExample(path=strange)])
    wait_for_results(qtbot, full_window)
    best = full_window.browse.hit_model.hit_at(0).distance
    banner = full_window.browse.nothing_close
    assert banner.isVisible() == (best > 0.35 * 64)
    full_window.search.clear()
    assert not banner.isVisible()


def test_what_to_do_when_nothing_is_close(qtbot, full_window):
    commands, banner = full_window.commands, full_window.browse.nothing_close
    assert banner.models.isVisibleTo(banner)
    for is_there in (False, True):
        commands.teach.setVisible(is_there)
        assert banner.teach.isVisibleTo(banner) == is_there
    for control, action in ((banner.models, commands.models), (banner.teach, commands.teach)):
        with qtbot.waitSignal(action.triggered):
            control.click()


def test_the_inspector_compares_query_and_match(qtbot, full_window):
    search_by_first(qtbot, full_window)
    inspector = full_window.inspector
    qtbot.waitUntil(lambda: "of 64 bits agree" in texts(inspector))
    hit = full_window.browse.hit_model.hit_at(0)
    assert f"{64 - len(hit.differing_bits)} of 64 bits agree" in texts(inspector)
    assert inspector.bits.bit_model.rowCount() == 64
    with qtbot.waitSignal(full_window.inspecting.inspection.evidence_arrived) as arrived:
        inspector.bits.choose_bit(3)
    evidence = arrived.args[0]
    assert evidence.choice == 3
    assert len(evidence.overlays) == 2
    assert "Red crown (bit 3)" in texts(inspector)
    told = inspector._evidence_bar._sums
    assert told.text().startswith("In the query: ")
    assert f"{evidence.sums[0]:+.4f}".replace("-", "−") in told.toolTip()


def test_evidence_follows_the_next_match_without_asking_again(qtbot, full_window):
    search_by_first(qtbot, full_window)
    qtbot.waitUntil(lambda: full_window.inspector.bits.bit_model.rowCount() == 64)
    with qtbot.waitSignal(full_window.inspecting.inspection.evidence_arrived):
        full_window.inspector.bits.choose_bit(3)
    with qtbot.waitSignal(full_window.inspecting.inspection.evidence_arrived) as arrived:
        full_window.browse.result_grid.choose_row(1)
    assert arrived.args[0].choice == 3


def test_a_chosen_bit_stays_chosen_from_photo_to_photo(qtbot, full_window):
    bits = full_window.inspector.bits
    full_window.browse.library_grid.choose_row(0)
    qtbot.waitUntil(lambda: bits.bit_model.rowCount() == 64)
    bits.choose_bit(7)
    bits.show_values(None)
    with qtbot.waitSignal(full_window.inspecting.inspection.values_arrived):
        full_window.browse.library_grid.choose_row(1)
    assert bits.chosen_bit == 7


def test_evidence_that_cannot_be_had_is_explained(qtbot, full_window, session):
    search_by_first(qtbot, full_window)
    qtbot.waitUntil(lambda: full_window.inspector.bits.bit_model.rowCount() == 64)
    session.encoder.failure = UserFacingError("the engine cannot be started")
    with qtbot.waitSignal(full_window.inspecting.inspection.failed):
        full_window.inspector.bits.choose_bit(5)
    assert "The engine cannot be started" in texts(full_window.inspector)


def group_button(window, group: str) -> QAbstractButton:
    buttons = window.inspector.findChildren(QAbstractButton)
    return next(button for button in buttons if button.property("group") == group)


@pytest.mark.parametrize("group", ["agreeing", "differing"])
def test_all_bits_that_agree_or_differ_are_shown_together(qtbot, full_window, group):
    search_by_first(qtbot, full_window)
    full_window.browse.result_grid.choose_row(9)
    inspector = full_window.inspector
    qtbot.waitUntil(lambda: "of 64 bits agree" in texts(inspector))
    button = group_button(full_window, group)
    with qtbot.waitSignal(full_window.inspecting.inspection.evidence_arrived) as arrived:
        button.click()
    evidence = arrived.args[0]
    assert evidence.choice == group
    assert f"{evidence.n_bits} {group} bits" in texts(inspector)
    assert str(evidence.n_bits) in button.accessibleName()
    with qtbot.waitSignal(full_window.inspecting.inspection.evidence_arrived):
        full_window.browse.result_grid.choose_row(10)
    with qtbot.waitSignal(full_window.inspecting.inspection.evidence_cleared):
        button.click()
    assert not inspector.has_evidence


def test_a_bit_chosen_after_a_group_takes_its_place(qtbot, full_window):
    search_by_first(qtbot, full_window)
    qtbot.waitUntil(lambda: "of 64 bits agree" in texts(full_window.inspector))
    with qtbot.waitSignal(full_window.inspecting.inspection.evidence_arrived):
        group_button(full_window, "agreeing").click()
    with qtbot.waitSignal(full_window.inspecting.inspection.evidence_arrived) as arrived:
        full_window.inspector.bits.choose_bit(5)
    assert arrived.args[0].choice == 5
    assert not group_button(full_window, "agreeing").isChecked()


def test_the_bit_below_the_pointer_is_shown_for_as_long_as_it_is_there(qtbot, full_window):
    search_by_first(qtbot, full_window)
    table = full_window.inspector.findChild(QTableView)
    qtbot.waitUntil(lambda: table.model().rowCount() == 64)
    full_window.inspector.bits.choose_bit(2)
    qtbot.waitUntil(lambda: full_window.inspector.has_evidence)
    with qtbot.waitSignal(full_window.inspecting.inspection.evidence_arrived) as arrived:
        table.entered.emit(table.model().index(4, 0))
    assert arrived.args[0].choice == 4
    with qtbot.waitSignal(full_window.inspecting.inspection.evidence_arrived) as arrived:
        QApplication.sendEvent(table.viewport(), QEvent(QEvent.Type.Leave))
    assert arrived.args[0].choice == 2


def test_why_and_what_differs_are_told_in_sentences(qtbot, full_window, session):
    for bit in range(64):
        session.bits.name(bit, f"mark {bit}")
    search_by_first(qtbot, full_window)
    full_window.browse.result_grid.choose_row(9)
    qtbot.waitUntil(lambda: "Why do they match?" in texts(full_window.inspector))
    qtbot.waitUntil(lambda: "oth have “mark" in texts(full_window.inspector))
    assert "Only the " in texts(full_window.inspector)


def test_a_photo_alone_shows_which_bits_are_on(qtbot, full_window):
    full_window.browse.library_grid.choose_row(2)
    qtbot.waitUntil(lambda: "of 64 bits are on" in texts(full_window.inspector))
    assert "photo 06.jpg" in texts(full_window.inspector)


def test_a_path_is_copied(qtbot, full_window, photos):
    full_window.browse.library_grid.choose_row(0)
    QGuiApplication.clipboard().clear()
    full_window.commands.copy_path.trigger()
    expected = str(photos / "0" / "photo 00.jpg")
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() == expected)


def test_themes_change_while_the_window_is_open(qtbot, full_window, theme):
    search_by_first(qtbot, full_window)
    for name in ("dark", "light", "system"):
        full_window.commands.themes[name].trigger()
        assert theme.theme == name
        assert not full_window.grab().isNull()


def test_the_size_of_the_photos_can_be_changed(qtbot, full_window):
    slider = full_window.top_bar.findChild(QSlider)
    before = full_window.browse.library_grid.cell.width()
    slider.setValue(slider.maximum())
    assert full_window.browse.library_grid.cell.width() > before
    full_window.commands.smaller.trigger()
    assert slider.value() < slider.maximum()


@pytest.mark.parametrize("width", [620, 777, 900, 1013, 1280])
def test_columns_fill_the_width(qtbot, full_window, width):
    full_window.commands.inspector.setChecked(False)
    full_window.resize(width, 700)
    grid = full_window.browse.library_grid
    rects = [grid.visualRect(grid.model().index(row, 0)) for row in range(N_PHOTOS)]
    n_in_first_row = sum(rect.y() == rects[0].y() for rect in rects)
    assert n_in_first_row == grid.viewport().width() // grid.cell.width()


def test_the_window_remembers_how_it_was_left(qtbot, full_window, session, theme, runner):
    from ahash_desktop.gui.window.main_window import MainWindow

    full_window.top_bar.set_cell_px(240)
    full_window.commands.inspector.setChecked(False)
    full_window.commands.newest_first.setChecked(True)
    full_window.browse.filters.choose_order(HitOrder.NAME)
    full_window.close()
    again = MainWindow(session, theme, runner)
    qtbot.addWidget(again)
    assert again.commands.newest_first.isChecked()
    assert again.browse.filters.order.currentData() == HitOrder.NAME
    assert again.browse.hit_model.order == HitOrder.NAME
    assert again.browse.library_grid.cell_px == 240
    assert not again.commands.inspector.isChecked()


def test_help_lists_the_shortcuts(full_window):
    dialog = full_window.help.show_shortcuts()
    assert "Ctrl+V" in texts(dialog)
    dialog.close()


def test_a_bug_is_shown_once_and_can_be_copied(full_window):
    try:
        raise ZeroDivisionError("by test")
    except ZeroDivisionError as error:
        full_window.failures.show(error)
        full_window.failures.show(error)
    dialogs = full_window.findChildren(FailureDialog)
    assert len(dialogs) == 1
    next(b for b in dialogs[0].findChildren(QAbstractButton) if b.text() == "Copy details").click()
    assert "ZeroDivisionError: by test" in QGuiApplication.clipboard().text()
    dialogs[0].close()


def test_everything_that_takes_the_keyboard_has_a_name(qtbot, full_window):
    search_by_first(qtbot, full_window)
    for dialog in (
        full_window.library.dialogs.show_problems(),
        full_window.library.dialogs.show_folders(),
    ):
        assert isinstance(dialog, QDialog)
    nameless = [
        f"{type(part).__name__} {part.objectName()}"
        for part in QApplication.allWidgets()
        if part.isVisible()
        and part.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not part.accessibleName()
        and not (hasattr(part, "text") and part.text())
    ]
    full_window.library.dialogs.show_problems().close()
    full_window.library.dialogs.show_folders().close()
    assert nameless == []
