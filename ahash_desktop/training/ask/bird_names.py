"""Kinds that a network was taught by others, as it tells them in photos."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToldKind:
    """A kind that a photo may show, "Cyanocitta cristata (Blue Jay)", and how likely it is."""

    name: str
    share: float

    @property
    def short_name(self) -> str:
        """What people call it, where the network knows that: "Blue Jay"."""
        scientific, _, common = self.name.partition(" (")
        return common.removesuffix(")") or scientific


@dataclass(frozen=True, slots=True)
class TellProgress:
    """How many photos have been looked at."""

    n_done: int
    n_to_do: int


@dataclass(frozen=True, slots=True)
class ToldKinds:
    """The likeliest kinds of each photo, the likeliest first; of unreadable photos none."""

    kinds: tuple[tuple[ToldKind, ...], ...]
