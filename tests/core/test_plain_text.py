"""Foreign text does nothing to a terminal."""

import io
import logging
import unicodedata

import pytest

from ahash_desktop.core.plain_text import NOT_PLAIN, PlainFormatter, plain_line, plain_lines

ORDINARY = "Kingfisher – 翠鸟, Ж, e\u0301, 👩‍🔬, “so” [1] \\x1b & <b>"


def test_ordinary_text_stays_as_it_is() -> None:
    assert plain_line(ORDINARY) == ORDINARY
    assert plain_lines(f"{ORDINARY}\n{ORDINARY}") == f"{ORDINARY}\n{ORDINARY}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\x9b2Jb", r"a\x9b2Jb"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("photo\u202egpj.exe", r"photo\u202egpj.exe"),
        ("half \udc80", r"half \udc80"),
        ("\x7f\x00", r"\x7f\x00"),
    ],
)
def test_what_does_something_is_written_out(text: str, shown: str) -> None:
    assert plain_line(text) == shown


def test_no_control_character_is_left_out() -> None:
    controls = {chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) in {"Cc", "Cs"}}
    controls |= {"\u2028", "\u2029"}
    controls |= {chr(n) for n in range(0x110000) if unicodedata.bidirectional(chr(n)) in BIDI}
    assert all(NOT_PLAIN.fullmatch(control) for control in controls)


BIDI = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}


def test_a_log_holds_lines_of_its_own_alone() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(PlainFormatter("%(levelname)s %(message)s"))
    logger = logging.Logger("alone")
    logger.addHandler(handler)
    logger.warning("cannot read %s", "a\nERROR \x1b[2J.jpg")
    try:
        raise OSError("\x1b]0;title\x07")
    except OSError:
        logger.exception("failed")
    lines = written.getvalue().splitlines()
    assert lines[0] == r"WARNING cannot read a\nERROR \x1b[2J.jpg"
    assert lines[-1] == r"OSError: \x1b]0;title\x07"
