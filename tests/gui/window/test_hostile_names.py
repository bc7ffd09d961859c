"""Whatever photos, folders and bits are called, every dialog and tool tip shows plain text."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLabel,
    QListView,
    QMenu,
    QToolTip,
    QWidget,
)

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.gui.base.plain import menu_text, plain_tool_tip
from ahash_desktop.gui.files.trash_dialog import TrashDialog
from ahash_desktop.gui.pictures.examples import QueryExample
from tests.gui.conftest import N_PHOTOS
from tests.gui.window.test_window import search_by_first
from tests.pictures import save_picture

HOSTILE = "<img src=x><h1>a"
_PLAIN = Qt.TextFormat.PlainText


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of photos with hostile names, in folders with hostile names."""
    folder = tmp_path / f"photos {HOSTILE}"
    for seed in range(N_PHOTOS):
        name = folder / f"{HOSTILE} {seed % 3}" / f"{HOSTILE} & {seed:02}.jpg"
        save_picture(name, seed, (240, 180))
    (folder / f"{HOSTILE} damaged.jpg").write_bytes(b"no picture at all")
    return folder


def rich_texts() -> list[str]:
    """All labels and tool tips that would show a hostile name as HTML."""
    found = []
    for widget in QApplication.allWidgets():
        kind = type(widget).__name__
        if _is_rich(widget.toolTip()):
            found.append(f"tool tip of {kind}: {widget.toolTip()}")
        if isinstance(widget, QLabel) and _is_rich(widget.text()):
            found += [f"{kind}: {widget.text()}"] * (widget.textFormat() != _PLAIN)
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            found += _rich_in_model(widget)
        if isinstance(widget, QMenu):
            found += [f"menu: {a.text()}" for a in widget.actions() if " & " in a.text()]
    return found


def n_columns(view: QAbstractItemView) -> int:
    return 1 if isinstance(view, QListView) else view.model().columnCount()


def _is_rich(tool_tip: object) -> bool:
    return isinstance(tool_tip, str) and "<h1>" in tool_tip


def _rich_in_model(view: QAbstractItemView) -> list[str]:
    model = view.model()
    return [
        f"{type(view).__name__}, row {row}: {tip}"
        for row in range(min(model.rowCount(), 60))
        for column in range(n_columns(view))
        if _is_rich(tip := model.index(row, column).data(Qt.ItemDataRole.ToolTipRole))
    ]


def shows_somewhere(part: QWidget) -> bool:
    """Whether the hostile name can be read in a dialog at all: else the test looks at nothing."""
    texts = [label.text() for label in part.findChildren(QLabel)]
    for view in part.findChildren(QAbstractItemView):
        model = view.model()
        if model is not None and model.rowCount():
            texts += [str(model.index(0, column).data()) for column in range(n_columns(view))]
    return any("<" in text for text in texts)


def test_every_dialog_and_tool_tip_shows_names_as_they_are(
    qtbot, full_window, session, monkeypatch
):
    window = full_window
    tips = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, *_rest: tips.append(text))
    session.bits.name(3, HOSTILE)
    dialogs = [window.library.dialogs.show_problems(), window.library.dialogs.show_folders()]
    assert all(shows_somewhere(dialog) for dialog in dialogs)
    root = window.catalogue.contents.roots[0]
    dialogs[1].ask_to_forget("title", f"Forget {root.path}?", str(root.path), lambda: None)
    assert rich_texts() == []
    window.failures.show(UserFacingError(HOSTILE, path=root.path, remedy=HOSTILE))
    assert shows_somewhere(window.failures._dialog)
    assert rich_texts() == []
    window.failures._dialog.close()
    for dialog in dialogs:
        dialog.close()

    search_by_first(qtbot, window)
    window.browse.result_grid.choose_row(2)
    qtbot.waitUntil(lambda: "of 64 bits agree" in window.inspector._count.text())
    assert rich_texts() == []
    window.search.add([QueryExample(path=root.path / f"{HOSTILE} & gone.jpg")])
    window.commands.recent.aboutToShow.emit()
    assert rich_texts() == []
    window.commands.view_large.trigger()
    qtbot.waitUntil(lambda: window.viewing.is_open)
    assert rich_texts() == []
    window.commands.back.trigger()

    window.commands.trash.trigger()
    qtbot.waitUntil(lambda: window.findChild(TrashDialog) is not None)
    assert shows_somewhere(window.findChild(TrashDialog))
    assert rich_texts() == []
    window.findChild(TrashDialog).reject()
    sidecars = window.files.sidecars.open_dialog()
    assert rich_texts() == []
    sidecars.reject()
    window.library.status.show_watching("watching", f"{root.path}: followed")
    window.commands.about.trigger()
    assert rich_texts() == []
    assert not any(_is_rich(tip) for tip in tips)
    QApplication.activeModalWidget().close()


@pytest.mark.parametrize("text", [HOSTILE, "a & b", "&lt;b&gt;", "<", "a\nb <i>c</i>"])
def test_a_tool_tip_reads_as_the_text_it_was_made_of(qapp, text):
    assert _shown(plain_tool_tip(text)) == text


def _shown(tool_tip: str) -> str:
    if not tool_tip.startswith("<span"):
        return tool_tip
    document = QTextDocument()
    document.setHtml(tool_tip)
    return document.toPlainText()


def test_ordinary_tool_tips_stay_as_they_are():
    assert plain_tool_tip("Opacity of the evidence map") == "Opacity of the evidence map"
    assert menu_text("Salt & Pepper") == "Salt && Pepper"
