"""One field mark that can be looked at and asked for."""

from enum import StrEnum

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QToolButton, QWidget

from ahash_desktop.core.statements import Statement
from ahash_desktop.gui.base.plain import menu_text, plain_tool_tip
from ahash_desktop.gui.search.bit_rules import BitRule

_SIGNS = {"has": "+", "not": "–", "unlike": "≠"}
_KEYS = {
    Qt.Key.Key_R: BitRule.REQUIRED,
    Qt.Key.Key_I: BitRule.IGNORED,
    Qt.Key.Key_V: BitRule.INVERTED,
}


class MarkKind(StrEnum):
    """What a chip says; each has a shape, a sign and a colour of its own."""

    HAS = "has"
    HAS_NOT = "not"
    UNLIKE = "unlike"


class MarkChip(QToolButton):
    """Shows its evidence while it is pointed at or has the keyboard; a click asks what to do.

    `pointed_at` carries a bit, or None; `rule_wanted` a statement and what is asked of it.
    """

    pointed_at = Signal(object)
    menu_wanted = Signal(object, QPoint)
    rule_wanted = Signal(object, object)

    def __init__(
        self, kind: MarkKind, mark: Statement, text: str, hint: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._hint = hint
        self.mark = mark
        self.setProperty("role", "mark")
        self.setProperty("sign", kind.value)
        self.setProperty("rule", "")
        self.setText(menu_text(f"{_SIGNS[kind]} {text}"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(self._on_clicked)
        self.show_rules(frozenset())

    def show_rules(self, rules: frozenset[BitRule], words: str = "") -> None:
        """Shows what the search asks of the mark, in words too."""
        told = f"{self._hint}\n{words}" if words else self._hint
        self.setToolTip(plain_tool_tip(told))
        self.setAccessibleName(f"{self._hint}, {words}" if words else self._hint)
        rule = next((rule.value for rule in BitRule if rule in rules), "")
        if rule != self.property("rule"):
            self.setProperty("rule", rule)
            self.style().unpolish(self)
            self.style().polish(self)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.pointed_at.emit(self.mark.bit)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed_at.emit(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.pointed_at.emit(self.mark.bit)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.pointed_at.emit(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._on_clicked()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        rule = _KEYS.get(Qt.Key(event.key()))
        if rule is not None and not event.modifiers():
            self.rule_wanted.emit(self.mark, rule)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def _on_clicked(self) -> None:
        self.menu_wanted.emit(self.mark, self.mapToGlobal(QPoint(0, self.height())))
