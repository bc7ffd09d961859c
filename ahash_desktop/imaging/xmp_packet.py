"""The properties of an XMP packet: found however they are stated, changed where they stand.

XMP is a part of RDF (ISO 16684-1, 7): a property is an attribute or an element of a description,
its value a text, a list or a structure, and any value may carry qualifiers, which stand beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ahash_desktop.imaging.xml_spans import (
    XMLNS_NAMESPACE,
    Attribute,
    Element,
    Limits,
    XmlError,
    XmlText,
    parse_xml,
    quoted,
)

LARGEST_BYTES = 8 * 2**20
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
XMP = "http://ns.adobe.com/xap/1.0/"

_LIMITS = Limits(max_bytes=LARGEST_BYTES, max_depth=100, max_parts=40_000)
_LISTS = ("Bag", "Seq", "Alt")
_EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    f' <rdf:RDF xmlns:rdf="{RDF}">\n'
    f'  <rdf:Description rdf:about="" xmlns:dc="{DC}" xmlns:xmp="{XMP}">\n'
    "  </rdf:Description>\n"
    " </rdf:RDF>\n"
    "</x:xmpmeta>\n"
    '<?xpacket end="w"?>\n'
).encode()

Stated = Attribute | Element
"""What states a property, or where its value stands."""


class XmpError(ValueError):
    """A packet that is not understood, and why; it is better left alone."""


class Form(StrEnum):
    """How the value of a property is stated: one text, or a list of one of three kinds."""

    TEXT = ""
    BAG = "Bag"
    SEQUENCE = "Seq"
    ALTERNATIVES = "Alt"


@dataclass(frozen=True, slots=True)
class Property:
    """A property by its namespace and name; the prefix is the one it is known by."""

    namespace: str
    prefix: str
    local: str
    form: Form = Form.TEXT

    @property
    def name(self) -> str:
        """What people call it: "dc:subject"."""
        return f"{self.prefix}:{self.local}"


class Packet:
    """A packet that is read and changed; `edited` gives it with the changes.

    Args:
        data: The packet; None makes an empty one.

    Raises:
        XmpError: If it is no XMP, too large, too deep, or declares a document type.
    """

    def __init__(self, data: bytes | None) -> None:
        self._parse(_EMPTY if data is None else data)
        if not self._descriptions:
            rdf = self.rdf
            prefix = _prefix_of(rdf)
            about = f' {prefix}about=""' if prefix else ""
            self._xml.append_inside(rdf, f"<{prefix}Description{about}/>")
            self._parse(self._xml.edited())

    @property
    def rdf(self) -> Element:
        """The element that holds all descriptions."""
        found = [each for each in self._xml.root.walk() if each.is_named(RDF, "RDF")]
        if len(found) != 1:
            raise XmpError("it is no XMP")
        return found[0]

    def edited(self) -> bytes:
        """The packet with all changes; every other byte as it was."""
        return self._xml.edited()

    def stated(self, wanted: Property) -> list[Stated]:
        """What states a property: nothing, one, or by programs that did not look more."""
        found: list[Stated] = []
        for description in self._descriptions:
            attribute = description.attribute(wanted.namespace, wanted.local)
            found += [] if attribute is None else [attribute]
            found += description.named(wanted.namespace, wanted.local)
        return found

    def texts(self, wanted: Property) -> list[str]:
        """The texts of a property, stripped: all items of a list, or the one there is."""
        found = []
        for stated in self.stated(wanted):
            listed = _list_of(stated)
            items = [stated] if listed is None else listed.named(RDF, "li")
            found += [_text(item).strip() for item in items]
        return [text for text in found if text]

    def set_text(self, wanted: Property, text: str) -> None:
        """States a property of one text, wherever it is stated; its qualifiers stay.

        Raises:
            XmpError: If its value is no text.
        """
        stated = self.stated(wanted)
        for each in stated:
            place = _value_of(each)
            if place is None or _list_of(each) is not None:
                raise XmpError(f"its {wanted.name} is no plain value")
            if isinstance(place, Attribute):
                self._xml.replace(place.inner, quoted(text))
            else:
                self._xml.replace_inside(place, quoted(text))
        if not stated:
            self.state(wanted, [text])

    def add_items(self, wanted: Property, texts: Iterable[str]) -> None:
        """Adds to a list, behind what it holds; a value that was no list becomes its first item.

        Raises:
            XmpError: If its value is neither a list nor a text.
        """
        stated = self.stated(wanted)
        listed = next((each for each in map(_list_of, stated) if each is not None), None)
        if listed is not None:
            prefix = _prefix_of(listed)
            for text in texts:
                self._xml.append_inside(listed, f"<{prefix}li>{quoted(text)}</{prefix}li>")
        elif not stated:
            self.state(wanted, texts)
        else:
            self._make_list(wanted, stated[0], [*self.texts(wanted), *texts])
            for another in stated[1:]:
                self._drop(another)

    def state(self, wanted: Property, texts: Iterable[str]) -> None:
        """States a property that is not stated yet."""
        self._state_in(self._descriptions[0], wanted, texts)

    def take_descriptions(self, other: "Packet") -> None:
        """Adds all that another packet says, for one whose properties are others."""
        for description in other.descriptions():
            self._xml.append_inside(self.rdf, description)

    def descriptions(self) -> list[str]:
        """The markup of each description, with all prefixes it needs."""
        written = []
        for each in self._descriptions:
            own = {a.local for a in each.attributes if a.namespace == XMLNS_NAMESPACE}
            declared = "".join(
                f' xmlns:{prefix}="{quoted(namespace)}"'
                for prefix, namespace in each.scope.items()
                if prefix and prefix not in own
            )
            tag = f"<{each.name}"
            body = self._xml.text[each.start : each.end].removeprefix(tag)
            written.append(f"{tag}{declared}{body}")
        return written

    def drop(self, wanted: Property) -> None:
        """Leaves out a property."""
        for stated in self.stated(wanted):
            self._drop(stated)

    def items_within(self, wanted: Property) -> int:
        """How many items the lists within a property's structure hold."""
        return sum(
            each.is_named(RDF, "li")
            for stated in self.stated(wanted)
            if isinstance(stated, Element)
            for each in stated.walk()
        )

    def _parse(self, data: bytes) -> None:
        try:
            self._xml: XmlText = parse_xml(data, _LIMITS)
        except XmlError as error:
            raise XmpError(str(error)) from error
        self._descriptions = [
            each for each in self.rdf.children if each.is_named(RDF, "Description")
        ]

    def _drop(self, stated: Stated) -> None:
        self._xml.replace((stated.start, stated.end), "")

    def _make_list(self, wanted: Property, stated: Stated, texts: list[str]) -> None:
        """Turns a value that is stated as one text into a list."""
        if isinstance(stated, Attribute):
            owner = next(each for each in self._descriptions if stated in each.attributes)
            self._drop(stated)
            self._state_in(owner, wanted, texts)
            return
        place = _value_of(stated)
        if not isinstance(place, Element):
            raise XmpError(f"its {wanted.name} is neither a list nor a text")
        rdf = _prefix_of(self.rdf)
        self._xml.replace_inside(place, _listed(rdf, wanted.form, texts))

    def _state_in(self, description: Element, wanted: Property, texts: Iterable[str]) -> None:
        scope, prefix, declared = description.scope, wanted.prefix, ""
        if scope.get(prefix) != wanted.namespace:
            other = next((p for p, n in scope.items() if p and n == wanted.namespace), None)
            declared = "" if other else f' xmlns:{prefix}="{wanted.namespace}"'
            prefix = other or prefix
        name = f"{prefix}:{wanted.local}"
        rdf = _prefix_of(description)
        content = (
            "".join(map(quoted, texts))
            if wanted.form is Form.TEXT
            else _listed(rdf, wanted.form, texts)
        )
        self._xml.append_inside(description, f"<{name}{declared}>{content}</{name}>")


