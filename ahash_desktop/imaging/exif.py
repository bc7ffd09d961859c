"""What a camera wrote about a picture: which way is up, when it was taken, with what."""

import re
from dataclasses import dataclass
from datetime import datetime

from PIL import ExifTags, Image

from ahash_desktop.imaging.decoder_faults import HOSTILE_DATA_FAULTS

_DATE = re.compile(r"(\d{4})[:\-/.](\d{2})[:\-/.](\d{2})[ T](\d{2}):(\d{2}):(\d{2})")
_OLDEST_YEAR = 1826  # the first photograph
_MAX_NAME_CHARS = 100


@dataclass(frozen=True, slots=True)
class ExifFacts:
    """`orientation` is 1 … 8 as EXIF numbers them; the rest is as in `PictureFacts`."""

    orientation: int = 1
    taken_at: str | None = None
    camera: str | None = None


def read_exif(exif: Image.Exif) -> ExifFacts:
    """The facts in parsed EXIF; what is damaged or makes no sense is left out."""
    orientation = _tag(exif, ExifTags.Base.Orientation)
    return ExifFacts(
        orientation=orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
        taken_at=_taken_at(exif),
        camera=_camera(
            _clean(_tag(exif, ExifTags.Base.Make)), _clean(_tag(exif, ExifTags.Base.Model))
        ),
    )


def parse_exif(block: bytes) -> ExifFacts:
    """The facts in an EXIF block or the head of any TIFF-like file; none if it is neither."""
    exif = Image.Exif()
    try:
        exif.load(block)
    except HOSTILE_DATA_FAULTS:
        return ExifFacts()
    return read_exif(exif)


def _tag(exif: Image.Exif, tag: int) -> object:
    try:
        return exif.get(tag)
    except HOSTILE_DATA_FAULTS:
        return None


def _taken_at(exif: Image.Exif) -> str | None:
    try:
        original = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
    except HOSTILE_DATA_FAULTS:
        original = None
    return _iso_time(original) or _iso_time(_tag(exif, ExifTags.Base.DateTime))


def _iso_time(value: object) -> str | None:
    """ISO 8601 of an EXIF date; None where it is unset ("0000:00:00 …") or impossible."""
    match = _DATE.match(_clean(value))
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat("{}-{}-{}T{}:{}:{}".format(*match.groups()))
    except ValueError:
        return None
    return moment.isoformat() if moment.year >= _OLDEST_YEAR else None


def _camera(make: str, model: str) -> str | None:
    """Make and model, the make only once ("NIKON CORPORATION", "NIKON D90" → "NIKON D90")."""
    if not make or not model:
        return make or model or None
    repeated = model.casefold().startswith(make.split(maxsplit=1)[0].casefold())
    return model if repeated else f"{make} {model}"


def _clean(value: object) -> str:
    """Printable text of a tag; cameras pad with NULs and blanks."""
    if isinstance(value, bytes):
        value = value.decode("ascii", errors="replace")
    if not isinstance(value, str):
        return ""
    before_nul = value.split("\0", 1)[0]
    printable = "".join(char if char.isprintable() else " " for char in before_nul)
    return " ".join(printable.split())[:_MAX_NAME_CHARS]
