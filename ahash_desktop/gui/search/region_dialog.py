"""Draws a box on an example, by mouse or keyboard: only what is inside is searched by."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from ahash_desktop.core.records import Region
from ahash_desktop.gui.base.controls import label
from ahash_desktop.gui.base.theme import Colours

_SMALLEST = 0.04
_STEP = 0.02
_FIRST_BOX = QRectF(0.25, 0.25, 0.5, 0.5)


class RegionBoard(QWidget):
    """A picture with a box on it: drag for a new one, arrows move it, Shift and arrows size it."""

    changed = Signal()

    def __init__(self, picture: QImage, region: Region | None, colours: Colours) -> None:
        super().__init__()
        self._picture = picture
        self._colours = colours
        self._box = (
            _FIRST_BOX
            if region is None
            else QRectF(region.x, region.y, region.width, region.height)
        )
        self._start: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("Part of the picture to search by"))
        self.setAccessibleDescription(
            self.tr("Arrows move the box, Shift and arrows make it larger or smaller")
        )

    @property
    def region(self) -> Region:
        """The box, inside the picture."""
        box = self._box
        return Region(
            box.x(), box.y(), min(box.width(), 1 - box.x()), min(box.height(), 1 - box.y())
        )

    def sizeHint(self) -> QSize:
        return self._picture.size().scaled(QSize(640, 480), Qt.AspectRatioMode.KeepAspectRatio)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 180)

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self._shown()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(shown, self._picture)
        box = QRectF(
            shown.x() + self._box.x() * shown.width(),
            shown.y() + self._box.y() * shown.height(),
            self._box.width() * shown.width(),
            self._box.height() * shown.height(),
        )
        outside = QPainterPath()
        outside.addRect(shown)
        outside.addRect(box)
        painter.fillPath(outside, _DIM)
        painter.setPen(QPen(QColor(self._colours.accent), 3 if self.hasFocus() else 2))
        painter.drawRect(box.adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._start = self._fraction(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._start is not None:
            self._put(QRectF(self._start, self._fraction(event.position())).normalized())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._start = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        across, down = _ARROWS.get(event.key(), (0, 0))
        if not across and not down:
            super().keyPressEvent(event)
            return
        box = QRectF(self._box)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            box.adjust(0, 0, across * 2 * _STEP, down * 2 * _STEP)
            self._put(box)
        else:
            self._put(box.translated(across * _STEP, down * _STEP))

    def _put(self, box: QRectF) -> None:
        """Keeps the box inside the picture and large enough to see something in it."""
        width = min(max(box.width(), _SMALLEST), 1.0)
        height = min(max(box.height(), _SMALLEST), 1.0)
        left = min(max(box.x(), 0.0), 1 - width)
        top = min(max(box.y(), 0.0), 1 - height)
        self._box = QRectF(left, top, width, height)
        self.changed.emit()
        self.update()

    def _shown(self) -> QRectF:
        size = self._picture.size().toSizeF()
        size.scale(self.size().toSizeF(), Qt.AspectRatioMode.KeepAspectRatio)
        shown = QRectF(QPointF(0, 0), size)
        shown.moveCenter(QRectF(self.rect()).center())
        return shown

    def _fraction(self, place: QPointF) -> QPointF:
        shown = self._shown()
        return QPointF(
            min(max((place.x() - shown.x()) / shown.width(), 0.0), 1.0),
            min(max((place.y() - shown.y()) / shown.height(), 0.0), 1.0),
        )


class RegionDialog(QDialog):
    """Asks for the part of an example to search by; `region_chosen` gives None for all of it.

    It begins with the part that is searched by, else with the `subject`. If it `corrects`, it asks
    where the subject is instead.
    """

    region_chosen = Signal(object)

    def __init__(
        self,
        picture: QImage,
        region: Region | None,
        colours: Colours,
        parent: QWidget,
        *,
        subject: Region | None = None,
        corrects: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = self.tr("Search by a part of the picture")
        self.setWindowTitle(self.tr("Where the subject is") if corrects else title)
        self.board = RegionBoard(picture, region or subject, colours)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        search = buttons.addButton(
            self.tr("It is here") if corrects else self.tr("Search by this part"),
            QDialogButtonBox.ButtonRole.AcceptRole,
        )
        whole = buttons.addButton(
            self.tr("Let the model find it") if corrects else self.tr("Use the whole picture"),
            QDialogButtonBox.ButtonRole.ResetRole,
        )
        whole.setEnabled(region is not None)
        buttons.accepted.connect(lambda: self._choose(self.board.region))
        whole.clicked.connect(lambda: self._choose(None))
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.board, 1)
        layout.addWidget(
            label(
                self.tr(
                    "Drag a box around what matters. Arrows move it; Shift and arrows size it."
                ),
                "soft",
                wraps=True,
            )
        )
        layout.addWidget(buttons)
        self._search = search
        self.board.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._search.click()
            return
        super().keyPressEvent(event)

    def _choose(self, region: Region | None) -> None:
        self.region_chosen.emit(region)
        self.accept()


_DIM = QColor(0, 0, 0, 130)

_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
