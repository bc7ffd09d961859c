"""Thumbnails on disk, one for each content key."""

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.files import replace_file
from ahash_desktop.imaging.own_thumbnails import FILE, SHARD, THUMBNAIL_PX

_QUALITY = 85
_TOUCH_AFTER_S = 86_400.0
_TRIM_TO = 0.9


class ThumbnailStore:
    """JPEG thumbnails in a folder, sharded by the first byte of the key.

    Safe to use from several threads and processes at once: files appear whole or not at all.

    Args:
        folder: Where they lie; made when the first one is saved.
        earlier: Where they lay before; what is still there is shown from there.
        newest: Where others may have moved them meanwhile; looked at last.
    """

    def __init__(
        self,
        folder: Path,
        earlier: Sequence[Path] = (),
        newest: Callable[[], Path] | None = None,
    ) -> None:
        self._folder = folder
        self._earlier = tuple(place for place in earlier if place != folder)
        self._newest = newest

    def path_for(self, key: bytes) -> Path:
        """Where the thumbnail for a content key lies, whether or not it exists."""
        return _place(self._folder, key)

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
        """The JPEG bytes of a thumbnail; None if there is none or it cannot be read.

        Its time is set once a day at most, so that `trim` knows what was looked at.
        """
        known = (self._folder, *self._earlier)
        for folder in known:
            data = _read(_place(folder, key))
            if data is not None:
                return data
        newest = self._newest() if self._newest is not None else self._folder
        return None if newest in known else _read(_place(newest, key))

    def move_in(self) -> Iterator[int]:
        """Moves here what lies in earlier places; yields after each, how many so far.

        Folders that are empty then go as well.

        Raises:
            OSError: If the new place cannot be written; what was moved stays moved.
        """
        n_moved = 0
        for earlier in self._earlier:
            for path, _ in _files(earlier):
                target = self._folder / path.parent.name / path.name
                if not target.is_file():
                    replace_file(target, path.read_bytes(), durable=False)
                    shutil.copystat(path, target)
                path.unlink(missing_ok=True)
                n_moved += 1
                yield n_moved
            for folder in (*_shards(earlier), earlier):
                with contextlib.suppress(OSError):
                    folder.rmdir()

    def size_bytes(self) -> tuple[int, int]:
        """How many thumbnails there are, and the bytes they take up."""
        sizes = [status.st_size for _, status in _files(self._folder)]
        return len(sizes), sum(sizes)

    def trim(self, most_bytes: int) -> int:
        """Deletes what was looked at longest ago until nine tenths of a limit are left.

        They are made again when they are wanted.

        Args:
            most_bytes: The limit; nothing is deleted below it.

        Returns:
            How many were deleted.
        """
        found = sorted(
            (status.st_mtime, status.st_size, path) for path, status in _files(self._folder)
        )
        total = sum(size for _, size, _ in found)
        if total <= most_bytes:
            return 0
        n_deleted = 0
        for _, size, path in found:
            if total <= _TRIM_TO * most_bytes:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                n_deleted += 1
                total -= size
        return n_deleted

    def remove(self, key: bytes) -> None:
        """Deletes a thumbnail; one that is not there, or is in use, is no error."""
        with contextlib.suppress(OSError):
            self.path_for(key).unlink()


def _place(folder: Path, key: bytes) -> Path:
    name = key.hex()
    return folder / name[:2] / f"{name[2:]}.jpg"


def _read(path: Path) -> bytes | None:
    try:
        data = path.read_bytes()
        if time.time() - path.stat().st_mtime > _TOUCH_AFTER_S:
            os.utime(path)
    except OSError:
        return None
    return data or None


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Thumbnails by their names alone: whatever else lies in the folder is left alone."""
    for shard in _shards(folder):
        for entry in sorted(os.scandir(shard), key=lambda entry: entry.name):
            if FILE.fullmatch(entry.name):
                with contextlib.suppress(OSError):
                    yield Path(entry.path), entry.stat(follow_symlinks=False)


def _shards(folder: Path) -> list[Path]:
    """The folders of thumbnails in a folder; others may lie beside them."""
    if not folder.is_dir():
        return []
    return [
        inner
        for inner in sorted(folder.iterdir())
        if SHARD.fullmatch(inner.name) and inner.is_dir()
    ]


def encode_thumbnail(pixels: NDArray[np.uint8]) -> bytes:
    """JPEG of a picture whose long side is at most 512 pixels.

    Args:
        pixels: uint8 (H, W, 3) sRGB.
    """
    from PIL import Image  # the window starts without it

    image = Image.fromarray(pixels)
    longest = max(image.size)
    if longest > THUMBNAIL_PX:
        width, height = (max(1, round(side * THUMBNAIL_PX / longest)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, subsampling="4:2:0")
    return buffer.getvalue()
