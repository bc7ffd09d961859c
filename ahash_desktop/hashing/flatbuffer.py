"""Fields of a FlatBuffer, each looked up within the bounds of the file, without torch."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MOST_ELEMENTS = 1 << 20
"""Of one vector of tables or numbers; the bytes of weights are no such vector."""


class FlatBufferError(ValueError):
    """The file is cut off, or points outside of itself."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a FlatBuffer: fields by their number in the schema, absent ones by a default.

    A file that is cut off or made to harm points outside of itself, or claims vectors longer than
    it is: every look-up refuses that with a `FlatBufferError`. Nothing is followed but what is
    asked for, so a cycle in the file leads nowhere.
    """

    buffer: bytes
    position: int

    @classmethod
    def root(cls, buffer: bytes, identifier: bytes) -> "Table":
        """The outermost table of a file.

        Args:
            buffer: The whole file.
            identifier: Four bytes that say what kind of file it is.

        Raises:
            FlatBufferError: If it is another kind of file.
        """
        if buffer[4:8] != identifier:
            raise FlatBufferError("the file is of another kind")
        return cls(buffer, _read(buffer, 0, "<I"))

    def number(self, field: int, form: str, default: int) -> int:
        """A whole number; `form` as in `struct`: "B", "b", "I", "i"."""
        place = self._place(field)
        return default if place is None else _read(self.buffer, place, "<" + form)

    def table(self, field: int) -> "Table | None":
        """A table inside this one."""
        place = self._place(field)
        return None if place is None else Table(self.buffer, self._follow(place))

    def tables(self, field: int) -> "list[Table]":
        """A vector of tables."""
        start, length = self._vector(field, 4, _MOST_ELEMENTS)
        return [Table(self.buffer, self._follow(start + 4 * row)) for row in range(length)]

    def numbers(self, field: int, dtype: str) -> NDArray[np.generic]:
        """A vector of numbers of a NumPy type such as "<i4"."""
        start, length = self._vector(field, np.dtype(dtype).itemsize, _MOST_ELEMENTS)
        return np.frombuffer(self.buffer, dtype, length, start)

    def data(self, field: int) -> memoryview:
        """A vector of bytes, not copied."""
        start, length = self._vector(field, 1, len(self.buffer))
        return memoryview(self.buffer)[start : start + length]

    def _place(self, field: int) -> int | None:
        """Where a field lies; None if the table has none."""
        slots = self.position - _read(self.buffer, self.position, "<i")
        entry = 4 + 2 * field
        if entry + 2 > _read(self.buffer, slots, "<H"):
            return None
        offset = _read(self.buffer, slots + entry, "<H")
        return self.position + offset if offset else None

    def _follow(self, place: int) -> int:
        return place + _read(self.buffer, place, "<I")

    def _vector(self, field: int, item_bytes: int, most: int) -> tuple[int, int]:
        """Where the items of a vector begin, and how many there are; an absent one has none."""
        place = self._place(field)
        if place is None:
            return 0, 0
        start = self._follow(place)
        length = _read(self.buffer, start, "<I")
        if length > most or start + 4 + length * item_bytes > len(self.buffer):
            raise FlatBufferError("a list is longer than the file")
        return start + 4, length


def _read(buffer: bytes, place: int, form: str) -> int:
    if not 0 <= place <= len(buffer) - struct.calcsize(form):
        raise FlatBufferError("the file is cut off or points outside of itself")
    value: int = struct.unpack_from(form, buffer, place)[0]
    return value
