"""Thumbnails on disk, one for each content key."""

import contextlib
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ahash_desktop.core.files import replace_file

THUMBNAIL_PX = 512

_QUALITY = 85


class ThumbnailStore:
    """JPEG thumbnails in a folder, sharded by the first byte of the key.

    Safe to use from several threads and processes at once: files appear whole or not at all.

    Args:
        folder: Where they lie; made when the first one is saved.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path_for(self, key: bytes) -> Path:
        """Where the thumbnail for a content key lies, whether or not it exists."""
        name = key.hex()
        return self._folder / name[:2] / f"{name[2:]}.jpg"

    def exists(self, key: bytes) -> bool:
        """Whether there is a thumbnail for this content."""
        return self.path_for(key).is_file()

    def save(self, key: bytes, pixels: NDArray[np.uint8]) -> None:
        """Keeps a thumbnail unless there is one already.

        Args:
            key: The content key.
            pixels: uint8 (H, W, 3) sRGB, upright; shrunk to at most 512 pixels, never enlarged.

        Raises:
            OSError: If it cannot be written.
        """
        path = self.path_for(key)
        if not path.is_file():
            replace_file(path, encode_thumbnail(pixels), durable=False)

    def load(self, key: bytes) -> bytes | None:
        """The JPEG bytes of a thumbnail; None if there is none or it cannot be read."""
        try:
            return self.path_for(key).read_bytes() or None
        except OSError:
            return None

    def remove(self, key: bytes) -> None:
        """Deletes a thumbnail; one that is not there, or is in use, is no error."""
        with contextlib.suppress(OSError):
            self.path_for(key).unlink()


def encode_thumbnail(pixels: NDArray[np.uint8]) -> bytes:
    """JPEG of a picture whose long side is at most 512 pixels.

    Args:
        pixels: uint8 (H, W, 3) sRGB.
    """
    image = Image.fromarray(pixels)
    longest = max(image.size)
    if longest > THUMBNAIL_PX:
        width, height = (max(1, round(side * THUMBNAIL_PX / longest)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, subsampling="4:2:0")
    return buffer.getvalue()
