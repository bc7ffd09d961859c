"""Labelled photos from wherever they are: folders, tables, keywords, and labels given before."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.kinds import kind_of_folder
from ahash_desktop.core.records import Photo
from ahash_desktop.imaging.xmp import read_xmp
from ahash_desktop.imaging.xmp_packet import XmpError
from ahash_desktop.services.browsing import Browser
from ahash_desktop.services.sidecars import SidecarName, sidecar_path
from ahash_desktop.training.ask.class_folders import is_picture_name
from ahash_desktop.training.ask.dataset import LabelledSet, load_labelled
from ahash_desktop.training.ask.kinds import joined, labelled_set
from ahash_desktop.training.ask.labels import LabelledPhoto, Notice, enumerated, shown
from ahash_desktop.training.ask.lesson import OtherPhoto

_AT_ONCE = 500
_TELL_EVERY = 100
_MOST_SIDECAR_BYTES = 16 << 20
_FEWEST_OF_KEYWORD = 2


class Level(StrEnum):
    """Which folder names the kind: the first below the one chosen, or the one a photo lies in."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class CollectProgress:
    """How much was found so far, and where."""

    n_photos: int
    n_kinds: int
    where: str


class Collector:
    """Finds labelled photos; any thread may call it. No photo is decoded.

    Args:
        browser: Knows the photos of the library.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def folders(
        self, folders: Sequence[Path], token: CancelToken, level: Level | None = None
    ) -> Iterator[CollectProgress | LabelledSet]:
        """The photos of folders, each folder in them a kind; the last record is the set.

        A folder that holds photos only is a kind itself. Folders that name splits are understood,
        and what systems keep for themselves is passed over.

        Args:
            folders: Of the library, or others.
            token: Cancels between folders.
            level: Which folder names the kind; None finds out.

        Raises:
            UserFacingError: If a folder cannot be read, or there are no photos in them.
            Cancelled: If the token asks for it.
        """
        sets: list[LabelledSet] = []
        for folder in folders:
            token.raise_if_cancelled()
            yield _so_far(sets, folder.name)
            sets.append(_named(_folder(folder), folder, level))
        yield _whole(sets)

    def table(self, source: Path, token: CancelToken) -> Iterator[CollectProgress | LabelledSet]:
        """The photos that a CSV names; they may lie beside it or in any folder of the library.

        Raises:
            UserFacingError: If the table is refused.
            Cancelled: If the token asks for it.
        """
        yield CollectProgress(0, 0, source.name)
        token.raise_if_cancelled()
        allowed = tuple(root.path for root in self._browser.roots())
        yield load_labelled(source, allowed=allowed)

    def keywords(
        self,
        token: CancelToken,
        photo_ids: Sequence[int] | None = None,
        words: Sequence[str] | None = None,
    ) -> Iterator[CollectProgress | LabelledSet]:
        """Photos of the library by the keywords in their sidecars, or else in themselves.

        A photo with several of the words takes part with none of them, and is told of.

        Args:
            token: Cancels between photos.
            photo_ids: Which photos; None takes all.
            words: The keywords that are kinds; None takes all that two photos have.

        Raises:
            UserFacingError: If no photo has any.
            Cancelled: If the token asks for it.
        """
        ids = self._browser.photo_ids().tolist() if photo_ids is None else list(photo_ids)
        said: dict[Path, tuple[str, ...]] = {}
        n_done = 0
        for start in range(0, len(ids), _AT_ONCE):
            for photo in self._browser.photos(ids[start : start + _AT_ONCE]):
                token.raise_if_cancelled()
                said[photo.path] = keywords_of(photo.path)
                n_done += 1
                if n_done % _TELL_EVERY == 0:
                    yield CollectProgress(n_done, 0, photo.path.parent.name)
        yield _by_keywords(said, words)

    def labels(self, named: dict[int, str]) -> LabelledSet:
        """Photos of the library by the labels that were given to them in the program.

        Args:
            named: The label of each photo by its id.

        Raises:
            UserFacingError: If there is none.
        """
        photos = self._browser.photos(list(named))
        return _refused_if_empty(
            labelled_set(LabelledPhoto(photo.path, named[photo.photo_id], None) for photo in photos)
        )

    def others(
        self, labelled: LabelledSet, most: int, seed: int = 0, named: dict[int, str] | None = None
    ) -> tuple[OtherPhoto, ...]:
        """Photos of the library that are not among those, chosen by chance.

        Of each its kind is told where a label or the folder it lies in says it: a folder whose
        name another taught photo has not, and that holds a few photos.

        Args:
            labelled: What is to be taught.
            most: How many.
            seed: Of the choice.
            named: Labels of photos by their ids.
        """
        ids = self._browser.photo_ids()
        order = np.random.default_rng([seed, 11]).permutation(len(ids))
        taught = {photo.path for photo in labelled.photos}
        kinds = {name.casefold() for name in labelled.classes}
        found: list[OtherPhoto] = []
        for start in range(0, len(ids), _AT_ONCE):
            chosen = ids[order[start : start + _AT_ONCE]].tolist()
            for photo in self._browser.photos(chosen):
                if photo.path not in taught:
                    kind = (named or {}).get(photo.photo_id) or _folder_kind(photo)
                    known = kind if kind.casefold() not in kinds else ""
                    found.append(OtherPhoto(photo.path, known))
            if len(found) >= most:
                break
        return tuple(found[:most])


def keywords_of(photo: Path) -> tuple[str, ...]:
    """The keywords of a photo: those of its sidecar, or else its own; none where it says none."""
    for naming in SidecarName:
        sidecar = sidecar_path(photo, naming)
        try:
            if sidecar.is_file() and sidecar.stat().st_size <= _MOST_SIDECAR_BYTES:
                return read_xmp(sidecar.read_bytes()).keywords
        except (OSError, XmpError):
            continue
    from ahash_desktop.imaging.embedded import read_embedded  # loads all decoders

    try:
        embedded = read_embedded(photo)
    except (OSError, XmpError):
        return ()
    return embedded.keywords if embedded is not None else ()


def _folder(folder: Path) -> LabelledSet:
    """The kinds in a folder; one without folders that hold photos is a kind itself."""
    try:
        return load_labelled(folder)
    except UserFacingError:
        photos = sorted(
            path for path in _listed(folder) if is_picture_name(path.name) and path.is_file()
        )
        if not photos:
            raise
        return labelled_set(LabelledPhoto(path, folder.name, None) for path in photos)


def _listed(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise UserFacingError(
            f"The folder cannot be read ({error.strerror or error})",
            path=shown(folder),
            remedy="Check the path and its permissions",
        ) from error


def _named(labelled: LabelledSet, folder: Path, level: Level | None) -> LabelledSet:
    """The set with kinds by the level that names them."""
    if level == Level.FIRST or (level is None and not _is_deeper(labelled, folder)):
        return labelled
    return labelled_set(
        (replace(photo, class_name=photo.path.parent.name) for photo in labelled.photos),
        labelled.notices,
    )


def _is_deeper(labelled: LabelledSet, folder: Path) -> bool:
    """Whether kinds are further down: no photo lies right in the folders of the first level."""
    if any(photo.split is not None for photo in labelled.photos):
        return False
    depths = {len(photo.path.relative_to(folder).parts) for photo in labelled.photos}
    leaves: dict[str, set[str]] = defaultdict(set)
    for photo in labelled.photos:
        leaves[photo.class_name].add(photo.path.parent.name)
    return min(depths, default=0) > 2 and all(len(names) > 1 for names in leaves.values())


def _so_far(sets: Sequence[LabelledSet], where: str) -> CollectProgress:
    n_kinds = len({name for each in sets for name in each.classes})
    return CollectProgress(sum(len(each.photos) for each in sets), n_kinds, shown(where))


def _whole(sets: Sequence[LabelledSet]) -> LabelledSet:
    return _refused_if_empty(joined(sets))


def _refused_if_empty(labelled: LabelledSet) -> LabelledSet:
    if not labelled.photos:
        raise UserFacingError(
            "no photo has a label there", remedy="Choose other folders, or label some photos first"
        )
    return labelled


def _by_keywords(said: dict[Path, tuple[str, ...]], words: Sequence[str] | None) -> LabelledSet:
    """Photos by the one of the words that they have."""
    counts: dict[str, int] = defaultdict(int)
    for keywords in said.values():
        for word in set(keywords):
            counts[word] += 1
    kinds = {word for word, n in counts.items() if n >= _FEWEST_OF_KEYWORD}
    if words is not None:
        kinds = set(words)
    photos, several = [], []
    for path, keywords in said.items():
        held = [word for word in dict.fromkeys(keywords) if word in kinds]
        if len(held) == 1:
            photos.append(LabelledPhoto(path, held[0], None))
        elif held:
            several.append(path)
    notices = []
    if several:
        notices.append(
            Notice(
                f"{len(several)} photos have several of the keywords and are left out:"
                f" {enumerated(several)}"
            )
        )
    return _refused_if_empty(labelled_set(photos, notices))


def _folder_kind(photo: Photo) -> str:
    """The name of the folder that a photo lies in, below the one the library follows."""
    folder = Path(photo.relative_path).parent
    return (kind_of_folder(folder.name) or "") if folder.parts else ""
