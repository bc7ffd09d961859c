"""The blocks of metadata that a picture file carries, found without decoding its pixels."""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import SEEK_CUR, BufferedReader
from pathlib import Path

from PIL import Image
from PIL.PsdImagePlugin import PsdImageFile

from ahash_desktop.imaging.decode import silence_decoders
from ahash_desktop.imaging.decoder_faults import HOSTILE_DATA_FAULTS
from ahash_desktop.imaging.rasters import open_raster
from ahash_desktop.imaging.reading import open_regular
from ahash_desktop.imaging.sniff import SNIFF_BYTES, sniff

_LARGEST_BYTES = 16 * 2**20
_MOST_PARTS = 10_000
_EXIF_MARK = b"Exif\0\0"
_XMP_MARK = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED_MARK = b"http://ns.adobe.com/xmp/extension/\0"
_EXTENDED_HEAD_BYTES = len(_EXTENDED_MARK) + 32 + 4 + 4
_PHOTOSHOP_MARK = b"Photoshop 3.0\0"
_PNG_XMP = b"XML:com.adobe.xmp\0"
_CR3_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_IPTC_RESOURCE, _XMP_RESOURCE = 0x0404, 0x0424
_TAG_XMP, _TAG_IPTC = 700, 33723
_UNIT_BYTES = {1: 1, 2: 1, 4: 4, 6: 1, 7: 1}  # IPTC is given as 32-bit numbers more often than not


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the numbers of a directory lie: of how many entries, and of one entry."""

    count: str
    entry: str


_CLASSIC, _BIG = _Layout("H", "HHII"), _Layout("Q", "HHQQ")


@dataclass(slots=True)
class Blocks:
    """Metadata as they lie in a file; what is not there is empty."""

    xmp: bytes = b""
    extended_xmp: bytes = b""
    iptc: bytes = b""
    exif: Image.Exif = field(default_factory=Image.Exif)


def read_blocks(path: Path) -> Blocks:
    """The blocks in a picture; none where its container is damaged or not known.

    Raises:
        OSError: If the file cannot be read.
    """
    with open_regular(str(path)) as file:
        head = file.read(SNIFF_BYTES)
        file.seek(0)
        sniffed = sniff(head)
        if sniffed is None or not sniffed.is_accepted:
            return Blocks()
        silence_decoders()
        try:
            read = _READERS.get(sniffed.name)
            return read(file) if read else _by_pillow(file, sniffed.name)
        except HOSTILE_DATA_FAULTS as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            return Blocks()


def _from_jpeg(file: BufferedReader) -> Blocks:
    found = Blocks()
    extended: dict[int, bytes] = {}
    exif = photoshop = b""
    for marker, segment in _jpeg_segments(file):
        if marker == 0xE1 and segment.startswith(_EXIF_MARK):
            exif += segment.removeprefix(_EXIF_MARK)
        elif marker == 0xE1 and segment.startswith(_XMP_MARK):
            found.xmp = segment.removeprefix(_XMP_MARK)
        elif marker == 0xE1 and segment.startswith(_EXTENDED_MARK):
            offset = int.from_bytes(segment[_EXTENDED_HEAD_BYTES - 4 : _EXTENDED_HEAD_BYTES], "big")
            extended[offset] = segment[_EXTENDED_HEAD_BYTES:]
        elif marker == 0xED and segment.startswith(_PHOTOSHOP_MARK):
            photoshop += segment.removeprefix(_PHOTOSHOP_MARK)
    found.extended_xmp = b"".join(extended[offset] for offset in sorted(extended))
    found.iptc = dict(_photoshop_resources(photoshop)).get(_IPTC_RESOURCE, b"")
    if exif:
        found.exif.load(exif)
    return found


def _jpeg_segments(file: BufferedReader) -> Iterator[tuple[int, bytes]]:
    """The segments before the pixels, each with its marker."""
    file.seek(2)
    for _ in range(_MOST_PARTS):
        head = file.read(4)
        while head[:2] == b"\xff\xff":  # markers may be padded
            head = head[1:] + file.read(1)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (0xDA, 0xD9):
            return
        size = int.from_bytes(head[2:], "big") - 2
        if head[1] in (0xE1, 0xED):
            yield head[1], file.read(max(size, 0))
        else:
            file.seek(size, SEEK_CUR)


def _photoshop_resources(block: bytes) -> Iterator[tuple[int, bytes]]:
    """The resources in a block of Photoshop's, each with its number."""
    at = 0
    while block[at : at + 4] == b"8BIM":
        number = int.from_bytes(block[at + 4 : at + 6], "big")
        at += 6 + (block[at + 6] // 2 + 1) * 2  # a name with its length, padded to be even
        size = int.from_bytes(block[at : at + 4], "big")
        at += 4
        yield number, block[at : at + size]
        at += size + size % 2


def _from_png(file: BufferedReader) -> Blocks:
    found = Blocks()
    file.seek(8)
    for _ in range(_MOST_PARTS):
        head = file.read(8)
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if len(head) < 8 or kind == b"IEND":
            break
        is_wanted = kind in (b"iTXt", b"eXIf") and size <= _LARGEST_BYTES
        chunk = file.read(size) if is_wanted else b""
        file.seek(4 + (0 if is_wanted else size), SEEK_CUR)
        if kind == b"iTXt" and chunk.startswith(_PNG_XMP):
            found.xmp = _png_text(chunk.removeprefix(_PNG_XMP))
        elif chunk and kind == b"eXIf":
            found.exif.load(chunk)
    return found


def _png_text(chunk: bytes) -> bytes:
    """The text of an iTXt chunk behind its keyword."""
    text = chunk[2:].split(b"\0", 2)[2]
    return zlib.decompressobj().decompress(text, _LARGEST_BYTES) if chunk[0] else text


def _from_tiff(file: BufferedReader) -> Blocks:
    """Those of a TIFF, and of camera RAW that is one but for its first bytes."""
    head = file.read(8)
    if head[4:] == b"ftyp":
        return _from_cr3(file)
    found = Blocks()
    if head[:2] not in (b"II", b"MM"):
        return found
    order = "<" if head.startswith(b"II") else ">"
    is_big = head[2:4] in (b"+\0", b"\0+")
    (offset,) = (
        struct.unpack(f"{order}Q", file.read(8)) if is_big else struct.unpack(f"{order}I", head[4:])
    )
    blocks = _directory_blocks(file, offset, _BIG if is_big else _CLASSIC, order)
    found.xmp, found.iptc = blocks.get(_TAG_XMP, b""), blocks.get(_TAG_IPTC, b"")
    found.exif.endian, found.exif.bigtiff = order, is_big
    found.exif.load_from_fp(file, offset)
    return found


def _directory_blocks(
    file: BufferedReader, offset: int, layout: _Layout, order: str
) -> dict[int, bytes]:
    """The bytes of the wanted tags of a directory, whatever type they are given there."""
    file.seek(offset)
    (n_entries,) = struct.unpack(order + layout.count, file.read(struct.calcsize(layout.count)))
    entry_bytes = struct.calcsize(order + layout.entry)
    found = {}
    for index in range(min(n_entries, _MOST_PARTS)):
        file.seek(offset + struct.calcsize(layout.count) + index * entry_bytes)
        tag, kind, count, at = struct.unpack(order + layout.entry, file.read(entry_bytes))
        size = count * _UNIT_BYTES.get(kind, 0)
        if tag in (_TAG_XMP, _TAG_IPTC) and 8 < size <= _LARGEST_BYTES:
            file.seek(at)
            found[tag] = file.read(size)
    return found


def _from_cr3(file: BufferedReader) -> Blocks:
    found = Blocks()
    file.seek(0)
    for _ in range(_MOST_PARTS):
        head = file.read(8)
        size = int.from_bytes(head[:4], "big") - 8
        if len(head) < 8 or size < 16:  # the last box, that of the sensor's data, has a long size
            break
        identity = file.read(16)
        if identity == _CR3_XMP:
            found.xmp = file.read(min(size - 16, _LARGEST_BYTES))
            break
        file.seek(size - 16, SEEK_CUR)
    return found


def _from_psd(file: BufferedReader) -> Blocks:
    opened = PsdImageFile(file)
    resources = {number: data for number, _name, data in opened.resources}
    return Blocks(xmp=resources.get(_XMP_RESOURCE, b""), iptc=resources.get(_IPTC_RESOURCE, b""))


def _by_pillow(file: BufferedReader, name: str) -> Blocks:
    info = open_raster(name, file).info
    found = Blocks(xmp=_bytes_of(info.get("xmp")))
    exif = info.get("exif")
    if isinstance(exif, bytes) and exif:
        found.exif.load(exif)
    return found


def _bytes_of(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


_READERS: dict[str, Callable[[BufferedReader], Blocks]] = {
    "JPEG": _from_jpeg,
    "PNG": _from_png,
    "TIFF": _from_tiff,
    "RAW": _from_tiff,
    "PSD": _from_psd,
}
