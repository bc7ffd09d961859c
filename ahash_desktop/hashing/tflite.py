"""The layers of a quantised TensorFlow Lite network as float arrays, without torch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.hashing.flatbuffer import FlatBufferError, Table

CONVOLUTION, DEPTHWISE, DENSE = 3, 4, 9
"""Operators that have weights, by their numbers in the schema of TensorFlow Lite."""

_IDENTIFIER = b"TFL3"
_DTYPES = {0: "<f4", 2: "<i4", 3: "<u1", 9: "<i1"}
_SAME, _RELU6 = 0, 3
_MOST_OPERATORS = 1000
_MOST_VALUES = 64 << 20
"""In all weights together: a small file may name the same bytes again and again."""
_Item = TypeVar("_Item")
_REFUSED = (FlatBufferError, ValueError, IndexError, KeyError, OverflowError)


class TfliteError(ValueError):
    """The file is no quantised network that can be read, said as part of a sentence."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer with weights, as torch lays them out.

    `weight` is float32 (n_out, n_in, h, w) of a convolution, (n_out, 1, h, w) of a depthwise one
    and (n_out, n_in) of a dense one; `bias` is float32 (n_out,). `is_same` tells TensorFlow's
    padding, which has the odd pixel at the end; `has_relu6` that its outputs are cut to 0 … 6.
    """

    operator: int
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    stride: int
    is_same: bool
    has_relu6: bool


@dataclass(frozen=True, slots=True)
class TfliteNetwork:
    """The layers in the order they run, and what the bytes of a picture mean.

    A byte b of the input stands for `(b − input_zero) · input_scale`.
    """

    layers: tuple[Layer, ...]
    input_size: int
    input_scale: float
    input_zero: int


def read_tflite(content: bytes) -> TfliteNetwork:
    """The network in a TensorFlow Lite file.

    Args:
        content: The whole file. Whatever is in it, nothing outside of it is looked at, and not
            more is made of it than a network of this size needs.

    Raises:
        TfliteError: If it is no such file, damaged, or has layers of other kinds.
    """
    try:
        return _read(content)
    except TfliteError:
        raise
    except _REFUSED as error:
        raise TfliteError(f"the file is damaged or no TensorFlow Lite network ({error})") from error


@dataclass(frozen=True, slots=True)
class _Parts:
    """The tables that operators point to."""

    tensors: list[Table]
    buffers: list[Table]

    def tensor(self, index: int) -> Table:
        return _at(self.tensors, index)


def _read(content: bytes) -> TfliteNetwork:
    model = Table.root(content, _IDENTIFIER)
    graphs = model.tables(2)
    if len(graphs) != 1:
        raise TfliteError("the file holds not one network")
    graph = graphs[0]
    kinds = [_operator_kind(code) for code in model.tables(1)]
    parts = _Parts(graph.tables(0), model.tables(4))
    operators = graph.tables(3)
    if len(operators) > _MOST_OPERATORS:
        raise TfliteError("the network has too many layers")
    layers = []
    n_values = 0
    for operator in operators:
        kind = _at(kinds, operator.number(0, "I", 0))
        if kind not in (CONVOLUTION, DEPTHWISE, DENSE):
            continue
        layer = _read_layer(operator, kind, parts)
        n_values += layer.weight.size
        if n_values > _MOST_VALUES:
            raise TfliteError("the network has too many weights")
        layers.append(layer)
    size, scale, zero = _read_input(graph, parts)
    return TfliteNetwork(tuple(layers), size, scale, zero)


def _operator_kind(code: Table) -> int:
    """Older files have the number in a byte, newer ones in both or, above 127, in the other."""
    return max(code.number(0, "b", 0), code.number(3, "i", 0))


def _read_layer(operator: Table, kind: int, parts: _Parts) -> Layer:
    inputs = [int(index) for index in operator.numbers(1, "<i4")]
    if len(inputs) != 3:
        raise TfliteError("a layer has no bias")
    weight = _widened(parts.tensor(inputs[1]), parts)
    bias = _widened(parts.tensor(inputs[2]), parts)
    if kind == CONVOLUTION and weight.ndim == 4:
        weight = weight.transpose(0, 3, 1, 2)
    elif kind == DEPTHWISE and weight.ndim == 4:
        weight = weight.transpose(3, 0, 1, 2)
    elif kind != DENSE or weight.ndim != 2:
        raise TfliteError("a layer's weights have another number of dimensions")
    if bias.shape != weight.shape[:1]:
        raise TfliteError("a layer's bias does not fit its weights")
    stride, is_same, activation = _read_options(operator, kind)
    if activation not in (0, _RELU6):
        raise TfliteError("a layer has another activation than ReLU6")
    return Layer(kind, np.ascontiguousarray(weight), bias, stride, is_same, activation == _RELU6)


def _read_options(operator: Table, kind: int) -> tuple[int, bool, int]:
    """Stride, whether the padding is TensorFlow's "SAME", and the number of the activation."""
    options = operator.table(4)
    if options is None:
        raise TfliteError("a layer lacks its options")
    if kind == DENSE:
        return 1, True, options.number(0, "b", 0)
    across, down = options.number(1, "i", 0), options.number(2, "i", 0)
    last = 3 if kind == CONVOLUTION else 4
    dilations = {options.number(last + 1, "i", 1), options.number(last + 2, "i", 1)}
    if across != down or across < 1 or dilations != {1}:
        raise TfliteError("a layer has strides of another kind")
    if kind == DEPTHWISE and options.number(3, "i", 0) != 1:
        raise TfliteError("a depthwise layer makes several maps of one")
    return across, options.number(0, "b", 0) == _SAME, options.number(last, "b", 0)


