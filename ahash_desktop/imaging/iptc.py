"""What IPTC-IIM within a picture says for people, by the XMP properties that say the same.

The table is that of the IPTC's Photo Metadata Standard, which gives each property in both.
"""

import re

from ahash_desktop.imaging.xmp import CAPTION, CREATOR, KEYWORDS, RIGHTS, TITLE, held_text
from ahash_desktop.imaging.xmp_packet import Form, Property

_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
_IPTC_CORE = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_UTF_8 = b"\x1b%G"
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)")
_TIME = re.compile(r"(\d\d)(\d\d)(\d\d)(?:([+-]\d\d)(\d\d))?")


def _photoshop(local: str, form: Form = Form.TEXT) -> Property:
    return Property(_PHOTOSHOP, "photoshop", local, form)


def _core(local: str) -> Property:
    return Property(_IPTC_CORE, "Iptc4xmpCore", local)


_DATE_CREATED, _TIME_CREATED = 55, 60
_MEANINGS = {
    5: TITLE,
    10: _photoshop("Urgency"),
    15: _photoshop("Category"),
    20: _photoshop("SupplementalCategories", Form.BAG),
    25: KEYWORDS,
    40: _photoshop("Instructions"),
    80: CREATOR,
    85: _photoshop("AuthorsPosition"),
    90: _photoshop("City"),
    92: _core("Location"),
    95: _photoshop("State"),
    100: _core("CountryCode"),
    101: _photoshop("Country"),
    103: _photoshop("TransmissionReference"),
    105: _photoshop("Headline"),
    110: _photoshop("Credit"),
    115: _photoshop("Source"),
    116: RIGHTS,
    120: CAPTION,
    122: _photoshop("CaptionWriter"),
}


def read_iptc(block: bytes) -> dict[Property, list[str]]:
    """What an IPTC-IIM block says; what is cut off or damaged ends it."""
    records = _records(block)
    is_utf_8 = any(value == _UTF_8 for record, tag, value in records if (record, tag) == (1, 90))
    said: dict[Property, list[str]] = {}
    when: dict[int, str] = {}
    for record, tag, value in records:
        text = held_text(_decoded(value, is_utf_8=is_utf_8)).strip()
        if record != 2 or not text:
            continue
        if tag in (_DATE_CREATED, _TIME_CREATED):
            when.setdefault(tag, text)
        elif tag in _MEANINGS:
            said.setdefault(_MEANINGS[tag], []).append(text)
    moment = _moment(when.get(_DATE_CREATED, ""), when.get(_TIME_CREATED, ""))
    if moment:
        said[_photoshop("DateCreated")] = [moment]
    return {
        wanted: texts if wanted.form in (Form.BAG, Form.SEQUENCE) else texts[:1]
        for wanted, texts in said.items()
    }


def _records(block: bytes) -> list[tuple[int, int, bytes]]:
    """Record, number and value of each data set."""
    found, at = [], 0
    while at + 5 <= len(block) and block[at] == 0x1C:
        record, tag = block[at + 1], block[at + 2]
        size = int.from_bytes(block[at + 3 : at + 5], "big")
        at += 5
        if size & 0x8000:  # an extended one: so many bytes give the size
            n_bytes = size & 0x7FFF
            size = int.from_bytes(block[at : at + n_bytes], "big")
            at += n_bytes
        if at + size > len(block):
            break
        found.append((record, tag, block[at : at + size]))
        at += size
    return found


def _decoded(value: bytes, *, is_utf_8: bool) -> str:
    try:
        return value.decode()
    except UnicodeError:
        return value.decode("utf-8" if is_utf_8 else "latin-1", "replace")


def _moment(date: str, time: str) -> str:
    """Date and time as XMP writes them; nothing if there is no date."""
    day = _DATE.fullmatch(date)
    if day is None:
        return ""
    moment = _TIME.fullmatch(time)
    written = "-".join(day.groups())
    if moment is not None:
        hour, minute, second, zone_hour, zone_minute = moment.groups()
        written += f"T{hour}:{minute}:{second}"
        written += f"{zone_hour}:{zone_minute}" if zone_hour else ""
    return written
