"""What a search goes by: example pictures, and how they come in by drop and paste."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData
from PySide6.QtGui import QImage

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import Region
from ahash_desktop.gui.base.wording import translate

_keys = itertools.count()

HEAVIEST = 5
"""The largest weight of an example."""


@dataclass(frozen=True, slots=True)
class QueryExample:
    """One example of a search: a photo of the library, a file, or a pasted picture.

    Exactly one of `photo_id`, `path` and `image` is given. Only `region` of it counts, if that is
    given, and it counts `weight` times. `key` tells examples apart.
    """

    photo_id: int | None = None
    path: Path | None = None
    image: QImage | None = field(default=None, compare=False)
    is_negative: bool = False
    weight: int = 1
    region: Region | None = None
    key: int = field(default_factory=lambda: next(_keys))

    @classmethod
    def of_photo(cls, photo_id: int) -> Self:
        """A photo of the library; one photo always gives the same example."""
        return cls(photo_id=photo_id, key=-photo_id)

    @property
    def identity(self) -> object:
        """What tells its picture from those of other examples."""
        if self.photo_id is not None:
            return self.photo_id
        return self.path if self.path is not None else ("pasted", self.key)

    @property
    def needs_engine(self) -> bool:
        """Whether its code has to be made first; the library keeps those of its photos."""
        return self.photo_id is None or self.region is not None

    @property
    def label(self) -> str:
        """What to call the example; empty for a photo of the library."""
        if self.path is not None:
            return self.path.name
        return translate("query", "Pasted picture") if self.image is not None else ""

    def picture_bytes(self) -> bytes:
        """The pasted picture as a PNG file; slow for large ones."""
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self.image.save(buffer, "PNG", 100)
        return bytes(data.data())


@dataclass(frozen=True, slots=True)
class Brought:
    """What a drop or a paste holds: example pictures, and folders to add."""

    examples: tuple[QueryExample, ...] = ()
    folders: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.examples or self.folders)


def may_hold_pictures(data: QMimeData) -> bool:
    """Whether a drag is worth accepting, judged without touching any file."""
    return data.hasImage() or data.hasUrls()


def read_mime(data: QMimeData) -> Brought:
    """Pictures and folders in dropped or pasted data; files come before pixels.

    Raises:
        UserFacingError: If there is nothing in it to search with.
    """
    urls = data.urls() if data.hasUrls() else []
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    if not paths and data.hasText():
        paths = _paths_in_text(data.text())
    folders = tuple(path for path in paths if path.is_dir())
    files = [path for path in paths if path not in folders]
    if files or folders:
        return Brought(tuple(QueryExample(path=path) for path in files), folders)
    image = QImage(data.imageData()) if data.hasImage() else QImage()
    if not image.isNull():
        return Brought((QueryExample(image=image),))
    if urls:
        raise UserFacingError(
            translate("query", "Only a web address arrived, and this program stays offline"),
            remedy=translate("query", "Copy the picture itself in the browser and paste it here"),
        )
    raise UserFacingError(
        translate("query", "There is no picture in what was pasted or dropped"),
        remedy=translate("query", "Copy a picture or a picture file and try again"),
    )


def without_repeats(
    examples: Sequence[QueryExample], added: Sequence[QueryExample]
) -> list[QueryExample]:
    """Examples with others added; a known photo or file takes the added one's sign."""
    fresh = {example.identity: example for example in added}
    kept = [example for example in examples if example.identity not in fresh]
    return [*kept, *fresh.values()]


def _paths_in_text(text: str) -> list[Path]:
    """Existing files named in pasted text, one a line."""
    lines = [line.strip().strip('"') for line in text.splitlines()[:100]]
    paths = [Path(line) for line in lines if line and len(line) < 4096]
    return [path for path in paths if path.is_absolute() and _exists(path)]


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
