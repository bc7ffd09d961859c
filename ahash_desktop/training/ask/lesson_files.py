"""A lesson on disk: what was asked, how far it is, and what came of it, in files of a folder."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import replace_file
from ahash_desktop.core.plain_records import from_plain, to_plain
from ahash_desktop.training.ask.lesson import Lesson, LessonReport, LessonState

_log = logging.getLogger(__name__)
_Record = TypeVar("_Record")

_LESSON, _REPORT, _STANDING = "lesson.json", "report.json", "standing.json"
MODEL = "model"
"""The folder inside a lesson's that holds its model until it is adopted."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a lesson is, between two sittings; `batch_size` 0 is the recipe's."""

    state: LessonState = LessonState.READY
    share_done: float = 0.0
    batch_size: int = 0
    seconds: float = 0.0


def save_lesson(folder: Path, lesson: Lesson) -> None:
    """Keeps what was asked.

    Raises:
        UserFacingError: If it cannot be written.
    """
    _save(folder / _LESSON, lesson)


def load_lesson(folder: Path) -> Lesson:
    """What was asked.

    Raises:
        UserFacingError: If it is not there or makes no sense.
    """
    return _load(folder / _LESSON, Lesson)


def save_report(folder: Path, report: LessonReport) -> None:
    """Keeps what came of a lesson.

    Raises:
        UserFacingError: If it cannot be written.
    """
    _save(folder / _REPORT, report)


def find_report(folder: Path) -> LessonReport | None:
    """What came of a lesson; None if it is not over."""
    try:
        return _load(folder / _REPORT, LessonReport)
    except UserFacingError:
        return None


def save_standing(folder: Path, standing: Standing) -> None:
    """Keeps how far a lesson is.

    Raises:
        UserFacingError: If it cannot be written.
    """
    _save(folder / _STANDING, standing)


def load_standing(folder: Path) -> Standing:
    """How far a lesson is; one that says nothing was not started."""
    try:
        return _load(folder / _STANDING, Standing)
    except UserFacingError:
        return Standing()


def _save(path: Path, record: object) -> None:
    try:
        replace_file(path, json.dumps(to_plain(record), ensure_ascii=False).encode())
    except OSError as error:
        raise UserFacingError(
            f"the lesson cannot be kept ({error.strerror or error})",
            path=path.parent,
            remedy="Make room on the disk, then go on",
        ) from error


def _load(path: Path, kind: type[_Record]) -> _Record:
    try:
        return from_plain(kind, json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError) as error:
        if not isinstance(error, FileNotFoundError):
            _log.warning("%s cannot be read: %s", path, error)
        raise UserFacingError(
            "there is no such lesson, or it cannot be read",
            path=path.parent,
            remedy="Begin it anew",
        ) from error
