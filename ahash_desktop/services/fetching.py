"""Base weights fetched at the user's wish: from their public home, or from a file."""

import logging
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import cast

from filelock import FileLock, Timeout

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import replace_file
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.base_weights import BaseWeights, FetchedFile

_log = logging.getLogger(__name__)

_BLOCK_BYTES = 64 << 10
_TIMEOUT_S = 20.0
_PARTIAL = 206
_UNSATISFIABLE = 416
_FAILURES = (OSError, HTTPException)  # urllib's errors and those of sockets are of the first kind


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How much of the files that were missing is here."""

    n_done: int
    n_bytes: int


def fetch(base: BaseWeights, token: CancelToken) -> Iterator[FetchProgress]:
    """Downloads what is missing of some base weights, and puts it into its place.

    What came before an interruption is kept, and the next call goes on from there. Only what has
    the right size and checksum gets to its place. The list of kinds is welcome, not needed.

    Args:
        base: The weights.
        token: Cancels it.

    Yields:
        How far it is, every 64 kB.

    Raises:
        Cancelled: If the token asks for it; what came is kept.
        UserFacingError: If there is no connection, another file came, another process fetches the
            same, or the disk cannot be written.
    """
    missing = [file for file in base.files if not _is_whole(file)]
    n_bytes, n_before = sum(file.n_bytes for file in missing), 0
    with _alone(base):
        for file in missing:
            try:
                for n_done in _download(file, base, token):
                    yield FetchProgress(n_before + n_done, n_bytes)
            except UserFacingError:
                if file is base.weights:
                    raise
                _log.warning("the kinds of %s have no names", base.model, exc_info=True)
            n_before += file.n_bytes


def take(base: BaseWeights, file: Path) -> bool:
    """Takes base weights, or their list of kinds, from a file; also what lies beside it.

    Returns:
        Whether the base weights are here now.

    Raises:
        UserFacingError: If it is neither, or cannot be read or kept.
    """
    content = _read_at_most(file, max(wanted.n_bytes for wanted in base.files))
    given = next((wanted for wanted in base.files if wanted.is_content(content)), None)
    if given is None:
        raise UserFacingError(
            f"This is another file than the base weights of {base.model} or their list of kinds",
            path=file,
            remedy=f"They have the SHA-256 {base.weights.sha256}",
        )
    _keep(given, content)
    for other in base.files:
        beside = file.with_name(other.name)
        if other is not given and not other.is_here and beside.is_file():
            content = _read_at_most(beside, other.n_bytes)
            if other.is_content(content):
                _keep(other, content)
    return base.is_here


def _is_whole(file: FetchedFile) -> bool:
    try:
        file.read()
    except (OSError, ValueError):
        return False
    return True


def _alone(base: BaseWeights) -> AbstractContextManager[object]:
    """Held by the one process that fetches.

    Raises:
        UserFacingError: If another one does.
    """
    lock = FileLock(base.weights.path.with_name(".fetching.lock"))
    try:
        base.weights.path.parent.mkdir(parents=True, exist_ok=True)
        return lock.acquire(timeout=0)
    except Timeout as error:
        raise UserFacingError(
            f"The base weights of {base.model} are being fetched already",
            remedy="Wait until that is done",
        ) from error
    except OSError as error:
        raise _unwritable(base.weights, error) from error


def _download(file: FetchedFile, base: BaseWeights, token: CancelToken) -> Iterator[int]:
    """Downloads the rest of one file and puts it into its place; says how many bytes are here."""
    part = file.path.with_name(f".{file.name}.part")
    n_before = part.stat().st_size if part.is_file() else 0
    if n_before < file.n_bytes:
        yield from _append(file, base, part, n_before, token)
    content = part.read_bytes()
    if len(content) < file.n_bytes:
        raise _interrupted(file, len(content))
    if not file.is_content(content):
        part.unlink()
        if n_before:  # what was there before may have been of another file
            yield from _download(file, base, token)
            return
        raise UserFacingError(
            f"Another file came than the base weights of {base.model}",
            path=file.url,
            remedy="Give the file of the base weights instead",
        )
    _keep(file, content)
    part.unlink()
    yield file.n_bytes


def _append(
    file: FetchedFile, base: BaseWeights, part: Path, n_before: int, token: CancelToken
) -> Iterator[int]:
    """Adds to a part what comes, one byte more than it may have at most."""
    try:
        response = _open(file.url, n_before)
    except _FAILURES as error:
        raise _no_connection(file, base, error) from error
    with response:
        n_done = n_before if response.status == _PARTIAL else 0
        try:
            with part.open("ab" if n_done else "wb") as kept:
                while n_done <= file.n_bytes:
                    token.raise_if_cancelled()
                    block = _read_block(response, file, n_done)
                    if not block:
                        return
                    kept.write(block)
                    n_done += len(block)
                    yield min(n_done, file.n_bytes)
        except OSError as error:
            raise _unwritable(file, error) from error


def _open(url: str, n_before: int) -> HTTPResponse:
    """The answer of the file's home: the rest of it, or all where it gives no parts."""
    headers = {"User-Agent": "ahash-desktop"}
    if n_before:
        headers["Range"] = f"bytes={n_before}-"
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own address
    try:
        opened = urllib.request.urlopen(request, timeout=_TIMEOUT_S)  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        if n_before and error.code == _UNSATISFIABLE:
            return _open(url, 0)
        raise
    response = cast("HTTPResponse", opened)
    begins = response.headers.get("Content-Range", "")
    if response.status == _PARTIAL and not begins.startswith(f"bytes {n_before}-"):
        response.close()
        return _open(url, 0)
    return response


def _read_block(response: HTTPResponse, file: FetchedFile, n_done: int) -> bytes:
    try:
        return response.read(_BLOCK_BYTES)
    except _FAILURES as error:
        raise _interrupted(file, n_done) from error


def _read_at_most(path: Path, n_bytes: int) -> bytes:
    """The content of a file; one byte more than wanted if it is larger."""
    try:
        with path.open("rb") as file:
            return file.read(n_bytes + 1)
    except OSError as error:
        raise UserFacingError(
            f"The file cannot be read ({error.strerror})", path=path, remedy="Check the file"
        ) from error


def _keep(file: FetchedFile, content: bytes) -> None:
    try:
        replace_file(file.path, content)
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(file: FetchedFile, error: OSError) -> UserFacingError:
    return UserFacingError(
        f"The base weights cannot be kept ({error.strerror})",
        path=file.path.parent,
        remedy="Make room on the disk, or check that the folder may be written",
    )


def _no_connection(file: FetchedFile, base: BaseWeights, error: Exception) -> UserFacingError:
    reason = getattr(error, "reason", error)
    return UserFacingError(
        f"The base weights of {base.model} cannot be reached ({reason})",
        path=file.url,
        remedy="Connect to the internet and try again, or give the file of the base weights",
    )


def _interrupted(file: FetchedFile, n_done: int) -> UserFacingError:
    return UserFacingError(
        f"The download was interrupted after {n_done / file.n_bytes:.0%}",
        path=file.url,
        remedy="Get the rest later; what came is kept",
    )
