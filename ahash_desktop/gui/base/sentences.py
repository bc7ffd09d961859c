"""Sentences of the layers below in the window's language.

Those layers know nothing of Qt and say everything in English. Their sentences are known by their
templates ("there is no bit {0}"), which `docs/update_translations.py` collects from the sources. So
sentences that were kept in the library or came from the engine are translated as well.
"""

import functools
import json
import re

from PySide6.QtCore import QCoreApplication

from ahash_desktop.gui.base.translation import translations_folder

CONTEXT = "sentences"
_PLACEHOLDER = re.compile(r"\{\d\}")
_DEEPEST = 3


def sentence_text(sentence: str) -> str:
    """A sentence in the window's language, with a capital; in English if it is not known."""
    told = _told(sentence, 0)
    return told[:1].upper() + told[1:]


def _told(sentence: str, depth: int) -> str:
    """A sentence translated, and what it quotes as well."""
    if depth == _DEEPEST:
        return sentence
    for template, pattern in _known():
        found = pattern.fullmatch(sentence)
        if found is None:
            continue
        translated = QCoreApplication.translate(CONTEXT, template)
        if translated == template:
            return sentence
        return translated.format(*(_told(quoted, depth + 1) for quoted in found.groups()))
    return sentence


@functools.cache
def _known() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each template and what it matches, those with the most words of their own first."""
    file = translations_folder() / "sentences.json"
    templates = json.loads(file.read_text(encoding="utf-8"))
    templates.sort(key=lambda template: len(_PLACEHOLDER.sub("", template)), reverse=True)
    return tuple((template, _pattern(template)) for template in templates)


def _pattern(template: str) -> re.Pattern[str]:
    """What a template matches; whoever raised it may have made its first letter a capital."""
    parts = [re.escape(part) for part in _PLACEHOLDER.split(template)]
    if template[:1].isalpha():
        first = template[0]
        parts[0] = (
            f"[{first.lower()}{first.upper()}]{re.escape(_PLACEHOLDER.split(template)[0][1:])}"
        )
    return re.compile("(.+?)".join(parts), re.DOTALL)
