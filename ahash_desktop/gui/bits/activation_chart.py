"""How the activations of a bit spread over the library, as bars from -1 to 1."""

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import number_text

_HEIGHT_PX = 120


class ActivationChart(pyqtgraph.GraphicsView):  # type: ignore[misc] # it comes without types
    """A histogram; bars above zero are filled, those below are outlined.

    It shows and is not worked with: no zooming, no menu, no place in the tab order.
    """

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._colours = colours
        self._bars: list[pyqtgraph.BarGraphItem] = []
        self._box = pyqtgraph.ViewBox(enableMenu=False, enableMouse=False)
        self._axis = pyqtgraph.AxisItem("bottom", linkView=self._box)
        self._axis.setTicks([[(-1, "−1"), (0, "0"), (1, "+1")]])
        layout = pyqtgraph.GraphicsLayout()
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addItem(self._box, 0, 0)
        layout.addItem(self._axis, 1, 0)
        self.setCentralItem(layout)
        self.setFixedHeight(_HEIGHT_PX)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._box.setXRange(-1, 1, padding=0.04)
        self.set_colours(colours)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours
        self.setBackground(colours.surface)
        self._axis.setPen(QColor(colours.border_strong))
        self._axis.setTextPen(QColor(colours.text_soft))
        self._draw()

    def show_counts(self, counts: NDArray[np.int64]) -> None:
        """Shows another bit.

        Args:
            counts: int64 (n,), photos in each of n equal parts of -1 … 1.
        """
        self._counts = counts
        n_on = int(counts[len(counts) // 2 :].sum())
        self.setAccessibleName(
            self.tr("Activations: {on} photos above zero, {off} below").format(
                on=number_text(n_on), off=number_text(int(counts.sum()) - n_on)
            )
        )
        self._draw()

    def _draw(self) -> None:
        for bars in self._bars:
            self._box.removeItem(bars)
        self._bars = []
        n_bins = len(self._counts)
        if not n_bins:
            return
        width = 2 / n_bins
        centres = -1 + width * (np.arange(n_bins) + 0.5)
        accent = QColor(self._colours.accent)
        for is_on in (True, False):
            chosen = (centres > 0) == is_on
            bars = pyqtgraph.BarGraphItem(
                x=centres[chosen],
                height=self._counts[chosen],
                width=width * 0.85,
                brush=accent if is_on else QColor(self._colours.surface),
                pen=accent if is_on else QColor(self._colours.border_strong),
            )
            self._box.addItem(bars)
            self._bars.append(bars)
        self._box.setYRange(0, max(1, int(self._counts.max())), padding=0.05)
