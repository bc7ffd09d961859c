"""What pictures say of themselves is found in every container and from every block."""

import shutil
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ahash_desktop.imaging.embedded import read_embedded
from ahash_desktop.imaging.xmp import XmpNote, merge_xmp, read_xmp
from ahash_desktop.imaging.xmp_packet import XmpError
from tests import patience
from tests.pictures import render_picture

FACES = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" xmp:Rating="4"
 xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#">
 <dc:subject><rdf:Bag><rdf:li>heron</rdf:li><rdf:li>灰鹭</rdf:li></rdf:Bag></dc:subject>
 <dc:description><rdf:Alt><rdf:li xml:lang="x-default">two&#xA;lines</rdf:li></rdf:Alt>
 </dc:description>
 <mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>
 <rdf:li mwg-rs:Name="Ada" mwg-rs:Type="Face"/><rdf:li mwg-rs:Name="Bob" mwg-rs:Type="Face"/>
 </rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions></rdf:Description></rdf:RDF></x:xmpmeta>"""
PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    + FACES
    + " " * 2000
    + '<?xpacket end="w"?>'
).encode()


def saved(kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    render_picture(1).save(buffer, kind, **options)
    return buffer.getvalue()


def with_xmp(kind: str) -> bytes:
    """A picture with the packet, as its format has it."""
    if kind == "PNG":
        texts = PngInfo()
        texts.add_itxt("XML:com.adobe.xmp", PACKET.decode(), zip=True)
        return saved(kind, pnginfo=texts)
    if kind == "TIFF":
        return saved(kind, tiffinfo={700: PACKET})
    return saved(kind, xmp=PACKET)


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data


def jpeg_with(*segments: bytes) -> bytes:
    plain = saved("JPEG")
    return plain[:2] + b"".join(segments) + plain[2:]


def xmp_segment(packet: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def iim(number: int, value: bytes, record: int = 2) -> bytes:
    return bytes([0x1C, record, number]) + len(value).to_bytes(2, "big") + value


def iptc_segment(*records: bytes) -> bytes:
    block = b"".join(records)
    block += b"\0" * (len(block) % 2)
    resource = b"8BIM\x04\x04\0\0" + len(block).to_bytes(4, "big") + block
    before = b"8BIM\x03\xed\x03odd" + (3).to_bytes(4, "big") + b"abc\0"
    return segment(0xED, b"Photoshop 3.0\0" + before + resource)


Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(data: bytes) -> Path:
        path = tmp_path / "picture"
        path.write_bytes(data)
        return path

    return put


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_xmp_is_found_in_every_container(write: Write, kind: str) -> None:
    found = read_embedded(write(with_xmp(kind)))
    assert found is not None
    assert (found.rating, found.keywords) == (4, ("heron", "灰鹭"))
    assert found.has_caption
    assert found.n_faces == 2
    assert len(found.packet) < len(PACKET)
    assert b"two&#xA;lines" in found.packet


def test_big_tiffs_are_read(write: Write) -> None:
    found = read_embedded(write(saved("TIFF", tiffinfo={700: PACKET}, big_tiff=True)))
    assert found is not None
    assert found.n_faces == 2


def test_iptc_says_what_xmp_does_not(write: Write) -> None:
    records = (
        iim(90, b"\x1b%G", record=1),
        iim(25, b"eins"),
        iim(25, "Kälte".encode()),
        iim(120, "Übersicht".encode()),
        iim(90, b"Ulm"),
        iim(55, b"20200102"),
        iim(60, b"030405+0100"),
        iim(120, b"a second one")[:-3],
    )
    found = read_embedded(write(jpeg_with(iptc_segment(*records))))
    assert found is not None
    assert found.keywords == ("eins", "Kälte")
    assert found.has_caption
    text = found.packet.decode()
    assert ">Übersicht<" in text
    assert ">2020-01-02T03:04:05+01:00<" in text
    assert ">Ulm<" in text

    found = read_embedded(write(jpeg_with(xmp_segment(PACKET), iptc_segment(*records))))
    assert found is not None
    assert found.keywords == ("heron", "灰鹭")
    assert ">Ulm<" in found.packet.decode()


def test_iptc_of_another_age_is_latin(write: Write) -> None:
    found = read_embedded(write(jpeg_with(iptc_segment(iim(25, "Kälte".encode("latin-1"))))))
    assert found is not None
    assert found.keywords == ("Kälte",)


def test_exif_says_what_neither_does(write: Write) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a few words"
    exif[0x4746] = 3
    exif[0x9C9E] = "eins;zwei\0".encode("utf-16-le")
    found = read_embedded(write(saved("JPEG", exif=exif)))
    assert found is not None
    assert (found.rating, found.keywords) == (3, ("eins", "zwei"))
    assert ">a few words<" in found.packet.decode()


def test_xmp_that_was_too_large_for_one_packet_is_put_together(write: Write) -> None:
    main = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        f'xmpNote:HasExtendedXMP="{"A" * 32}" xmp:Label="Red"/></rdf:RDF></x:xmpmeta>'
    ).encode()
    extended = FACES.encode()
    cut = len(extended) // 2
    mark = b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 32 + len(extended).to_bytes(4, "big")
    parts = [
        segment(0xE1, mark + cut.to_bytes(4, "big") + extended[cut:]),
        segment(0xE1, mark + bytes(4) + extended[:cut]),
    ]
    found = read_embedded(write(jpeg_with(xmp_segment(main), *parts)))
    assert found is not None
    assert (found.rating, found.n_faces, found.has_caption) == (4, 2, True)
    assert b'xmp:Label="Red"' in found.packet
    assert b"HasExtendedXMP" not in found.packet


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", saved("JPEG"), saved("PNG"), saved("TIFF"), saved("GIF"), saved("BMP")],
)
def test_pictures_that_say_nothing_say_nothing(write: Write, data: bytes) -> None:
    assert read_embedded(write(data)) is None


def test_xmp_that_is_not_understood_is_not_passed_over(write: Write) -> None:
    with pytest.raises(XmpError, match="no XML"):
        read_embedded(write(jpeg_with(xmp_segment(b"<x:xmpmeta"))))
    with pytest.raises(XmpError, match="document type"):
        read_embedded(write(jpeg_with(xmp_segment(b'<!DOCTYPE r [<!ENTITY a "b">]><r/>'))))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_damaged_containers_end_in_an_answer(write: Write, kind: str, thorough: bool) -> None:
    whole = with_xmp(kind)
    for at in range(1, min(len(whole), 4000), 13 if thorough else 211):
        for damaged in (whole[:at], whole[:at] + b"\xff" + whole[at + 1 :]):
            try:
                read_embedded(write(damaged))
            except XmpError:
                continue


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_an_independent_reader_finds_the_same(tmp_path: Path, kind: str) -> None:
    if shutil.which("exiftool") is None:
        pytest.skip("ExifTool is not installed")
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(saved(kind))
    words = ("-XMP-xmp:Rating=2", "-XMP-dc:Subject=a", "-XMP-dc:Description=b")
    iptc = ("-IPTC:City=Ulm",) if kind != "PNG" else ()
    command = ["exiftool", "-q", "-overwrite_original", *words, *iptc, str(path)]
    subprocess.run(command, check=True, timeout=patience.LATER_S)
    found = read_embedded(path)
    assert found is not None
    assert (found.rating, found.keywords, found.has_caption) == (2, ("a",), True)
    assert (b">Ulm<" in found.packet) == (kind != "PNG")
    merged = merge_xmp(found.packet, XmpNote(5, ("c",)))
    assert read_xmp(merged) == XmpNote(5, ("a", "c"))
