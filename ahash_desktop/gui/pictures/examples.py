"""What a search goes by: example pictures, and how they come in by drop and paste."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData
from PySide6.QtGui import QImage

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import Region
from ahash_desktop.gui.base.wording import translate
from ahash_desktop.gui.pictures.fitting import fitted

_keys = itertools.count()

_MOST_PASTED_PX = 2560
"""Of the longer side. It stays in memory as long as its search can be gone back to, and the network
looks at far less of it."""

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
        """The pasted picture as a PNG file; slow for large ones.

        Raises:
            ValueError: If it was not pasted.
        """
        if self.image is None:
            raise ValueError("only a pasted picture has its pixels at hand")
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self.image.save(buffer, "PNG", 100)  # type: ignore[call-overload] # the stubs want bytes
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


@dataclass(frozen=True, slots=True)
class Offered:
    """What a drop or a paste offers, of which no file has been touched yet.

    `paths` were given as files, `named` stand in a text and count if they are there.
    """

    paths: tuple[Path, ...] = ()
    named: tuple[Path, ...] = ()
    image: QImage | None = None
    is_from_web: bool = False


def offered_in(data: QMimeData) -> Offered:
    """What is in dropped or pasted data; files come before pixels."""
    urls = data.urls() if data.hasUrls() else []
    paths = tuple(Path(url.toLocalFile()) for url in urls if url.isLocalFile())
    if paths:
        return Offered(paths)
    image = QImage(data.imageData()) if data.hasImage() else QImage()
    return Offered(
        named=_named_in(data.text()) if data.hasText() else (),
        image=None if image.isNull() else image,
        is_from_web=bool(urls),
    )


def take_in(offered: Offered) -> Brought:
    """Pictures and folders in what was offered; looks at the files, so it may be slow.

    Raises:
        UserFacingError: If there is nothing in it to search with.
    """
    paths = offered.paths or tuple(path for path in offered.named if _holds(path, Path.exists))
    folders = tuple(path for path in paths if _holds(path, Path.is_dir))
    files = [path for path in paths if path not in folders]
    if files or folders:
        return Brought(tuple(QueryExample(path=path) for path in files), folders)
    if offered.image is not None:
        return Brought((QueryExample(image=fitted(offered.image, _MOST_PASTED_PX)),))
    if offered.is_from_web:
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


def _named_in(text: str) -> tuple[Path, ...]:
    """Files that may be named in pasted text, one a line."""
    lines = [line.strip().strip('"') for line in text.splitlines()[:100]]
    paths = [Path(line) for line in lines if line and len(line) < 4096]
    return tuple(path for path in paths if path.is_absolute())


def _holds(path: Path, question: Callable[[Path], bool]) -> bool:
    """The answer to a question about a path; no where the system refuses to say."""
    try:
        return question(path)
    except (OSError, ValueError):
        return False
