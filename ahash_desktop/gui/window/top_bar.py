"""The bar above the photos: bring a picture in, choose the size, show the inspector."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QWidget,
)

from ahash_desktop.gui.base.controls import button, separator
from ahash_desktop.gui.base.icons import drawing, icon, put_icon
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.grid.photo_grid import DEFAULT_PX, LARGEST_PX, SMALLEST_PX
from ahash_desktop.gui.search.words_bar import WordsBar
from ahash_desktop.gui.window.actions import WindowActions

_ICON_PX = 18


class TopBar(QFrame):
    """Buttons for what is done most; the rest is in the menus."""

    cell_px_changed = Signal(int)

    def __init__(
        self, actions: WindowActions, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("topBar")
        self._open = button(self.tr("Open picture…"), "primary")
        self._open.setToolTip(
            self.tr("Find photos that look like a picture file; or drop one anywhere")
        )
        self._paste = button(self.tr("Paste"))
        self._paste.setToolTip(self.tr("Find photos that look like the copied picture"))
        self.words = WordsBar(colours)
        self._add = button(self.tr("Add folder…"))
        self._add.setToolTip(self.tr("Have the photos of another folder searched, too"))
        self._small, self._large = QLabel(), QLabel()
        self._row = QHBoxLayout(self)
        self._full_px = self._least_px = 0
        self._texts: dict[QPushButton, str] = {}
        for control in (self._paste, self._add):
            self._texts[control] = control.text()
            control.setAccessibleName(control.text().rstrip("…"))
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(SMALLEST_PX, LARGEST_PX)
        self._slider.setValue(DEFAULT_PX)
        self._slider.setSingleStep(16)
        self._slider.setPageStep(48)
        self._slider.setFixedWidth(128)
        self._slider.setAccessibleName(self.tr("Size of the photos"))
        self._slider.setToolTip(self.tr("Size of the photos"))
        self._slider.valueChanged.connect(self.cell_px_changed)
        self._inspector = QToolButton()
        self._inspector.setDefaultAction(actions.inspector)
        self._inspector.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._inspector.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._inspector.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self._inspector_action: QAction = actions.inspector
        actions.inspector.setIconVisibleInMenu(False)
        for control, action in (
            (self._open, actions.open_picture),
            (self._paste, actions.paste),
            (self._add, actions.add_folder),
        ):
            control.clicked.connect(action.trigger)
        actions.larger.triggered.connect(lambda: self._step(1))
        actions.smaller.triggered.connect(lambda: self._step(-1))
        self._lay_out()
        self.set_colours(colours)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self.words.set_colours(colours)
        put_icon(self._add, "folder-add", colours)
        put_icon(self._paste, "paste", colours)
        self._inspector_action.setIcon(icon("inspector", colours, _ICON_PX))
        self._small.setPixmap(drawing("grid-small", colours.text_soft, 16))
        self._large.setPixmap(drawing("grid-large", colours.text_soft, 16))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._measure()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_compact(event.size().width() < self._full_px)

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), self._least_px) if self._least_px else hint.width(),
                     hint.height())  # fmt: skip

    def _measure(self) -> None:
        """How wide the bar has to be with all its words, and without those it can do without."""
        widths = []
        for is_compact in (True, False):
            self._set_compact(is_compact)
            self._row.activate()
            widths.append(self._row.minimumSize().width())
        self._least_px, self._full_px = widths
        self._set_compact(self.width() < self._full_px)
        self.updateGeometry()

    def _set_compact(self, is_compact: bool) -> None:
        for control, text in self._texts.items():
            shown = "" if is_compact else text
            if control.text() != shown:
                control.setText(shown)
        for part in (self._small, self._large):
            part.setVisible(not is_compact)

    def set_cell_px(self, cell_px: int) -> None:
        """Moves the slider."""
        self._slider.setValue(cell_px)

    def _lay_out(self) -> None:
        layout = self._row
        layout.setContentsMargins(16, 8, 16, 8)
        layout.setSpacing(8)
        layout.addWidget(self._open)
        layout.addWidget(self._paste)
        layout.addWidget(self.words, 1)
        layout.addWidget(self._add)
        layout.addSpacing(8)
        layout.addWidget(separator())
        layout.addSpacing(8)
        layout.addWidget(self._small)
        layout.addWidget(self._slider)
        layout.addWidget(self._large)
        layout.addSpacing(8)
        layout.addWidget(self._inspector)

    def _step(self, direction: int) -> None:
        if self.isVisible():
            self._slider.setValue(self._slider.value() + direction * 32)
