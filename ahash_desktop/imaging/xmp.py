"""XMP sidecars: what rating and keywords one says, and how others are merged into it.

A sidecar is an XMP packet (Adobe's specification, part 1, ISO 16684-1) in a file of its own. Only
`xmp:Rating` and `dc:subject` are read and changed; all else stays as it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from xml.dom import XML_NAMESPACE, XMLNS_NAMESPACE, minidom
from xml.parsers import expat

Node = Any
"""A part of minidom's document; its type hints leave open what it always has."""

RATINGS = range(6)
"""Stars, 0 for none."""

LARGEST_BYTES = 8 * 2**20
_DEEPEST = 100
_MOST_PARTS = 40_000
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DC = "http://purl.org/dc/elements/1.1/"
_XMP = "http://ns.adobe.com/xap/1.0/"
_META = "adobe:ns:meta/"
_CONTAINERS = ("Bag", "Seq", "Alt")
_EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    f'<x:xmpmeta xmlns:x="{_META}">\n'
    f' <rdf:RDF xmlns:rdf="{_RDF}">\n'
    " </rdf:RDF>\n"
    "</x:xmpmeta>\n"
    '<?xpacket end="w"?>'
)


class XmpError(ValueError):
    """A sidecar that is not understood, and why; it is better left alone."""


@dataclass(frozen=True, slots=True)
class XmpNote:
    """What a sidecar says of its photo; a rating of None says nothing."""

    rating: int | None = None
    keywords: tuple[str, ...] = ()


def read_xmp(data: bytes) -> XmpNote:
    """The rating and the keywords of a sidecar; a rating that is no number of stars is None.

    Raises:
        XmpError: If it is no XMP, too large, too deep, or declares a document type: entities of
            strangers are never expanded.
    """
    document = _parse(data)
    try:
        root = _find_rdf(document)
        rating = _find_rating(root)
        return XmpNote(_stars(_text(rating)) if rating else None, tuple(_keywords(root)))
    finally:
        document.unlink()


def merge_xmp(data: bytes | None, note: XmpNote) -> bytes:
    """A sidecar that says all it did, and the note.

    Args:
        data: The sidecar there is; None makes one.
        note: Its rating takes the place of the sidecar's, unless it is None; its keywords are
            added to the sidecar's.

    Raises:
        XmpError: As of `read_xmp`.
    """
    document = _parse(_EMPTY.encode() if data is None else data)
    try:
        root = _find_rdf(document)
        if note.rating is not None:
            _set_rating(root, note.rating)
        known = set(_keywords(root))
        fresh = [word for word in dict.fromkeys(note.keywords) if word not in known]
        if fresh:
            bag = _bag_of_keywords(root)
            for word in fresh:
                _append(bag, _RDF, "rdf:li").appendChild(document.createTextNode(word))
        return b"\n".join(child.toxml().encode() for child in document.childNodes) + b"\n"
    finally:
        document.unlink()


def clean_keyword(word: str) -> str:
    """A word as a keyword: one line, without what XML cannot hold; perhaps nothing is left."""
    return " ".join("".join(c if _is_held(c) else " " for c in word).split())[:256]


def _is_held(character: str) -> bool:
    code = ord(character)
    return code >= 0x20 and not 0xD800 <= code <= 0xDFFF and code not in {0x7F, 0xFFFE, 0xFFFF}


def _parse(data: bytes) -> minidom.Document:
    if len(data) > LARGEST_BYTES:
        raise XmpError("it is too large")
    try:
        _check(data)
        return minidom.parseString(data)  # noqa: S318 - checked: no document type, not too deep
    except XmpError:
        raise
    except expat.ExpatError as error:
        raise XmpError(f"it is no XML: {error}") from error
    except (UnicodeError, LookupError, ValueError) as error:
        raise XmpError("its text is damaged") from error