def _widened(tensor: Table, parts: _Parts) -> NDArray[np.float32]:
    """A tensor's stored numbers as what they stand for, float32."""
    shape = _shape(tensor)
    dtype = _DTYPES[tensor.number(1, "b", 0)]
    data = _at(parts.buffers, tensor.number(2, "I", 0)).data(0)
    if math.prod(shape) > _MOST_VALUES or len(data) != math.prod(shape) * np.dtype(dtype).itemsize:
        raise TfliteError("a layer's weights and their shape differ")
    stored = np.frombuffer(data, dtype).reshape(shape)
    if dtype == "<f4":
        values = stored.astype(np.float32)
    else:
        scale, zero = _quantisation(tensor)
        values = ((stored.astype(np.float64) - zero) * scale).astype(np.float32)
    if not np.isfinite(values).all():
        raise TfliteError("a layer's weights are no finite numbers")
    return values


def _quantisation(tensor: Table) -> tuple[float, int]:
    """Scale and zero point of a tensor that has one of each."""
    quantisation = tensor.table(4)
    if quantisation is None:
        raise TfliteError("a tensor is not quantised")
    scales: NDArray[Any] = quantisation.numbers(2, "<f4")
    zeros: NDArray[Any] = quantisation.numbers(3, "<i8")
    if len(scales) != 1 or len(zeros) > 1 or not 0 < float(scales[0]) < math.inf:
        raise TfliteError("a tensor is quantised in another way")
    return float(scales[0]), int(zeros[0]) if len(zeros) else 0


def _read_input(graph: Table, parts: _Parts) -> tuple[int, float, int]:
    inputs = graph.numbers(1, "<i4")
    if len(inputs) != 1:
        raise TfliteError("the network looks at more than a picture")
    tensor = parts.tensor(int(inputs[0]))
    shape = _shape(tensor)
    if len(shape) != 4 or shape[1] != shape[2] or shape[3] != 3 or tensor.number(1, "b", 0) != 3:
        raise TfliteError("the network does not look at a square of bytes")
    return (shape[1], *_quantisation(tensor))


def _shape(tensor: Table) -> tuple[int, ...]:
    shape = tuple(int(side) for side in tensor.numbers(0, "<i4"))
    if len(shape) > 4 or any(side < 1 for side in shape):
        raise TfliteError("a tensor has an impossible shape")
    return shape


def _at(items: Sequence[_Item], index: int) -> _Item:
    if not 0 <= index < len(items):
        raise TfliteError("the file points at what it does not have")
    return items[index]
