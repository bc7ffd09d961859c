"""Whose evidence lies over the pictures, the legend of its map, and the map's opacity."""

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import label
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import signed_text, translate
from ahash_desktop.gui.inspector.bit_table import state_text
from ahash_desktop.imaging.overlay import AGAINST_RGB, FOR_RGB

_DEFAULT_PERCENT = 70


class EvidenceBar(QWidget):
    """One line for what was looked for, one for the legend and the opacity.

    What the map's mean is stands there only with the details.
    """

    opacity_changed = Signal(float)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = label(role="heading", wraps=True)
        self._sums = label(role="soft", wraps=True)
        self._unseen = label(
            self.tr("The model did not look at what is darkened."), "soft", wraps=True
        )
        self._unseen.hide()
        self._legend = _Legend(colours)
        self._has_details = False
        self._is_idle = False
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, 100)
        self._slider.setValue(_DEFAULT_PERCENT)
        self._slider.setMaximumWidth(120)
        self._slider.setAccessibleName(self.tr("Opacity of the evidence map"))
        self._slider.setToolTip(self.tr("Opacity of the evidence map"))
        self._slider.valueChanged.connect(lambda value: self.opacity_changed.emit(value / 100))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._name)
        layout.addWidget(self._sums)
        layout.addWidget(self._unseen)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._legend, 1)
        row.addWidget(self._slider)
        layout.addLayout(row)

    def tell_unseen(self, darkened: bool) -> None:
        """Whether parts of the pictures are darkened, and why."""
        self._unseen.setVisible(darkened)

    @property
    def opacity(self) -> float:
        """How strongly maps cover the pictures, 0 … 1."""
        return self._slider.value() / 100

    def show_details(self, shown: bool) -> None:
        """Whether the numbers behind the map are told."""
        self._has_details = shown
        if self._is_idle:
            self.show_idle()
        else:
            self._sums.setVisible(shown or not self._name.text())

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._legend.set_colours(colours)

    def show_idle(self) -> None:
        """While no evidence is wanted."""
        hint = (
            self.tr("Choose a bit below to see where it looked.")
            if self._has_details
            else self.tr("Point at a mark below to see where the model looked.")
        )
        self._say("", hint)
        self._is_idle = True

    def show_busy(self) -> None:
        """While the engine looks."""
        self._say("", self.tr("Looking at the pictures…"))

    def show_failure(self, message: str) -> None:
        """When the engine could not look."""
        self._say("", message)

    def show_logits(self, title: str, logits: tuple[float, ...]) -> None:
        """Whether a bit is on in each picture, query first; the maps' means are in the tool tip."""
        self._say(title, _by_picture([state_text(math.tanh(logit)) for logit in logits]), logits)

    def show_sums(self, title: str, sums: tuple[float, ...]) -> None:
        """What several bits come to in each picture, query first, and the exact means likewise."""
        self._say(title, _by_picture([signed_text(value, 1) for value in sums]), sums)

    def _say(self, title: str, text: str, means: tuple[float, ...] = ()) -> None:
        """What lies over the pictures and what it comes to, or why nothing does."""
        self._is_idle = False
        self._name.setText(title[:1].upper() + title[1:])
        self._name.setVisible(bool(title))
        self._sums.setText(text)
        details = self.tr("Details: mean of the map {means}")
        told = ", ".join(signed_text(mean, 4) for mean in means)
        self._sums.setToolTip(details.format(means=told) if means else "")
        self._sums.setVisible(self._has_details or not title)


def _by_picture(told: list[str]) -> str:
    """What is told of the query and, if there is one, of the match."""
    if len(told) == 1:
        return translate("inspector", "In this photo: {query}").format(query=told[0])
    text = translate("inspector", "In the query: {query}. In the match: {match}.")
    return text.format(query=told[0], match=told[1])


class _Legend(QWidget):
    """The colour scale, with a sign at each end so that colour is not all."""

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self.setMinimumHeight(20)
        self.setAccessibleName(
            self.tr("Legend: blue with a minus speaks against the bit, orange with a plus for it")
        )

    def sizeHint(self) -> QSize:
        return QSize(200, 20)

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        against, speaks_for = self.tr("– against"), self.tr("+ for")
        metrics = painter.fontMetrics()
        left = metrics.horizontalAdvance(against) + 8
        right = metrics.horizontalAdvance(speaks_for) + 8
        painter.setPen(QColor(self._colours.text_soft))
        rect = QRectF(self.rect())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, against)
        bar = QRectF(left, rect.center().y() - 4, max(24.0, rect.width() - left - right), 8)
        painter.drawText(
            rect.adjusted(bar.right() + 8, 0, 0, 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            speaks_for,
        )
        gradient = QLinearGradient(bar.left(), 0, bar.right(), 0)
        gradient.setColorAt(0.0, QColor(*AGAINST_RGB))
        gradient.setColorAt(0.5, QColor(self._colours.placeholder))
        gradient.setColorAt(1.0, QColor(*FOR_RGB))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 4, 4)
