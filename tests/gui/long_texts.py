"""A language of long words: every text of the window a good third longer, as German tends to be."""

import re

from PySide6.QtCore import QCoreApplication, QTranslator

LONG = "long"
LONGER_BY = 0.35
_WORD = re.compile(r"\{[^}]*\}|%\w|&?[^\W\d_]{3,}")


class LongTexts(QTranslator):
    """Draws out the words of each text; placeholders and mnemonics stay as they are."""

    def isEmpty(self) -> bool:  # noqa: N802 - as Qt calls it
        return False

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        return drawn_out(source)


def drawn_out(text: str) -> str:
    """A text whose words are so much longer that all of it is by LONGER_BY."""
    words = [word for word in _WORD.findall(text) if word[0] not in "{%"]
    n_letters = sum(map(len, words))
    share = LONGER_BY * len(text) / n_letters if n_letters else 0.0
    owed = 0.0

    def draw(found: re.Match[str]) -> str:
        nonlocal owed
        word = found.group()
        if word[0] in "{%":
            return word
        owed += share * len(word)
        n_more, owed = int(owed), owed % 1.0
        return word + "en" * (n_more // 2) + "e" * (n_more % 2)

    return _WORD.sub(draw, text)


def install_long_texts(app: QCoreApplication) -> list[QTranslator]:
    """Has the window speak so from now on."""
    made = LongTexts(app)
    app.installTranslator(made)
    return [made]
