"""XMP sidecars: what rating and keywords one says, and how others are merged into it.

Only `xmp:Rating`, `dc:subject` and the lists that some programs read keywords from instead are
looked at and changed; every other byte stays as it was.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ahash_desktop.imaging.xmp_packet import DC, XMP, Form, Packet, Property

RATINGS = range(6)
"""Stars, 0 for none."""

RATING = Property(XMP, "xmp", "Rating")
KEYWORDS = Property(DC, "dc", "subject", Form.BAG)
TITLE = Property(DC, "dc", "title", Form.ALTERNATIVES)
CAPTION = Property(DC, "dc", "description", Form.ALTERNATIVES)
CREATOR = Property(DC, "dc", "creator", Form.SEQUENCE)
RIGHTS = Property(DC, "dc", "rights", Form.ALTERNATIVES)


@dataclass(frozen=True, slots=True)
class _Paths:
    """A list of keywords with those above them; `separator` stands between."""

    listed: Property
    separator: str


_PATHS = (
    _Paths(
        Property("http://ns.adobe.com/lightroom/1.0/", "lr", "hierarchicalSubject", Form.BAG), "|"
    ),
    _Paths(Property("http://www.digikam.org/ns/1.0/", "digiKam", "TagsList", Form.SEQUENCE), "/"),
    _Paths(
        Property(
            "http://ns.microsoft.com/photo/1.0/", "MicrosoftPhoto", "LastKeywordXMP", Form.BAG
        ),
        "/",
    ),
    _Paths(
        Property(
            "http://ns.iview-multimedia.com/mediapro/1.0/", "mediapro", "CatalogSets", Form.BAG
        ),
        "|",
    ),
)
"""Where programs that know a hierarchy look for keywords first: a sidecar that has such a list is
read by it alone (Lightroom and darktable the first, digiKam any of them)."""


_HIERARCHIES = _PATHS[:2]
"""The lists that are begun where a keyword has one above it that is ours."""

PARENT = "Ahash"
"""Above the keywords that this program has found by itself: "Ahash|red crown"."""

_OURS = f"{PARENT}|"


@dataclass(frozen=True, slots=True)
class XmpNote:
    """What a sidecar says of its photo; a rating of None says nothing.

    Keywords below `PARENT` stand by themselves in `dc:subject`, and with it in the lists that know
    a hierarchy.
    """

    rating: int | None = None
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class XmpChange:
    """What a note adds to a sidecar.

    `note` has the rating if it differs and the keywords that are missing somewhere; `lists` are
    the names of the lists beside `dc:subject` that get some of them.
    """

    note: XmpNote
    lists: tuple[str, ...] = ()


def read_xmp(data: bytes) -> XmpNote:
    """The rating and the keywords of a sidecar; a rating that is no number of stars is None.

    Raises:
        XmpError: If it is no XMP, too large, too deep, or declares a document type: entities of
            strangers are never expanded.
    """
    return note_of(Packet(data))


def note_of(packet: Packet) -> XmpNote:
    """The rating and the keywords of a packet, as `read_xmp` has them."""
    ratings = packet.texts(RATING)
    words = {_one_form(word): word for word in reversed(packet.texts(KEYWORDS))}
    return XmpNote(_stars(ratings[0]) if ratings else None, tuple(reversed(words.values())))


def change_of(data: bytes, note: XmpNote) -> XmpChange:
    """What a note would add to a sidecar.

    Raises:
        XmpError: As of `read_xmp`, or if there is no way to add it.
    """
    return _merge(Packet(data), note)


def merge_xmp(data: bytes | None, note: XmpNote) -> bytes:
    """A sidecar that says all it did, and the note.

    Args:
        data: The sidecar there is; None makes one.
        note: Its rating takes the place of the sidecar's, unless it is None; its keywords are
            added to the sidecar's.

    Raises:
        XmpError: As of `change_of`.
    """
    packet = Packet(data)
    _merge(packet, note)
    return packet.edited()


def clean_keyword(word: str) -> str:
    """A word as a keyword: one line, composed letters, without what XML cannot hold.

    Perhaps nothing is left.
    """
    composed = _one_form(word.encode("utf-8", "ignore").decode())
    return " ".join(held_text(composed, " ").split())[:256]


def held_text(text: str, instead: str = "") -> str:
    """A text without the characters that XML cannot hold."""
    return "".join(c if _is_held(c) else instead for c in text)


def joined(words: Sequence[str]) -> tuple[str, ...]:
    """Words as keywords: cleaned, each once, in their order."""
    return tuple(dict.fromkeys(filter(None, map(clean_keyword, words))))


def _is_held(character: str) -> bool:
    code = ord(character)
    if code < 0x20:
        return character in "\t\n\r"
    return not 0xD800 <= code <= 0xDFFF and code not in {0x7F, 0xFFFE, 0xFFFF}


def _merge(packet: Packet, note: XmpNote) -> XmpChange:
    """Makes the changes in a packet, and says which."""
    rating = note.rating
    if rating is not None and {_stars(text) for text in packet.texts(RATING)} == {rating}:
        rating = None
    if rating is not None:
        packet.set_text(RATING, str(rating))
    flat = {word: word.removeprefix(_OURS) for word in note.keywords}
    before = packet.texts(KEYWORDS)
    missing = _missing(flat.values(), before)
    if missing:
        packet.add_items(KEYWORDS, missing)
    anywhere, lists = {word for word in note.keywords if flat[word] in missing}, []
    has_ours = any(flat[word] != word for word in note.keywords)
    for paths in _PATHS:
        # A new list is read alone, so that it takes along what was known without it.
        old = [] if packet.stated(paths.listed) else before
        if not packet.stated(paths.listed) and not (has_ours and paths in _HIERARCHIES):
            continue
        known = [*packet.texts(paths.listed), *old]
        leaves = [path.rsplit(paths.separator, 1)[-1] for path in known]
        ways = {word: word.replace("|", paths.separator) for word in note.keywords}
        absent = set(_missing(flat.values(), () if old else leaves))
        fresh = [w for w in note.keywords if flat[w] in absent and ways[w] not in known]
        if fresh:
            ours = {_one_form(flat[word]) for word in fresh}
            taken = [word for word in dict.fromkeys(old) if _one_form(word) not in ours]
            packet.add_items(paths.listed, [*taken, *(ways[word] for word in fresh)])
            lists.append(paths.listed.name)
            anywhere.update(fresh)
    added = tuple(word for word in dict.fromkeys(note.keywords) if word in anywhere)
    return XmpChange(XmpNote(rating, added), tuple(lists))


def _missing(words: Iterable[str], known: Iterable[str]) -> list[str]:
    """The words that are not known yet, each once, whichever way their accents are written."""
    seen = set(map(_one_form, known))
    found = []
    for word in words:
        if _one_form(word) not in seen:
            seen.add(_one_form(word))
            found.append(word)
    return found


def _one_form(word: str) -> str:
    return unicodedata.normalize("NFC", word)


def _stars(text: str) -> int | None:
    try:
        stars = float(text)
    except ValueError:
        return None
    return int(stars) if stars in RATINGS else None
