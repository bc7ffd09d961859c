"""A whole library as one file: its database, thumbnails and models, for another machine."""

import json
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import put_in_place
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings, load_settings, save_settings
from ahash_desktop.hashing.bundle import LARGEST_BYTES, verify_bundle
from ahash_desktop.services.thumbnails import thumbnails_folder
from ahash_desktop.store.backups import Backups
from ahash_desktop.store.library import Library

SUFFIX = ".ahashlib"

_HEAD, _DATABASE = "library.json", "library.db"
_FOREIGN = "foreign.db"
_FORMAT = 1
_THUMBNAIL = re.compile(r"thumbnails/[0-9a-f]{2}/[0-9a-f]{30}\.jpg")
_PART_OF_MODEL = re.compile(r"models/[0-9A-Za-z][0-9A-Za-z._-]{0,63}/([a-z]+\.[a-z]+)")
_LARGEST_HEAD = 1 << 16
_LARGEST_DATABASE = 1 << 36
_LARGEST_THUMBNAIL = 4 << 20
_MOST_ENTRIES = 20_000_000
_BLOCK_BYTES = 1 << 20
_REMEDY = "Export the library again, where it came from"


def export_library(paths: LibraryPaths, file: Path, token: CancelToken) -> Iterator[int]:
    """Writes a library as it is now into one file, which appears when it is whole.

    The photos themselves are not in it.

    Yields:
        How many files are in it so far.

    Raises:
        Cancelled: When the token says so.
        UserFacingError: If there is no room, or the file cannot be written.
    """
    aside = file.with_name(f".{file.name}.part")
    copy = Backups(paths).make("export")
    try:
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_STORED) as packed:
            head = {"format": _FORMAT, "model": load_settings(paths.settings).model}
            packed.writestr(_HEAD, json.dumps(head))
            packed.write(copy, _DATABASE, zipfile.ZIP_DEFLATED, 1)
            yield 2
            for n_done, (path, name) in enumerate(_more_files(paths), 3):
                token.raise_if_cancelled()
                packed.write(path, name)
                yield n_done
        put_in_place(aside, file)
    except OSError as error:
        raise UserFacingError(
            f"the library cannot be exported ({error.strerror or error})",
            path=error.filename or file,
            remedy="Choose another place, or make room on the disk",
        ) from error
    finally:
        copy.unlink(missing_ok=True)
        aside.unlink(missing_ok=True)


def import_library(
    file: Path, paths: LibraryPaths, moved: Mapping[Path, Path], token: CancelToken
) -> Iterator[int]:
    """Makes a library out of an exported one; nothing is left behind if it is refused.

    Args:
        file: The exported library.
        paths: Where the library goes; there must be none yet.
        moved: For folders of photos that lie elsewhere on this machine, the new place by the old.
            All others keep their path; what is not there is offline.
        token: Cancels it.

    Yields:
        How many files are unpacked so far.

    Raises:
        Cancelled: When the token says so.
        UserFacingError: If there is a library already, the file is none or holds anything else, a
            part of it is refused, a folder to move is not in it, or there is no room.
    """
    if paths.folder.exists() and any(paths.folder.iterdir()):
        raise UserFacingError(
            "there is something in the library's folder already",
            path=paths.folder,
            remedy="Choose an empty one",
        )
    paths.folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".import.", suffix=".part", dir=paths.folder.parent))
    try:
        yield from _unpack(file, aside, token)
        _settle(LibraryPaths(aside), file, moved)
        aside.chmod(0o755)
        if paths.folder.exists():
            paths.folder.rmdir()
        aside.replace(paths.folder)
    except OSError as error:
        raise UserFacingError(
            f"the library cannot be unpacked ({error})",
            path=file,
            remedy="Check that the file is there and that the disk has room",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _more_files(paths: LibraryPaths) -> Iterator[tuple[Path, str]]:
    """Thumbnails and models with their names in the archive; other files are left out."""
    thumbnails = thumbnails_folder(paths, load_settings(paths.settings))
    for folder, kept_as in ((thumbnails, paths.thumbnails), (paths.models, paths.models)):
        for path in sorted(folder.rglob("*")):
            lies_at = kept_as.relative_to(paths.folder) / path.relative_to(folder)
            name = lies_at.as_posix()
            if _largest(name) is not None and path.is_file() and not path.is_symlink():
                yield path, name


def _largest(name: str) -> int | None:
    """How large a file of this name may be; None if no library has such a file."""
    if name in (_HEAD, _DATABASE):
        return _LARGEST_HEAD if name == _HEAD else _LARGEST_DATABASE
    if _THUMBNAIL.fullmatch(name):
        return _LARGEST_THUMBNAIL
    part = _PART_OF_MODEL.fullmatch(name)
    return LARGEST_BYTES.get(part[1]) if part else None


def _unpack(file: Path, folder: Path, token: CancelToken) -> Iterator[int]:
    try:
        with zipfile.ZipFile(file) as packed:
            entries = packed.infolist()
            _check_entries(entries, file)
            for n_done, entry in enumerate(entries, 1):
                token.raise_if_cancelled()
                target = folder / (_FOREIGN if entry.filename == _DATABASE else entry.filename)
                target.parent.mkdir(parents=True, exist_ok=True)
                with packed.open(entry) as source, target.open("xb") as out:
                    _copy(source, out, _largest(entry.filename) or 0, file)
                yield n_done
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _refusal("the file is damaged or no library", file) from error


def _check_entries(entries: list[zipfile.ZipInfo], file: Path) -> None:
    """Refuses an archive that holds anything but the files of a library, each once."""
    names = [entry.filename for entry in entries]
    if len(names) > _MOST_ENTRIES or len(set(names)) != len(names):
        raise _refusal("the file holds something twice, or too much", file)
    for entry in entries:
        largest = _largest(entry.filename)
        if largest is None or stat.S_ISLNK(entry.external_attr >> 16):
            raise _refusal(f"the file holds what is no library ({entry.filename!r})", file)
        if entry.file_size > largest:
            raise _refusal(f"a part of the library is too large ({entry.filename!r})", file)
    if not {_HEAD, _DATABASE} <= set(names):
        raise _refusal("the file is no library", file)


def _copy(source: IO[bytes], out: IO[bytes], left: int, file: Path) -> None:
    """Copies, counting the bytes: the size an archive claims may be a lie."""
    while block := source.read(_BLOCK_BYTES):
        left -= len(block)
        if left < 0:
            raise _refusal("a part of the library is too large", file)
        out.write(block)


def _settle(paths: LibraryPaths, file: Path, moved: Mapping[Path, Path]) -> None:
    """Checks what was unpacked, and makes it fit this machine."""
    model = _model_of(paths.folder / _HEAD, file)
    (paths.folder / _HEAD).unlink()
    for folder in sorted(paths.models.glob("*")):
        verify_bundle(folder)
    foreign = paths.folder / _FOREIGN
    try:
        with Library.open(paths) as library:
            library.bring_in(foreign, moved)
    except UserFacingError as error:
        path = file if error.path == foreign else error.path
        raise UserFacingError(error.what, path=path, remedy=error.remedy) from error
    foreign.unlink()
    save_settings(paths.settings, Settings(model=model))


def _model_of(head: Path, file: Path) -> str:
    try:
        told = json.loads(head.read_text(encoding="utf-8"))
        if told["format"] != _FORMAT:
            raise _refusal("a newer version of Ahash made this file", file)
        return Settings(model=told["model"]).model
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _refusal("the file is no library", file) from error


def _refusal(what: str, path: Path) -> UserFacingError:
    return UserFacingError(what, path=path, remedy=_REMEDY)
