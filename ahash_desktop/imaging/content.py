"""Identifies what a file contains, apart from where it lies and what it is called."""

from pathlib import Path

from blake3 import blake3

from ahash_desktop.core.records import ContentId
from ahash_desktop.imaging.reading import is_cloud_only, open_regular

ID_BYTES = 16

_EDGE_BYTES = 64 * 1024

QUICK_KEY_COVERS_BYTES = 2 * _EDGE_BYTES
"""Up to this size the quick key is made of the whole file."""

_CHUNK_BYTES = 4 * 2**20


def content_id(data: bytes) -> ContentId:
    """Key and digest of a file's content that is already in memory."""
    if len(data) <= QUICK_KEY_COVERS_BYTES:
        key = _key(len(data), data)
    else:
        key = _key(len(data), data[:_EDGE_BYTES], data[-_EDGE_BYTES:])
    return ContentId(key=key, digest=blake3(data).digest(length=ID_BYTES))


def content_key(path: str | Path, size_bytes: int) -> bytes:
    """The quick key: BLAKE3 of size, first and last 64 KiB (all of a file up to 128 KiB).

    Args:
        path: The file.
        size_bytes: Its size, as the scan saw it.

    Returns:
        16 bytes; the same as `content_id(…).key` while the file has that size.

    Raises:
        OSError: If the file cannot be read, has become shorter than `size_bytes`, or is kept in
            the cloud only, from where it is not downloaded for this.
    """
    if is_cloud_only(Path(path).stat()):
        raise OSError(f"{path} is kept in the cloud only")
    with open_regular(str(path)) as file:
        if size_bytes <= QUICK_KEY_COVERS_BYTES:
            return _key(size_bytes, _read_exactly(file.read(size_bytes), size_bytes, path))
        first = _read_exactly(file.read(_EDGE_BYTES), _EDGE_BYTES, path)
        file.seek(size_bytes - _EDGE_BYTES)
        last = _read_exactly(file.read(_EDGE_BYTES), _EDGE_BYTES, path)
    return _key(size_bytes, first, last)


def content_digest(path: str | Path) -> bytes:
    """BLAKE3 of the whole file, 16 bytes, read in pieces.

    Raises:
        OSError: If the file cannot be read.
    """
    hasher = blake3()
    with open_regular(str(path)) as file:
        while chunk := file.read(_CHUNK_BYTES):
            hasher.update(chunk)
    return hasher.digest(length=ID_BYTES)


def _key(size_bytes: int, *parts: bytes) -> bytes:
    hasher = blake3(size_bytes.to_bytes(8, "little"))
    for part in parts:
        hasher.update(part)
    return hasher.digest(length=ID_BYTES)


def _read_exactly(data: bytes, n_bytes: int, path: str | Path) -> bytes:
    if len(data) != n_bytes:
        raise OSError(f"{path} has become shorter while it was read")
    return data
