"""What the statements of two photos have in common, and in what they contradict each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from ahash_desktop.core.statements import HAS, Statement

_OF_GROUP = "::"


@dataclass(frozen=True, slots=True)
class Unlike:
    """A mark that one of two photos has and the other has not.

    `first_has` says which; `instead` is what the other one has in its place, if anything is said
    of that.
    """

    mark: Statement
    first_has: bool
    instead: Statement | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What both photos have, what neither has, and in what they are unlike."""

    both: tuple[Statement, ...]
    neither: tuple[Statement, ...]
    unlike: tuple[Unlike, ...]

    def __bool__(self) -> bool:
        return bool(self.both or self.neither or self.unlike)


def compare(first: Sequence[Statement], second: Sequence[Statement]) -> Comparison:
    """Compares what is said of two photos; what is said of one alone tells nothing.

    All comes in the order of the first.

    Args:
        first: What is said of one, each attribute once.
        second: What is said of the other.
    """
    of_second = {said.attribute: said for said in second}
    known = [(said, of_second[said.attribute]) for said in first if said.attribute in of_second]
    same = [(said, other) for said, other in known if said.says == other.says]
    both = tuple(said for said, _ in same if said.says == HAS)
    neither = tuple(said for said, _ in same if said.says != HAS)
    apart = [(said, other) for said, other in known if said.says != other.says]
    return Comparison(both, neither, _unlike(apart, first, second))


def _unlike(
    apart: Sequence[tuple[Statement, Statement]],
    first: Sequence[Statement],
    second: Sequence[Statement],
) -> tuple[Unlike, ...]:
    """Each contradiction once: "red crown / blue crown" does not come back the other way round."""
    found: list[Unlike] = []
    told: set[str] = set()
    for said, other in apart:
        if said.attribute in told:
            continue
        first_has = said.says == HAS
        instead = _of_same_group(said, second if first_has else first)
        found.append(Unlike(said if first_has else other, first_has, instead))
        told.add(said.attribute)
        if instead is not None:
            told.add(instead.attribute)
    return tuple(found)


def _of_same_group(said: Statement, others: Sequence[Statement]) -> Statement | None:
    """What is there of the same part and kind: of "has_crown_color::red" another colour of it."""
    group, found, _ = said.attribute.partition(_OF_GROUP)
    if not found:
        return None
    begin = group + _OF_GROUP
    there = [each for each in others if each.says == HAS and each.attribute.startswith(begin)]
    return max(there, key=lambda each: each.confidence, default=None)
