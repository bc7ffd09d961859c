"""Rating and keywords for other programs, in XMP sidecars beside photos that stay untouched."""

from __future__ import annotations

import errno
import logging
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import remove_remains, replace_file_of_others
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import Photo
from ahash_desktop.core.settings import SIDECAR_NAMINGS
from ahash_desktop.core.statements import HAS, Statement
from ahash_desktop.imaging.xmp import PARENT, XmpNote, change_of, joined, merge_xmp
from ahash_desktop.imaging.xmp_packet import LARGEST_BYTES, XmpError
from ahash_desktop.services.bits import BitNames
from ahash_desktop.services.browsing import Browser
from ahash_desktop.services.searching import Searcher

if TYPE_CHECKING:
    from ahash_desktop.imaging.embedded import Embedded

_log = logging.getLogger(__name__)

_AT_ONCE = 200
_TELL_EVERY = 20
_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


class SidecarName(StrEnum):
    """How a sidecar of `bird.jpg` is called, which differs between programs.

    WHOLE is `bird.jpg.xmp`, as digiKam and darktable write and read. STEM is `bird.xmp`, as Adobe
    Lightroom, Bridge and Camera Raw do beside camera RAW files; `bird.jpg` and `bird.cr2` share it.
    """

    WHOLE, STEM = SIDECAR_NAMINGS


@dataclass(frozen=True, slots=True)
class SidecarWish:
    """What sidecars are to say.

    `rating` is 0 … 5 stars, None to leave ratings alone. `words` are keywords of the user's own;
    `bit_names` adds what the model is sure that a photo has, and the names that people gave to bits
    that it has on, all below `imaging.xmp.PARENT`; `label` adds that of its folder.
    """

    rating: int | None = None
    words: tuple[str, ...] = ()
    bit_names: bool = False
    label: bool = False
    naming: SidecarName = SidecarName.WHOLE


@dataclass(frozen=True, slots=True)
class SidecarPlan:
    """What is written where.

    `note` holds the rating if it changes anything and the keywords that are new; with neither,
    nothing is written. `lists` names the lists beside the usual one that keywords join. A first
    sidecar takes along what is `embedded` in the photo. `refusal` says why one is left alone.
    """

    photo: Path
    sidecar: Path
    note: XmpNote
    exists: bool
    refusal: UserFacingError | None = None
    lists: tuple[str, ...] = ()
    embedded: Embedded | None = None

    @property
    def changes(self) -> bool:
        """Whether there is something to write."""
        return self.refusal is None and (self.note.rating is not None or bool(self.note.keywords))


@dataclass(frozen=True, slots=True)
class SidecarProgress:
    """How far writing is: photos done of all, sidecars written, and those left alone."""

    n_done: int
    n_to_do: int
    n_written: int
    refusals: tuple[UserFacingError, ...] = ()


class Sidecars:
    """Writes sidecars for photos of a library; any thread may call it.

    Args:
        browser: Knows the photos.
        searcher: Knows their codes.
        bits: Knows what bits are called.
        look: What the model states of a picture, see `LibrarySession.statements_of`.
    """

    def __init__(
        self,
        browser: Browser,
        searcher: Searcher,
        bits: BitNames,
        look: Callable[[str], tuple[Statement, ...]] = lambda _path: (),
    ) -> None:
        self._look = look
        self._browser = browser
        self._searcher = searcher
        self._bits = bits

    def plan(
        self, photo_ids: Sequence[int], wish: SidecarWish, token: CancelToken
    ) -> Iterator[SidecarPlan]:
        """What would be written for each photo, in this order; nothing is.

        Args:
            photo_ids: The photos; unknown ones are passed over.
            wish: What the sidecars are to say.
            token: Cancels it.

        Raises:
            Cancelled: When the token says so.
        """
        names = self._bits.spoken_by_sign() if wish.bit_names else {}
        for start in range(0, len(photo_ids), _AT_ONCE):
            for photo in self._browser.photos(photo_ids[start : start + _AT_ONCE]):
                token.raise_if_cancelled()
                yield _plan(photo.path, self._note(photo, wish, names), wish.naming)

    def write(
        self, photo_ids: Sequence[int], wish: SidecarWish, token: CancelToken
    ) -> Iterator[SidecarProgress]:
        """Writes the sidecars, merging with those that are there.

        Each is written aside and renamed, so that a crash leaves the old or the new one. One that
        is not understood or cannot be written is left as it is and told of; the others are written.

        Args:
            photo_ids: The photos.
            wish: What the sidecars are to say.
            token: Cancels it; what is written by then stays.

        Raises:
            Cancelled: When the token says so.
        """
        n_done = n_written = 0
        refusals: list[UserFacingError] = []
        folders: set[Path] = set()
        for plan in self.plan(photo_ids, wish, token):
            if plan.changes and plan.sidecar.parent not in folders:
                folders.add(plan.sidecar.parent)
                remove_remains(plan.sidecar.parent)
            refusal = _write(plan) if plan.changes else plan.refusal
            n_written += plan.changes and refusal is None
            if refusal is not None:
                refusals.append(refusal)
            n_done += 1
            if n_done % _TELL_EVERY == 0:
                yield SidecarProgress(n_done, len(photo_ids), n_written, tuple(refusals))
        yield SidecarProgress(n_done, len(photo_ids), n_written, tuple(refusals))

    def _note(self, photo: Photo, wish: SidecarWish, names: dict[int, str]) -> XmpNote:
        words = list(wish.words)
        if wish.label:
            words.append(photo.path.parent.name)
        encoded = self._searcher.stored_code(photo.photo_id) if names else None
        if encoded is not None:
            words += [
                f"{PARENT}|{names[bit]}" for bit in sorted(names) if encoded.activations[bit] > 0
            ]
        if wish.bit_names and self._bits.meanings:
            words += self._stated(photo)
        return XmpNote(wish.rating, joined(words))

    def _stated(self, photo: Photo) -> list[str]:
        """What the model is sure that a photo has; nothing of one that cannot be read."""
        try:
            said = self._look(str(photo.path))
            return [f"{PARENT}|{each.name}" for each in said if each.says == HAS]
        except UserFacingError as error:
            _log.info("nothing is said of a photo: %s", error)
            return []


