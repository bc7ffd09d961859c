"""Numbers, durations and counts as a person reads them."""

import re
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from ahash_desktop.core.closeness import CLOSE, LOOSE, NONE, VERY_CLOSE
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import ProblemKind
from ahash_desktop.core.updates import Hold, HoldKind
from ahash_desktop.gui.base.sentences import sentence_text

translate = QCoreApplication.translate

_MINUTE_S = 60
_HOUR_MIN = 60
_MENU_MARKS = re.compile(r"\(&\w\)|&|…$")


class Named(Protocol):
    """What has a name in English and perhaps one in Chinese, else an empty one."""

    @property
    def name(self) -> str:
        """In English."""

    @property
    def name_zh(self) -> str:
        """In Chinese."""


def number_text(number: float, decimals: int = 0) -> str:
    """A number with the locale's separators."""
    locale = QLocale()
    if locale.language() == QLocale.Language.C:
        locale = QLocale(QLocale.Language.English)
    return locale.toString(float(number), "f", decimals)


def signed_text(number: float, decimals: int = 2) -> str:
    """A number with its sign: "+0.31" or "−0.08"."""
    return ("−" if number < 0 else "+") + number_text(abs(number), decimals)


def photos_text(n_photos: int) -> str:
    """So many photos: "1 photo", "13,306 photos"."""
    if n_photos == 1:
        return translate("wording", "1 photo")
    return translate("wording", "{count} photos").format(count=number_text(n_photos))


def problems_text(n_problems: int) -> str:
    """So many problems: "1 problem", "12 problems"."""
    if n_problems == 1:
        return translate("wording", "1 problem")
    return translate("wording", "{count} problems").format(count=number_text(n_problems))


def sidecars_text(n_sidecars: int) -> str:
    """So many sidecars: "1 sidecar", "12 sidecars"."""
    if n_sidecars == 1:
        return translate("wording", "1 sidecar")
    return translate("wording", "{count} sidecars").format(count=number_text(n_sidecars))


def stars_text(rating: int) -> str:
    """A rating: "no stars", "★★★"."""
    return "★" * rating if rating else translate("wording", "no stars")


def hold_text(hold: Hold) -> str:
    """What an update waits for, as a sentence."""
    texts = {
        HoldKind.PAUSED: translate("wording", "Updates are paused until you let them go on."),
        HoldKind.ON_BATTERY: translate("wording", "It goes on when there is mains power."),
        HoldKind.BUSY: translate("wording", "It goes on when other programs are done."),
        HoldKind.SHORTAGE: sentence_text(hold.told),
    }
    return texts[hold.kind]


def moment_text(seconds: float) -> str:
    """A date and time as the locale writes it.

    Args:
        seconds: Since the epoch.
    """
    moment = QDateTime.fromSecsSinceEpoch(int(seconds))
    if QLocale().language() == QLocale.Language.C:
        return moment.toString("yyyy-MM-dd HH:mm")
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)


def duration_text(seconds: float) -> str:
    """A rough duration: "5 s", "3 min", "1 h 20 min"."""
    whole = max(1, round(seconds))
    if whole < _MINUTE_S:
        return translate("wording", "{seconds} s").format(seconds=whole)
    minutes = round(whole / _MINUTE_S)
    if minutes < _HOUR_MIN:
        return translate("wording", "{minutes} min").format(minutes=minutes)
    hours, minutes = divmod(minutes, _HOUR_MIN)
    if minutes == 0:
        return translate("wording", "{hours} h").format(hours=hours)
    return translate("wording", "{hours} h {minutes} min").format(hours=hours, minutes=minutes)


def search_time_text(seconds: float) -> str:
    """How long a search took: "4 ms" or "1.3 s"."""
    if seconds < 1:
        milliseconds = seconds * 1000
        return translate("wording", "{number} ms").format(
            number=number_text(milliseconds, 1 if milliseconds < 10 else 0)
        )
    return translate("wording", "{number} s").format(number=number_text(seconds, 1))


def distance_text(distance: float, n_bits: int) -> str:
    """How far: "7 of 64 bits differ"; a mean over several examples keeps one decimal."""
    if distance == 0:
        return translate("wording", "all {n_bits} bits agree").format(n_bits=n_bits)
    return translate("wording", "{distance} of {n_bits} bits differ").format(
        distance=number_text(distance, 0 if float(distance).is_integer() else 1), n_bits=n_bits
    )


def closeness_text(word: str) -> str:
    """A word of `core.closeness` as it stands under a match."""
    return {
        VERY_CLOSE: translate("wording", "very close"),
        CLOSE: translate("wording", "close"),
        LOOSE: translate("wording", "loose"),
        NONE: translate("wording", "not close"),
    }[word]


def closeness_title(word: str) -> str:
    """The same word as it stands above matches."""
    text = closeness_text(word)
    return text[:1].upper() + text[1:]


def alike_text(word: str) -> str:
    """The same word as the beginning of what is said of two photos."""
    return {
        VERY_CLOSE: translate("wording", "Very alike"),
        CLOSE: translate("wording", "Alike"),
        LOOSE: translate("wording", "Somewhat alike"),
        NONE: translate("wording", "Not very alike"),
    }[word]


def bit_text(bit: int, name: str | None) -> str:
    """The name of a bit, or "bit 17"."""
    return name or translate("wording", "bit {number}").format(number=bit)


def speaks_chinese() -> bool:
    """Whether the window's language is Chinese."""
    return QLocale().language() == QLocale.Language.Chinese


def mark_text(said: Named) -> str:
    """The name of a field mark in the window's language."""
    return said.name_zh if speaks_chinese() and said.name_zh else said.name


def numbered_bit_text(bit: int, name: str | None) -> str:
    """The name of a bit with its number: "red crown (bit 17)", or "bit 17"."""
    return f"{name} ({bit_text(bit, None)})" if name else bit_text(bit, None)


def problem_kind_text(kind: ProblemKind) -> str:
    """A problem's kind in a word or two."""
    return {
        ProblemKind.VANISHED: translate("wording", "Gone"),
        ProblemKind.NO_PERMISSION: translate("wording", "No permission"),
        ProblemKind.UNREADABLE: translate("wording", "Unreadable"),
        ProblemKind.EMPTY: translate("wording", "Empty"),
        ProblemKind.NOT_A_PICTURE: translate("wording", "Not a picture"),
        ProblemKind.UNSUPPORTED: translate("wording", "Not supported"),
        ProblemKind.BROKEN: translate("wording", "Damaged"),
        ProblemKind.TOO_LARGE: translate("wording", "Too large"),
        ProblemKind.TOO_SLOW: translate("wording", "Too slow"),
        ProblemKind.OUT_OF_MEMORY: translate("wording", "Out of memory"),
        ProblemKind.CRASHED: translate("wording", "Crashed the reader"),
    }[kind]


def plain_menu_text(text: str) -> str:
    """The text of a menu without its underlined letter and dots: "Add folder", "添加文件夹"."""
    return _MENU_MARKS.sub("", text)


def error_text(error: Exception) -> str:
    """An error as a sentence or two for a person."""
    if isinstance(error, UserFacingError):
        what = sentence_text(error.what)
        if error.path is not None:
            what = translate("wording", "{what}: {path}").format(what=what, path=error.path)
        if not error.remedy:
            return translate("wording", "{what}.").format(what=what)
        remedy = sentence_text(error.remedy)
        return translate("wording", "{what}. {remedy}.").format(what=what, remedy=remedy)
    return translate("wording", "Something went wrong that should not have: {error}.").format(
        error=f"{type(error).__name__}: {error}".rstrip(".: ")
    )
