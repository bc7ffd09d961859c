"""What a picture says of itself for people, from XMP, IPTC and EXIF within it, as one XMP packet.

Programs that find a sidecar look at it and no longer at what is embedded (digiKam passes over all
XMP and IPTC and some EXIF then), so that a first sidecar has to say it, too. Where several say the
same, XMP is believed before IPTC and IPTC before EXIF, as the Metadata Working Group has it.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from ahash_desktop.imaging.containers import Blocks, read_blocks
from ahash_desktop.imaging.decoder_faults import HOSTILE_DATA_FAULTS
from ahash_desktop.imaging.iptc import read_iptc
from ahash_desktop.imaging.xmp import (
    CAPTION,
    CREATOR,
    KEYWORDS,
    RATING,
    RATINGS,
    RIGHTS,
    TITLE,
    held_text,
    joined,
    note_of,
)
from ahash_desktop.imaging.xmp_packet import Form, Packet, Property

_EXTENDED = Property("http://ns.adobe.com/xmp/note/", "xmpNote", "HasExtendedXMP")
_FACES = (
    Property("http://www.metadataworkinggroup.com/schemas/regions/", "mwg-rs", "Regions"),
    Property("http://ns.microsoft.com/photo/1.2/", "MP", "RegionInfo"),
)
_EXIF_TEXTS = {
    0x9C9B: TITLE,
    0x010E: CAPTION,
    0x9C9C: CAPTION,
    0x9C9F: CAPTION,
    0x013B: CREATOR,
    0x9C9D: CREATOR,
    0x8298: RIGHTS,
    0x9C9E: KEYWORDS,
}
_FIRST_WINDOWS_TAG = 0x9C9B
_EXIF_RATING = 0x4746

Said = dict[Property, list[str]]


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a picture says of itself: `packet` says all of it, the rest what people care for."""

    packet: bytes
    rating: int | None = None
    keywords: tuple[str, ...] = ()
    has_caption: bool = False
    n_faces: int = 0


def read_embedded(path: Path) -> Embedded | None:
    """What a picture says of itself; None if it says nothing.

    Raises:
        XmpError: If it says something that is not understood.
        OSError: If the file cannot be read.
    """
    blocks = read_blocks(path)
    packet = _packet_of(blocks)
    said: Said = {}
    for source in (read_iptc(blocks.iptc), _exif_texts(blocks.exif)):
        for wanted, texts in source.items():
            said.setdefault(wanted, texts)
    if packet is None and not said:
        return None
    if packet is None:
        packet = Packet(None)
    for wanted, texts in said.items():
        if not packet.texts(wanted):
            _state(packet, wanted, texts)
    return _summary(packet.edited())


def _packet_of(blocks: Blocks) -> Packet | None:
    """The XMP packet with what was too large for it; None if there is none."""
    data = blocks.xmp.strip(b"\0 \t\r\n")
    if not data:
        return None
    packet = Packet(_without_padding(data))
    if blocks.extended_xmp:
        packet.drop(_EXTENDED)
        packet.take_descriptions(Packet(blocks.extended_xmp))
    return packet


def _without_padding(data: bytes) -> bytes:
    """A packet without the blanks that keep room for changes in place."""
    body, mark, end = data.rpartition(b"<?xpacket end=")
    return body.rstrip() + b"\n" + mark + end if mark else data


def _state(packet: Packet, wanted: Property, texts: list[str]) -> None:
    """States a property that has no text yet, though it may be stated empty."""
    packet.drop(wanted)
    packet.state(wanted, texts)


def _summary(data: bytes) -> Embedded:
    packet = Packet(data)
    note = note_of(packet)
    return Embedded(
        packet=data,
        rating=note.rating,
        keywords=note.keywords,
        has_caption=bool(packet.texts(CAPTION)),
        n_faces=max(packet.items_within(faces) for faces in _FACES),
    )


def _exif_texts(exif: Image.Exif) -> Said:
    """What EXIF says for people."""
    try:
        found = {tag: exif.get(tag) for tag in (*_EXIF_TEXTS, _EXIF_RATING)}
    except HOSTILE_DATA_FAULTS:
        return {}
    said: Said = {}
    for tag, wanted in _EXIF_TEXTS.items():
        text = _exif_text(tag, found[tag])
        several = text.split(";") if wanted.form in (Form.BAG, Form.SEQUENCE) else [text]
        texts = [each for each in map(str.strip, several) if each]
        if texts:
            said.setdefault(wanted, texts)
    if KEYWORDS in said:
        said[KEYWORDS] = list(joined(said[KEYWORDS]))
    rating = found[_EXIF_RATING]
    if isinstance(rating, int) and rating in RATINGS[1:]:
        said[RATING] = [str(rating)]
    return said


def _exif_text(tag: int, value: object) -> str:
    """The text of a tag; those of Windows are UTF-16, the others were read as Latin-1."""
    if tag >= _FIRST_WINDOWS_TAG:
        data = bytes(value) if isinstance(value, bytes | tuple) else b""
        text = data.decode("utf-16-le", "replace")
    else:
        text = value if isinstance(value, str) else ""
        with contextlib.suppress(UnicodeError):
            text = text.encode("latin-1").decode()
    return held_text(text.partition("\0")[0]).strip()
