"""One plain dialog for what went wrong: an error to act on, or a bug with its details."""

import platform
import traceback

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from ahash_desktop import __version__
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.gui.base.controls import button, copyable, label
from ahash_desktop.gui.base.sentences import sentence_text
from ahash_desktop.gui.base.wording import translate


class FailureDialog(QDialog):
    """Shows an error; a bug can be copied with all that a report needs.

    Args:
        error: What happened.
        log_folder: Where the log lies, named to the user.
    """

    def __init__(
        self, error: BaseException, log_folder: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Ahash Desktop")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(480)
        self._details = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        if isinstance(error, UserFacingError):
            self._lay_out_error(layout, error)
        else:
            self._lay_out_bug(layout, buttons, error, log_folder)
        close = button(self.tr("Close"), "primary")
        close.setDefault(True)
        close.clicked.connect(self.close)
        buttons.addWidget(close)
        layout.addLayout(buttons)

    @property
    def details(self) -> str:
        """What the button copies; empty for an error to act on."""
        return self._details

    def _lay_out_error(self, layout: QVBoxLayout, error: UserFacingError) -> None:
        layout.addWidget(label(sentence_text(error.what), "heading", wraps=True))
        remedy = error.remedy and translate("wording", "{what}.").format(
            what=sentence_text(error.remedy)
        )
        for text in (str(error.path or ""), remedy):
            if text:
                layout.addWidget(copyable(text))

    def _lay_out_bug(
        self,
        layout: QVBoxLayout,
        buttons: QHBoxLayout,
        error: BaseException,
        log_folder: str,
    ) -> None:
        self._details = details_text(error)
        layout.addWidget(label(self.tr("Something went wrong that should not have"), "heading"))
        hint = self.tr("Your photos and the library are safe. You can go on, or start again.")
        if log_folder:
            hint += " " + self.tr("The log is in {folder}.").format(folder=log_folder)
        layout.addWidget(label(hint, "soft", wraps=True))
        text = QPlainTextEdit(self._details)
        text.setReadOnly(True)
        text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        text.setMinimumHeight(200)
        text.setAccessibleName(self.tr("Details"))
        layout.addWidget(text, 1)
        copy = button(self.tr("Copy details"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._details))
        buttons.addWidget(copy)


def details_text(error: BaseException) -> str:
    """Versions and traceback, for a report."""
    head = f"Ahash Desktop {__version__}, Qt {qVersion()}, Python {platform.python_version()}, "
    trace = "".join(traceback.format_exception(error))
    return f"{head}{platform.platform()}\n\n{trace}"
