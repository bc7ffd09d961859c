"""Labelled photos in folders: one folder a class, with others around or in it for splits."""

import os
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.excludes import Excludes
from ahash_desktop.core.suffixes import PICTURE_SUFFIXES
from ahash_desktop.training.ask.labels import (
    TRAIN,
    LabelledPhoto,
    Notice,
    ReadLabels,
    enumerated,
    find_split,
    is_text,
    shown,
    split_rank,
)

_FEWEST_SPLITS = 2


def read_class_folders(folder: Path, without: Collection[str] = ()) -> ReadLabels:
    """The photos of a folder of class folders, or of `train`, `val` and `test` folders of these.

    Splits may also lie in the class folders, and all of it in one folder more, as archives are
    unpacked. Hidden files and folders and those that systems keep for themselves are passed over,
    as they are when a library is indexed. What else is no photo of a class is noticed.

    Args:
        folder: The folder.
        without: Splits that are not looked into.

    Raises:
        UserFacingError: If the folder cannot be read.
    """
    reader = _Reader(folder)
    top = _top(reader, folder)
    splits, others = _divide(reader, top)
    if splits:
        reader.note_loose(top)
        reader.note_others(others)
        for name in splits:
            split = find_split(name)
            if split not in without:
                reader.read_classes(top / name, split)
    elif _is_divided_below(reader, top):
        reader.read_divided_classes(top, without)
    else:
        reader.read_classes(top, None)
    return reader.result()


def _top(reader: "_Reader", folder: Path) -> Path:
    """The folder that holds splits, or classes with splits, if others only hold one another."""
    place = folder
    while not place.is_symlink() or place == folder:
        splits = _divide(reader, place)[0]
        if any(reader.folders(place / name) for name in splits):
            return place
        names = reader.folders(place)
        if len(names) != 1 or reader.pictures(place):
            return place if _is_divided_below(reader, place) else folder
        place /= names[0]
    return folder


def _divide(reader: "_Reader", folder: Path) -> tuple[list[str], list[str]]:
    """The folders that name splits, and those beside them; no splits if all are classes.

    Where other folders with photos lie beside them, words such as "train" may be classes: they are
    splits if at least two of them, one for training, hold folders and no photos.
    """
    names = reader.folders(folder)
    splits = sorted(
        (name for name in names if find_split(name) is not None),
        key=lambda name: split_rank(find_split(name)),
    )
    others = [name for name in names if find_split(name) is None]
    if others:
        hold_classes = all(
            reader.folders(folder / name) and not reader.pictures(folder / name) for name in splits
        )
        has_training = any(find_split(name) == TRAIN for name in splits)
        is_alone = not any(reader.has_pictures(folder / name) for name in others)
        n_needed = 1 if is_alone else _FEWEST_SPLITS
        if len(splits) < n_needed or not has_training or not hold_classes:
            return [], []
    return splits, others


def _is_divided_below(reader: "_Reader", folder: Path) -> bool:
    """Whether the folders in class folders are splits, in one class at least two with training."""
    below = [
        {find_split(inner) for inner in reader.folders(folder / name)}
        for name in reader.folders(folder)
    ]
    return not any(None in splits for splits in below) and any(
        TRAIN in splits and len(splits) >= _FEWEST_SPLITS for splits in below
    )


