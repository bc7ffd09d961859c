"""What may stand in each column of a library: whatever else does, no version has written."""

import math
import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path, PurePath, PureWindowsPath

from ahash_desktop.core.labels import LONGEST_LABEL, LabelDeed, clean_label
from ahash_desktop.core.records import PhotoState, ProblemKind, RootState

Check = Callable[[object], bool]

_LARGEST_ID = 2**48
_LARGEST_FILE = 2**53
_LARGEST_SIDE = 2**31
_LATEST_S = 2.6e11
_LONGEST_NAME = 255
_LONGEST_PATH = 32_767
_MOST_BITS = 4096
_KEY_BYTES = 16
_BOX = re.compile(r"\d{1,10}\.\d(,\d{1,10}\.\d){3}")
_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def is_place(path: PurePath) -> bool:
    """Whether a path can be that of a folder of photos: a whole one, but not all of the disk."""
    text = str(path)
    return (
        len(text) <= _LONGEST_PATH
        and "\0" not in text
        and path.is_absolute()
        and len(path.parts) > 1
        and ".." not in path.parts
    )


def _is_path_of_any_system(value: object) -> bool:
    """A whole path, of this system or of the one the library was made on."""
    return isinstance(value, str) and (
        is_place(Path(value)) or (PureWindowsPath(value).is_absolute() and "\0" not in value)
    )


def _is_below(value: object) -> bool:
    """Whether a relative path, with slashes, stays below where it begins."""
    if not isinstance(value, str) or len(value) > _LONGEST_PATH or "\0" in value:
        return False
    names = value.split("/")
    if os.name == "nt" and PureWindowsPath(value).drive:
        return False
    return all(0 < len(name) <= _LONGEST_NAME and name != "." for name in names) and (
        ".." not in value.replace("\\", "/").split("/")
    )


def _whole(least: int, most: int) -> Check:
    return lambda value: type(value) is int and least <= value <= most


def _is_moment(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value) and abs(value) <= _LATEST_S


def _is_share(value: object) -> bool:
    return isinstance(value, float) and 0 <= value <= 1


def _text(longest: int) -> Check:
    return lambda value: isinstance(value, str) and len(value) <= longest and "\0" not in value


def _word(words: type[StrEnum]) -> Check:
    allowed = {word.value for word in words}
    return lambda value: value in allowed


def _is_iso_time(value: object) -> bool:
    if not isinstance(value, str) or not _ISO_TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _blob(least: int, most: int) -> Check:
    return lambda value: isinstance(value, bytes) and least <= len(value) <= most


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _is_box(value: object) -> bool:
    """Whether it is four numbers, as `core.corrections.box_text` writes them."""
    return isinstance(value, str) and _BOX.fullmatch(value) is not None


def _is_label(value: object) -> bool:
    """Whether it is a label as people's are kept."""
    return isinstance(value, str) and value != "" and clean_label(value) == value


_is_id = _whole(1, _LARGEST_ID)
_is_key = _or_none(_blob(_KEY_BYTES, _KEY_BYTES))
_is_side = _or_none(_whole(1, _LARGEST_SIDE))

CHECKS: Mapping[str, Mapping[str, Check]] = {
    "roots": {
        "root_id": _is_id,
        "path": _is_path_of_any_system,
        "state": _word(RootState),
        "added_at": _is_moment,
        "scanned_at": _or_none(_is_moment),
    },
    "photos": {
        "photo_id": _is_id,
        "root_id": _is_id,
        "relative_path": _is_below,
        "size_bytes": _whole(0, _LARGEST_FILE),
        "mtime_ns": _whole(-(2**63), 2**63 - 1),
        "state": _word(PhotoState),
        "state_when_seen": _or_none(_word(PhotoState)),
        "missing_since": _or_none(_is_moment),
        "added_at": _is_moment,
        "encoded_at": _or_none(_is_moment),
        "local_time_s": _whole(-int(_LATEST_S), int(_LATEST_S)),
        "content_key": _is_key,
        "content_digest": _is_key,
        "width": _is_side,
        "height": _is_side,
        "format": _or_none(_text(100)),
        "taken_at": _or_none(_is_iso_time),
        "camera": _or_none(_text(1000)),
        "orientation": _or_none(_whole(1, 8)),
        "problem_kind": _or_none(_word(ProblemKind)),
        "problem_reason": _or_none(_text(10_000)),
        "problem_at": _or_none(_is_moment),
        "trashed_at": _or_none(_is_moment),
    },
    "models": {
        "model_key": _is_id,
        "model_id": _text(200),
        "name": _text(200),
        "n_bits": _whole(1, _MOST_BITS),
        "manifest": _text(10_000_000),
        "added_at": _is_moment,
    },
    "codes": {
        "model_key": _is_id,
        "photo_id": _is_id,
        "code": _blob(1, _MOST_BITS // 8),
        "activations": _blob(1, _MOST_BITS * 2),
        "domain": _or_none(_text(100)),
        "confidence": _or_none(_is_share),
        "box": _or_none(_is_box),
        "part": _or_none(_is_box),
        "is_corrected": _or_none(_whole(1, 1)),
        "version": _or_none(_whole(0, 2**62)),
    },
    "bit_names": {
        "model_key": _is_id,
        "bit": _whole(0, _MOST_BITS - 1),
        "name": _text(1000),
        "named_at": _is_moment,
    },
    "favourites": {
        "content_key": _blob(_KEY_BYTES, _KEY_BYTES),
        "content_digest": _blob(_KEY_BYTES, _KEY_BYTES),
        "marked_at": _is_moment,
    },
    "corrections": {
        "content_key": _blob(_KEY_BYTES, _KEY_BYTES),
        "content_digest": _blob(_KEY_BYTES, _KEY_BYTES),
        "box": _is_box,
        "width": _whole(1, _LARGEST_SIDE),
        "height": _whole(1, _LARGEST_SIDE),
        "corrected_at": _is_moment,
    },
    "labels": {
        "content_key": _blob(_KEY_BYTES, _KEY_BYTES),
        "content_digest": _blob(_KEY_BYTES, _KEY_BYTES),
        "name": _is_label,
        "labelled_at": _is_moment,
    },
    "refusals": {
        "content_key": _blob(_KEY_BYTES, _KEY_BYTES),
        "content_digest": _blob(_KEY_BYTES, _KEY_BYTES),
        "name": _is_label,
        "refused_at": _is_moment,
    },
    "label_steps": {
        "step": _is_id,
        "what": _word(LabelDeed),
        "name": _text(3 * LONGEST_LABEL),
        "made_at": _is_moment,
        "is_undone": _whole(0, 1),
    },
    "label_changes": {
        "step": _is_id,
        "place": _whole(0, _LARGEST_ID),
        "content_key": _blob(_KEY_BYTES, _KEY_BYTES),
        "content_digest": _blob(_KEY_BYTES, _KEY_BYTES),
        "field": lambda value: value in ("label", "refusal"),
        "before": _or_none(_is_label),
        "after": _or_none(_is_label),
    },
}
"""Checks by table and column. What is known of a folder on the machine it was on is in none."""
