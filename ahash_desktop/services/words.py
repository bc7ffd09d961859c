"""Photos asked for in words: what can be asked of a library, and which photos answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.filters import PhotoFilter
from ahash_desktop.core.records import CodeBlock
from ahash_desktop.core.statements import HAS, HAS_NOT, BitMeaning, Statement
from ahash_desktop.core.words import Term, Topic, Word
from ahash_desktop.search.marks import by_sign, sureness, surest_first
from ahash_desktop.services.bits import BitNames
from ahash_desktop.services.searching import Searcher
from ahash_desktop.services.storethread import StoreThread

_OF_BIT = "bit:"
_SAMPLE = 10_000
_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A mark: all that it is called, and the bits that say it, or the one that someone named."""

    key: str
    names: tuple[str, ...]
    name_zh: str
    meanings: tuple[BitMeaning, ...] = ()
    bit: int | None = None

    def sureness(
        self, block: CodeBlock, domains: Mapping[str, NDArray[np.int64]]
    ) -> NDArray[np.float32]:
        """How sure it is of each photo; 0 of what is not of the mark's domain."""
        if self.bit is not None:
            return by_sign(block.activations, self.bit)
        values = sureness(block.activations, self.meanings)
        of_domain = domains.get(self.meanings[0].domain, _NONE)
        values[~np.isin(block.photo_ids, of_domain)] = 0
        return values

    @property
    def may_be_there(self) -> bool:
        """Whether it is ever said that a photo has it."""
        return self.bit is not None or any(each.has_from is not None for each in self.meanings)

    @property
    def may_be_absent(self) -> bool:
        """Whether it is ever said that a photo has it not."""
        return self.bit is not None or any(each.lacks_to is not None for each in self.meanings)


class PhotoWords:
    """Answers words with photos; any thread may call it.

    A photo has a mark where the model's calibrated statements say so, see `core.statements`. A bit
    that a person has named, and of which the model says nothing itself, speaks wherever it is on.

    Args:
        store: The thread that owns the library connection.
        searcher: Keeps the codes in memory.
        bits: The names of bits and what they may say.
    """

    def __init__(self, store: StoreThread, searcher: Searcher, bits: BitNames) -> None:
        self._store = store
        self._searcher = searcher
        self._bits = bits
        self._shares: tuple[int, dict[tuple[str, str], float]] | None = None
        self._known: tuple[tuple[int, tuple[_Mark, ...]], tuple[Word, ...]] | None = None

    def known(self) -> tuple[Word, ...]:
        """All that can be asked for, with how many photos answer: marks, then kinds."""
        marks, block = self._marks(), self._searcher.codes()
        if self._known is None or self._known[0] != (id(block), marks):
            domains = self._searcher.domains()
            counted = tuple(_counted(mark, mark.sureness(block, domains)) for mark in marks)
            self._known = (id(block), marks), counted
        kinds = self._store.call(lambda library: library.filtering.kinds())
        return self._known[1] + tuple(
            Word(kind, Topic.KIND, (kind,), n_has=count, n_has_not=n_others)
            for kind, count, n_others in kinds
        )

    def telling_first(self, said: Sequence[Statement]) -> tuple[Statement, ...]:
        """What is said of a photo, first what is there; of each, what is said of fewest photos.

        So "red crown" comes before "small bird". Of a large library a sample is looked at.
        """
        block = self._searcher.codes()
        if self._shares is None or self._shares[0] != id(block):
            self._shares = id(block), self._share_of_each(block)
        shares = self._shares[1]
        return tuple(
            sorted(said, key=lambda each: (each.says != HAS, shares[each.attribute, each.says]))
        )

    def _share_of_each(self, block: CodeBlock) -> dict[tuple[str, str], float]:
        """Of how many of some photos each thing is said, by attribute and what is said of it."""
        step = max(1, len(block.activations) // _SAMPLE)
        some = block.activations[::step]
        by_attribute: dict[str, list[BitMeaning]] = {}
        for meaning in self._bits.meanings:
            by_attribute.setdefault(meaning.attribute, []).append(meaning)
        found: dict[tuple[str, str], float] = {}
        for attribute, meanings in by_attribute.items():
            values = sureness(some, meanings)
            found[attribute, HAS] = float(np.count_nonzero(values > 0))
            found[attribute, HAS_NOT] = float(np.count_nonzero(values < 0))
        return found

    def find(self, terms: Sequence[Term]) -> NDArray[np.int64]:
        """The photos of which all terms are true for sure, the surest first: int64 (n,).

        A mark that the model does not know is true of none.
        """
        block, domains = self._searcher.codes(), self._searcher.domains()
        marks = {mark.key: mark for mark in self._marks()}
        wanted = []
        for term in terms:
            if term.topic is not Topic.MARK:
                continue
            mark = marks.get(term.key)
            if mark is None:
                return _NONE
            values = mark.sureness(block, domains)
            wanted.append(-values if term.is_denied else values)
        found = surest_first(block.photo_ids, wanted)
        for term in terms:
            if term.topic is Topic.KIND:
                of_kind = self._of_kind(term.key)
                found = found[np.isin(found, of_kind, invert=term.is_denied)]
        return found

    def _of_kind(self, kind: str) -> NDArray[np.int64]:
        return self._store.call(lambda library: library.filtering.ids(PhotoFilter(label=kind)))

    def _marks(self) -> tuple[_Mark, ...]:
        meanings, given = self._bits.meanings, self._bits.spoken_by_sign()
        by_attribute: dict[tuple[str, str], list[BitMeaning]] = {}
        for meaning in meanings:
            by_attribute.setdefault((meaning.attribute, meaning.domain), []).append(meaning)
        marks = []
        for (attribute, _), said in by_attribute.items():
            called = [given[each.bit] for each in said if each.bit in given]
            name_zh = next((each.name_zh for each in said if each.name_zh), "")
            names = [*called, *(each.name for each in said), *([name_zh] if name_zh else [])]
            marks.append(_Mark(attribute, tuple(dict.fromkeys(names)), name_zh, tuple(said)))
        spoken_for = {meaning.bit for meaning in meanings}
        marks += [
            _Mark(f"{_OF_BIT}{bit}", (name,), "", bit=bit)
            for bit, name in sorted(given.items())
            if bit not in spoken_for
        ]
        return tuple(marks)


def _counted(mark: _Mark, values: NDArray[np.float32]) -> Word:
    return Word(
        mark.key,
        Topic.MARK,
        mark.names,
        mark.name_zh,
        n_has=int(np.count_nonzero(values > 0)) if mark.may_be_there else None,
        n_has_not=int(np.count_nonzero(values < 0)) if mark.may_be_absent else None,
        bit=mark.bit if mark.bit is not None else mark.meanings[0].bit,
    )
