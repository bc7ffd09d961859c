"""What a network makes of labelled photos, and how steady it is."""

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations, Codes
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.hashing.preprocess import seen_region
from ahash_desktop.hashing.runner import NetworkRunner
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.labels import UnreadablePhoto
from ahash_desktop.training.ask.progress import EvaluationProgress
from ahash_desktop.training.ask.report import Steadiness
from ahash_desktop.training.data.reading import PhotoBatch, read_batches
from ahash_desktop.training.data.squares import name_content

_REPORT_EVERY_S = 0.1
_N_STEADINESS = 256
_N_OTHER = 64


class Encodings:
    """What the network and the untouched backbone make of every photo.

    `rows` int64 (n,) says which photos could be read; `codes`, `activations` float16 (n, k) and
    `features` float32 (n, d) are theirs; `contents` are the same for the same
    pixels. `steadiness` says how many of their bits change.

    Args:
        labelled: The photos.
        encoder: The model that is judged.
        backbone: The untouched backbone, if its weights are here.
        other: The model in bfloat16, or in float32 if the encoder computes in bfloat16.
    """

    def __init__(
        self,
        labelled: LabelledSet,
        encoder: NetworkEncoder,
        backbone: NetworkRunner | None,
        other: NetworkRunner,
    ) -> None:
        self._paths = [photo.path for photo in labelled.photos]
        self._encoder = encoder
        self._backbone = backbone
        self._other = other
        self._every = max(1, -(-len(self._paths) // _N_STEADINESS))
        self._sample: list[NDArray[np.uint8]] = []
        self._known: list[NDArray[np.bool_]] = []
        self.steadiness = Steadiness(float("nan"), float("nan"), 0)
        self.rows: NDArray[np.int64] = np.empty(0, np.int64)
        self.codes: Codes = np.empty((0, 0), np.uint8)
        self.activations: Activations = np.empty((0, 0), np.float16)
        self.features: NDArray[np.float32] = np.empty((0, 0), np.float32)
        self.backbone_features: NDArray[np.float32] | None = None
        self.unreadable: tuple[UnreadablePhoto, ...] = ()
        self.contents: list[str] = []

    def fill(self, token: CancelToken) -> Iterator[EvaluationProgress]:
        """Encodes the photos.

        Raises:
            UserFacingError: If no photo can be read.
            Cancelled: If the token asks for it.
        """
        rows, encoded, plain = [], [], []
        unreadable: list[UnreadablePhoto] = []
        reported = -_REPORT_EVERY_S
        n_done = 0
        for batch in read_batches(self._paths, self._encoder.manifest, self._encoder.batch_size):
            token.raise_if_cancelled()
            unreadable.extend(batch.unreadable)
            if len(batch.rows):
                rows.append(batch.rows)
                self.contents += map(name_content, batch.squares)
                once = self._encoder.encode_with_features(batch.squares)
                encoded.append(self._looked_twice(once, batch))
                chosen = batch.rows % self._every == 0
                self._sample.append(batch.squares[chosen])
                self._known.append(once[1][chosen] > 0)
                if self._backbone is not None:
                    plain.append(self._backbone.features(batch.squares))
            n_done += len(batch.rows) + len(batch.unreadable)
            if time.monotonic() - reported >= _REPORT_EVERY_S or n_done == len(self._paths):
                reported = time.monotonic()
                yield EvaluationProgress("encoding", n_done, len(self._paths))
        if not rows:
            raise UserFacingError(
                "None of the labelled photos can be read",
                path=self._paths[0],
                remedy="Check the paths in the labels",
            )
        self.rows = np.concatenate(rows)
        self.codes, self.activations, self.features = (
            np.concatenate(parts) for parts in zip(*encoded, strict=True)
        )
        self.backbone_features = np.concatenate(plain) if plain else None
        self.unreadable = tuple(unreadable)
        yield from self._compare(token)

    def _looked_twice(
        self, once: tuple[Codes, Activations, NDArray[np.float32]], batch: PhotoBatch
    ) -> tuple[Codes, Activations, NDArray[np.float32]]:
        """Codes as a library keeps them, of small subjects looked at again; features stay."""
        if not batch.wholes or not self._encoder.looks_twice:
            return once
        seen = [seen_region(whole, self._encoder.manifest) for whole in batch.wholes]
        twice = self._encoder.look(batch.squares, seen, batch.wholes)
        codes = np.stack([picture.code for picture in twice])
        return codes, np.stack([picture.activations for picture in twice]), once[2]

    def _compare(self, token: CancelToken) -> Iterator[EvaluationProgress]:
        """Encodes the sample mirrored, and part of it in the other type, which may be slow."""
        squares, known = np.concatenate(self._sample), np.concatenate(self._known)
        self._sample = []
        size = self._encoder.batch_size
        mirrored, other = [], []
        for start in range(0, len(squares), size):
            token.raise_if_cancelled()
            part = squares[start : start + size]
            mirrored.append(self._encoder.encode(np.ascontiguousarray(part[:, :, ::-1]))[1] > 0)
            if start < _N_OTHER:
                other.append(self._other.encode(part) > 0)
            yield EvaluationProgress("comparing", min(start + size, len(squares)), len(squares))
        turned, computed = np.concatenate(mirrored), np.concatenate(other)
        self.steadiness = Steadiness(
            float((turned != known).mean()),
            float((computed != known[: len(computed)]).mean()),
            len(known),
        )
