"""Foreign text, such as names of files, made harmless for a terminal or a log."""

from __future__ import annotations

import logging
import re
from types import TracebackType

NOT_PLAIN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""Commands to a terminal (C0, DEL, C1), other ends of lines, what turns the direction of text, and
halves of characters."""


def plain_line(text: str) -> str:
    r"""Text as one line without commands to a terminal; what it must not hold is written out.

    A name with an escape sequence reads `photo\x1b[2J.jpg`, one with a line break `a\nb.jpg`.
    """
    return NOT_PLAIN.sub(_written_out, text)


def plain_lines(text: str) -> str:
    """Text of several lines without commands to a terminal."""
    return "\n".join(plain_line(line) for line in text.split("\n"))


class PlainFormatter(logging.Formatter):
    """Logs foreign text so that reading the log in a terminal does no harm."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """The record as one line."""
        return plain_line(super().formatMessage(record))

    def formatException(  # noqa: N802 - the name is logging's
        self,
        ei: (
            tuple[type[BaseException], BaseException, TracebackType | None]
            | tuple[None, None, None]
        ),
    ) -> str:
        """The traceback as lines."""
        return plain_lines(super().formatException(ei))


def _written_out(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
