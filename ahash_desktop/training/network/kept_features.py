"""What a model sees in photos, looked at once and kept on disk for every lesson after."""

import io
import logging
import os
import time
import zipfile
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray
from PIL import Image

from ahash_desktop.core.codes import Activations
from ahash_desktop.core.files import replace_file
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.hashing.preprocess import resize_square
from ahash_desktop.imaging.decode import DecodeError, decode
from ahash_desktop.training.ask.labels import UnreadablePhoto

_log = logging.getLogger(__name__)

SMALL_PX = 64
"""Side of the grey picture that is kept of each photo."""
FEW = 24
"""After so many photos it is known how fast the model is."""
_N_DECODERS = 2
_AHEAD = 24
_AT_ONCE = 256
_KEEP_EVERY_S = 30.0
_REPORT_EVERY_S = 0.2
_FORMAT = "1"
_LEAST_AREA = 0.5
_SHARP_PX = 256
_FEWEST_PX = 8
_PAUSE_CHECK_S = 0.5


class SeenShare(NamedTuple):
    """How many photos are looked at, of how many, and how many of these had to be read now."""

    n_done: int
    n_to_do: int
    n_read: int


@dataclass(frozen=True, slots=True)
class SeenPhotos:
    """What a model sees in some photos.

    `rows` int64 (n,) says which of the paths could be read. `features` is float16 (v, n, d), the
    first view being the one that codes are made of, the second mirrored, others cut; `activations`
    float16 (n, k) are those of the first. `small` is uint8 (n, 64, 64), grey and squashed;
    `short_px` int64 (n,) the shorter side of each file's picture, `sharpness` float32 (n,) how much
    its edges change; `contents` the same for the same pixels.
    """

    rows: NDArray[np.int64]
    features: NDArray[np.float16]
    activations: Activations
    small: NDArray[np.uint8]
    short_px: NDArray[np.int64]
    sharpness: NDArray[np.float32]
    contents: tuple[str, ...]
    unreadable: tuple[UnreadablePhoto, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """One photo."""

    features: NDArray[np.float16]
    activations: Activations
    small: NDArray[np.uint8]
    short_px: int
    sharpness: float
    content: str


class _Place(NamedTuple):
    """Where on the disk lies what was seen in a photo."""

    file: Path
    row: int


@dataclass(frozen=True, slots=True)
class _Read:
    """A decoded photo, ready for the network."""

    views: NDArray[np.uint8]
    small: NDArray[np.uint8]
    short_px: int
    sharpness: float
    content: str


class KeptFeatures:
    """What one model sees, in files of a folder; a file is lost or whole.

    In memory is where each photo lies there, and of those that are asked for what was seen in them.

    Args:
        folder: Where they lie; made when something is kept.
        encoder: The model.
        n_views: How many views of each photo are looked at.
    """

    def __init__(self, folder: Path, encoder: NetworkEncoder, n_views: int) -> None:
        self._folder = folder / f"{encoder.manifest.model_id}-{n_views}-{_FORMAT}"
        self._encoder = encoder
        self._n_views = n_views
        self._known: dict[str, _Place] = {}
        self._fresh: dict[str, _Seen] = {}
        self._kept_at = time.monotonic()
        self._is_loaded = False

    def lacking(self, paths: Sequence[Path]) -> list[int]:
        """Rows of photos that were not looked at yet."""
        self._load()
        return [row for row, path in enumerate(paths) if file_key(path) not in self._known]

    def look(
        self, paths: Sequence[Path], token: CancelToken
    ) -> Generator[SeenShare, None, SeenPhotos]:
        """What the model sees in photos; those that were looked at before are not read again.

        Raises:
            Cancelled: If the token asks for it; what was seen by then is kept.
            OSError: If nothing can be kept.
        """
        self._load()
        keys = [file_key(path) for path in paths]
        lacking = [row for row, key in enumerate(keys) if key not in self._known]
        reasons: dict[int, str] = {}
        n_before, n_done = len(paths) - len(lacking), 0
        reported = -_REPORT_EVERY_S
        if not lacking:
            yield SeenShare(n_before, len(paths), 0)
        try:
            for row, found in self._see(paths, lacking, token):
                n_done += 1
                if isinstance(found, str):
                    reasons[row] = found
                else:
                    self._fresh[keys[row]] = found
                    self._keep_now_and_then()
                if time.monotonic() - reported >= _REPORT_EVERY_S or n_done == len(lacking):
                    reported = time.monotonic()
                    yield SeenShare(n_before + n_done, len(paths), n_done)
        finally:
            self._keep()
        rows = [row for row, key in enumerate(keys) if key in self._known]
        unreadable = tuple(UnreadablePhoto(paths[row], why) for row, why in reasons.items())
        return self._joined(np.array(rows, np.int64), [keys[row] for row in rows], unreadable)

    def _see(
        self, paths: Sequence[Path], rows: Sequence[int], token: CancelToken
    ) -> Iterator[tuple[int, _Seen | str]]:
        batch: list[tuple[int, _Read]] = []
        size = max(1, self._encoder.batch_size // self._n_views)
        for row, read in self._read_ahead(paths, rows, token):
            while token.is_paused:
                token.wait_while_paused(_PAUSE_CHECK_S)
            token.raise_if_cancelled()
            if isinstance(read, str):
                yield row, read
                continue
            batch.append((row, read))
            if len(batch) == size:
                yield from self._pass(batch)
                batch = []
        if batch:
            yield from self._pass(batch)

    def _pass(self, batch: list[tuple[int, _Read]]) -> Iterator[tuple[int, _Seen | str]]:
        views = np.concatenate([read.views for _, read in batch])
        _, activations, features = self._encoder.encode_with_features(views)
        features = features.reshape(len(batch), self._n_views, -1).astype(np.float16)
        activations = activations.reshape(len(batch), self._n_views, -1)
        for place, (row, read) in enumerate(batch):
            if not np.isfinite(features[place]).all():
                yield row, "the model sees no numbers in it"
                continue
            yield (
                row,
                _Seen(
                    features[place],
                    activations[place, 0],
                    read.small,
                    read.short_px,
                    read.sharpness,
                    read.content,
                ),
            )

    def _read_ahead(
        self, paths: Sequence[Path], rows: Sequence[int], token: CancelToken
    ) -> Iterator[tuple[int, _Read | str]]:
        coming = iter(rows)
        manifest = self._encoder.manifest
        settings = (manifest.input_size, manifest.resize_mode, manifest.interpolation)
        with ThreadPoolExecutor(_N_DECODERS, thread_name_prefix="decode") as pool:

            def submit(row: int) -> Future[_Read | str]:
                return pool.submit(_read, paths[row], settings, self._n_views)

            ahead = [submit(row) for row in islice(coming, _AHEAD)]
            for row in rows:
                if token.is_cancelled:
                    for future in ahead:
                        future.cancel()
                token.raise_if_cancelled()
                found = ahead.pop(0).result()
                ahead.extend(submit(later) for later in islice(coming, 1))
                yield row, found

    def _keep_now_and_then(self) -> None:
        is_time = time.monotonic() - self._kept_at >= _KEEP_EVERY_S
        if len(self._fresh) >= _AT_ONCE or is_time:
            self._keep()

    def _joined(
        self, rows: NDArray[np.int64], keys: list[str], unreadable: tuple[UnreadablePhoto, ...]
    ) -> SeenPhotos:
        n_seen, n_bits = len(keys), self._encoder.manifest.n_bits
        joined = {
            name: np.empty((n_seen, *shape), kind)
            for name, (shape, kind) in _shapes(self._n_views, self._n_features, n_bits).items()
            if name != "features"
        }
        features = np.empty((self._n_views, n_seen, self._n_features), np.float16)
        contents = [""] * n_seen
        in_file: dict[Path, list[int]] = defaultdict(list)
        for place, key in enumerate(keys):
            in_file[self._known[key].file].append(place)
        for file, places in in_file.items():
            stored = _unpacked(file)
            for place in places:
                row = self._known[keys[place]].row
                features[:, place] = stored["features"][row]
                contents[place] = str(stored["contents"][row])
                for name, array in joined.items():
                    array[place] = stored[name][row]
        return SeenPhotos(
            rows=rows,
            features=features,
            contents=tuple(contents),
            unreadable=unreadable,
            **joined,
        )

    @property
    def _n_features(self) -> int:
        return int(self._encoder.hash_layer()[0].shape[1])

    def _load(self) -> None:
        """Finds what earlier lessons have kept, once."""
        if self._is_loaded:
            return
        self._is_loaded = True
        shapes = _shapes(self._n_views, self._n_features, self._encoder.manifest.n_bits)
        for path in sorted(self._folder.glob("*.npz")):
            try:
                stored = _unpacked(path)
                keys = [str(key) for key in stored["keys"]]
                for name, (shape, kind) in shapes.items():
                    if stored[name].shape != (len(keys), *shape) or stored[name].dtype != kind:
                        raise ValueError(f"{name} is of another shape")
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
                _log.warning("%s is looked at anew: %s", path, error)
                continue
            self._note(keys, path)

    def _note(self, keys: Iterable[str], file: Path) -> None:
        self._known |= {key: _Place(file, row) for row, key in enumerate(keys)}

    def _keep(self) -> None:
        """Writes what is new into a file of its own."""
        self._kept_at = time.monotonic()
        if not self._fresh:
            return
        seen = list(self._fresh.values())
        packed = io.BytesIO()
        np.savez(
            packed,
            keys=np.array(list(self._fresh)),
            features=np.stack([each.features for each in seen]),
            activations=np.stack([each.activations for each in seen]),
            small=np.stack([each.small for each in seen]),
            short_px=np.array([each.short_px for each in seen], np.int64),
            sharpness=np.array([each.sharpness for each in seen], np.float32),
            contents=np.array([each.content for each in seen]),
        )
        name = blake3("".join(self._fresh).encode()).hexdigest(length=16)
        path = self._folder / f"{name}.npz"
        replace_file(path, packed.getvalue())
        self._note(self._fresh, path)
        self._fresh = {}


def _shapes(
    n_views: int, n_features: int, n_bits: int
) -> dict[str, tuple[tuple[int, ...], np.dtype[Any]]]:
    """What is kept of a photo as arrays: by name the shape of a row and its type."""
    return {
        "features": ((n_views, n_features), np.dtype(np.float16)),
        "activations": ((n_bits,), np.dtype(np.float16)),
        "small": ((SMALL_PX, SMALL_PX), np.dtype(np.uint8)),
        "short_px": ((), np.dtype(np.int64)),
        "sharpness": ((), np.dtype(np.float32)),
    }


def _unpacked(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a file."""
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def file_key(path: Path) -> str:
    """What a file is known by as it is now."""
    name = os.fsencode(path)
    try:
        facts = path.stat()
    except OSError:
        return blake3(b"\0-" + name).hexdigest(length=16)
    return blake3(b"%b\0%d\0%d" % (name, facts.st_size, facts.st_mtime_ns)).hexdigest(length=16)


def _read(path: Path, settings: tuple[int, str, str], n_views: int) -> _Read | str:
    size_px, mode, interpolation = settings
    try:
        picture = decode(str(path))
    except DecodeError as error:
        _log.warning("left out %s: %s", path, error.problem.reason)
        return error.problem.reason
    except OSError as error:
        return error.strerror or str(error)
    first = resize_square(picture.pixels, size_px, mode, interpolation)
    views = [first]
    seed = int.from_bytes(blake3(first.tobytes()).digest(length=8))
    rng = np.random.default_rng(seed)
    while len(views) < n_views:
        part = picture.pixels if len(views) == 1 else _cut(picture.pixels, rng)
        view = resize_square(part, size_px, mode, interpolation)
        views.append(view[:, ::-1] if len(views) % 2 else view)
    grey = Image.fromarray(picture.pixels).convert("L")
    reduced = grey.copy()
    reduced.thumbnail((_SHARP_PX, _SHARP_PX))
    sharp = np.asarray(reduced, np.float32)
    return _Read(
        views=np.ascontiguousarray(np.stack(views)),
        small=np.asarray(grey.resize((SMALL_PX, SMALL_PX), Image.Resampling.BOX)),
        short_px=min(picture.facts.width, picture.facts.height),
        sharpness=_sharpness(sharp),
        content=blake3(first.tobytes()).hexdigest(length=16),
    )


def _sharpness(grey: NDArray[np.float32]) -> float:
    """Deviation of the Laplacian over that of the picture: how much of it is edges."""
    if min(grey.shape) < _FEWEST_PX:
        return 1.0  # nothing can be said
    inner = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    spread = float(grey.std())
    return float((around - 4 * inner).std() / spread) if spread > 1 else 0.0


def _cut(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A part of a picture, at least half of its area."""
    height, width = pixels.shape[:2]
    share = np.sqrt(rng.uniform(_LEAST_AREA, 1.0))
    rows, columns = max(1, round(height * share)), max(1, round(width * share))
    top = int(rng.integers(0, height - rows + 1))
    left = int(rng.integers(0, width - columns + 1))
    return pixels[top : top + rows, left : left + columns]
