"""What the user asks of single bits in a search: to be required, ignored or inverted."""

from dataclasses import dataclass, replace
from enum import StrEnum


class BitRule(StrEnum):
    """What can be asked of a bit."""

    REQUIRED = "required"
    IGNORED = "ignored"
    INVERTED = "inverted"


@dataclass(frozen=True, slots=True)
class BitRules:
    """The bits that are required, ignored and inverted.

    A bit can be required and inverted: matches must then have the other value than the query.
    An ignored bit is neither.
    """

    required: frozenset[int] = frozenset()
    ignored: frozenset[int] = frozenset()
    inverted: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.required or self.ignored or self.inverted)

    def of(self, bit: int) -> frozenset[BitRule]:
        """What is asked of a bit."""
        return frozenset(rule for rule in BitRule if bit in getattr(self, rule))

    def toggled(self, bit: int, rule: BitRule) -> "BitRules":
        """The rules with one given to a bit, or taken away if it had it."""
        if bit in getattr(self, rule):
            return replace(self, **{rule: getattr(self, rule) - {bit}})
        if rule is BitRule.IGNORED:
            freed = BitRules(self.required - {bit}, self.ignored, self.inverted - {bit})
        else:
            freed = replace(self, ignored=self.ignored - {bit})
        return replace(freed, **{rule: getattr(freed, rule) | {bit}})
