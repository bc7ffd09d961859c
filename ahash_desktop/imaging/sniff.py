"""Tells what a file contains from its first bytes, whatever its name says."""

from dataclasses import dataclass

SNIFF_BYTES = 64
"""How many first bytes `sniff` wants."""


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the first bytes promise.

    `name` is what the format is called. `is_accepted` tells whether the program opens it; other
    pictures are known by name so that they can be refused by name.
    """

    name: str
    is_accepted: bool


def sniff(head: bytes) -> Sniffed | None:
    """The picture format that the first `SNIFF_BYTES` of a file show; None if it is no picture.

    A TIFF may still turn out to be camera RAW, which only its directories tell.
    """
    if head[4:8] == b"ftyp":
        return _sniff_iso_media(head)
    for magic, name in _ACCEPTED:
        if head.startswith(magic):
            return Sniffed(name, is_accepted=True)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Sniffed("WebP", is_accepted=True)
    if _is_netpbm(head):
        return Sniffed("PPM", is_accepted=True)
    if _is_bmp(head):
        return Sniffed("BMP", is_accepted=True)
    for magic, name in _REFUSED:
        if head.startswith(magic):
            return Sniffed(name, is_accepted=False)
    return _sniff_refused_further(head)


_ACCEPTED = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"8BPS\x00\x01", "PSD"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51\x00", "JPEG 2000"),
    (b"II*\x00\x10\x00\x00\x00CR", "RAW"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00\x08\x00\x00\x00", "TIFF"),
    (b"IIRO", "RAW"),
    (b"IIRS", "RAW"),
    (b"MMOR", "RAW"),
    (b"IIU\x00", "RAW"),
    (b"FUJIFILMCCD-RAW", "RAW"),
    (b"FOVb", "RAW"),
    (b"\x00MRM", "RAW"),
    (b"II\x1a\x00\x00\x00HEAPCCDR", "RAW"),
    (b"IIII", "RAW"),
    (b"MMMM", "RAW"),
)

_REFUSED = (
    (b"MM\x00+\x00\x08\x00\x00", "big-endian BigTIFF"),
    (b"8BPS\x00\x02", "PSB (large Photoshop document)"),
    (b"\x00\x00\x01\x00", "ICO (Windows icon)"),
    (b"\x00\x00\x02\x00", "CUR (Windows cursor)"),
    (b"icns", "ICNS (macOS icon)"),
    (b"%!PS", "EPS or PostScript"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"%PDF", "PDF"),
    (b"\xd7\xcd\xc6\x9a", "WMF (Windows metafile)"),
    (b"DDS ", "DDS (texture)"),
    (b"BLP1", "BLP (texture)"),
    (b"BLP2", "BLP (texture)"),
    (b"FTEX", "FTEX (texture)"),
    (b"\xabKTX ", "KTX (texture)"),
    (b"qoif", "QOI"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"II\xbc", "JPEG XR"),
    (b"BPG\xfb", "BPG"),
    (b"FLIF", "FLIF"),
    (b"AT&TFORM", "DjVu"),
    (b"gimp xcf", "XCF (GIMP)"),
    (b"v/1\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"SIMPLE  =", "FITS"),
    (b"\x59\xa6\x6a\x95", "Sun raster"),
    (b"\x01\xda", "SGI"),
    (b"\xb1\x68\xde\x3a", "DCX"),
    (b"/* XPM */", "XPM"),
    (b"P7 332", "XV thumbnail"),
    (b"P7\n", "PAM"),
    (b"\x8aMNG", "MNG"),
    (b"\x8bJNG", "JNG"),
    (b"DanM", "MSP"),
    (b"LinS", "MSP"),
    (b"\x80\xe8\x00\x00", "PIXAR"),
    (b"SDPX", "DPX"),
    (b"XPDS", "DPX"),
    (b"\x80\x2a\x5f\xd7", "Cineon"),
    (b"farbfeld", "farbfeld"),
)

_HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))


def _sniff_iso_media(head: bytes) -> Sniffed | None:
    """HEIC, AVIF and Canon CR3 share one container; its brands tell them apart."""
    box_end = min(int.from_bytes(head[:4], "big"), len(head))
    major = head[8:12]
    brands = [major, *(head[at : at + 4] for at in range(16, box_end - 3, 4))]
    if major == b"crx ":
        return Sniffed("RAW", is_accepted=True)
    for brand in brands:
        if brand in _AVIF_BRANDS:
            return Sniffed("AVIF", is_accepted=True)
        if brand in _HEIC_BRANDS:
            return Sniffed("HEIC", is_accepted=True)
    if major in (b"mif1", b"msf1", b"mif2"):
        return Sniffed("HEIC", is_accepted=True)
    return None


def _is_netpbm(head: bytes) -> bool:
    return (
        len(head) > 2
        and head[:1] == b"P"
        and head[1:2] in (b"1", b"2", b"3", b"4", b"5", b"6", b"f", b"F")
        and head[2:3] in (b" ", b"\n", b"\r", b"\t", b"#")
    )


def _is_bmp(head: bytes) -> bool:
    """Whether a BMP begins here; "BM" alone begins many a text."""
    header_bytes = int.from_bytes(head[14:18], "little")
    return head[:2] == b"BM" and header_bytes in (12, 16, 40, 52, 56, 64, 108, 124)


def _sniff_refused_further(head: bytes) -> Sniffed | None:
    if head[:4] == b"\x01\x00\x00\x00" and head[40:44] == b" EMF":
        return Sniffed("EMF (Windows metafile)", is_accepted=False)
    if head[:1] == b"\x0a" and head[1:2] in b"\x00\x02\x03\x04\x05" and head[2:3] in b"\x00\x01":
        return Sniffed("PCX", is_accepted=False)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<svg") or (text.startswith((b"<?xml", b"<!--")) and b"<svg" in text):
        return Sniffed("SVG", is_accepted=False)
    return None
