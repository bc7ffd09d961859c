"""The user's choices, kept as JSON in the library folder."""

import contextlib
import json
import logging
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ahash_desktop.core.errors import ShortageError
from ahash_desktop.core.files import replace_file
from ahash_desktop.core.privacy import make_private_folder

_log = logging.getLogger(__name__)

DEVICES = ("auto", "cpu", "cuda", "mps")
THEMES = ("system", "light", "dark")
LANGUAGES = ("system", "en", "zh_CN")
RANKINGS = ("shortlist", "bits", "strength")
DOUBLE_CLICKS = ("look", "find")
SIDECAR_NAMINGS = ("whole", "stem")

CHOICES: Mapping[str, tuple[str, ...]] = {
    "device": DEVICES,
    "theme": THEMES,
    "language": LANGUAGES,
    "rank_by": RANKINGS,
    "sidecar_naming": SIDECAR_NAMINGS,
    "double_click": DOUBLE_CLICKS,
}
"""The settings that can be one of a few words."""
RANGES: Mapping[str, str] = {
    "threads": "a whole number from 0 (all cores) to 256",
    "max_pixels": "a whole number from 1000000 on",
    "decode_timeout_s": "a number of seconds from 1 on",
    "recycle_after": "a whole number from 100 on",
    "max_memory_mb": "0 (half of the machine's) or a whole number from 1000 on",
    "rescan_minutes": "a whole number from 1 on",
    "keep_missing_days": "a whole number from 1 to 36500",
    "thumbnails_max_mb": "0 (as much as they need) or a whole number from 10 on",
}
"""The settings that are numbers, and which."""

_PATIENCE_S = 20.0
_POLL_S = 0.005
_MOST_EARLIER_PLACES = 8


