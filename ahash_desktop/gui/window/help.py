"""Help: the guide, the shortcuts, and what this program is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop import __version__
from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.icons import program_icon
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.base.wording import plain_menu_text, translate
from ahash_desktop.gui.window.actions import WindowActions
from ahash_desktop.services.session import LibrarySession

if TYPE_CHECKING:
    from ahash_desktop.gui.window.guide import GuideDialog

_LIST_PX = 520


class Help(QObject):
    """Opens what tells of the program.

    Args:
        window: Dialogs lie over it.
        session: The open library, with its model.
        commands: The window's actions.
        theme: Light or dark, as the pictures of the guide are.
    """

    def __init__(
        self,
        window: QWidget,
        session: LibrarySession,
        commands: WindowActions,
        theme: ThemeController,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._commands = commands
        self._theme = theme
        commands.guide.triggered.connect(self.show_guide)
        commands.shortcuts.triggered.connect(self.show_shortcuts)
        commands.about.triggered.connect(self.show_about)

    def show_guide(self) -> "GuideDialog":
        """Opens the guide beside the window."""
        # Pages of text are only made once someone wants to read them.
        from ahash_desktop.gui.window.guide import GuideDialog

        dialog = GuideDialog(is_dark=self._theme.colours.is_dark, parent=self._window)
        dialog.show()
        return dialog

    def show_shortcuts(self) -> "ShortcutsDialog":
        """Opens the list of shortcuts."""
        dialog = ShortcutsDialog(self._commands.all(), self._window)
        dialog.open()
        return dialog

    def show_about(self) -> "AboutDialog":
        """Opens what this program is."""
        model = self._session.model
        text = self.tr("{name}, {n_bits} bits").format(name=model.name, n_bits=model.n_bits)
        runs_on = self._session.encoder.note or self.tr("not loaded yet")
        dialog = AboutDialog(text, runs_on, str(self._session.paths.folder), self._window)
        dialog.open()
        return dialog


class ShortcutsDialog(QDialog):
    """Lists the shortcuts of the menus and those of the grid."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        rows = [
            (plain_menu_text(action.text()), _keys_text(action.shortcuts()))
            for action in actions
            if not action.shortcut().isEmpty()
        ]
        rows += [
            (self.tr("Find photos similar to the chosen one"), self.tr("Enter")),
            (self.tr("On a field mark: require, ignore, invert"), self.tr("R, I, V")),
            (self.tr("View the chosen photo large"), self.tr("Space")),
            (
                self.tr("In the large view: next, fit, actual size, zoom, flip, subject"),
                self.tr("Page Down, 0, 1, + and −, F, B"),
            ),
            (
                self.tr("In the table of bits: require, ignore, invert, list photos"),
                self.tr("R, I, V, O"),
            ),
            (self.tr("Move among the photos"), self.tr("Arrow keys, Page Up, Page Down")),
            (self.tr("Choose several photos"), self.tr("Shift or Ctrl with arrows or clicks")),
        ]
        grid = QGridLayout()
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(8)
        for number, (what, keys) in enumerate(rows):
            grid.addWidget(label(what), number, 0)
            grid.addWidget(label(keys, "soft"), number, 1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(_body(grid))
        bar_px = scroll.verticalScrollBar().sizeHint().width()
        scroll.setMinimumSize(grid.sizeHint().width() + bar_px, _LIST_PX)
        _finish(self, label(self.tr("Keyboard shortcuts"), "title"), scroll)


class AboutDialog(QDialog):
    """Name, version, licence and what is in use."""

    def __init__(
        self, model_text: str, runs_on: str, library_text: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Ahash Desktop"))
        rows = (
            (self.tr("Version"), __version__),
            (self.tr("Model"), model_text),
            (self.tr("Runs on"), runs_on),
            (self.tr("Library"), library_text),
            (self.tr("Licence"), "Apache-2.0"),
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        for number, (what, value) in enumerate(rows):
            grid.addWidget(label(what, "soft"), number, 0, Qt.AlignmentFlag.AlignTop)
            shown = label(value, wraps=True)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(shown, number, 1)
        grid.setColumnStretch(1, 1)
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        mark = QLabel()
        mark.setPixmap(program_icon().pixmap(48, 48))
        row.addWidget(mark)
        titles = QVBoxLayout()
        titles.setSpacing(0)
        titles.addWidget(label("Ahash Desktop", "title"))
        titles.addWidget(
            label(
                self.tr("Search your own photos by example, and see why they match."),
                "soft",
                wraps=True,
            )
        )
        row.addLayout(titles, 1)
        self.setMinimumWidth(480)
        _finish(self, head, _body(grid))

    def showEvent(self, event: QShowEvent) -> None:
        """Has room for a long folder, also where a screen is so small that Qt would give less."""
        super().showEvent(event)
        layout = self.layout()
        if layout is not None:
            self.setMinimumHeight(layout.totalHeightForWidth(self.minimumWidth()))


def _keys_text(shortcuts: Sequence[QKeySequence]) -> str:
    return shortcuts[0].toString(QKeySequence.SequenceFormat.NativeText) if shortcuts else ""


def _body(grid: QGridLayout) -> QWidget:
    made = QWidget()
    grid.setContentsMargins(0, 0, 0, 0)
    made.setLayout(grid)
    return made


def _finish(dialog: QDialog, head: QWidget, body: QWidget) -> None:
    close = button(translate("help", "Close"))
    close.clicked.connect(dialog.close)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(24, 24, 24, 16)
    layout.setSpacing(16)
    layout.addWidget(head)
    layout.addWidget(body, 1)
    layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
