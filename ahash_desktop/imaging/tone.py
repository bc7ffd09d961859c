"""Brings pictures of high dynamic range (PQ and HLG, ITU-R BT.2100) to sRGB, plainly.

What is as bright as paper or darker stays as it is, and what is brighter is bent to fit in. The
pictures come as 8-bit values of their own curve, which say nothing in sRGB but "flat and grey".
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PQ, HLG = 16, 18
_BT_709, _BT_2020, _DISPLAY_P3 = 1, 9, 12
_WHITE_NITS = 203.0
"""How bright white paper is in such pictures (ITU-R BT.2408)."""

_PEAK_NITS = 1000.0
_KNEE = 0.75
"""From where on, of white, brightness is bent."""

_TO_SRGB = {
    _BT_2020: [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    _DISPLAY_P3: [[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]],
}
"""Linear light of the primaries, by their number in ITU-T H.273, to that of sRGB."""

_BT_2020_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], dtype=np.float32)
_PROFILE_TAGS_AT = 128
_MAX_TAGS = 100


@dataclass(frozen=True, slots=True)
class Signal:
    """How values mean light: primaries and transfer as ITU-T H.273 numbers them."""

    primaries: int
    transfer: int

    @property
    def is_hdr(self) -> bool:
        """Whether the transfer is one of high dynamic range."""
        return self.transfer in (PQ, HLG)


def signal_of_profile(profile: bytes | None) -> Signal | None:
    """The signal that an ICC profile names in its tag `cicp`; None if it names none."""
    if not profile:
        return None
    n_tags = int.from_bytes(profile[_PROFILE_TAGS_AT : _PROFILE_TAGS_AT + 4], "big")
    for index in range(min(n_tags, _MAX_TAGS)):
        entry = profile[_PROFILE_TAGS_AT + 4 + 12 * index :][:12]
        if entry[:4] == b"cicp":
            tag = profile[int.from_bytes(entry[4:8], "big") :][:12]
            return Signal(tag[8], tag[9]) if len(tag) == 12 else None
    return None


def signal_of_container(data: bytes) -> Signal | None:
    """The signal that a HEIC or AVIF file names for its picture; None if it names none."""
    span = (0, len(data))
    for kind, n_head_bytes in ((b"meta", 4), (b"iprp", 0), (b"ipco", 0)):
        inner = next((found for name, found in _boxes(data, span) if name == kind), None)
        if inner is None:
            return None
        span = (inner[0] + n_head_bytes, inner[1])
    for name, (start, _end) in _boxes(data, span):
        if name == b"colr" and data[start : start + 4] == b"nclx":
            primaries, transfer = data[start + 4 : start + 6], data[start + 6 : start + 8]
            return Signal(int.from_bytes(primaries, "big"), int.from_bytes(transfer, "big"))
    return None


def tone_mapped(image: Image.Image, signal: Signal) -> Image.Image:
    """A picture in mode RGB whose values are of a signal of high dynamic range, in sRGB."""
    values = np.linspace(0, 1, 256)
    curve = _pq_light(values) if signal.transfer == PQ else _hlg_light(values)
    light: NDArray[np.float32] = curve.astype(np.float32)[np.asarray(image)]
    if signal.transfer == HLG:
        bright = (light @ _BT_2020_LUMINANCE)[..., None] ** np.float32(0.2)
        light = light * (bright * np.float32(_PEAK_NITS / _WHITE_NITS))
    matrix = _TO_SRGB.get(signal.primaries)
    if matrix is not None:
        light = light @ np.array(matrix, dtype=np.float32).T
    return Image.fromarray(_srgb(_bent(np.maximum(light, 0))))


def _pq_light(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The light of PQ values, white as 1 (BT.2100-2, table 4)."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    root = values ** (1 / m2)
    light = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    white: NDArray[np.float64] = light * (10_000 / _WHITE_NITS)
    return white


def _hlg_light(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The light of the scene of HLG values, 0 … 1 (BT.2100-2, table 5)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(values <= 0.5, values**2 / 3, (np.exp((values - c) / a) + b) / 12)


def _bent(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Light up to the peak brought to 0 … 1: as it is below the knee, Reinhard's curve above."""
    above = np.maximum(light - _KNEE, 0) / (1 - _KNEE)
    most = (_PEAK_NITS / _WHITE_NITS - _KNEE) / (1 - _KNEE)
    curve = _KNEE + (1 - _KNEE) * above * (1 + above / most**2) / (1 + above)
    return np.where(light <= _KNEE, light, np.minimum(curve, 1)).astype(np.float32)


def _srgb(light: NDArray[np.float32]) -> NDArray[np.uint8]:
    curved = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    values: NDArray[np.uint8] = np.rint(curved * 255).astype(np.uint8)
    return values


def _boxes(data: bytes, span: tuple[int, int]) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """The boxes of ISO media in a part of a file: the name, and where its content lies."""
    at, end = span
    while at + 8 <= end:
        size, name, head = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if size == 0:
            size = end - at
        if size < head or at + size > end:
            return
        yield name, (at + head, at + size)
        at += size
