"""What a picture is of, and where in it: by the backbone's own classifier and one attention map."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.records import OTHER, Region, Subject

_FINER = 16
"""Into so many parts each cell of a map is divided before its edge is looked for."""


def tell_domain(
    shares: NDArray[np.floating], domains: Sequence[str], sure: float
) -> tuple[str, float]:
    """The domain of a picture and how sure that is.

    Args:
        shares: The probabilities of each domain's classes together, float (n_domains,).
        domains: Their names.
        sure: So likely a domain has to be; else it is "other".
    """
    if not len(domains):
        return OTHER, 0.0
    best = int(np.argmax(shares))
    if shares[best] >= sure:
        return domains[best], float(shares[best])
    return OTHER, float(1 - shares.sum())


def find_box(attention: NDArray[np.floating], level: float) -> Region | None:
    """The box around the largest part of a map that reaches a share of its maximum.

    Between the cells' centres the map is interpolated linearly.

    Args:
        attention: float (h, w), >= 0.
        level: The share, in 0 … 1.

    Returns:
        In fractions of what the map lies over; None of a map that is 0 everywhere.
    """
    highest = float(attention.max())
    if not highest > 0:
        return None
    fine = _finer(attention)
    edge = level * float(fine.max())
    parts = label_parts(fine >= edge)
    if not parts.any():
        return None
    weights = np.bincount(parts.ravel(), fine.ravel())
    weights[0] = 0
    inside = parts == int(np.argmax(weights))
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    down, across = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    top, bottom = _crossings(fine[:, across].max(axis=1), down, edge)
    left, right = _crossings(fine[down].max(axis=0), across, edge)
    return Region(left, top, right - left, bottom - top)


def _crossings(profile: NDArray[np.float64], inside: slice, edge: float) -> tuple[float, float]:
    """Where a profile falls below an edge before and after some cells, as shares of its length.

    Between the centres of cells, so that a map that changes a little moves its box a little.
    """
    first, last = int(inside.start), int(inside.stop) - 1
    start, end = 0.0, float(len(profile))
    if first > 0:
        start = first + 0.5 - _fall(profile[first], profile[first - 1], edge)
    if last < len(profile) - 1:
        end = last + 0.5 + _fall(profile[last], profile[last + 1], edge)
    return start / len(profile), end / len(profile)


def _fall(inner: float, outer: float, edge: float) -> float:
    """How far from one cell to the next a value is the edge: 0 … 1."""
    return float(np.clip((inner - edge) / max(inner - outer, 1e-12), 0.0, 1.0))


def _finer(attention: NDArray[np.floating]) -> NDArray[np.float64]:
    """A map with `_FINER` times as many cells a side, linear between the centres."""
    height, width = attention.shape
    finer: NDArray[np.float64] = _weights(height) @ attention.astype(np.float64) @ _weights(width).T
    return finer


@lru_cache(maxsize=8)
def _weights(n_cells: int) -> NDArray[np.float64]:
    """How much of each cell of a line is in each finer one: float64 (n_cells * _FINER, n_cells)."""
    places = (np.arange(n_cells * _FINER) + 0.5) / _FINER - 0.5
    lines = [np.interp(places, np.arange(n_cells), line) for line in np.eye(n_cells)]
    return np.stack(lines, axis=1)


def label_parts(inside: NDArray[np.bool_]) -> NDArray[np.intp]:
    """A number for each part whose cells touch by their sides, 0 outside.

    Runs of cells within a row are joined with those of the row above that they touch. scipy does
    the same, and takes longer to import than all that a picture's code needs.
    """
    edges = np.diff(np.pad(inside, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    stops = np.nonzero(edges == -1)[1]
    runs = list(zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True))
    joined = list(range(len(runs)))

    def first_of(run: int) -> int:
        while joined[run] != run:
            run = joined[run]
        return run

    above = 0
    for run, (row, start, stop) in enumerate(runs):
        while runs[above][0] < row - 1 or (runs[above][0] == row - 1 and runs[above][2] <= start):
            above += 1
        touching = above
        while runs[touching][0] == row - 1 and runs[touching][1] < stop:
            one, other = first_of(touching), first_of(run)
            joined[max(one, other)] = min(one, other)
            touching += 1
    numbers = np.zeros(inside.shape, np.intp)
    for run, (row, start, stop) in enumerate(runs):
        numbers[row, start:stop] = first_of(run) + 1
    return numbers


def within(box: Region, seen: Region) -> Region:
    """A box in fractions of the part of a picture that was seen, in fractions of the picture."""
    return Region(
        min(seen.x + box.x * seen.width, 1 - 1e-9),
        min(seen.y + box.y * seen.height, 1 - 1e-9),
        box.width * seen.width,
        box.height * seen.height,
    )


def groups_of(domains: Mapping[str, Sequence[int]], n_classes: int) -> NDArray[np.float32]:
    """Which classes belong to each domain: float32 (n_classes, n_domains), 1 or 0.

    Raises:
        ValueError: If a class is none of the classifier's.
    """
    groups = np.zeros((n_classes, len(domains)), dtype=np.float32)
    for column, classes in enumerate(domains.values()):
        if any(number >= n_classes for number in classes):
            raise ValueError(f"the classifier has {n_classes} classes only")
        groups[list(classes), column] = 1
    return groups


def make_subject(
    shares: NDArray[np.floating],
    attention: NDArray[np.floating] | None,
    domains: Sequence[str],
    sure: float,
    level: float,
    seen: Region,
) -> Subject:
    """What a picture is of, from what the network said of the part of it that was seen."""
    domain, confidence = tell_domain(shares, domains, sure)
    box = None
    if domain != OTHER and attention is not None:
        box = place_box(attention, level, seen)
    return Subject(domain, confidence, box)


def place_box(attention: NDArray[np.floating], level: float, seen: Region) -> Region | None:
    """The box of `find_box` in fractions of the picture of which a part was seen."""
    found = find_box(attention, level)
    return None if found is None else within(found, seen)
