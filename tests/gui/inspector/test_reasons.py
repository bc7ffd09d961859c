import numpy as np
import pytest

from ahash_desktop.gui.inspector.bit_table import BitValues
from ahash_desktop.gui.inspector.reasons import difference_sentence, match_sentence

NAMES = {0: "red breast", 1: "long bill", 2: "eye ring", 3: "white wing", 4: "spots"}


def compared(query: list[float], match: list[float], names: dict[int, str]) -> BitValues:
    return BitValues(np.asarray(query, "f2"), np.asarray(match, "f2"), names)


@pytest.mark.parametrize(
    ("query", "match", "expected"),
    [
        (
            [0.2, -0.9, 0.9],
            [0.9, -0.9, 0.9],
            "Both have “eye ring” and “red breast”; neither has “long bill”.",
        ),
        ([0.9, 0.3, 0.5], [0.9, -0.9, -0.9], "Both have “red breast”."),
        ([-0.9, -0.3, 0.5], [-0.9, -0.9, -0.9], "Neither has “red breast” or “long bill”."),
        ([0.9, 0.9, 0.9], [-0.9, -0.9, -0.9], "No bit says the same of both."),
    ],
)
def test_why_two_pictures_match(qapp, query, match, expected):
    assert match_sentence(compared(query, match, NAMES)) == expected


@pytest.mark.parametrize(
    ("query", "match", "expected"),
    [
        (
            [0.9, -0.9, 0.1, 0.8, 0.7],
            [-0.9, 0.9, -0.1, -0.8, -0.7],
            (
                "Only the first has “red breast”, “white wing” and “spots”;"
                " only the second has “long bill”."
            ),
        ),
        ([0.9, 0.3], [-0.9, 0.9], "Only the first has “red breast”."),
        ([-0.9, 0.3], [0.9, 0.9], "Only the second has “red breast”."),
        ([0.9, 0.3], [0.9, 0.9], "Nothing: every bit says the same of both."),
    ],
)
def test_what_tells_two_pictures_apart(qapp, query, match, expected):
    assert difference_sentence(compared(query, match, NAMES)) == expected


def test_bits_without_names_are_told_by_number(qapp):
    values = compared([0.9, 0.2, 0.5, -0.9, 0.4], [0.8, 0.9, 0.6, 0.9, -0.1], {})
    assert match_sentence(values) == (
        "They agree most surely in bit 0, bit 2 and bit 1, which have no names yet."
    )
    assert difference_sentence(values) == (
        "They differ most in bit 3 and bit 4, which have no names yet."
    )
