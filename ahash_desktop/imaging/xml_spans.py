"""XML as a tree whose parts know where in the text they stand, so that one can change alone.

A tree that is written out again loses what the next reader takes for meaning: line breaks in
attributes, carriage returns, prefixes, an encoding. Here the text itself stays, and edits are
replacements of spans of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
XMLNS_NAMESPACE = "http://www.w3.org/2000/xmlns/"

_RESERVED = {"xml": XML_NAMESPACE, "xmlns": XMLNS_NAMESPACE}
_BYTE_ORDERS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_PART = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(?P<raw>.*?)\]\]>|</[^>]*>"
    r"""|<(?P<name>[^\s/>!?]+)(?P<attributes>(?:[^>"']|"[^"]*"|'[^']*')*?)(?P<closed>/?)>""",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""\s+([^\s=]+)\s*=\s*("[^"]*"|'[^']*')""")
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(lt|gt|amp|quot|apos));")
_BLANKS = " \t\r\n"
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_ESCAPED = str.maketrans(
    {character: f"&{name};" for name, character in _NAMED.items()}
    | {"\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)


class XmlError(ValueError):
    """A text that is not understood, and why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a text may cost: bytes, levels of elements, elements and attributes together."""

    max_bytes: int
    max_depth: int
    max_parts: int


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute; `start` and `end` hold it with the blanks before, `inner` what is quoted."""

    namespace: str
    local: str
    value: str
    start: int
    end: int
    inner: tuple[int, int]


@dataclass(slots=True)
class Element:
    """An element; the text from `start` to `end` is all of it.

    `inner` is what lies between its tags, or None if it is one tag that closes itself. `scope`
    says what each prefix stands for within it, `opening_end` where its first tag ends.
    """

    name: str
    namespace: str
    local: str
    attributes: list[Attribute]
    scope: dict[str, str]
    start: int
    opening_end: int
    end: int
    inner: tuple[int, int] | None = None
    children: list["Element"] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def own_text(self) -> str:
        """What it says apart from its children."""
        return "".join(self.texts)

    def is_named(self, namespace: str, *locals_: str) -> bool:
        """Whether it has one of these names in a namespace."""
        return self.namespace == namespace and self.local in locals_

    def attribute(self, namespace: str, local: str) -> Attribute | None:
        """The attribute of this name; None if it has none."""
        return next(
            (a for a in self.attributes if (a.namespace, a.local) == (namespace, local)), None
        )

    def named(self, namespace: str, *locals_: str) -> list["Element"]:
        """Its children of one of these names."""
        return [child for child in self.children if child.is_named(namespace, *locals_)]

    def walk(self) -> Iterator["Element"]:
        """Itself and all that it holds."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True)
class XmlText:
    """A text, the encoding it came in, its outermost element and the edits made so far."""

    text: str
    encoding: str
    root: Element
    _edits: list[tuple[int, int, str]] = field(default_factory=list)
    _additions: dict[int, tuple[Element, list[str]]] = field(default_factory=dict)

    def replace(self, span: tuple[int, int], replacement: str) -> None:
        """Has another text take the place of a span."""
        self._edits.append((*span, replacement))

    def append_inside(self, element: Element, added: str) -> None:
        """Puts markup behind all that an element holds, on a line of its own where others are."""
        self._additions.setdefault(element.start, (element, []))[1].append(added)

    def replace_inside(self, element: Element, content: str) -> None:
        """Has another text take the place of all that an element holds."""
        if element.inner is None:
            self.append_inside(element, content)
        else:
            self.replace(element.inner, content)

    def edited(self) -> bytes:
        """The text with all edits, in the encoding it came in; every other byte as it was."""
        edits = self._edits + [self._addition(*each) for each in self._additions.values()]
        made, at = [], 0
        for start, end, replacement in sorted(edits):
            made += [self.text[at:start], replacement]
            at = end
        made.append(self.text[at:])
        return "".join(made).encode(self.encoding, "xmlcharrefreplace")

    def _addition(self, element: Element, added: list[str]) -> tuple[int, int, str]:
        """The edit that puts markup at an element's end."""
        if element.inner is None:
            opening = self.text[element.start : element.end].removesuffix("/>").rstrip()
            at = element.start + len(opening)
            return at, element.end, f">{''.join(added)}</{element.name}>"
        start, end = element.inner
        at = start + len(self.text[start:end].rstrip(_BLANKS))
        if element.children:
            indent = _blanks_at_end(self.text[start : element.children[-1].start])
        else:
            indent = _blanks_at_end(self.text[: element.start])
            indent = f"{indent} " if "\n" in indent else ""
        return at, at, "".join(indent + each for each in added)


def quoted(text: str) -> str:
    """A text as an attribute's value or between tags, so that every reader gets it back."""
    return text.translate(_ESCAPED)


def parse_xml(data: bytes, limits: Limits) -> XmlText:
    """A text as a tree of spans.

    Raises:
        XmlError: If it is no XML, costs more than the limits allow, or declares a document type:
            entities of strangers are never expanded.
    """
    if len(data) > limits.max_bytes:
        raise XmlError("it is too large")
    try:
        text, encoding = _decode(data)
        _check(text, limits)
    except expat.ExpatError as error:
        raise XmlError(f"it is no XML: {error}") from error
    except (UnicodeError, LookupError) as error:
        raise XmlError("it is no XML: its text is damaged") from error
    return XmlText(text, encoding, _tree(text))


def _decode(data: bytes) -> tuple[str, str]:
    """The text and its encoding; encoding it again gives the same bytes."""
    encoding = next((name for mark, name in _BYTE_ORDERS if data.startswith(mark)), None)
    if encoding is None:
        declared = _DECLARED.match(data)
        encoding = declared[1].decode() if declared else "utf-8"
    text = data.decode(encoding)
    if text.encode(encoding) != data:
        raise UnicodeError
    return text, encoding


def _check(text: str, limits: Limits) -> None:
    """Refuses what is not well-formed, defines entities, is too deep or has too many parts."""
    parser = expat.ParserCreate()
    depth = n_parts = 0

    def refuse(*_declared: object) -> NoReturn:
        raise XmlError("it declares a document type, which no sidecar does")

    def enter(_name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, n_parts
        depth += 1
        n_parts += 1 + len(attributes)
        if depth > limits.max_depth:
            raise XmlError("it is nested too deep")
        if n_parts > limits.max_parts:
            raise XmlError("it is too large")

    def leave(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    parser.Parse(text.removeprefix("\ufeff"), True)


def _tree(text: str) -> Element:
    """The elements of a text that is known to be well-formed and without a document type."""
    root: Element | None = None
    open_elements: list[Element] = []
    at = 0
    for part in _PART.finditer(text):
        if open_elements:
            texts = open_elements[-1].texts
            texts += [_plain(text[at : part.start()]), _lines(part["raw"] or "")]
        at = part.end()
        if part["name"]:
            element = _opened(part, open_elements[-1].scope if open_elements else {})
            if open_elements:
                open_elements[-1].children.append(element)
            root = root or element
            if not part["closed"]:
                open_elements.append(element)
        elif part[0].startswith("</"):
            closed = open_elements.pop()
            closed.inner, closed.end = (closed.opening_end, part.start()), at
    if root is None:
        raise XmlError("it is no XML: there is no element")
    return root


def _opened(part: re.Match[str], outer: dict[str, str]) -> Element:
    """The element that an opening tag begins."""
    found = [(match[1], match[2][1:-1], match) for match in _ATTRIBUTE.finditer(part["attributes"])]
    declared = {
        name.partition(":")[2]: _plain_value(value)
        for name, value, _ in found
        if name == "xmlns" or name.startswith("xmlns:")
    }
    scope = outer | declared if declared else outer
    offset = part.start("attributes")
    attributes = []
    for name, value, match in found:
        prefix, _, local = name.rpartition(":")
        attributes.append(
            Attribute(
                _namespace(prefix, scope) if prefix else "",
                local,
                _plain_value(value),
                offset + match.start(),
                offset + match.end(),
                (offset + match.start(2) + 1, offset + match.end(2) - 1),
            )
        )
    prefix, _, local = part["name"].rpartition(":")
    return Element(
        part["name"], _namespace(prefix, scope), local, attributes, scope, *part.span(), part.end()
    )


def _namespace(prefix: str, scope: dict[str, str]) -> str:
    if prefix in _RESERVED:
        return _RESERVED[prefix]
    if prefix and prefix not in scope:
        raise XmlError(f"it is no XML: the prefix {prefix} stands for nothing")
    return scope.get(prefix, "")


def _plain(written: str) -> str:
    """What a text stands for: line ends are all one, references are what they refer to."""
    text = _lines(written)
    return _REFERENCE.sub(_referred, text) if "&" in text else text


def _plain_value(written: str) -> str:
    """What an attribute's value stands for: line breaks and tabs are blanks unless referred to."""
    return _plain(_lines(written).replace("\n", " ").replace("\t", " "))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _referred(reference: re.Match[str]) -> str:
    hexadecimal, decimal, name = reference.groups()
    if name:
        return _NAMED[name]
    return chr(int(hexadecimal, 16) if hexadecimal else int(decimal))


def _blanks_at_end(text: str) -> str:
    return text[len(text.rstrip(_BLANKS)) :]
