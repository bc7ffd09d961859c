"""Codes that are looked through in the quickest way there is for a question, always exactly."""

import sys
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import BITS_PER_WORD, Codes, Words, code_bytes
from ahash_desktop.search.compiled import CompiledSearch, SubstringTable, compiled_search
from ahash_desktop.search.scanning import Found, Target, scan, to_planes

HASHED_FROM = 200_000
"""From how many codes on looking into tables can be worth it."""
_WIDEST_SUBSTRING = 24
_SCAN_BUDGET = 1 / 100
"""Looks into tables that may be tried, as a share of the codes: a fraction of a scan's time."""
_FEW = 1 / 16
"""Share of codes below which those that may match are gathered first."""


class Gallery:
    """The codes of some photos, by row.

    Args:
        planes: uint64 (n_words, n), C-contiguous, as `scanning.to_planes` makes them.
        n_bits: Bits a code has.
        compiled: The compiled part of searching, None to do without.
        tables: `starts` and `rows` of each substring, as `arrays` gave them; they are used once
            `make_tables` has made sure of them. Without any it makes them.
    """

    def __init__(
        self,
        planes: Words,
        n_bits: int,
        compiled: CompiledSearch | None = None,
        tables: Sequence[tuple[NDArray[np.uint32], NDArray[np.uint32]]] = (),
    ) -> None:
        self._planes = planes
        self._n_bits = n_bits
        self._compiled = compiled
        self._tables: tuple[SubstringTable, ...] = ()
        self._unsure = tuple(tables)

    @classmethod
    def of(cls, codes: Codes, n_bits: int) -> "Gallery":
        """A gallery of packed codes that uses the compiled part where there is one."""
        return cls(to_planes(codes), n_bits, compiled_search())

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What is worth saving: `planes`, and `starts-0`, `rows-0` and so on where there are."""
        named: dict[str, NDArray[np.generic]] = {"planes": self._planes}
        for number, table in enumerate(self._tables):
            named |= {f"starts-{number}": table.starts, f"rows-{number}": table.rows}
        return named

    @property
    def size(self) -> int:
        """How many codes there are."""
        return int(self._planes.shape[1])

    def words(self, rows: NDArray[np.int64]) -> Words:
        """The codes of some rows: uint64 (n, n_words)."""
        words: Words = self._planes[:, rows].T
        return words

    def make_tables(self, least: int = HASHED_FROM) -> None:
        """Sorts the codes by their substrings, if there are at least so many that it is worth it.

        Until this is done, every search looks at all codes; other threads may search meanwhile.
        """
        if self._compiled is None or sys.byteorder != "little" or self.size < least:
            return
        cut = substrings(self._n_bits, self.size)
        if len(self._unsure) == len(cut) and all(map(self._is_sure, self._unsure)):
            found = zip(cut, self._unsure, strict=True)
            self._tables = tuple(SubstringTable(*place, *table) for place, table in found)
        else:
            self._tables = tuple(self._compiled.table(self._planes, *place) for place in cut)
        self._unsure = ()

    def _is_sure(self, table: tuple[NDArray[np.uint32], NDArray[np.uint32]]) -> bool:
        """Whether nothing in a table leads out of the codes: what is compiled does not look."""
        starts, rows = table
        is_rising = bool((starts[1:] >= starts[:-1]).all())
        return is_rising and int(starts[-1]) == rows.size and int(rows.max()) < self.size

    def nearest(
        self, target: Target, wanted: int, allowed: NDArray[np.bool_] | None = None
    ) -> Found:
        """The nearest codes, all that tie with the last of them included, by ascending row.

        Args:
            target: What to compare with.
            wanted: How many to find.
            allowed: bool (n,); others do not match. None allows all.
        """
        if allowed is not None and np.count_nonzero(allowed) < self.size * _FEW:
            rows = np.flatnonzero(allowed)
            found = self._scan(np.ascontiguousarray(self._planes[:, rows]), target, wanted)
            return Found(rows[found.rows], found.keys)
        tables = self._tables
        if tables and self._compiled is not None and target.is_plain and wanted > 0:
            budget = int(self.size * _SCAN_BUDGET)
            hashed = self._compiled.hash(self._planes, tables, target, wanted, budget, allowed)
            if hashed is not None:
                return hashed
        return self._scan(self._planes, target, wanted, allowed)

    def _scan(
        self,
        planes: Words,
        target: Target,
        wanted: int,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Found:
        if self._compiled is not None and self._compiled.can(planes, target) and wanted > 0:
            return self._compiled.scan(planes, target, wanted, allowed)
        return scan(planes, target, wanted, allowed)


def substrings(n_bits: int, n_codes: int) -> list[tuple[int, int, int]]:
    """How codes are cut into substrings: word, lowest bit and width of each.

    They have about as many bits as it takes to number the codes, so that a value has few codes,
    and together every bit once. None lies in two words.
    """
    aim = max(8.0, float(np.log2(max(n_codes, 2))))
    cut = []
    n_left = 8 * code_bytes(n_bits)
    word = 0
    while n_left > 0:
        n_here = min(n_left, BITS_PER_WORD)
        n_parts = max(-(-n_here // _WIDEST_SUBSTRING), round(n_here / aim))
        ends = [round(part * n_here / n_parts) for part in range(n_parts + 1)]
        cut += [(word, start, end - start) for start, end in pairwise(ends)]
        n_left -= n_here
        word += 1
    return cut
