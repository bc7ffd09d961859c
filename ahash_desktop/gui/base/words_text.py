"""How words that photos can be asked for are written in the language of the window."""

from collections.abc import Mapping, Sequence

from ahash_desktop.core.words import Lack, Term, Topic, Unsaid, Word
from ahash_desktop.gui.base.wording import mark_text, translate


def word_text(word: Word, *, is_denied: bool = False) -> str:
    """A word, or that it is not wanted: "red crown", "not red crown"."""
    name = mark_text(word)
    return translate("words", "not {name}").format(name=name) if is_denied else name


def terms_text(terms: Sequence[Term], words: Mapping[tuple[Topic, str], Word]) -> str:
    """Terms as they could have been written, with commas between them."""
    texts = [
        word_text(words[term.topic, term.key], is_denied=term.is_denied)
        for term in terms
        if (term.topic, term.key) in words
    ]
    return translate("words", ", ").join(texts)


def unsaid_text(unsaid: Unsaid, model: str) -> str:
    """Why something cannot be asked, and what can be asked instead."""
    if unsaid.lack is Lack.NEVER_SURE:
        return translate(
            "words",
            "{model} is never sure that a photo has “{text}”; it can only tell which have it not.",
        ).format(model=model, text=unsaid.text)
    if unsaid.lack is Lack.NEVER_SURE_NOT:
        return translate(
            "words",
            "{model} is never sure that a photo lacks it (“{text}”);"
            " it can only tell which have it.",
        ).format(model=model, text=unsaid.text)
    told = translate("words", "{model} cannot tell “{text}”, so it is left out.").format(
        model=model, text=unsaid.text
    )
    if not unsaid.near:
        return told
    near = translate("words", ", ").join(word_text(word) for word in unsaid.near)
    return told + translate("words", " Near it: {names}.").format(names=near)
