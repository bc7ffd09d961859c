"""What the services ask of the layers they do not import."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.records import (
    EncodedPicture,
    EncodeOutcome,
    Evidence,
    Region,
    WorkItem,
)

PictureSource = str | bytes
"""A picture to look at: the path of a file, or the bytes of one."""


class Encoder(Protocol):
    """Encodes pictures; the engine process in the product, a fake in tests.

    Files stream through `submit` and `collect`; pictures a person waits for go through `encode`
    and `explain`, which overtake the stream.
    """

    @property
    def model_id(self) -> str:
        """Which model makes the codes."""
        ...

    @property
    def n_bits(self) -> int:
        """Bits a code has."""
        ...

    @property
    def capacity(self) -> int:
        """How many submitted files may be under way at once."""
        ...

    @property
    def n_in_flight(self) -> int:
        """Files submitted and not collected yet."""
        ...

    @property
    def note(self) -> str:
        """Device and number format in use, "" before the model was loaded."""
        ...

    def warm_up(self) -> None:
        """Waits until the model is loaded and has shown that it works.

        Raises:
            UserFacingError: If it cannot be loaded.
        """
        ...

    def submit(self, item: WorkItem) -> None:
        """Starts on a file; its thumbnail is kept on the way.

        Raises:
            UserFacingError: If the engine cannot be started.
        """
        ...

    def collect(self, timeout_s: float) -> list[EncodeOutcome]:
        """Outcomes that are ready, waiting up to `timeout_s` for the first one.

        Every submitted file comes back exactly once, a file that hangs or crashes the engine
        with its problem.

        Raises:
            UserFacingError: If the engine cannot be (re)started.
        """
        ...

    def abandon(self) -> None:
        """Forgets all files under way: their outcomes will not be collected."""
        ...

    def encode(self, source: PictureSource, region: Region | None = None) -> EncodedPicture:
        """The code of one picture, or of a region of it.

        Raises:
            UserFacingError: If the picture cannot be read.
        """
        ...

    def explain(
        self, source: PictureSource, bits: Sequence[int], region: Region | None = None
    ) -> Evidence:
        """Evidence maps of the chosen bits over one picture.

        Raises:
            UserFacingError: If the picture cannot be read.
        """
        ...

    def show(self, source: PictureSource, target_px: int) -> NDArray[np.uint8]:
        """One picture to look at: uint8 (height, width, 3), upright, sRGB.

        Its long side is at least `target_px`, or the picture's own if that is less.

        Raises:
            UserFacingError: If the picture cannot be read.
        """
        ...

    def close(self) -> None:
        """Ends the process; calling it again does nothing."""
        ...
