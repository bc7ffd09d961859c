"""What has changed, in kinds: a view reads again only what concerns it."""

from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Changes:
    """Kinds of things that are others than before.

    `counts` is how many photos are in each state, `photos` which there are to see, `codes` what a
    search can find, `model` which model answers it.
    """

    counts: bool = False
    photos: bool = False
    codes: bool = False
    roots: bool = False
    problems: bool = False
    missing: bool = False
    model: bool = False

    def __or__(self, other: "Changes") -> "Changes":
        return Changes(*map(max, astuple(self), astuple(other)))

    def __bool__(self) -> bool:
        return any(astuple(self))


LIBRARY = Changes(counts=True, photos=True, codes=True, roots=True, problems=True, missing=True)
"""Anything that the library holds."""
