"""Pictures for the window, off its thread: previews of examples, pictures for the inspector."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.ports import PictureSource
from ahash_desktop.core.records import Region
from ahash_desktop.gui.pictures.examples import QueryExample
from ahash_desktop.gui.pictures.fitting import fitted
from ahash_desktop.services.session import LibrarySession


def example_picture(session: LibrarySession, example: QueryExample, edge_px: int) -> QImage | None:
    """A preview of an example, None if it is a photo without a thumbnail; may be slow.

    Args:
        session: The library.
        example: Any example.
        edge_px: Longest side of the preview.

    Raises:
        UserFacingError: If its file cannot be read.
    """
    picture: QImage | None = None
    if example.image is not None:
        picture = fitted(example.image, edge_px)
    elif example.photo_id is not None:
        picture = photo_picture(session, example.photo_id, edge_px)
    elif example.path is not None:
        picture = _file_picture(session, example.path, edge_px)
    return None if picture is None else part_of(picture, example.region)


def part_of(picture: QImage, region: Region | None) -> QImage:
    """A region of a picture; all of it without one."""
    if region is None:
        return picture
    width, height = picture.width(), picture.height()
    left, top = int(region.x * width), int(region.y * height)
    return picture.copy(
        left, top, max(1, round(region.width * width)), max(1, round(region.height * height))
    )


def photo_picture(session: LibrarySession, photo_id: int, edge_px: int) -> QImage | None:
    """The thumbnail of a library photo, None if there is none."""
    jpeg = session.browser.thumbnails([photo_id]).get(photo_id)
    return scaled_jpeg(jpeg, edge_px) if jpeg else None


def example_source(session: LibrarySession, example: QueryExample) -> PictureSource:
    """What the engine can read an example from; may be slow.

    Raises:
        UserFacingError: If the photo has left the library.
    """
    if example.image is not None:
        return example.picture_bytes()
    if example.path is not None:
        return str(example.path)
    photos = [] if example.photo_id is None else session.browser.photos([example.photo_id])
    if not photos:
        raise UserFacingError("this photo is no longer in the library", remedy="Update the library")
    return str(photos[0].path)


def image_of(pixels: NDArray[np.uint8]) -> QImage:
    """An image of its own memory.

    Args:
        pixels: uint8 (height, width, 3), sRGB.
    """
    height, width, _ = pixels.shape
    rows = np.ascontiguousarray(pixels)
    image = QImage(rows.data, width, height, width * 3, QImage.Format.Format_RGB888)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def _file_picture(session: LibrarySession, path: Path, edge_px: int) -> QImage:
    """The engine reads files of strangers, so that a hostile one cannot hurt the window."""
    return fitted(image_of(session.explain(str(path), (0,)).picture), edge_px)


def scaled_jpeg(data: bytes, edge_px: int) -> QImage:
    """A thumbnail's JPEG, decoded to fit a square; null if it is damaged.

    Args:
        data: The bytes of the file.
        edge_px: Longest side of the result; small pictures are not enlarged.

    Returns:
        Format_RGB32.
    """
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    keep = Qt.AspectRatioMode.KeepAspectRatio
    reader = QImageReader(buffer, QByteArray(b"jpeg"))
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > 2 * edge_px:
        reader.setScaledSize(size.scaled(QSize(edge_px, edge_px) * 2, keep))
    image = reader.read()
    if max(image.width(), image.height()) > edge_px:
        image = image.scaled(edge_px, edge_px, keep, Qt.TransformationMode.SmoothTransformation)
    return image.convertToFormat(QImage.Format.Format_RGB32)
