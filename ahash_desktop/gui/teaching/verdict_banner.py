"""The verdict on a lesson in a word, with why."""

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import label
from ahash_desktop.gui.base.icons import drawing
from ahash_desktop.gui.base.sentences import sentence_text
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import translate
from ahash_desktop.training.ask.labels import Notice
from ahash_desktop.training.ask.lesson import Verdict

_ICON_PX = 28


class VerdictBanner(QFrame):
    """Says how the model is after the lesson."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("verdict")
        self._colours = colours
        self._verdict = Verdict.UNKNOWN
        self._sign = QLabel()
        self._word = label(role="title")
        self._why = label(wraps=True)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._word)
        words.addWidget(self._why)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(16)
        layout.addWidget(self._sign)
        layout.addLayout(words, 1)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours
        self._show_sign()

    def show_verdict(self, verdict: Verdict, sentences: Sequence[Notice]) -> None:
        """Shows a verdict, and why in sentences."""
        self._verdict = verdict
        word = verdict_text(verdict)
        why = " ".join(f"{sentence_text(str(each))}." for each in sentences)
        self._word.setText(word)
        self._why.setText(why)
        self.setAccessibleName(f"{word}. {why}")
        self.setProperty("verdict", verdict.value.replace(" ", "-"))
        self.style().unpolish(self)
        self.style().polish(self)
        self._show_sign()

    def _show_sign(self) -> None:
        name = {Verdict.BETTER: "check", Verdict.WORSE: "close"}.get(self._verdict, "minus")
        colour = {
            Verdict.BETTER: self._colours.agree,
            Verdict.WORSE: self._colours.danger,
        }.get(self._verdict, self._colours.text_soft)
        self._sign.setPixmap(drawing(name, colour, _ICON_PX))


def verdict_text(verdict: Verdict) -> str:
    """A verdict as a title."""
    return {
        Verdict.BETTER: translate("verdict", "Better"),
        Verdict.NO_CLEAR_DIFFERENCE: translate("verdict", "No clear difference"),
        Verdict.WORSE: translate("verdict", "Worse"),
        Verdict.UNKNOWN: translate("verdict", "Cannot be said"),
    }[verdict]
