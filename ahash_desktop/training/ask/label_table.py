"""Labelled photos in a CSV as spreadsheets and other programs write it."""

import codecs
import csv
import io
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.ask.labels import (
    LabelledPhoto,
    Notice,
    ReadLabels,
    enumerated,
    find_split,
    split_rank,
)

_PATH, _CLASS, _SPLIT = "path", "class", "split"
_SEPARATORS = ",;\t|"
_MARK = "sep="
_NOTHING = re.compile(r"\A(?:[ ,;\t|]*\n)+")


def read_label_table(
    source: Path, where: Mapping[str, str], allowed: Sequence[Path] = ()
) -> ReadLabels:
    """The photos that a table names, in the order of its rows.

    The first line names the columns `path`, `class` and perhaps `split`, in any order and case,
    among others. Commas, semicolons, tabs or bars separate, or what a line `sep=` before it says;
    blanks around cells and rows without any cell say nothing; backslashes in a path are slashes
    unless there is a file of that name.

    Args:
        source: The table.
        where: Column to value: only rows that agree in all of them.
        allowed: Folders besides its own that it may name files in.

    Raises:
        UserFacingError: If the table cannot be read, lacks a column, or a row makes no sense or
            names a file outside the table's folder and those allowed.
    """
    text, separator, n_before = _load(source)
    table = None
    try:
        reader = csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
        table = _Table(source, next(reader, []), where, allowed)
        for cells in reader:
            table.take(reader.line_num + n_before, [cell.strip() for cell in cells])
    except csv.Error as error:
        raise _no_table(source, error) from error
    return table.result()


def _load(source: Path) -> tuple[str, str, int]:
    """A table's text from the line of its columns on, what separates, and the lines before it."""
    try:
        if not stat.S_ISREG(source.stat().st_mode):  # opening a pipe would wait for its other end
            raise UserFacingError(
                "The labels are no file", path=source, remedy="Give a folder, or a CSV"
            )
        data = source.read_bytes()
    except OSError as error:
        raise UserFacingError(
            f"The labels cannot be read ({error.strerror})",
            path=source,
            remedy="Check the path and its permissions",
        ) from error
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise _no_table(source, error) from error
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    rest = _NOTHING.sub("", whole)
    first = rest.partition("\n")[0]
    separator = _marked_separator(first)
    if separator:
        rest = _NOTHING.sub("", rest.partition("\n")[2])
    n_before = whole.count("\n") - rest.count("\n")
    return rest, separator or max(_SEPARATORS, key=first.count), n_before


def _marked_separator(line: str) -> str:
    """What a line such as `sep=;` says; empty if it is none."""
    mark = line.strip(' "')
    if not mark.casefold().startswith(_MARK) or len(mark.rstrip(_SEPARATORS)) > len(_MARK):
        return ""
    return mark[len(_MARK) :][:1]


class _Table:
    """The photos of a table's rows so far."""

    def __init__(
        self,
        source: Path,
        header: Sequence[str],
        where: Mapping[str, str],
        allowed: Sequence[Path],
    ) -> None:
        self._source = source
        self._folder = source.parent
        self._inside = tuple(folder.resolve() for folder in (source.parent, *allowed))
        columns = [cell.strip().casefold() for cell in header]
        missing = [name for name in (_PATH, _CLASS, *where) if name.casefold() not in columns]
        if missing:
            raise UserFacingError(
                f"The labels have no column {missing[0]!r}",
                path=source,
                remedy="The first line names the columns: path, class and perhaps split",
            )
        self._path_at, self._class_at = columns.index(_PATH), columns.index(_CLASS)
        self._split_at = columns.index(_SPLIT) if _SPLIT in columns else None
        self._wanted = {columns.index(name.casefold()): value for name, value in where.items()}
        self._n_columns = len(columns)
        self._photos: dict[Path, LabelledPhoto] = {}
        self._again: list[str] = []
        self._in_two_splits: list[str] = []

    def take(self, line: int, cells: list[str]) -> None:
        """Takes in a row.

        Raises:
            UserFacingError: If it makes no sense.
        """
        if not any(cells):
            return
        cells = cells + [""] * (self._n_columns - len(cells))
        if any(cells[column] != value for column, value in self._wanted.items()):
            return
        name, class_name = cells[self._path_at], cells[self._class_at]
        if not name or not class_name:
            raise self._bad_row(line, "has no path or no class")
        split = None
        if self._split_at is not None:
            split = find_split(cells[self._split_at])
            if split is None:
                word = cells[self._split_at]
                raise self._bad_row(line, f"has the split {word!r}, not 'train', 'val' or 'test'")
        try:
            path = self._path(name)
            resolved = path.resolve()
        except (OSError, ValueError) as error:
            raise self._bad_row(line, "names no possible file") from error
        if not any(resolved.is_relative_to(folder) for folder in self._inside):
            raise self._bad_row(line, f"names a file outside the folder ({name!r})")
        known = self._photos.setdefault(resolved, LabelledPhoto(path, class_name, split))
        if known.path is path:
            return
        if known.class_name != class_name:
            raise self._bad_row(line, f"gives {name!r} a second class")
        self._note_again(resolved, known, split, name)

    def result(self) -> ReadLabels:
        """All photos, and what was noticed."""
        notices = []
        if self._again:
            names = enumerated(self._again)
            notices.append(Notice(f"Rows that name a photo again are left out: {names}"))
        if self._in_two_splits:
            names = enumerated(self._in_two_splits)
            notices.append(
                Notice(f"Photos in two splits stay in the first of train, val and test: {names}")
            )
        return ReadLabels(tuple(self._photos.values()), tuple(notices))

    def _note_again(
        self, resolved: Path, known: LabelledPhoto, split: str | None, name: str
    ) -> None:
        if split == known.split:
            self._again.append(name)
            return
        self._in_two_splits.append(name)
        if split_rank(split) < split_rank(known.split):
            self._photos[resolved] = replace(known, split=split)

    def _path(self, name: str) -> Path:
        path = self._folder / name
        if "\\" in name and not path.exists():
            return self._folder / name.replace("\\", "/")
        return path

    def _bad_row(self, line: int, what: str) -> UserFacingError:
        return UserFacingError(
            f"Line {line} of the labels {what}", path=self._source, remedy="Correct it"
        )


def _no_table(source: Path, error: Exception) -> UserFacingError:
    return UserFacingError(
        f"The labels are no CSV in UTF-8 ({error})",
        path=source,
        remedy="Save them as CSV with the encoding UTF-8",
    )
