"""Running pip with its output in a log, one line of progress, and a clear word when it fails."""

import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TextIO

from ahash_desktop.core.errors import UserFacingError

_TICK_S = 1.0
_N_RESUMED = "20"
"""How often pip, from 25.1 on, goes on with a download that broke off."""
_STEP = re.compile(
    r"^\s*(?P<verb>Collecting|Downloading|Installing collected packages|Obtaining|Building)"
    r"[ :]+(?P<what>\S+)?(?P<size> \([\d.]+ [kMG]B\))?"
)
_VERBS = {
    "Collecting": "finding",
    "Obtaining": "finding",
    "Downloading": "downloading",
    "Building": "building",
}
_NO_NETWORK = (
    "Temporary failure in name resolution|Name or service not known|getaddrinfo failed"
    "|NewConnectionError|NameResolutionError|Network is unreachable|Connection refused"
    "|Max retries exceeded|Read timed out|ReadTimeoutError|ConnectTimeout|ProxyError"
)
_CAUSES = (
    ("No space left on device|Errno 28|WinError 112", "the disk is full", "Free space"),
    (
        "CERTIFICATE_VERIFY_FAILED|SSLError",
        "the package index's certificate was not trusted",
        "Check the proxy and certificate settings of pip",
    ),
    (_NO_NETWORK, "the package index could not be reached", "Check the network connection"),
    (
        r"No matching distribution found for (?P<name>\S+)",
        "there is no {name} for this Python and machine",
        "Try another Python version (3.11 to 3.13)",
    ),
)


class ProgressLine:
    """Tells a person on stderr how far a long step is.

    On a terminal one line is written over and over, elsewhere a line every `interval_s`.

    Args:
        stream: Where to write; None, as in a program without a console, writes nothing.
        interval_s: Seconds between lines where there is no terminal.
    """

    def __init__(self, stream: TextIO | None, interval_s: float = 15.0) -> None:
        self._stream = stream
        self._interval_s = interval_s
        self._on_terminal = stream is not None and stream.isatty()
        self._started_at = time.monotonic()
        self._said_at = self._started_at

    def say(self, text: str) -> None:
        """Writes a whole line."""
        if self._stream is not None:
            clear = "\r\x1b[K" if self._on_terminal else ""
            self._stream.write(f"{clear}{text}\n")
            self._stream.flush()

    def update(self, text: str) -> None:
        """Says what is going on just now, with the seconds so far."""
        if self._stream is None:
            return
        now = time.monotonic()
        line = f"  {now - self._started_at:4.0f} s  {text}"
        if self._on_terminal:
            self._stream.write(f"\r\x1b[K{line[:78]}")
            self._stream.flush()
        elif now - self._said_at >= self._interval_s:
            self._said_at = now
            self.say(line)

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._started_at


def run_pip(command: list[str], log: Path, progress: ProgressLine) -> None:
    """Runs one pip command, its output going to the end of `log`.

    The user's pip configuration holds, but for `--user`, which no environment takes. A download
    that breaks off is resumed where pip can.

    Raises:
        UserFacingError: If pip fails; names the cause as far as the output tells, and the log.
    """
    environ = {"PIP_RESUME_RETRIES": _N_RESUMED, **os.environ, "PIP_USER": "0"}
    environ["PYTHONUNBUFFERED"] = "1"
    output: list[str] = []
    step = "starting pip"
    with (
        log.open("a", encoding="utf-8") as file,
        subprocess.Popen(  # noqa: S603 - our own words and the checkout's folder
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environ,
            encoding="utf-8",
            errors="replace",
            close_fds=False,  # it holds the environment's lock as long as it works on it
        ) as process,
    ):
        file.write(f"\n$ {' '.join(command)}\n")
        for line in _lines_and_ticks(process.stdout):
            if line is not None:
                file.write(line)
                file.flush()
                output.append(line)
                step = describe_step(line) or step
            progress.update(step)
    if process.returncode != 0:
        raise pip_failure("".join(output), log)


def _lines_and_ticks(stream: IO[str] | None) -> Iterator[str | None]:
    """The lines of a stream, and None every second in which there is none."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in stream or ():
            lines.put(line)
        lines.put("")

    threading.Thread(target=read, name="pip's output", daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=_TICK_S)
        except queue.Empty:
            yield None
            continue
        if not line:
            return
        yield line


def describe_step(line: str) -> str | None:
    """What a line of pip's output means for a person; None if it need not be told."""
    match = _STEP.match(line)
    if match is None:
        return None
    if match["verb"] == "Installing collected packages":
        return "installing what was downloaded"
    what = (match["what"] or "").rpartition("/")[2]
    name = re.split(r"[<>=!~;\[(]|-\d", what)[0]
    return f"{_VERBS[match['verb']]} {name}{match['size'] or ''}"


def pip_failure(output: str, log: Path) -> UserFacingError:
    """The error for pip's failing output, with its cause where it can be told."""
    for pattern, what, remedy in _CAUSES:
        if match := re.search(pattern, output):
            cause = what.format(**match.groupdict())
            return UserFacingError(
                f"The program's packages could not be installed: {cause}",
                remedy=f"{remedy} and start again; pip's output is in {log}",
            )
    return UserFacingError(
        "The program's packages could not be installed",
        remedy=f"pip's output in {log} says why",
    )


def stderr_progress() -> ProgressLine:
    """Progress on this process's stderr."""
    return ProgressLine(sys.stderr)
