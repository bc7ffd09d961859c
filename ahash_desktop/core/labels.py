"""What people say that photos show: records of labels, of what was done with them, of species."""

from dataclasses import dataclass
from enum import StrEnum

LONGEST_LABEL = 200


class LabelDeed(StrEnum):
    """What was done with labels at once."""

    GIVE = "give"
    CLEAR = "clear"
    REFUSE = "refuse"
    RENAME = "rename"


@dataclass(frozen=True, slots=True)
class LabelStep:
    """One thing that was done, and can be undone: to how many photos, with which name."""

    deed: LabelDeed
    name: str
    n_photos: int
    made_at: float


@dataclass(frozen=True, slots=True)
class Species:
    """A kind that photos of the library are labelled with.

    `first` and `last` are the days on which the first and the last of them were taken, as
    "2026-05-01"; empty where no camera says it.
    """

    name: str
    n_photos: int
    first: str
    last: str


def clean_label(text: str) -> str:
    """A label as it is kept: one line without blanks around it; empty if nothing is left."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:LONGEST_LABEL].strip()
