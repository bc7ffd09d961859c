"""How the command line speaks: results on stdout, progress and errors on stderr."""

import contextlib
import json
import sys
import time
from dataclasses import dataclass, field
from typing import TextIO

from ahash_desktop.cli.refusals import OutputLostError, say
from ahash_desktop.core.plain_text import NOT_PLAIN, plain_line
from ahash_desktop.core.updates import HoldKind, IndexProgress

_BAR_WIDTH = 28
_LINE_EVERY_S = 5.0
_WAITS = {
    HoldKind.PAUSED: "updates are paused (ahash resume)",
    HoldKind.ON_BATTERY: "this machine runs on its battery",
    HoldKind.BUSY: "other programs are busy",
    HoldKind.SHORTAGE: "this machine is out of something",
}


@dataclass
class Output:
    """Where a command writes.

    `as_json` puts exactly one JSON object on stdout and nothing else.
    """

    as_json: bool
    out: TextIO | None = field(default_factory=lambda: sys.stdout)
    err: TextIO | None = field(default_factory=lambda: sys.stderr)

    def result(self, data: dict[str, object], lines: list[str]) -> None:
        """The result of the command: `data` as JSON, or the lines for a person."""
        text = _json(data, self.out) if self.as_json else "\n".join(map(plain_line, lines))
        if text:
            say(_encodable(text, self.out), self.out)

    def note(self, text: str) -> None:
        """A remark for a person, on stderr; lost if nobody takes it."""
        with contextlib.suppress(OutputLostError):
            say(_encodable(plain_line(text), self.err), self.err)


class ProgressLine:
    """Shows progress on stderr: a bar on a terminal, a plain line now and then elsewhere."""

    def __init__(self, err: TextIO | None) -> None:
        self._err = err
        self._is_terminal = err is not None and err.isatty()
        self._last_line_at = time.monotonic()
        self._has_bar = False

    def show(self, progress: IndexProgress) -> None:
        """Shows how far an indexing run is, or what it waits for."""
        if progress.hold is not None:
            self.show_text(f"waiting: {progress.hold.told or _WAITS[progress.hold.kind]}")
        elif progress.phase == "scanning":
            text = f"looking through the folders: {progress.n_found:,} photos found"
            self.show_text(text)
        else:
            self.show_share(progress.n_done, progress.n_to_do, _pace(progress))

    def show_share(self, n_done: int, n_to_do: int, detail: str) -> None:
        """Shows a share of some work; `detail` may be empty."""
        share = n_done / n_to_do if n_to_do else 1.0
        filled = round(share * _BAR_WIDTH)
        bar = f"[{'#' * filled}{'.' * (_BAR_WIDTH - filled)}] " if self._is_terminal else ""
        parts = [f"{bar}{n_done:,} of {n_to_do:,} ({share:.0%})", *filter(None, [detail])]
        self.show_text(", ".join(parts))

    def show_text(self, text: str) -> None:
        """Shows one line, over the last one on a terminal."""
        text = _encodable(plain_line(text), self._err)
        if self._is_terminal:
            self._send(f"\r\x1b[K{text}")
            self._has_bar = True
        elif time.monotonic() - self._last_line_at >= _LINE_EVERY_S:
            self._last_line_at = time.monotonic()
            self._send(f"{text}\n")

    def finish(self) -> None:
        """Leaves a clean line behind."""
        if self._has_bar:
            self._send("\r\x1b[K")
            self._has_bar = False

    def _send(self, text: str) -> None:
        with contextlib.suppress(OutputLostError):
            say(text, self._err, end="")


def _pace(progress: IndexProgress) -> str:
    """How fast it goes and how long it will take, as far as that is known."""
    if progress.per_second <= 0:
        return "" if progress.n_done else "starting"
    decimals = 1 if progress.per_second < 10 else 0
    pace = f"{progress.per_second:.{decimals}f} photos/s"
    if progress.seconds_left is None:
        return pace
    return f"{pace}, {duration(progress.seconds_left)} left"


def duration(seconds: float | None) -> str:
    """A time span in words: "12 s", "3 min", "2 h 05 min", "an unknown time"."""
    if seconds is None:
        return "an unknown time"
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def size(n_bytes: float) -> str:
    """A file size in words: "512 bytes", "3.4 MB"."""
    if n_bytes < 1000:
        return f"{n_bytes:.0f} bytes"
    for unit in ("kB", "MB", "GB"):
        n_bytes /= 1000
        if n_bytes < 1000:
            return f"{n_bytes:.1f} {unit}"
    return f"{n_bytes / 1000:.1f} TB"


def _encodable(text: str, stream: TextIO | None) -> str:
    """Text that this stream can take, odd file names escaped."""
    encoding = (stream and stream.encoding) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _json(data: dict[str, object], stream: TextIO | None) -> str:
    """An object as JSON that any stream can take, with nothing in it that commands a terminal."""
    has_all = ((stream and stream.encoding) or "utf-8").lower().replace("-", "") == "utf8"
    text = json.dumps(data, ensure_ascii=not has_all)
    return NOT_PLAIN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
