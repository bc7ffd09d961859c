"""The bar that takes words: "red crown, not spotted breast", completed as they are written."""

from collections.abc import Sequence

from PySide6.QtCore import QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QFocusEvent, QIcon, QResizeEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QWidget

from ahash_desktop.core.words import Word, complete, last_piece, pieces_of
from ahash_desktop.gui.base.icons import drawing
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import photos_text, translate
from ahash_desktop.gui.base.words_text import word_text

_MOST_OFFERED = 10
_ICON_PX = 16
_LEAST_PX = 160
_BESIDE_TEXT_PX = 64


class WordsBar(QLineEdit):
    """A line that completes the name after the last comma; `asked` carries all of it."""

    asked = Signal(str)
    looked_at = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("wordsBar")
        self.setClearButtonEnabled(True)
        self.setMinimumWidth(_LEAST_PX)
        self._hints = (
            self.tr("Find by words: yellow breast, not red crown…"),
            self.tr("Find by words"),
        )
        self.setAccessibleName(self.tr("Find by words"))
        self.setToolTip(
            self.tr("Field marks and kinds with commas between them, “not” before what must lack")
        )
        self._known: tuple[Word, ...] = ()
        self._offered: list[tuple[Word, bool]] = []
        self._drawing: QAction = self.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        self._offers = QStringListModel(self)
        self._completer = QCompleter(self._offers, self)
        self._completer.setWidget(self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(_MOST_OFFERED)
        self._popup = QListView()
        self._popup.setAccessibleName(self.tr("Words that can be asked for"))
        self._completer.setPopup(self._popup)
        self._completer.activated.connect(self._on_chosen)
        self.textEdited.connect(self._on_edited)
        self.returnPressed.connect(self._ask)
        self.set_colours(colours)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._drawing.setIcon(QIcon(drawing("search", colours.text_soft, _ICON_PX)))

    def offer(self, known: Sequence[Word]) -> None:
        """Completes from these words from now on."""
        self._known = tuple(known)
        if self.hasFocus() and self.isModified():
            self._on_edited()

    def show_text(self, text: str) -> None:
        """Shows what is asked without asking it again."""
        if text != self.text():
            self.setText(text)
        self._popup.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Says what is to be written with an example where there is room for it."""
        super().resizeEvent(event)
        room = self.width() - _BESIDE_TEXT_PX
        fits = self.fontMetrics().horizontalAdvance(self._hints[0]) <= room
        self.setPlaceholderText(self._hints[0 if fits else 1])

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.looked_at.emit()

    def offered_texts(self) -> list[str]:
        """What is offered now."""
        return self._offers.stringList()

    def _on_edited(self) -> None:
        if not self.text():
            self._popup.hide()
            self._ask()
            return
        self._offered = complete(self.text(), self._known, _MOST_OFFERED)
        self._offers.setStringList(
            [
                translate("words", "{name}  ·  {photos}").format(
                    name=word_text(word, is_denied=is_denied),
                    photos=photos_text(word.n_photos(is_denied=is_denied) or 0),
                )
                for word, is_denied in self._offered
            ]
        )
        if self._offered:
            self._completer.complete()
        else:
            self._popup.hide()

    def _on_chosen(self, offer: str) -> None:
        offers = self._offers.stringList()
        if offer not in offers:
            return
        word, is_denied = self._offered[offers.index(offer)]
        before, _ = last_piece(self.text())
        chosen = word_text(word, is_denied=is_denied)
        # The popup writes its own text once this returns.
        QTimer.singleShot(0, self, lambda: self._take(before + chosen))

    def _take(self, text: str) -> None:
        self.setText(text)
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._ask()

    def _ask(self) -> None:
        self._popup.hide()
        self.setModified(False)
        self.asked.emit(translate("words", ", ").join(pieces_of(self.text())))
