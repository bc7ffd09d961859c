"""Small TensorFlow Lite files, written field by field."""

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

FLOAT32, INT32, UINT8 = 0, 2, 3


class _Writer:
    """Writes objects one after the other, each before what it points to."""

    def __init__(self) -> None:
        self.content = bytearray(struct.pack("<I4s", 0, b"TFL3"))

    def table(self, fields: dict[int, tuple[str, int] | None]) -> tuple[int, dict[int, int]]:
        """A table; fields of None are offsets to set later. Gives its place and its fields'."""
        self._align(4)
        n_fields = max(fields, default=-1) + 1
        slots = len(self.content)
        size = 4 + 2 * n_fields
        start = slots + size + (-(slots + size)) % 8
        places, offsets, body = {}, [0] * n_fields, bytearray(4)
        for number, value in fields.items():
            form, stored = value or ("I", 0)
            places[number], offsets[number] = start + len(body), len(body)
            body += struct.pack("<" + form, stored).ljust(8, b"\0")
        self.content += struct.pack(f"<HH{n_fields}H", size, len(body), *offsets)
        self.content += bytes(start - len(self.content))
        struct.pack_into("<i", body, 0, start - slots)
        self.content += body
        return start, places

    def vector(self, values: NDArray[Any] | bytes, n_items: int | None = None) -> int:
        data = values if isinstance(values, bytes) else values.tobytes()
        self._align(8)
        self.content += bytes(4)
        start = len(self.content)
        self.content += struct.pack("<I", len(values) if n_items is None else n_items) + data
        return start

    def tables(self, n_tables: int) -> tuple[int, list[int]]:
        """A vector of offsets to tables that are set later."""
        start = self.vector(bytes(4 * n_tables), n_tables)
        return start, [start + 4 + 4 * row for row in range(n_tables)]

    def point(self, place: int, target: int) -> None:
        struct.pack_into("<I", self.content, place, target - place)

    def _align(self, n_bytes: int) -> None:
        self.content += bytes(-len(self.content) % n_bytes)


def make_tflite(
    weight: NDArray[np.uint8],
    bias: NDArray[Any],
    *,
    scale: float = 0.25,
    zero: int = 0,
    n_times: int = 1,
) -> bytes:
    """A network of one convolution, named `n_times`; its bias has the scale 0.25.

    Args:
        weight: uint8 (n_out, h, w, n_in).
        bias: Whole numbers (n_out,).
    """
    out = _Writer()
    model, fields = out.table({1: None, 2: None, 4: None})
    out.point(0, model)
    _write_codes(out, fields[1])
    graphs, (graph_place,) = out.tables(1)
    out.point(fields[2], graphs)
    graph, graph_fields = out.table({0: None, 1: None, 2: None, 3: None})
    out.point(graph_place, graph)
    tensors, places = out.tables(3)
    out.point(graph_fields[0], tensors)
    _write_tensor(out, places[0], (1, 32, 32, 3), UINT8, 0, 0.0078125, 128)
    _write_tensor(out, places[1], weight.shape, UINT8, 1, scale, zero)
    _write_tensor(out, places[2], bias.shape, INT32, 2, 0.25, 0)
    out.point(graph_fields[1], out.vector(np.array([0], "<i4")))
    operators, places = out.tables(n_times)
    out.point(graph_fields[3], operators)
    operator = _write_convolution(out)
    for place in places:
        out.point(place, operator)
    buffers, places = out.tables(3)
    out.point(fields[4], buffers)
    contents = (b"", weight.tobytes(), bias.astype("<i4").tobytes())
    for place, data in zip(places, contents, strict=True):
        table, inner = out.table({0: None})
        out.point(place, table)
        out.point(inner[0], out.vector(data))
    return bytes(out.content)


def _write_codes(out: _Writer, place: int) -> None:
    codes, (code_place,) = out.tables(1)
    out.point(place, codes)
    code, _ = out.table({0: ("b", 3)})
    out.point(code_place, code)


def _write_tensor(
    out: _Writer,
    place: int,
    shape: tuple[int, ...],
    kind: int,
    buffer: int,
    scale: float,
    zero: int,
) -> None:
    tensor, fields = out.table({0: None, 1: ("b", kind), 2: ("I", buffer), 4: None})
    out.point(place, tensor)
    out.point(fields[0], out.vector(np.array(shape, "<i4")))
    quantisation, inner = out.table({2: None, 3: None})
    out.point(fields[4], quantisation)
    out.point(inner[2], out.vector(np.array([scale], "<f4")))
    out.point(inner[3], out.vector(np.array([zero], "<i8")))


def _write_convolution(out: _Writer) -> int:
    operator, fields = out.table({0: ("I", 0), 1: None, 2: None, 3: ("B", 1), 4: None})
    out.point(fields[1], out.vector(np.array([0, 1, 2], "<i4")))
    options, _ = out.table({0: ("b", 0), 1: ("i", 2), 2: ("i", 2), 3: ("b", 3)})
    out.point(fields[4], options)
    return operator
