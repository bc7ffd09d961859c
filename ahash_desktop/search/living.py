"""The codes of a library that changes: what is new is searched at once, nothing is made anew."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import code_bytes
from ahash_desktop.core.records import CodeBlock
from ahash_desktop.search.parts import Part, Parts

_SMALL_TAIL = 20_000
_LARGE_SHARE = 1 / 8
"""Of the codes may have come since or be gone before all are put in order again."""


class LivingCodes:
    """Codes of one model, many of which stay as they are: the base, and the tail of those since.

    Gone ones of the base are passed over, the tail is scanned. When much has changed, both become
    one base again.

    Args:
        block: What there is at first.
        part: The same, if it has been made already.
    """

    def __init__(self, block: CodeBlock, part: Part | None = None) -> None:
        self._base = block
        self._part = part or Part.of(block)
        self._is_kept = np.ones(block.photo_ids.size, dtype=np.bool_)
        self._tail = empty_block(block.n_bits)
        self._hidden = np.empty(0, dtype=np.int64)
        self._shown: CodeBlock | None = None
        self._parts: Parts | None = None

    @property
    def size(self) -> int:
        """How many codes there are, hidden ones included."""
        return self._n_kept + self._tail.photo_ids.size

    @property
    def base_part(self) -> Part:
        """The codes that stay; tables may be made of its gallery at any time."""
        return self._part

    @property
    def base(self) -> CodeBlock | None:
        """The block of the base; None if some of it is gone, or there is a tail."""
        return self._base if self._base.photo_ids.size == self.size == self._n_kept else None

    @property
    def _n_kept(self) -> int:
        return int(np.count_nonzero(self._is_kept))

    def ids(self) -> NDArray[np.int64]:
        """All photos that have a code, hidden ones included."""
        return np.concatenate([self._base.photo_ids[self._is_kept], self._tail.photo_ids])

    def store(self, block: CodeBlock) -> None:
        """Takes new codes, in place of older ones of the same photos."""
        if not block.photo_ids.size:
            return
        self.remove(block.photo_ids)
        self._tail = _joined(self._tail, block)
        self._changed()
        n_changed = self._tail.photo_ids.size + np.count_nonzero(~self._is_kept)
        if n_changed > max(_SMALL_TAIL, self._base.photo_ids.size * _LARGE_SHARE):
            self._merge()

    def remove(self, ids: NDArray[np.int64]) -> None:
        """Forgets the codes of these photos; unknown ones are no error."""
        self._is_kept[_rows_among(self._base.photo_ids, ids)] = False
        if self._tail.photo_ids.size:
            self._tail = _chosen(self._tail, ~np.isin(self._tail.photo_ids, ids))
        self._changed()

    def hide(self, ids: Collection[int] | NDArray[np.int64]) -> None:
        """Says which photos are not to be found, until it is said again; the others are."""
        hidden = np.sort(np.fromiter(ids, dtype=np.int64, count=len(ids)))
        if not np.array_equal(hidden, self._hidden):
            self._hidden = hidden
            self._changed()

    def parts(self) -> Parts:
        """What is searched: all codes that are not hidden."""
        if self._parts is None:
            is_there = self._is_shown(self._base.photo_ids) & self._is_kept
            base = Part(
                self._part.photo_ids,
                self._part.activations,
                self._part.gallery,
                None if is_there.all() else is_there,
            )
            shown = _chosen(self._tail, self._is_shown(self._tail.photo_ids))
            self._parts = Parts([base, Part.of(shown)] if shown.photo_ids.size else [base])
        return self._parts

    def block(self) -> CodeBlock:
        """All codes that are not hidden, in one block by ascending id."""
        if self._shown is None:
            whole = self._whole()
            self._shown = _chosen(whole, self._is_shown(whole.photo_ids))
        return self._shown

    def _is_shown(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        is_shown = np.ones(ids.size, dtype=np.bool_)
        is_shown[_rows_among(ids, self._hidden)] = False
        return is_shown

    def _whole(self) -> CodeBlock:
        return _joined(_chosen(self._base, self._is_kept), self._tail)

    def _merge(self) -> None:
        self._base = self._whole()
        self._part = Part.of(self._base)
        self._is_kept = np.ones(self._base.photo_ids.size, dtype=np.bool_)
        self._tail = empty_block(self._base.n_bits)
        self._changed()

    def _changed(self) -> None:
        self._parts = None
        self._shown = None


def _rows_among(ascending: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.intp]:
    """Where these are among many, quickly if they are few."""
    rows = np.searchsorted(ascending, ids)
    rows = rows[rows < ascending.size] if ascending.size else rows[:0]
    return rows[np.isin(ascending[rows], ids)]


def empty_block(n_bits: int) -> CodeBlock:
    """A block without codes."""
    return CodeBlock(
        n_bits,
        np.empty(0, dtype=np.int64),
        np.empty((0, code_bytes(n_bits)), dtype=np.uint8),
        np.empty((0, n_bits), dtype=np.float16),
    )


def _chosen(block: CodeBlock, is_chosen: NDArray[np.bool_]) -> CodeBlock:
    if is_chosen.all():
        return block
    return CodeBlock(
        block.n_bits,
        block.photo_ids[is_chosen],
        block.codes[is_chosen],
        block.activations[is_chosen],
    )


def _joined(one: CodeBlock, other: CodeBlock) -> CodeBlock:
    """Both in one block, by ascending id."""
    if not one.photo_ids.size or not other.photo_ids.size:
        return other if not one.photo_ids.size else one
    ids = np.concatenate([one.photo_ids, other.photo_ids])
    codes = np.concatenate([one.codes, other.codes])
    activations = np.concatenate([one.activations, other.activations])
    if one.photo_ids[-1] > other.photo_ids[0]:
        order = np.argsort(ids)
        ids, codes, activations = ids[order], codes[order], activations[order]
    return CodeBlock(one.n_bits, ids, codes, activations)
