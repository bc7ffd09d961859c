"""Labelled photos: a folder of class folders, or a CSV that names them."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.suffixes import PICTURE_SUFFIXES

TRAIN = "train"
TEST = "test"
_SPLITS = (TRAIN, TEST)


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """One photo, its class, and which split it belongs to (None where there is no split)."""

    path: Path
    class_name: str
    split: str | None


@dataclass(frozen=True, slots=True)
class UnreadablePhoto:
    """A photo that could not be read, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Photos in the order of their source, and their classes by name."""

    photos: tuple[LabelledPhoto, ...]
    classes: tuple[str, ...]

    @property
    def has_split(self) -> bool:
        """Whether the photos are divided into train and test."""
        return self.photos[0].split is not None

    def labels(self) -> NDArray[np.int64]:
        """Index of each photo's class in `classes`: int64 (n_photos,)."""
        index_of = {name: index for index, name in enumerate(self.classes)}
        return np.array([index_of[photo.class_name] for photo in self.photos], dtype=np.int64)

    def part(self, split: str) -> "LabelledSet":
        """The photos of one split; the classes stay those of the whole set.

        Raises:
            UserFacingError: If there are none.
        """
        photos = tuple(photo for photo in self.photos if photo.split == split)
        if not photos:
            raise UserFacingError(
                f"No photo belongs to the split {split!r}",
                remedy="Mark photos in the column 'split' as 'train' or 'test'",
            )
        return LabelledSet(photos, self.classes)


def load_labelled(source: Path, where: Mapping[str, str] | None = None) -> LabelledSet:
    """The labelled photos of a source; the photos themselves are not opened.

    Args:
        source: A folder of class folders (or of the two folders `train` and `test` of class
            folders), or a CSV with the columns `path` (relative to its folder), `class` and,
            if photos are divided, `split`.
        where: Column to value: only rows of the CSV that agree in all of them.

    Raises:
        UserFacingError: If the source cannot be read, lacks a column, a row makes no sense or
            names a file outside the CSV's folder, or nothing is left.
    """
    where = dict(where or {})
    if source.is_dir():
        if where:
            raise UserFacingError(
                "Photos in class folders have no columns to choose by",
                path=source,
                remedy="Leave out the choice, or use a CSV",
            )
        photos = tuple(_walk_folders(source))
    else:
        photos = tuple(_read_csv(source, where))
    if not photos:
        raise UserFacingError(
            "There are no labelled photos",
            path=source,
            remedy="Give a folder with one folder of photos for each class, or a CSV",
        )
    return LabelledSet(photos, tuple(sorted({photo.class_name for photo in photos})))


def _walk_folders(folder: Path) -> Iterator[LabelledPhoto]:
    inner = {entry.name for entry in folder.iterdir() if entry.is_dir()}
    splits = _SPLITS if inner == set(_SPLITS) else (None,)
    for split in splits:
        top = folder / split if split else folder
        for class_folder in sorted(top.iterdir()):
            if class_folder.is_dir() and not class_folder.name.startswith("."):
                for path in sorted(class_folder.rglob("*")):
                    if _is_picture_name(path.name) and path.is_file():
                        yield LabelledPhoto(path, class_folder.name, split)


def _is_picture_name(name: str) -> bool:
    return not name.startswith(".") and name.rpartition(".")[2].lower() in PICTURE_SUFFIXES


def _read_csv(source: Path, where: Mapping[str, str]) -> Iterator[LabelledPhoto]:
    try:
        with source.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            columns = set(rows.fieldnames or ())
            missing = [name for name in ("path", "class", *where) if name not in columns]
            if missing:
                raise UserFacingError(
                    f"The labels have no column {missing[0]!r}",
                    path=source,
                    remedy="The first line names the columns: path, class and perhaps split",
                )
            yield from _parse_rows(source, rows, where, has_split="split" in columns)
    except OSError as error:
        raise UserFacingError(
            f"The labels cannot be read ({error.strerror})",
            path=source,
            remedy="Check the path and its permissions",
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserFacingError(
            f"The labels are no CSV in UTF-8 ({error})",
            path=source,
            remedy="Save them as CSV with the encoding UTF-8",
        ) from error


def _parse_rows(
    source: Path, rows: "csv.DictReader[str]", where: Mapping[str, str], *, has_split: bool
) -> Iterator[LabelledPhoto]:
    folder = source.parent
    inside = folder.resolve()
    class_of: dict[Path, str] = {}
    for row in rows:
        line = rows.line_num
        if any(row[column] != value for column, value in where.items()):
            continue
        name, class_name = row["path"] or "", (row["class"] or "").strip()
        split = (row["split"] or "").strip() if has_split else None
        if not name or not class_name:
            raise _bad_row(source, line, "has no path or no class")
        if split is not None and split not in _SPLITS:
            raise _bad_row(source, line, f"has the split {split!r}, not 'train' or 'test'")
        path = folder / name
        try:
            resolved = path.resolve()
        except (OSError, ValueError) as error:
            raise _bad_row(source, line, "names no possible file") from error
        if not resolved.is_relative_to(inside):
            raise _bad_row(source, line, f"names a file outside the folder ({name!r})")
        if class_of.setdefault(resolved, class_name) != class_name:
            raise _bad_row(source, line, f"gives {name!r} a second class")
        yield LabelledPhoto(path, class_name, split)


def _bad_row(source: Path, line: int, what: str) -> UserFacingError:
    return UserFacingError(f"Line {line} of the labels {what}", path=source, remedy="Correct it")
