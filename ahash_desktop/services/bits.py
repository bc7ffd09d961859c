"""What each bit is called and does over the library."""

import time
from collections.abc import Sequence

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import BitReading, BitStatistics, EncodedPicture, ModelRecord
from ahash_desktop.search.bits import bit_statistics
from ahash_desktop.services.searching import Searcher
from ahash_desktop.services.storethread import StoreThread


class BitNames:
    """Names and statistics of a model's bits; any thread may call it.

    Args:
        store: The thread that owns the library connection.
        searcher: Keeps the codes in memory.
        model: The model in use.
        suggested: The names that come with the model, one or None a bit.
    """

    def __init__(
        self,
        store: StoreThread,
        searcher: Searcher,
        model: ModelRecord,
        suggested: Sequence[str | None],
    ) -> None:
        self._suggested = {bit: name for bit, name in enumerate(suggested) if name}
        self._store = store
        self._searcher = searcher
        self._model = model

    def names(self) -> dict[int, str]:
        """The bits that have a name: the user's where there is one, else the model's."""
        key = self._model.model_key
        return self._suggested | self._store.call(lambda library: library.models.bit_names(key))

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
