"""A line that tells what was done, with a way to take it back; it goes by itself."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ahash_desktop.gui.base.controls import ElidedLabel, button, tool_button
from ahash_desktop.gui.base.icons import icon
from ahash_desktop.gui.base.theme import Colours

_STAYS_MS = 30_000
_ICON_PX = 18


class NoticeBar(QFrame):
    """Shows one notice at a time; hidden when there is none."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("noticeBar")
        self._text = ElidedLabel("", Qt.TextElideMode.ElideRight)
        self._button = button("", "link")
        self._dismiss = tool_button(self.tr("Close this notice"), tool_tip=self.tr("Close"))
        self._dismiss.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self._do: Callable[[], object] | None = None
        self._timer = QTimer(self, singleShot=True, interval=_STAYS_MS)
        self._timer.timeout.connect(self.hide)
        self._button.clicked.connect(self._on_clicked)
        self._dismiss.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 12, 8)
        layout.setSpacing(12)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._button)
        layout.addWidget(self._dismiss)
        self.set_colours(colours)
        self.hide()

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._dismiss.setIcon(icon("close", colours, _ICON_PX))

    @property
    def text(self) -> str:
        """What it says; empty when it is hidden."""
        return "" if self.isHidden() else self._text.whole

    def tell(self, text: str, what: str = "", do: Callable[[], object] | None = None) -> None:
        """Shows a notice.

        Args:
            text: What was done.
            what: What the button is called; without it there is none.
            do: What the button does.
        """
        self._do = do
        self._button.setText(what)
        self._button.setVisible(bool(what))
        self.setAccessibleName(text)
        self.show()
        self._text.show_text(text)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _on_clicked(self) -> None:
        do, self._do = self._do, None
        self.hide()
        if do is not None:
            do()