def sidecar_path(photo: Path, naming: SidecarName) -> Path:
    """Where the sidecar of a photo lies; one that ends in capitals keeps its name."""
    if naming == SidecarName.STEM:
        path = photo.with_suffix(".xmp")
    else:
        path = photo.with_name(f"{photo.name}.xmp")
    if not os.path.lexists(path):
        in_capitals = path.with_suffix(".XMP")
        if os.path.lexists(in_capitals):
            return in_capitals
    return path


def _plan(photo: Path, note: XmpNote, naming: SidecarName) -> SidecarPlan:
    sidecar = sidecar_path(photo, naming)
    try:
        if not photo.is_file():
            raise UserFacingError(
                "the photo is not there, so no sidecar is written",
                path=photo,
                remedy="Connect its drive, or update the library",
            )
        data = _read(sidecar)
        if data is None:
            return _first(photo, sidecar, note)
        change = change_of(data, note)
    except XmpError as error:
        return SidecarPlan(photo, sidecar, XmpNote(), True, _not_understood(sidecar, error))
    except UserFacingError as error:
        return SidecarPlan(photo, sidecar, XmpNote(), os.path.lexists(sidecar), error)
    return SidecarPlan(photo, sidecar, change.note, True, lists=change.lists)


def _first(photo: Path, sidecar: Path, note: XmpNote) -> SidecarPlan:
    """The plan for a photo that has no sidecar yet."""
    embedded = _read_embedded(photo)
    lists = () if embedded is None else change_of(embedded.packet, note).lists
    return SidecarPlan(photo, sidecar, note, False, lists=lists, embedded=embedded)


def _write(plan: SidecarPlan) -> UserFacingError | None:
    """Writes one sidecar; why not, if it was not."""
    try:
        data = _read(plan.sidecar)
        if data is None:
            embedded = _read_embedded(plan.photo)
            data = None if embedded is None else embedded.packet
            mode = stat.S_IMODE(plan.photo.stat().st_mode) & 0o666 | stat.S_IRUSR | stat.S_IWUSR
        else:
            mode = stat.S_IMODE(plan.sidecar.stat().st_mode)
        replace_file_of_others(plan.sidecar, merge_xmp(data, plan.note), mode=mode)
    except XmpError as error:
        return _not_understood(plan.sidecar, error)
    except UserFacingError as error:
        return error
    except OSError as error:
        return UserFacingError(
            f"the sidecar cannot be written ({error.strerror or error})",
            path=plan.sidecar,
            remedy="See that its folder may be written and that the disk has room",
        )
    return None


def _read(sidecar: Path) -> bytes | None:
    """The sidecar there is, None if there is none.

    Raises:
        UserFacingError: If something else has its name, it cannot be read or must not be written.
    """
    try:
        found = sidecar.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise UserFacingError(
                "something that is no plain file has the name of the sidecar",
                path=sidecar,
                remedy="Rename it, or leave this photo out",
            )
        if not found.st_mode & _WRITABLE or not os.access(sidecar, os.W_OK):
            raise UserFacingError(
                "the sidecar that is there is read-only and stays as it is",
                path=sidecar,
                remedy="Allow it to be written, or leave this photo out",
            )
        with sidecar.open("rb") as file:
            return file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise UserFacingError(
                "the name of the photo is too long for a sidecar",
                path=sidecar,
                remedy="Shorten it, or have sidecars called photo.xmp",
            ) from error
        raise UserFacingError(
            f"the sidecar that is there cannot be read ({error.strerror or error})",
            path=sidecar,
            remedy="See that it may be read",
        ) from error


def _read_embedded(photo: Path) -> Embedded | None:
    """What a photo says of itself.

    Raises:
        UserFacingError: If it cannot be had, so that a sidecar would hide it.
    """
    from ahash_desktop.imaging.embedded import read_embedded  # loads all decoders

    try:
        return read_embedded(photo)
    except XmpError as error:
        raise UserFacingError(
            f"what the photo says of itself is not understood and would be hidden ({error})",
            path=photo,
            remedy="Have the program that wrote it make the first sidecar",
        ) from error
    except OSError as error:
        raise UserFacingError(
            f"the photo cannot be read ({error.strerror or error})",
            path=photo,
            remedy="See that it may be read",
        ) from error


def _not_understood(sidecar: Path, error: XmpError) -> UserFacingError:
    return UserFacingError(
        f"the sidecar that is there is not understood and stays as it is ({error})",
        path=sidecar,
        remedy="Mend it with the program that wrote it, or move it away",
    )
