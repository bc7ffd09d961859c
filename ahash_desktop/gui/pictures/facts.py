"""What is known of a picture besides its pixels, as a person reads it."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, Qt

from ahash_desktop.core.records import Photo
from ahash_desktop.gui.base.wording import number_text, translate
from ahash_desktop.gui.pictures.examples import QueryExample
from ahash_desktop.services.session import LibrarySession


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """Texts about one picture; empty where nothing is known.

    `size_px` is the width and height of the upright picture, None if unknown.
    """

    name: str
    folder: str = ""
    taken: str = ""
    camera: str = ""
    file: str = ""
    size_px: tuple[int, int] | None = None

    def rows(self) -> list[tuple[str, str]]:
        """What to call each fact, and the fact; unknown ones are left out."""
        size = ""
        if self.size_px is not None:
            size = translate("facts", "{width} × {height} pixels").format(
                width=number_text(self.size_px[0]), height=number_text(self.size_px[1])
            )
        found = [
            (translate("facts", "Name"), self.name),
            (translate("facts", "Folder"), self.folder),
            (translate("facts", "Taken"), self.taken),
            (translate("facts", "Camera"), self.camera),
            (translate("facts", "Size"), size),
            (translate("facts", "File"), self.file),
        ]
        return [(what, text) for what, text in found if text]


def facts_of(session: LibrarySession, example: QueryExample) -> PhotoFacts:
    """What is known of an example; reads the library or the disk, so it may be slow."""
    if example.photo_id is not None:
        photos = session.browser.photos([example.photo_id])
        return _of_photo(photos[0]) if photos else PhotoFacts("")
    if example.path is None:
        return PhotoFacts(example.label)
    known = session.browser.find_photo(example.path.absolute())
    if known is not None:
        return _of_photo(known)
    return PhotoFacts(
        name=example.path.name, folder=str(example.path.parent), file=_file_size_text(example.path)
    )


def taken_text(taken_at: str) -> str:
    """A capture time as the locale writes it.

    Args:
        taken_at: ISO 8601 local time; given back as it is if it cannot be read.
    """
    moment = QDateTime.fromString(taken_at, Qt.DateFormat.ISODate)
    if not moment.isValid():
        return taken_at
    if QLocale().language() == QLocale.Language.C:
        return moment.toString("yyyy-MM-dd HH:mm")
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)


def _of_photo(photo: Photo) -> PhotoFacts:
    facts = photo.facts
    size = _size_text(photo.size_bytes)
    return PhotoFacts(
        name=photo.path.name,
        folder=str(photo.path.parent),
        taken=taken_text(facts.taken_at) if facts is not None and facts.taken_at else "",
        camera=(facts.camera or "") if facts is not None else "",
        file=f"{facts.format}, {size}" if facts is not None else size,
        size_px=(facts.width, facts.height) if facts is not None else None,
    )


def _file_size_text(path: Path) -> str:
    try:
        return _size_text(path.stat().st_size)
    except OSError:
        return ""


def _size_text(size_bytes: int) -> str:
    return QLocale().formattedDataSize(size_bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
