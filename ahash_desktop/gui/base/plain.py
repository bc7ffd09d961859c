"""Foreign text, such as names of files, shown as what it is: never as HTML, never as a shortcut."""

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def plain_tool_tip(text: str) -> str:
    """A tool tip that shows a text as it stands.

    Qt takes tool tips for HTML where they look like it, and would load pictures they name.
    """
    if "<" not in text and "&" not in text:
        return text
    return f'<span style="white-space: pre-wrap">{html.escape(text)}</span>'


def menu_text(text: str) -> str:
    """The text of an action or a button that has no shortcut in it."""
    return text.replace("&", "&&")


def plain_box(parent: QWidget, text: str, detail: str = "") -> QMessageBox:
    """A message box without buttons yet; it deletes itself when it is closed."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    box.setInformativeText(detail)
    return box
