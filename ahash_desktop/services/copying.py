"""Copies chosen photos into a folder: nothing there is overwritten, originals are only read."""

import contextlib
import itertools
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken

_PIECE_BYTES = 4 << 20
_MOST_NAMES = 10_000


@dataclass(frozen=True, slots=True)
class CopyProgress:
    """How far it is: `n_done` of `n_photos` are seen to, `failed` of them could not be copied."""

    n_done: int
    n_photos: int
    n_copied: int = 0
    failed: tuple[tuple[Path, str], ...] = ()


def copy_photos(paths: Sequence[Path], target: Path, token: CancelToken) -> Iterator[CopyProgress]:
    """Copies files into a folder, with their times; one that is there already gets another name.

    A copy appears under its name once it is whole. A file that cannot be read is passed over and
    told of at the end.

    Args:
        paths: The files.
        target: The folder, which is there.
        token: Asks to stop; what was copied by then stays.

    Raises:
        UserFacingError: If the folder is not there, may not be written, or is full.
        Cancelled: If the token asks for it.
    """
    if not target.is_dir():
        raise UserFacingError(
            "there is no such folder", path=target, remedy="Choose an existing folder"
        )
    failed: list[tuple[Path, str]] = []
    n_copied = 0
    yield CopyProgress(0, len(paths))
    for n_done, path in enumerate(paths, 1):
        token.raise_if_cancelled()
        try:
            source = path.open("rb")
        except OSError as error:
            failed.append((path, error.strerror or str(error)))
        else:
            with source:
                try:
                    _copy(source, path, target, token)
                    n_copied += 1
                except _CannotReadError as error:
                    failed.append((path, str(error)))
        yield CopyProgress(n_done, len(paths), n_copied, tuple(failed))


class _CannotReadError(Exception):
    """The file itself, not the folder for the copies, is in the way."""


def _copy(source, path: Path, target: Path, token: CancelToken) -> None:  # type: ignore[no-untyped-def]
    """Writes aside, then gives it the first name that is free."""
    aside = target / f".{os.getpid()}-{path.name[-80:]}.part"
    try:
        with aside.open("xb") as made:
            while True:
                token.raise_if_cancelled()
                try:
                    piece = source.read(_PIECE_BYTES)
                except OSError as error:
                    raise _CannotReadError(error.strerror or str(error)) from error
                if not piece:
                    break
                made.write(piece)
        with contextlib.suppress(OSError):  # some drives keep neither times nor permissions
            shutil.copystat(path, aside)
        _give_free_name(aside, target, path)
    except OSError as error:
        raise UserFacingError(
            f"copies cannot be written ({error.strerror or error})",
            path=target,
            remedy="Choose a folder that may be written and has room",
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def _give_free_name(aside: Path, target: Path, path: Path) -> None:
    for number in itertools.islice(itertools.count(1), _MOST_NAMES):
        name = path.name if number == 1 else f"{path.stem} ({number}){path.suffix}"
        place = target / name
        try:
            os.link(aside, place)
        except FileExistsError:
            continue
        except OSError:  # a drive without links: no other program may come between the two steps
            try:
                with place.open("xb"):
                    pass
            except FileExistsError:
                continue
            aside.replace(place)
        return
    raise OSError(f"there are {_MOST_NAMES} files called {path.name} already")