def _at_next_start(default: Any) -> Any:
    """A field that a program which is open follows only when it is started again."""
    return field(default=default, metadata={"at_next_start": True})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose; every field has a sensible default.

    `model` is the name of a bundle, `previous_model` the one used before it, if any, and
    `next_model` the one whose codes are being made to replace it, if any. `threads` 0 means as many
    as the machine has cores,
    `max_pixels` refuses larger pictures, `decode_timeout_s` gives up on slower ones.

    `rank_by` orders matches by how many "bits" differ, by how alike the "strength" of all is, or,
    "shortlist", by strength among those of whom the fewest bits differ.

    Of updates: `paused` holds them until it is taken back, `only_when_idle` while other programs
    are busy, `not_on_battery` while there is no mains power; `encode_newest_first` is their order.
    The engine is replaced after `recycle_after` photos, and when it needs more than
    `max_memory_mb` (0: half of the machine's).

    Of folders: `exclude` are patterns of names that are passed over, with semicolons between them;
    `follow_links` goes into folders that links lead to;
    `watch` follows changes as they happen, `rescan_minutes` is how often folders are looked through
    that cannot be followed. Photos whose files are gone are asked about after `keep_missing_days`.

    Thumbnails lie in `thumbnails_folder` (empty: beside the library) and take up at most
    `thumbnails_max_mb` (0: as much as they need). `thumbnails_earlier` is where they lay before,
    one place a line, the latest first.

    `double_click` on a photo has a "look" at it large, or does "find" similar ones.

    `sidecar_naming` is how XMP sidecars are called: `photo.jpg.xmp` ("whole") or
    `photo.xmp` ("stem").
    """

    model: str = "birds-and-cars-128"
    previous_model: str = ""
    next_model: str = ""
    device: str = _at_next_start("auto")
    threads: int = _at_next_start(0)
    theme: str = "system"
    language: str = _at_next_start("system")
    rank_by: str = "shortlist"
    double_click: str = "look"
    max_pixels: int = _at_next_start(300_000_000)
    decode_timeout_s: float = _at_next_start(60.0)
    paused: bool = False
    only_when_idle: bool = False
    not_on_battery: bool = False
    encode_newest_first: bool = False
    recycle_after: int = _at_next_start(20_000)
    max_memory_mb: int = _at_next_start(0)
    exclude: str = ""
    follow_links: bool = False
    watch: bool = True
    rescan_minutes: int = 10
    keep_missing_days: int = 30
    thumbnails_folder: str = _at_next_start("")
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
            "double_click": self.double_click in DOUBLE_CLICKS,
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
        for name in (known.name for known in fields(self) if known.type is bool):
            checks[name] = isinstance(getattr(self, name), bool)
        wrong = [name for name, holds in checks.items() if not holds]
        if wrong:
            raise ValueError(f"setting {wrong[0]!r} cannot be {getattr(self, wrong[0])!r}")

    def in_effect(self, at_start: "Settings") -> "Settings":
        """These choices as a program follows them that was started with others.

        What counts only from the next start on is as it was at the start.
        """
        return replace(self, **{name: getattr(at_start, name) for name in AT_NEXT_START})

    def differing(self, other: "Settings") -> frozenset[str]:
        """Names of the choices in which another's differ."""
        return frozenset(
            each.name
            for each in fields(self)
            if getattr(self, each.name) != getattr(other, each.name)
        )


AT_NEXT_START = frozenset(
    each.name for each in fields(Settings) if each.metadata.get("at_next_start")
)
"""Names of the settings that an open program follows only when it is started again."""


def load_settings(path: Path) -> Settings:
    """The settings in a file; a missing file gives the defaults.

    A value that does not fit falls back to its default and is logged; it never stops the
    program. A file that is no JSON at all is kept beside as `settings.json.bad`.
    """
    try:
        return _settings_from(_stored(path))
    except OSError as error:
        _log.warning("settings %s cannot be read (%s): defaults are used", path, error)
    except ValueError as error:
        _log.warning("settings %s are no JSON (%s): defaults are used", path, error)
        with contextlib.suppress(ShortageError), _locked(path):
            _set_aside_if_bad(path)
    return Settings()


def settings_in_effect(path: Path, at_start: Settings) -> Settings:
    """The settings in a file as a program follows them that was started with `at_start`."""
    return load_settings(path).in_effect(at_start)


def save_settings(path: Path, settings: Settings) -> None:
    """Writes all settings; keys of other program versions in the file are kept.

    Raises:
        ShortageError: If the disk is full or the folder cannot be written; the old ones then stay.
    """
    with _locked(path):
        try:
            stored = _stored(path)
        except (ValueError, OSError):
            stored = {}
        _write(path, stored | asdict(settings))


def change_settings(path: Path, **changes: Any) -> Settings:
    """Changes some of the settings in a file, and gives them all; the others stay as they are.

    Where thumbnails lay before their place is changed is kept too.

    Raises:
        ShortageError: If the file cannot be read now, lest defaults take the place of what is in
            it, or cannot be written.
        ValueError: If a value does not fit.
    """
    return edit_settings(path, lambda _settings: changes)


def edit_settings(path: Path, edit: Callable[[Settings], Mapping[str, Any]]) -> Settings:
    """Changes settings by what they are, and gives them all; nobody else changes them meanwhile.

    Threads and processes wait for each other here, so that no change undoes another one.

    Args:
        path: The file.
        edit: Is given the settings and says what to change; all else in the file stays as it is.

    Raises:
        ShortageError: As `change_settings`.
        ValueError: If a value does not fit.
    """
    with _locked(path):
        try:
            stored = _stored(path)
        except ValueError:
            _set_aside_if_bad(path)
            stored = {}
        except OSError as error:
            raise ShortageError(
                f"the settings cannot be read ({error.strerror or error})",
                path=path,
                remedy="See that the disk is there and the file may be read, then try again",
            ) from error
        known = _settings_from(stored)
        changes = dict(edit(known))
        if changes.get("thumbnails_folder", known.thumbnails_folder) != known.thumbnails_folder:
            changes.setdefault("thumbnails_earlier", _earlier_places(known))
        changed = replace(known, **changes)
        if any(name not in stored or stored[name] != changes[name] for name in changes):
            _write(path, stored | changes)
    return changed


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keeps everybody else from changing the file, in this process and in others.

    Raises:
        ShortageError: If the folder cannot be written, or somebody holds the file for long.
    """
    lock = FileLock(
        path.with_suffix(".lock"), timeout=_PATIENCE_S, poll_interval=_POLL_S, mode=0o600
    )
    try:
        make_private_folder(path.parent)
        lock.acquire()
    except Timeout:
        raise ShortageError(
            "another program holds the settings", path=path, remedy="Try again in a moment"
        ) from None
    except OSError as error:
        raise _not_kept(path, error) from error
    try:
        yield
    finally:
        lock.release()


def _stored(path: Path) -> dict[str, Any]:
    """What is in the file; nothing of one that is not there or holds no object.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is no JSON, or no file: reading a pipe or a device might never end.
    """
    try:
        if not path.is_dir() and not stat.S_ISREG(path.stat().st_mode):
            raise ValueError("it is no file")
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except RecursionError as error:
        raise ValueError(str(error)) from error
    return stored if isinstance(stored, dict) else {}


def _write(path: Path, values: Mapping[str, Any]) -> None:
    data = (json.dumps(values, indent=2, sort_keys=True) + "\n").encode()
    try:
        replace_file(path, data)
    except OSError as error:
        raise _not_kept(path, error) from error


def _not_kept(path: Path, error: OSError) -> ShortageError:
    return ShortageError(
        f"the settings cannot be kept ({error.strerror or error})",
        path=path,
        remedy="Make room on the disk, and see that the folder may be written",
    )


def _earlier_places(known: Settings) -> str:
    """Where thumbnails may lie still once they are to lie elsewhere; the library's own is known."""
    places = [known.thumbnails_folder, *known.thumbnails_earlier.split("\n")]
    named = dict.fromkeys(place for place in places if place)
    return "\n".join(list(named)[:_MOST_EARLIER_PLACES])


def _settings_from(stored: dict[str, Any]) -> Settings:
    good: dict[str, Any] = {}
    for known in fields(Settings):
        if known.name not in stored:
            continue
        try:
            Settings(**{known.name: stored[known.name]})
        except (ValueError, TypeError) as error:
            _log.warning("%s: the default is used", error)
        else:
            good[known.name] = stored[known.name]
    return Settings(**good)


def _set_aside_if_bad(path: Path) -> None:
    """Keeps a file beside that is no JSON; one that was mended meanwhile stays."""
    try:
        _stored(path)
    except ValueError:
        pass
    except OSError:
        return
    else:
        return
    try:
        path.replace(path.with_suffix(".json.bad"))
    except OSError as error:
        _log.warning("settings %s cannot be set aside (%s)", path, error)
