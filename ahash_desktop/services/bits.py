"""What each bit is called and does over the library."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import BitReading, BitStatistics, EncodedPicture, ModelRecord
from ahash_desktop.core.statements import BitMeaning, Statement, state
from ahash_desktop.search.bit_relations import activation_histogram, bit_correlations
from ahash_desktop.search.bits import bit_statistics, photos_with_bit
from ahash_desktop.services.searching import Searcher
from ahash_desktop.services.storethread import StoreThread


@dataclass(frozen=True, slots=True)
class BitOverview:
    """All bits of a model over the library.

    `statistics` has one entry a bit, in order; `correlations` is float32 (n_bits, n_bits);
    `suggested` holds the names that come with the model.
    """

    statistics: tuple[BitStatistics, ...]
    correlations: NDArray[np.float32]
    suggested: dict[int, str]
    n_photos: int

    @property
    def mean_entropy(self) -> float:
        """Mean of the bits' entropies, 0 … 1."""
        return float(np.mean([entry.entropy_bits for entry in self.statistics]))

    @property
    def mean_abs_correlation(self) -> float:
        """Mean magnitude of the correlation of two different bits, 0 … 1."""
        n_bits = len(self.correlations)
        if n_bits < 2:
            return 0.0
        apart = np.abs(self.correlations).sum() - n_bits
        return float(apart / (n_bits * (n_bits - 1)))


class BitNames:
    """Names and statistics of a model's bits; any thread may call it.

    Args:
        store: The thread that owns the library connection.
        searcher: Keeps the codes in memory.
        model: The model in use.
        suggested: The names that come with the model, one or None a bit.
        meanings: What its bits may say.
        suggested_zh: The names that come with the model in Chinese, as many or none.
    """

    def __init__(
        self,
        store: StoreThread,
        searcher: Searcher,
        model: ModelRecord,
        suggested: Sequence[str | None],
        meanings: Sequence[BitMeaning] = (),
        suggested_zh: Sequence[str | None] = (),
    ) -> None:
        self.meanings = tuple(meanings)
        self._suggested = {bit: name for bit, name in enumerate(suggested) if name}
        self._suggested_zh = {bit: name for bit, name in enumerate(suggested_zh) if name}
        self._store = store
        self._searcher = searcher
        self._model = model

    def names(self, *, in_chinese: bool = False) -> dict[int, str]:
        """The bits that have a name: the user's where there is one, else the model's.

        Args:
            in_chinese: Whether the model's are in Chinese where it has such a name.
        """
        key = self._model.model_key
        given = self._store.call(lambda library: library.models.bit_names(key))
        return self._suggested | (self._suggested_zh if in_chinese else {}) | given

    def spoken_by_sign(self) -> dict[int, str]:
        """The names that hold wherever a bit is on.

        Those that people gave, and those of a model that says nothing of when its bits may speak;
        where it does, `statements` tells what holds.
        """
        key = self._model.model_key
        given = self._store.call(lambda library: library.models.bit_names(key))
        return given if self.meanings else self._suggested | given

    def name(self, bit: int, name: str) -> None:
        """Gives a bit a name; an empty one takes it away.

        Raises:
            UserFacingError: If the model has no such bit.
        """
        if not 0 <= bit < self._model.n_bits:
            raise UserFacingError(
                f"there is no bit {bit}", remedy=f"Bits go from 0 to {self._model.n_bits - 1}"
            )
        key = self._model.model_key
        self._store.call(
            lambda library: library.models.name_bit(key, bit, name.strip(), time.time())
        )

    def statements(self, encoded: EncodedPicture) -> tuple[Statement, ...]:
        """What may be said of a picture in words, see `core.statements.state`."""
        return state(self.meanings, encoded.activations, encoded.subject)

    def readings(self, encoded: EncodedPicture) -> list[BitReading]:
        """Every bit of one code with its name."""
        names = self.names()
        return [
            BitReading(bit, names.get(bit), bool(value > 0), float(value))
            for bit, value in enumerate(encoded.activations)
        ]

    def statistics(self, n_examples: int = 5) -> list[BitStatistics]:
        """What every bit does over the library, with the photos that fire it most and least."""
        return bit_statistics(self._searcher.codes(), self.names(), n_examples=n_examples)

    def overview(self, n_examples: int = 6, *, in_chinese: bool = False) -> BitOverview:
        """What every bit does, and how the bits relate; takes a moment on a large library."""
        block = self._searcher.codes()
        names = self.names(in_chinese=in_chinese)
        return BitOverview(
            statistics=tuple(bit_statistics(block, names, n_examples=n_examples)),
            correlations=bit_correlations(block),
            suggested=self._suggested | (self._suggested_zh if in_chinese else {}),
            n_photos=len(block.codes),
        )

    def histogram(self, bit: int) -> NDArray[np.int64]:
        """How the activations of a bit spread over -1 … 1, see `activation_histogram`."""
        return activation_histogram(self._searcher.codes(), bit)

    def photos_said(self, bit: int, *, has: bool) -> NDArray[np.int64]:
        """Ids of the photos of which a bit says that they have, or have not, what it means.

        Where nobody knows when a bit may speak, or its name is a person's, its value says so.

        Returns:
            int64 (m,), the most extreme first.
        """
        found = self.photos_with(bit, on=has)
        meaning = next((each for each in self.meanings if each.bit == bit), None)
        if meaning is None or bit in self.spoken_by_sign():
            return found
        block, key = self._searcher.codes(), self._model.model_key
        values = block.activations[:, bit].astype(np.float32)
        if has:
            says = values >= (np.inf if meaning.has_from is None else meaning.has_from)
        else:
            says = values <= (-np.inf if meaning.lacks_to is None else meaning.lacks_to)
        of_domain = self._store.call(lambda library: library.codes.domains(key)).get(meaning.domain)
        if of_domain is None:
            return found[:0]
        sure = np.intersect1d(block.photo_ids[says], of_domain)
        told: NDArray[np.int64] = found[np.isin(found, sure)]
        return told

    def photos_with(self, bit: int, *, on: bool) -> NDArray[np.int64]:
        """Ids of the photos that have a bit on, or off: int64 (m,), the most extreme first."""
        return photos_with_bit(self._searcher.codes(), bit, on=on)
