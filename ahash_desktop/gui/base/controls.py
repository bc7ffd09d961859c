"""Labels and buttons in the few kinds the window has."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QPushButton, QSizePolicy, QToolButton

from ahash_desktop.gui.base.plain import plain_tool_tip


def label(text: str = "", role: str = "", *, wraps: bool = False) -> QLabel:
    """A label; `role` picks its look: soft, title, display, heading, warning."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wraps)
    if role:
        made.setProperty("role", role)
    return made


def copyable(text: str) -> QLabel:
    """A soft label of several lines that can be selected with the mouse."""
    made = label(text, "soft", wraps=True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


class ElidedLabel(QLabel):
    """A label of one line that shortens its text to fit; the tool tip has all of it."""

    def __init__(
        self, role: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle
    ) -> None:
        super().__init__()
        self._whole = ""
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if role:
            self.setProperty("role", role)

    @property
    def whole(self) -> str:
        """The text as it is where there is room for it."""
        return self._whole

    def show_text(self, text: str) -> None:
        """Shows another text."""
        self._whole = text
        self.setToolTip(plain_tool_tip(text))
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, self._mode, self.width()))


def level_labels(form: QFormLayout) -> None:
    """Makes the labels of a form as high as their fields, in whose middle the text then stands."""
    role = QFormLayout.ItemRole
    for row in range(form.rowCount()):
        named, field = form.itemAt(row, role.LabelRole), form.itemAt(row, role.FieldRole)
        name_label = None if named is None else named.widget()
        if name_label is None or field is None:
            continue
        control = field.widget()
        if control is not None:
            control.ensurePolished()  # else the style sheet's padding is missing
        name_label.setMinimumHeight(field.sizeHint().height())


def button(text: str, role: str = "") -> QPushButton:
    """A push button; `role` picks its look: primary, big, link."""
    made = QPushButton(text)
    made.setAutoDefault(False)
    if role:
        made.setProperty("role", role)
    if role == "link":
        made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def tool_button(accessible_name: str, *, role: str = "", tool_tip: str = "") -> QToolButton:
    """A button with an icon or a short text."""
    made = QToolButton()
    made.setAccessibleName(accessible_name)
    made.setToolTip(plain_tool_tip(tool_tip or accessible_name))
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if role:
        made.setProperty("role", role)
    return made


def separator() -> QFrame:
    """A thin upright line between groups."""
    line = QFrame()
    line.setObjectName("separator")
    line.setFixedSize(1, 20)
    return line
