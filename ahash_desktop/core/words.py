"""What can be asked of photos in words: field marks and kinds, wanted or not, in two languages."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

_PIECES = re.compile(r"[,;，；、\n]+")
_JOINED = re.compile(r"\s+and\s+|\s*\+\s*|和")
_NOT = re.compile(
    r"^(?:not|no|without|-|!|−)\s*(?=\S)|^(?:不是|不要|没有|不|非|无)(?=\S)", re.IGNORECASE
)
_NOT_WORDS = re.compile(r"^(?:not|no|without)\s+\S", re.IGNORECASE)
_SIGNS = re.compile(r"^[-!−]")
_FILLERS = re.compile(r"^(?:(?:a|an|the|has|have|with)\s+)+")
_BLANKS = re.compile(r"[\s\-_]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_MOST_NEAR = 3


class Topic(StrEnum):
    """What a word is about."""

    MARK = "mark"
    KIND = "kind"


class Lack(StrEnum):
    """Why something cannot be asked."""

    UNKNOWN = "unknown"
    NEVER_SURE = "never sure"
    NEVER_SURE_NOT = "never sure not"


@dataclass(frozen=True, slots=True)
class Word:
    """Something that photos can be asked for.

    `key` tells it from others of its topic; `names` are all it is called by, first in English, then
    in Chinese if there is such a name. `n_has` photos have it for sure, `n_has_not` have it not;
    None where that is never said. `bit` is the one that says it, of a mark.
    """

    key: str
    topic: Topic
    names: tuple[str, ...]
    name_zh: str = ""
    n_has: int | None = None
    n_has_not: int | None = None
    bit: int | None = None

    @property
    def name(self) -> str:
        """What it is called in English, or by who named it."""
        return self.names[0]

    def n_photos(self, *, is_denied: bool) -> int | None:
        """How many photos answer; None if it is never said."""
        return self.n_has_not if is_denied else self.n_has


@dataclass(frozen=True, slots=True)
class Term:
    """A word that is asked for, or denied."""

    key: str
    topic: Topic
    is_denied: bool = False


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A piece of what was written that cannot be asked, why, and what is near it.

    `word` is what it names, if that is known but never said.
    """

    text: str
    lack: Lack
    near: tuple[Word, ...] = ()
    word: Word | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a text, and what was not."""

    terms: tuple[Term, ...] = ()
    unsaid: tuple[Unsaid, ...] = ()


def read_words(text: str, known: Sequence[Word]) -> Reading:
    """What a text asks for: pieces with commas between them, each a name, perhaps after "not".

    Args:
        text: As it was written, in English or Chinese.
        known: What can be asked for.
    """
    terms: dict[Term, None] = {}
    unsaid: list[Unsaid] = []
    for piece in pieces_of(text):
        for part in _parts(piece, known):
            read = _read(part, known)
            if isinstance(read, Term):
                terms[read] = None
            else:
                unsaid.append(read)
    return Reading(tuple(terms), tuple(unsaid))


def read_one(text: str, known: Sequence[Word], *, is_denied: bool) -> Term | Unsaid:
    """One name alone, wanted or denied."""
    word = _find(text, known)
    if word is None:
        return Unsaid(text.strip(), Lack.UNKNOWN, _near(text, known, is_denied=is_denied))
    return _term(text.strip(), word, is_denied=is_denied)


def pieces_of(text: str) -> list[str]:
    """What stands between the commas, without blanks at its ends; nothing that is empty."""
    return [piece.strip() for piece in _PIECES.split(text) if piece.strip()]


def last_piece(text: str) -> tuple[str, str]:
    """A text up to what is being written now, and that."""
    ends = [match.end() for match in _PIECES.finditer(text)]
    place = ends[-1] if ends else 0
    while place < len(text) and text[place].isspace():
        place += 1
    return text[:place], text[place:]


def complete(text: str, known: Sequence[Word], most: int) -> list[tuple[Word, bool]]:
    """What the piece that is being written may become, with whether it is denied.

    What most photos answer comes first; what is asked for already, or never answered, is left out.

    Args:
        text: All that was written so far.
        known: What can be asked for.
        most: No more than so many.
    """
    before, piece = last_piece(text)
    asked = {(term.key, term.topic) for term in read_words(before, known).terms}
    positive, is_denied = _without_not(piece)
    wanted = _plain(positive).split()
    found = [
        word
        for word in known
        if word.n_photos(is_denied=is_denied)
        and (word.key, word.topic) not in asked
        and any(_begins(wanted, name) for name in word.names)
    ]
    found.sort(key=lambda word: (-(word.n_photos(is_denied=is_denied) or 0), word.name))
    return [(word, is_denied) for word in found[:most]]


def _parts(piece: str, known: Sequence[Word]) -> Iterator[str]:
    """A piece as a whole, or what an "and" joins if that is known and the whole is not."""
    parts = [part for part in _JOINED.split(piece) if part.strip()]
    if (
        len(parts) > 1
        and isinstance(_read(piece, known), Unsaid)
        and any(isinstance(_read(part, known), Term) for part in parts)
    ):
        yield from parts
    else:
        yield piece


def _read(piece: str, known: Sequence[Word]) -> Term | Unsaid:
    word = None if _SIGNS.match(piece) else _find(piece, known)
    if word is not None:
        return _term(piece, word, is_denied=False)
    positive, is_denied = _without_not(piece)
    word = _find(positive, known)
    if word is not None:
        return _term(piece, word, is_denied=is_denied)
    return Unsaid(piece, Lack.UNKNOWN, _near(positive, known, is_denied=is_denied))


def _term(piece: str, word: Word, *, is_denied: bool) -> Term | Unsaid:
    if word.n_photos(is_denied=is_denied) is None:
        return Unsaid(piece, Lack.NEVER_SURE_NOT if is_denied else Lack.NEVER_SURE, word=word)
    return Term(word.key, word.topic, is_denied)


def _find(text: str, known: Sequence[Word]) -> Word | None:
    wanted = _plain(text)
    if not wanted:
        return None
    for word in known:
        if any(_plain(name) == wanted for name in word.names):
            return word
    in_any_order = sorted(wanted.split())
    for word in known:
        if any(sorted(_plain(name).split()) == in_any_order for name in word.names):
            return word
    return None


def _near(text: str, known: Sequence[Word], *, is_denied: bool) -> tuple[Word, ...]:
    """What shares most of its words with a text, and can be asked for."""
    wanted = _bits_of(text)
    shared = [
        (max(len(wanted & _bits_of(name)) for name in word.names), word)
        for word in known
        if word.n_photos(is_denied=is_denied)
    ]
    near = [(n, word) for n, word in shared if n]
    near.sort(key=lambda pair: (-pair[0], -(pair[1].n_photos(is_denied=is_denied) or 0)))
    return tuple(word for _, word in near[:_MOST_NEAR])


def _without_not(piece: str) -> tuple[str, bool]:
    """A piece without the "not" at its beginning, and whether there was one."""
    piece = piece.strip()
    has_not = _NOT_WORDS.match(piece) or _SIGNS.match(piece) or _CHINESE.match(piece)
    positive = _NOT.sub("", piece, count=1) if has_not else piece
    return positive, positive != piece


def _begins(wanted: Sequence[str], name: str) -> bool:
    """Whether each word begins one of the name's, or is anywhere in a Chinese name."""
    plain = _plain(name)
    if _CHINESE.search(plain):
        return all(word in plain for word in wanted)
    return all(any(part.startswith(word) for part in plain.split()) for word in wanted)


def _plain(text: str) -> str:
    """A name without what may be written in several ways."""
    text = unicodedata.normalize("NFKC", text).casefold().strip()
    text = _FILLERS.sub("", _BLANKS.sub(" ", text).strip())
    text = text.replace("colored", "coloured").replace("grey", "gray")
    if _CHINESE.search(text):
        text = text.replace("的", "").replace("色", "").replace(" ", "")
    return text


def _bits_of(text: str) -> set[str]:
    plain = _plain(text)
    return set(plain) if _CHINESE.search(plain) else set(plain.split())
