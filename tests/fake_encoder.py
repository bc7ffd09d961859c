"""An encoder without a network: codes from coarse colours, so alike pictures get alike codes."""

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.ports import PictureSource
from ahash_desktop.core.records import (
    EncodedPicture,
    EncodeOutcome,
    Evidence,
    Problem,
    ProblemKind,
    Region,
    WorkItem,
)
from ahash_desktop.core.settings import Settings
from ahash_desktop.services.models import ModelInfo

GRID = 4
"""Cells along each side of the grid whose mean colours make the code."""


class FakeEncoder:
    """A `core.ports.Encoder` in memory, the same on every machine and in every run.

    The logits are a fixed random projection of the mean colours of a 4 x 4 grid, so evidence maps
    average exactly to them. Files are encoded when they are collected, in the order submitted.

    Args:
        n_bits: Bits a code has.
        model_id: What the model calls itself; also seeds the projection.
        capacity: How many submitted files may be under way at once.
        keep_thumbnail: Called with the content key and the upright pixels, uint8 (H, W, 3), of
            each file that could be read.
        before_file: Called with each file before it is encoded; may raise to play a failure.
    """

    def __init__(
        self,
        n_bits: int = 64,
        model_id: str = "fake-model",
        capacity: int = 8,
        *,
        keep_thumbnail: Callable[[bytes, NDArray[np.uint8]], None] | None = None,
        before_file: Callable[[WorkItem], None] | None = None,
    ) -> None:
        self._n_bits = n_bits
        self._model_id = model_id
        self._capacity = capacity
        self._keep_thumbnail = keep_thumbnail
        self._before_file = before_file
        self._queue: deque[WorkItem] = deque()
        seed = np.frombuffer(model_id.encode(), dtype=np.uint8)
        self._weights = np.random.default_rng(seed).standard_normal((n_bits, GRID * GRID * 3))
        self.submitted: list[Path] = []
        self.most_in_flight = 0
        self.is_closed = False

    @property
    def model_id(self) -> str:
        """Which model makes the codes."""
        return self._model_id

    @property
    def n_bits(self) -> int:
        """Bits a code has."""
        return self._n_bits

    @property
    def capacity(self) -> int:
        """How many submitted files may be under way at once."""
        return self._capacity

    @property
    def n_in_flight(self) -> int:
        """Files submitted and not collected yet."""
        return len(self._queue)

    @property
    def note(self) -> str:
        """Device and number format in use."""
        return "CPU, float32"

    def warm_up(self) -> None:
        """Does nothing: there is nothing to load."""

    def submit(self, item: WorkItem) -> None:
        """Queues a file; `submitted` and `most_in_flight` remember it for assertions."""
        if self.is_closed:
            raise UserFacingError("the engine is closed")
        self._queue.append(item)
        self.submitted.append(item.path)
        self.most_in_flight = max(self.most_in_flight, len(self._queue))

    def collect(self, timeout_s: float) -> list[EncodeOutcome]:
        """Encodes up to half of what is under way, at least one file if there is any."""
        n_ready = (len(self._queue) + 1) // 2
        return [self._encode_file(self._queue.popleft()) for _ in range(n_ready)]

    def abandon(self) -> None:
        """Forgets all files under way."""
        self._queue.clear()

    def encode(self, source: PictureSource, region: Region | None = None) -> EncodedPicture:
        """The code of one picture, or of a region of it."""
        return self._encode_pixels(self._load(source, region))

    def explain(
        self, source: PictureSource, bits: Sequence[int], region: Region | None = None
    ) -> Evidence:
        """Evidence maps of the chosen bits, float32 (n_chosen, 4, 4), averaging to the logits."""
        pixels = self._load(source, region)
        cells = grid_colours(pixels)
        chosen = self._weights[list(bits)].reshape(len(bits), GRID, GRID, 3)
        maps = np.einsum("bijc,ijc->bij", chosen, cells).astype(np.float32)
        logits = maps.mean(axis=(1, 2))
        return Evidence(tuple(bits), logits, maps, pixels)

    def show(self, source: PictureSource, target_px: int) -> NDArray[np.uint8]:
        """The whole picture, uint8 (H, W, 3)."""
        return self._load(source, None)

    def close(self) -> None:
        """Ends it; calling it again does nothing."""
        self.is_closed = True
        self._queue.clear()

    def _encode_file(self, item: WorkItem) -> EncodeOutcome:
        from ahash_desktop.imaging.content import content_id
        from ahash_desktop.imaging.decode import DecodeError, DecodeLimits, decode, read_picture

        limits = DecodeLimits()
        try:
            if self._before_file is not None:
                self._before_file(item)
            data = read_picture(str(item.path), limits)
            picture = decode(data, limits=limits)
        except DecodeError as error:
            return EncodeOutcome(item.photo_id, problem=error.problem)
        except MemoryError:
            problem = Problem(ProblemKind.OUT_OF_MEMORY, "there is not enough memory to open it")
            return EncodeOutcome(item.photo_id, problem=problem)
        content = content_id(data)
        if self._keep_thumbnail is not None:
            self._keep_thumbnail(content.key, picture.pixels)
        pixels = picture.pixels if item.region is None else crop(picture.pixels, item.region)
        encoded = self._encode_pixels(pixels)
        return EncodeOutcome(item.photo_id, encoded, picture.facts, content)

    def _load(self, source: PictureSource, region: Region | None) -> NDArray[np.uint8]:
        from ahash_desktop.imaging.decode import DecodeError, DecodeLimits, decode, read_picture

        limits = DecodeLimits()
        name = source if isinstance(source, str) else None
        try:
            data = source if isinstance(source, bytes) else read_picture(source, limits)
            pixels = decode(data, limits=limits).pixels
        except DecodeError as error:
            raise UserFacingError(error.problem.reason, path=name) from error
        return crop(pixels, region) if region is not None else pixels

    def _encode_pixels(self, pixels: NDArray[np.uint8]) -> EncodedPicture:
        logits = self._weights @ grid_colours(pixels).ravel() / (GRID * GRID)
        activations = np.tanh(logits).astype(np.float16)
        return EncodedPicture(pack_activations(activations), activations)


def grid_colours(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean colours of a grid over a picture.

    Args:
        pixels: uint8 (H, W, 3).

    Returns:
        float64 (GRID, GRID, 3) in -2 … 2, 0 being mid-grey.
    """
    rows = np.array_split(pixels.astype(np.float64), GRID, axis=0) if len(pixels) >= GRID else None
    if rows is None or pixels.shape[1] < GRID:
        return grid_colours(np.repeat(np.repeat(pixels, GRID, axis=0), GRID, axis=1))
    cells = [[cell.mean(axis=(0, 1)) for cell in np.array_split(row, GRID, axis=1)] for row in rows]
    return (np.array(cells) - 127.5) / 64


def crop(pixels: NDArray[np.uint8], region: Region) -> NDArray[np.uint8]:
    """The part of a picture, uint8 (H, W, 3), that a region covers; at least one pixel."""
    height, width = pixels.shape[:2]
    left, top = int(region.x * width), int(region.y * height)
    right = max(left + 1, round((region.x + region.width) * width))
    bottom = max(top + 1, round((region.y + region.height) * height))
    return pixels[top:bottom, left:right]


def fake_engine(
    _paths: LibraryPaths, _settings: Settings, info: ModelInfo, **options: Any
) -> FakeEncoder:
    """In the place of an engine process: codes of as many bits as the model has."""
    return FakeEncoder(info.manifest.n_bits, info.manifest.model_id, **options)
