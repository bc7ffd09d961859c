"""The user's choices, kept as JSON in the library folder."""

import json
import logging
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from ahash_desktop.core.errors import ShortageError
from ahash_desktop.core.files import replace_file

_log = logging.getLogger(__name__)

DEVICES = ("auto", "cpu", "cuda", "mps")
THEMES = ("system", "light", "dark")
LANGUAGES = ("system", "en", "zh_CN")
RANKINGS = ("bits", "strength")
SIDECAR_NAMINGS = ("whole", "stem")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose; every field has a sensible default.

    `model` is the name of a bundle, `previous_model` the one used before it, if any, and
    `next_model` the one whose codes are being made to replace it, if any. `threads` 0 means as many
    as the machine has cores,
    `max_pixels` refuses larger pictures, `decode_timeout_s` gives up on slower ones.

    `rank_by` orders matches by how many "bits" differ, or by how alike the "strength" of all is.

    Of updates: `paused` holds them until it is taken back, `only_when_idle` while other programs
    are busy, `not_on_battery` while there is no mains power; `encode_newest_first` is their order.
    The engine is replaced after `recycle_after` photos, and when it needs more than
    `max_memory_mb` (0: half of the machine's).

    Of folders: `exclude` are patterns of names that are passed over, with semicolons between them;
    `watch` follows changes as they happen, `rescan_minutes` is how often folders are looked through
    that cannot be followed. Photos whose files are gone are asked about after `keep_missing_days`.

    Thumbnails lie in `thumbnails_folder` (empty: beside the library) and take up at most
    `thumbnails_max_mb` (0: as much as they need). `thumbnails_earlier` is where they lay before.

    `sidecar_naming` is how XMP sidecars are called: `photo.jpg.xmp` ("whole") or
    `photo.xmp` ("stem").
    """

    model: str = "birds-and-cars-64"
    previous_model: str = ""
    next_model: str = ""
    device: str = "auto"
    threads: int = 0
    theme: str = "system"
    language: str = "system"
    rank_by: str = "bits"
    max_pixels: int = 300_000_000
    decode_timeout_s: float = 60.0
    paused: bool = False
    only_when_idle: bool = False
    not_on_battery: bool = False
    encode_newest_first: bool = False
    recycle_after: int = 20_000
    max_memory_mb: int = 0
    exclude: str = ""
    watch: bool = True
    rescan_minutes: int = 10
    keep_missing_days: int = 30
    thumbnails_folder: str = ""
    thumbnails_earlier: str = ""
    thumbnails_max_mb: int = 0
    sidecar_naming: str = "whole"

    def __post_init__(self) -> None:
        checks = {
            "model": isinstance(self.model, str) and bool(self.model),
            "previous_model": isinstance(self.previous_model, str),
            "next_model": isinstance(self.next_model, str),
            "device": self.device in DEVICES,
            "threads": type(self.threads) is int and 0 <= self.threads <= 256,
            "theme": self.theme in THEMES,
            "language": self.language in LANGUAGES,
            "rank_by": self.rank_by in RANKINGS,
            "max_pixels": type(self.max_pixels) is int and self.max_pixels >= 1_000_000,
            "decode_timeout_s": isinstance(self.decode_timeout_s, int | float)
            and self.decode_timeout_s >= 1,
            "recycle_after": type(self.recycle_after) is int and self.recycle_after >= 100,
            "max_memory_mb": type(self.max_memory_mb) is int
            and (self.max_memory_mb == 0 or self.max_memory_mb >= 1000),
            "sidecar_naming": self.sidecar_naming in SIDECAR_NAMINGS,
            "exclude": isinstance(self.exclude, str),
            "rescan_minutes": type(self.rescan_minutes) is int and self.rescan_minutes >= 1,
            "keep_missing_days": type(self.keep_missing_days) is int
            and 1 <= self.keep_missing_days <= 36_500,
            "thumbnails_folder": isinstance(self.thumbnails_folder, str),
            "thumbnails_earlier": isinstance(self.thumbnails_earlier, str),
            "thumbnails_max_mb": type(self.thumbnails_max_mb) is int
            and (self.thumbnails_max_mb == 0 or self.thumbnails_max_mb >= 10),
        }
        switches = ("paused", "only_when_idle", "not_on_battery", "encode_newest_first", "watch")
        for name in switches:
            checks[name] = isinstance(getattr(self, name), bool)
        wrong = [name for name, holds in checks.items() if not holds]
        if wrong:
            raise ValueError(f"setting {wrong[0]!r} cannot be {getattr(self, wrong[0])!r}")


def load_settings(path: Path) -> Settings:
    """The settings in a file; a missing file gives the defaults.

    A value that does not fit falls back to its default and is logged; it never stops the
    program. A file that is no JSON at all is kept beside as `settings.json.bad`.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        _log.warning("settings %s cannot be read (%s): defaults are used", path, error)
        return Settings()
    except ValueError as error:
        _log.warning("settings %s are no JSON (%s): defaults are used", path, error)
        _keep_beside(path)
        return Settings()
    return _settings_from(stored if isinstance(stored, dict) else {})


def save_settings(path: Path, settings: Settings) -> None:
    """Writes the settings; keys of other program versions in the file are kept.

    Raises:
        ShortageError: If the disk is full or the folder cannot be written; the old ones then stay.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        stored = {}
    known = stored if isinstance(stored, dict) else {}
    merged = {**known, **asdict(settings)}
    data = (json.dumps(merged, indent=2, sort_keys=True) + "\n").encode()
    try:
        replace_file(path, data)
    except OSError as error:
        raise ShortageError(
            f"the settings cannot be kept ({error.strerror or error})",
            path=path,
            remedy="Make room on the disk, and see that the folder may be written",
        ) from error


def change_settings(path: Path, **changes: Any) -> Settings:
    """Changes some of the settings in a file, and gives them all; the others stay as they are.

    Where thumbnails lay before their place is changed is kept too.

    Raises:
        ShortageError: If the file cannot be read now, lest defaults take the place of what is in
            it, or cannot be written.
        ValueError: If a value does not fit.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        stored = {}
    except OSError as error:
        raise ShortageError(
            f"the settings cannot be read ({error.strerror or error})",
            path=path,
            remedy="See that the disk is there and the file may be read, then try again",
        ) from error
    known = _settings_from(stored if isinstance(stored, dict) else {})
    changed = replace(known, **changes)
    if changed.thumbnails_folder != known.thumbnails_folder:
        changed = replace(changed, thumbnails_earlier=known.thumbnails_folder)
    save_settings(path, changed)
    return changed


def _settings_from(stored: dict[str, Any]) -> Settings:
    good: dict[str, Any] = {}
    for field in fields(Settings):
        if field.name not in stored:
            continue
        try:
            Settings(**{field.name: stored[field.name]})
        except (ValueError, TypeError) as error:
            _log.warning("%s: the default is used", error)
        else:
            good[field.name] = stored[field.name]
    return Settings(**good)


def _keep_beside(path: Path) -> None:
    try:
        path.replace(path.with_suffix(".json.bad"))
    except OSError as error:
        _log.warning("settings %s cannot be set aside (%s)", path, error)
