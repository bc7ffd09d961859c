"""Kinds of birds that differ in a few parts only, named by what they look like."""

from dataclasses import asdict, dataclass, replace

import numpy as np

Rgb = tuple[int, int, int]

PLUMAGE: dict[str, Rgb] = {
    "brown": (132, 94, 62),
    "slate": (92, 104, 120),
    "olive": (118, 122, 66),
    "rust": (172, 88, 44),
    "blue": (62, 108, 172),
    "charcoal": (58, 58, 64),
}
CAPS: dict[str, Rgb] = {
    "red": (190, 40, 36),
    "golden": (236, 178, 40),
    "white": (236, 234, 226),
    "black": (34, 32, 36),
    "azure": (70, 140, 205),
}
BREASTS: dict[str, Rgb] = {
    "white": (236, 232, 222),
    "yellow": (240, 206, 72),
    "orange": (226, 128, 52),
    "buff": (216, 184, 142),
    "grey": (168, 172, 178),
}
BEAKS: dict[str, Rgb] = {
    "black": (42, 40, 44),
    "yellow": (236, 178, 48),
    "red": (200, 62, 40),
    "grey": (128, 132, 140),
}
LEGS: dict[str, Rgb] = {"pink": (206, 142, 124), "black": (56, 50, 48), "orange": (222, 122, 46)}

VALUES: dict[str, tuple[str, ...]] = {
    "body_colour": tuple(PLUMAGE),
    "crown_colour": tuple(CAPS),
    "breast_colour": tuple(BREASTS),
    "breast_pattern": ("plain", "spotted", "streaked"),
    "wing_bars": ("0", "1", "2"),
    "eye_stripe": ("none", "black", "white"),
    "beak_shape": ("conical", "thin", "long", "hooked"),
    "beak_colour": tuple(BEAKS),
    "tail_shape": ("square", "forked", "rounded", "pointed"),
    "tail_length": ("short", "long"),
    "leg_colour": tuple(LEGS),
}
"""Every attribute and what it can be."""

_FAMILY_SIZE = 4
_N_CHANGES = 3
_MIN_DIFFERENCES = 2
_BEAK_NAMES = {"conical": "finch", "thin": "warbler", "long": "creeper", "hooked": "shrike"}


@dataclass(frozen=True, slots=True)
class BirdKind:
    """What all birds of one class have in common; fields are the keys of `VALUES`."""

    body_colour: str
    crown_colour: str
    breast_colour: str
    breast_pattern: str
    wing_bars: str
    eye_stripe: str
    beak_shape: str
    beak_colour: str
    tail_shape: str
    tail_length: str
    leg_colour: str

    @property
    def attributes(self) -> dict[str, str]:
        """Attribute to value, in the order of `VALUES`."""
        return asdict(self)

    @property
    def common_name(self) -> str:
        """A name by its looks, such as "red-capped yellow-breasted finch"."""
        return (
            f"{self.crown_colour}-capped_{self.breast_colour}-breasted_"
            f"{_BEAK_NAMES[self.beak_shape]}"
        )

    def n_differences(self, other: "BirdKind") -> int:
        """How many attributes two kinds differ in."""
        mine, theirs = self.attributes, other.attributes
        return sum(mine[name] != theirs[name] for name in VALUES)


def invent_kinds(n_kinds: int, rng: np.random.Generator) -> list[BirdKind]:
    """Different kinds in families of four, whose members differ in two or three parts.

    Args:
        n_kinds: How many; thousands are possible.
        rng: Decides which.
    """
    kinds: list[BirdKind] = []
    base = _invent(rng)
    while len(kinds) < n_kinds:
        if len(kinds) % _FAMILY_SIZE == 0:
            base = kind = _invent(rng)
        else:
            kind = _vary(base, rng)
        if all(kind.n_differences(known) >= _MIN_DIFFERENCES for known in kinds):
            kinds.append(kind)
    return kinds


def _invent(rng: np.random.Generator) -> BirdKind:
    return BirdKind(**{name: _pick(values, rng) for name, values in VALUES.items()})


def _vary(base: BirdKind, rng: np.random.Generator) -> BirdKind:
    n_changes = int(rng.integers(_MIN_DIFFERENCES, _N_CHANGES + 1))
    names = rng.choice(list(VALUES), size=n_changes, replace=False)
    changes = {
        str(name): _pick(tuple(v for v in VALUES[name] if v != base.attributes[name]), rng)
        for name in names
    }
    return replace(base, **changes)


def _pick(values: tuple[str, ...], rng: np.random.Generator) -> str:
    return values[int(rng.integers(len(values)))]
