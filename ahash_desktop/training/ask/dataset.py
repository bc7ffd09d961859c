"""Labelled photos: a folder of class folders, or a CSV that names them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.ask.class_folders import read_class_folders
from ahash_desktop.training.ask.label_table import read_label_table
from ahash_desktop.training.ask.labels import LabelledPhoto, Notice


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Photos in the order of their source, their classes by name, and what was noticed."""

    photos: tuple[LabelledPhoto, ...]
    classes: tuple[str, ...]
    notices: tuple[Notice, ...] = ()

    @property
    def has_split(self) -> bool:
        """Whether the photos are divided into splits."""
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
                remedy="Mark photos in the column 'split' as 'train', 'val' or 'test'",
            )
        return LabelledSet(photos, self.classes, self.notices)


def load_labelled(
    source: Path,
    where: Mapping[str, str] | None = None,
    *,
    without: Collection[str] = (),
    allowed: Sequence[Path] = (),
) -> LabelledSet:
    """The labelled photos of a source; the photos themselves are not opened.

    Args:
        source: A folder of class folders, or of folders of these named `train`, `val`, `valid`,
            `validation` and `test` in any case; or a CSV with the columns `path` (relative to its
            folder), `class` and, if photos are divided, `split`, with the same words.
        where: Column to value: only rows of the CSV that agree in all of them.
        without: Splits that are left out; their folders are not looked into.
        allowed: Folders besides its own that the CSV may name files in.

    Raises:
        UserFacingError: If the source cannot be read, lacks a column, a row makes no sense or
            names a file outside the CSV's folder and those allowed, or nothing is left.
    """
    if source.is_dir():
        if where:
            raise UserFacingError(
                "Photos in class folders have no columns to choose by",
                path=source,
                remedy="Leave out the choice, or use a CSV",
            )
        found = read_class_folders(source, without)
    else:
        found = read_label_table(source, where or {}, allowed)
    photos = tuple(photo for photo in found.photos if photo.split not in without)
    if not photos:
        raise UserFacingError(
            "There are no labelled photos" + "".join(f". {notice}" for notice in found.notices[:3]),
            path=source,
            remedy="Give a folder with one folder of photos for each class, or a CSV",
        )
    classes = tuple(sorted({photo.class_name for photo in photos}))
    return LabelledSet(photos, classes, found.notices)