class _Reader:
    """What was found so far below a folder."""

    def __init__(self, source: Path) -> None:
        self._source = source
        self._covers = Excludes().covers
        self._photos: list[LabelledPhoto] = []
        self._notices: list[Notice] = []
        self._empty: dict[str, list[str]] = defaultdict(list)
        self._odd_names: list[Path] = []
        self._listings: dict[Path, tuple[list[str], list[str]]] = {}

    def result(self) -> ReadLabels:
        """All of it."""
        notices = list(self._notices)
        with_photos = {photo.class_name for photo in self._photos}
        for name, places in self._empty.items():
            if name not in with_photos:
                notices.append(Notice(f"The class {name!r} has no photos and is left out"))
            else:
                notices += [Notice(f"The folder {place} has no photos") for place in places]
        if self._odd_names:
            names = enumerated(self._odd_names)
            notices.append(
                Notice(f"What has a name that is no valid text is left out; rename it: {names}")
            )
        return ReadLabels(tuple(self._photos), tuple(notices))

    def folders(self, folder: Path) -> list[str]:
        """The names of the folders in it that are looked into."""
        return self._listing(folder)[0]

    def pictures(self, folder: Path) -> list[str]:
        """The names of the pictures right in it."""
        return self._listing(folder)[1]

    def has_pictures(self, folder: Path) -> bool:
        """Whether there are pictures in it at any depth."""
        return next(self._walk(folder), None) is not None

    def read_classes(self, top: Path, split: str | None) -> None:
        """Takes in the photos of each class folder."""
        self.note_loose(top)
        for name in self.folders(top):
            class_folder = top / name
            n_before = len(self._photos)
            self._photos += [
                LabelledPhoto(path, name, split) for path in sorted(self._walk(class_folder))
            ]
            if len(self._photos) == n_before:
                self._empty[name].append(self._relative(class_folder))

    def read_divided_classes(self, top: Path, without: Collection[str]) -> None:
        """Takes in the photos of each class folder from the folders in it that name splits."""
        self.note_loose(top)
        between: list[str] = []
        for name in self.folders(top):
            class_folder = top / name
            between += [self._relative(class_folder / each) for each in self.pictures(class_folder)]
            n_before = len(self._photos)
            for inner in self.folders(class_folder):
                split = find_split(inner)
                if split not in without:
                    self._photos += [
                        LabelledPhoto(path, name, split)
                        for path in sorted(self._walk(class_folder / inner))
                    ]
            if len(self._photos) == n_before:
                self._empty[name].append(self._relative(class_folder))
        if between:
            self._notices.append(
                Notice(
                    f"Photos beside the splits of their class are left out: {enumerated(between)}"
                )
            )

    def note_loose(self, folder: Path) -> None:
        """Notices photos beside the folders they should lie in."""
        loose = self.pictures(folder)
        if loose:
            names = enumerated([self._relative(folder / name) for name in loose])
            self._notices.append(
                Notice(f"Photos beside the class folders have no class and are left out: {names}")
            )

    def note_others(self, names: list[str]) -> None:
        """Notices folders beside those that name splits."""
        if names:
            self._notices.append(
                Notice(f"Folders beside the splits are left out: {enumerated(names)}")
            )

    def _walk(self, folder: Path) -> Iterator[Path]:
        """The pictures below a folder; links to folders are not followed."""
        waiting = [folder]
        while waiting:
            place = waiting.pop()
            folders, pictures = self._listing(place)
            yield from (place / name for name in pictures)
            waiting += [place / name for name in folders if not (place / name).is_symlink()]

    def _listing(self, folder: Path) -> tuple[list[str], list[str]]:
        """The folders and the pictures in a folder, by name."""
        if folder not in self._listings:
            self._listings[folder] = self._list(folder)
        return self._listings[folder]

    def _list(self, folder: Path) -> tuple[list[str], list[str]]:
        folders: list[str] = []
        pictures: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if self._covers(entry.name, entry.name):
                        continue
                    is_folder = entry.is_dir()
                    if not is_folder and not (is_picture_name(entry.name) and entry.is_file()):
                        continue
                    if not is_text(entry.name):
                        self._odd_names.append(Path(self._relative(Path(entry.path))))
                        continue
                    (folders if is_folder else pictures).append(entry.name)
        except OSError as error:
            if folder == self._source:
                raise UserFacingError(
                    f"The folder cannot be read ({error.strerror})",
                    path=shown(folder),
                    remedy="Check the path and its permissions",
                ) from error
            place = self._relative(folder)
            self._notices.append(
                Notice(f"The folder {place} is left out: it cannot be read ({error.strerror})")
            )
        return sorted(folders), sorted(pictures)

    def _relative(self, path: Path) -> str:
        return shown(path.relative_to(self._source).as_posix())


def is_picture_name(name: str) -> bool:
    """Whether a file has the name of a picture."""
    return name.rpartition(".")[2].lower() in PICTURE_SUFFIXES
