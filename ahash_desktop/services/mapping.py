"""A map of the library: every photo at a place, photos with like codes close to one another."""

import io
import logging
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import replace_file
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import ModelRecord
from ahash_desktop.engine.spawned import ProcessEndedError, spawned_records
from ahash_desktop.services.map_process import n_steps, run_layout
from ahash_desktop.services.searching import Searcher

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MapLayout:
    """Where photos lie: `photo_ids` int64 (n,), `places` float32 (n, 2) in 0 … 1 as x, y."""

    photo_ids: NDArray[np.int64]
    places: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MapProgress:
    """How far a layout is."""

    n_done: int
    n_to_do: int


class LibraryMap:
    """Makes and keeps the map; any thread may call it.

    Args:
        paths: The library's files.
        searcher: Keeps the codes in memory.
        model: The model in use; each has a map of its own.
        n_threads: How many threads a layout may use.
    """

    def __init__(
        self, paths: LibraryPaths, searcher: Searcher, model: ModelRecord, n_threads: int = 2
    ) -> None:
        self._file = paths.maps / f"{model.model_id}.npz"
        self._searcher = searcher
        self._n_threads = n_threads

    def load(self) -> MapLayout | None:
        """The map as it was last made, without photos that have left; None if there is none."""
        try:
            with np.load(io.BytesIO(self._file.read_bytes()), allow_pickle=False) as stored:
                layout = MapLayout(stored["photo_ids"], stored["places"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            _log.warning("the map is made anew, for it cannot be read: %s", error)
            return None
        n_photos = len(layout.photo_ids)
        if layout.places.shape != (n_photos, 2) or not np.isfinite(layout.places).all():
            _log.warning("the map is made anew, for it makes no sense")
            return None
        still_here = np.isin(layout.photo_ids, self._searcher.codes().photo_ids)
        return MapLayout(
            layout.photo_ids[still_here].astype(np.int64),
            layout.places[still_here].astype(np.float32),
        )

    def n_unplaced(self, layout: MapLayout) -> int:
        """How many photos have come since a map was made."""
        return int((~np.isin(self._searcher.codes().photo_ids, layout.photo_ids)).sum())

    def make(self, token: CancelToken) -> Iterator[MapProgress | MapLayout]:
        """Lays the library out anew in a process of its own; the last record is the map.

        Args:
            token: Ends the process at once.

        Raises:
            UserFacingError: If the layout fails or cannot be kept.
            Cancelled: If the token asks for it; the old map stays.
        """
        block = self._searcher.codes()
        with tempfile.TemporaryDirectory(prefix="ahash-map-") as folder:
            source, target = Path(folder) / "activations.npy", Path(folder) / "places.npy"
            np.save(source, block.activations, allow_pickle=False)
            yield from self._run(source, target, n_steps(len(block.photo_ids)), token)
            places = np.load(target, allow_pickle=False)
        layout = MapLayout(block.photo_ids.copy(), places)
        self._save(layout)
        yield layout

    def _run(
        self, source: Path, target: Path, n_to_do: int, token: CancelToken
    ) -> Iterator[MapProgress]:
        yield MapProgress(0, n_to_do)
        try:
            arguments = (source, target, self._n_threads)
            for n_done in spawned_records(run_layout, arguments, token, name="ahash-map"):
                yield MapProgress(n_done, n_to_do)
        except ProcessEndedError as error:
            raise _not_made(error.exit_code) from error
        if not target.is_file():
            raise _not_made(0)

    def _save(self, layout: MapLayout) -> None:
        packed = io.BytesIO()
        np.savez(packed, photo_ids=layout.photo_ids, places=layout.places)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self._file, packed.getvalue())
        except OSError as error:
            raise UserFacingError(
                f"the map cannot be kept ({error.strerror})",
                path=self._file,
                remedy="Make room on the disk and try again",
            ) from error


def _not_made(exit_code: int | None) -> UserFacingError:
    return UserFacingError(
        f"the map could not be made (its process ended with {exit_code})",
        remedy="Close other programs if memory is short, then try again",
    )
