"""What bits may say and what scores are worth, calibrated on kinds that were never learned from."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.default_model.encoded import Encoded, halves, join
from benchmarks.default_model.sure import find_threshold, truth
from benchmarks.default_model.tables import CAR_NAMES, bird_rows, car_row


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked before something may be said, of what is there or of what is not.

    At least `least` of it was true, of at least `n_kinds` kinds; and because a threshold that was
    set on some kinds is a little too bold for others, what is said lies `margin` beyond it.
    """

    least: float
    margin: float
    n_kinds: int


_DEMANDS = {
    "bird": (Demand(0.95, 0.15, 3), Demand(0.97, 0.3, 3)),
    "car": (Demand(0.985, 0.2, 4), Demand(0.955, 0.2, 4)),
}
"""By domain, of "has" and of "has not"."""
IN_TABLE = ("crops", "birds", "also")
"""Collections of birds whose kinds are in the table of attributes."""


@dataclass(frozen=True, slots=True)
class Speech:
    """What a bundle says of its bits, one entry a bit, see `hashing.manifest`."""

    names: tuple[str | None, ...]
    names_zh: tuple[str | None, ...]
    attributes: tuple[str | None, ...]
    domains: tuple[str | None, ...] = ()
    says_has: tuple[float | None, ...] = ()
    says_has_not: tuple[float | None, ...] = ()
    confidence: tuple[list[float] | None, ...] = ()


def let_speak(speech: Speech, encoded: dict[str, Encoded], data: Path) -> Speech:
    """Thresholds for every bit with an attribute.

    Prints what half of the kinds, whose thresholds came from the others, are told, and how much of
    it is true; what comes back has its thresholds from all.
    """
    names, values = bird_rows(data)
    birds = join([encoded[name] for name in IN_TABLE if name in encoded])
    cars = encoded.get("cars", birds.where(np.zeros(len(birds.kinds), dtype=bool)))
    bird_shares = values[[int(kind[:3]) - 1 for kind in birds.kinds]]
    car_shares = np.array([car_row(kind) for kind in cars.kinds]).reshape(-1, len(CAR_NAMES))
    tables = {"bird": (names, birds, bird_shares), "car": (CAR_NAMES, cars, car_shares)}
    first, second = (
        {
            domain: (of, part.where(rows[at]), shares[rows[at]])
            for domain, (of, part, shares) in tables.items()
            for rows in (halves(part.kinds),)
        }
        for at in (0, 1)
    )
    chosen = _calibrated(speech, first)
    for domain in tables:
        tell(chosen, domain, *second[domain])
    return _calibrated(speech, tables)


_Table = tuple[tuple[str, ...], Encoded, NDArray]


def _calibrated(speech: Speech, tables: dict[str, _Table]) -> Speech:
    entries = []
    for bit, attribute in enumerate(speech.attributes):
        if attribute is None:
            entries.append((None, None, None, None))
            continue
        domain = "car" if attribute in CAR_NAMES else "bird"
        names, photos, shares = tables[domain]
        column = names.index(attribute)
        known = np.isfinite(shares[:, column])
        told = photos.u[known, bit], shares[known, column], photos.kinds[known]
        entries.append((domain, *_thresholds(*told, *_DEMANDS[domain])))
    domains, has, has_not, confidence = zip(*entries, strict=True)
    return replace(
        speech, domains=domains, says_has=has, says_has_not=has_not, confidence=confidence
    )


def _thresholds(
    u: NDArray, shares: NDArray, kinds: NDArray, has: Demand, lacks: Demand
) -> tuple[float | None, float | None, list[float] | None]:
    """From which activation on a bit says that something is there, and up to which that it is not.

    The third are the shares that were true; all three are None for a bit that says nothing.
    """
    there, absent = truth(shares)
    has_from, has_sure = _beyond(u, *there, kinds, has)
    lacks_to, lacks_sure = _beyond(-u, *absent, kinds, lacks)
    if has_from is None and lacks_to is None:
        return None, None, None
    lacks_to = None if lacks_to is None else -lacks_to
    if has_from is not None and lacks_to is not None and lacks_to >= has_from:
        lacks_to = None
    return has_from, lacks_to, [round(has_sure, 4), round(lacks_sure, 4)]


def _beyond(
    u: NDArray, true: NDArray, wrong: NDArray, kinds: NDArray, demand: Demand
) -> tuple[float | None, float]:
    """The activation from which on something may be said, and the share of it that was true."""
    found = find_threshold(u, true, wrong, kinds, demand.least, demand.n_kinds)
    if found is None or found.value + demand.margin > 1:
        return None, 0.0
    return float(max(found.value + demand.margin, -1.0)), found.confidence


def tell(
    speech: Speech, domain: str, names: tuple[str, ...], photos: Encoded, shares: NDArray
) -> None:
    """Prints what is said of photos and how much of it is true."""
    n_has = n_lacks = true_has = wrong_has = true_no = wrong_no = 0
    groups: list[set[str]] = [set() for _ in photos.kinds]
    taken = photos.domains == domain
    for bit, attribute in enumerate(speech.attributes):
        if attribute is None or speech.domains[bit] != domain:
            continue
        column = names.index(attribute)
        (true, wrong), (lacks, lacks_not) = truth(shares[:, column])
        has_from, lacks_to = speech.says_has[bit], speech.says_has_not[bit]
        if has_from is not None:
            said = (photos.u[:, bit] >= has_from) & taken
            n_has += said.sum()
            true_has += (said & true).sum()
            wrong_has += (said & wrong).sum()
            for row in np.flatnonzero(said):
                groups[row].add(attribute.partition("::")[0])
        if lacks_to is not None:
            said = (photos.u[:, bit] <= lacks_to) & taken
            n_lacks += said.sum()
            true_no += (said & lacks).sum()
            wrong_no += (said & lacks_not).sum()
    n = max(1, len(photos.kinds))
    n_groups, n_bodies = (sum(map(len, groups)), sum("body_type" in each for each in groups))
    print(
        f"of a {domain}: has {n_has / n:.2f} in {n_groups / n:.2f} groups, "
        f"{true_has / max(1, true_has + wrong_has):.3f} true; has not {n_lacks / n:.2f}, "
        f"{true_no / max(1, true_no + wrong_no):.3f} true; body type of {n_bodies / n:.3f}"
    )