def _listed(rdf: str, form: Form, texts: Iterable[str]) -> str:
    """The markup of a list; `rdf` is the prefix with its colon."""
    language = ' xml:lang="x-default"' if form is Form.ALTERNATIVES else ""
    items = "".join(f"<{rdf}li{language}>{quoted(text)}</{rdf}li>" for text in texts)
    return f"<{rdf}{form.value}>{items}</{rdf}{form.value}>"


def _prefix_of(element: Element) -> str:
    """The prefix of an element's name with its colon; nothing if it has none."""
    return element.name[: len(element.name) - len(element.local)]


def _value_of(stated: Stated) -> Stated | None:
    """Where the value stands, apart from its qualifiers; None if it is a structure."""
    if isinstance(stated, Attribute):
        return stated
    holders = [stated, *stated.named(RDF, "Description")]
    for holder in holders:
        attribute = holder.attribute(RDF, "value")
        if attribute is not None:
            return attribute
        for value in holder.named(RDF, "value"):
            return _value_of(value)
    is_structure = any(not each.is_named(RDF, *_LISTS) for each in stated.children)
    is_reference = stated.attribute(RDF, "resource") is not None
    return None if is_structure or is_reference else stated


def _list_of(stated: Stated) -> Element | None:
    """The list that is a property's value; None if it has none."""
    place = _value_of(stated)
    if not isinstance(place, Element):
        return None
    return next(iter(place.named(RDF, *_LISTS)), None)


def _text(stated: Stated) -> str:
    place = _value_of(stated)
    if place is None:
        return ""
    return place.value if isinstance(place, Attribute) else place.own_text