def _check(data: bytes) -> None:
    """Refuses a document that defines entities, is nested too deep or has too many parts."""
    parser = expat.ParserCreate()
    depth = n_parts = 0

    def refuse(*_declared: object) -> NoReturn:
        raise XmpError("it declares a document type, which no sidecar does")

    def enter(_name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, n_parts
        depth += 1
        n_parts += 1 + len(attributes)
        if depth > _DEEPEST:
            raise XmpError("it is nested too deep")
        if n_parts > _MOST_PARTS:
            raise XmpError("it is too large")

    def leave(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    parser.Parse(data, True)


def _find_rdf(document: minidom.Document) -> Node:
    found = document.getElementsByTagNameNS(_RDF, "RDF")
    if len(found) != 1:
        raise XmpError("it is no XMP")
    return found[0]


def _descriptions(root: Node) -> list[Node]:
    return [child for child in _elements(root) if _is(child, _RDF, "Description")]


def _elements(parent: Node) -> list[Node]:
    return [child for child in parent.childNodes if child.nodeType == child.ELEMENT_NODE]


def _is(element: Node, namespace: str, name: str) -> bool:
    return bool(element.namespaceURI == namespace and element.localName == name)


def _properties(root: Node, namespace: str, name: str) -> Iterator[Node]:
    """What states a property, which may be an attribute or an element."""
    for description in _descriptions(root):
        attribute = description.getAttributeNodeNS(namespace, name)
        if attribute is not None:
            yield attribute
        yield from (child for child in _elements(description) if _is(child, namespace, name))


def _find_rating(root: Node) -> Node | None:
    return next(_properties(root, _XMP, "Rating"), None)


def _text(node: Node) -> str:
    if node.nodeType in (node.TEXT_NODE, node.CDATA_SECTION_NODE):
        return str(node.data)
    return "".join(_text(child) for child in node.childNodes)


def _stars(text: str) -> int | None:
    try:
        stars = float(text)
    except ValueError:
        return None
    return int(stars) if stars in RATINGS else None


def _keywords(root: Node) -> list[str]:
    found = []
    for stated in _properties(root, _DC, "subject"):
        bag = _container(stated)
        words = [stated] if bag is None else [i for i in _elements(bag) if _is(i, _RDF, "li")]
        found += [text for text in (_text(word).strip() for word in words) if text]
    return list(dict.fromkeys(found))


def _container(stated: Node) -> Node | None:
    if stated.nodeType != stated.ELEMENT_NODE:
        return None
    return next(
        (c for c in _elements(stated) if c.namespaceURI == _RDF and c.localName in _CONTAINERS),
        None,
    )


def _set_rating(root: Node, rating: int) -> None:
    stated = _find_rating(root)
    if stated is None:
        stated = _append(_new_description(root), _XMP, "xmp:Rating")
    if stated.nodeType == stated.ATTRIBUTE_NODE:
        stated.value = str(rating)
        return
    for child in list(stated.childNodes):
        stated.removeChild(child)
    stated.appendChild(root.ownerDocument.createTextNode(str(rating)))


def _bag_of_keywords(root: Node) -> Node:
    """The list that holds the keywords; keywords stated otherwise are moved into a new one."""
    stated = list(_properties(root, _DC, "subject"))
    bag = next((bag for bag in map(_container, stated) if bag is not None), None)
    if bag is not None:
        return bag
    words = _keywords(root)
    for each in stated:
        if each.nodeType == each.ATTRIBUTE_NODE:
            each.ownerElement.removeAttributeNode(each)
        else:
            each.parentNode.removeChild(each)
    bag = _append(_append(_new_description(root), _DC, "dc:subject"), _RDF, "rdf:Bag")
    for word in words:
        _append(bag, _RDF, "rdf:li").appendChild(root.ownerDocument.createTextNode(word))
    return bag


def _new_description(root: Node) -> Node:
    """A description of the same thing as the others, beside them."""
    about = next(
        (d.getAttributeNS(_RDF, "about") or d.getAttribute("about") for d in _descriptions(root)),
        "",
    )
    made = _append(root, _RDF, "rdf:Description")
    made.setAttributeNS(_RDF, "rdf:about", about)
    return made


def _append(parent: Node, namespace: str, name: str) -> Node:
    """A new element at the end of another, its prefix declared where that is needed."""
    made = parent.ownerDocument.createElementNS(namespace, name)
    parent.appendChild(made)
    prefix = name.partition(":")[0]
    if _namespace_of(parent, prefix) != namespace:
        made.setAttributeNS(XMLNS_NAMESPACE, f"xmlns:{prefix}", namespace)
    return made


def _namespace_of(element: Node, prefix: str) -> str | None:
    """What a prefix stands for within an element."""
    if prefix == "xml":
        return XML_NAMESPACE
    while element is not None and element.nodeType == element.ELEMENT_NODE:
        declared = element.getAttributeNodeNS(XMLNS_NAMESPACE, prefix)
        if declared is not None:
            return str(declared.value)
        element = element.parentNode
    return None


def joined(words: Sequence[str]) -> tuple[str, ...]:
    """Words as keywords: cleaned, each once, in their order."""
    return tuple(dict.fromkeys(filter(None, map(clean_keyword, words))))
