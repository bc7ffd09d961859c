"""Whether bits look at the subject: where evidence peaks against where its parts are."""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import Evidence
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.imaging.decode import DecodeError, decode
from ahash_desktop.training.ask.progress import EvaluationProgress
from ahash_desktop.training.ask.report import Localisation
from ahash_desktop.training.judging.metrics import bootstrap_interval

_COLUMNS = ("path", "part", "x", "y")
_MOST_ROWS = 2_000_000
_MARGIN = 0.1
_NEAR = 36 / 224
_FEWEST_PARTS = 3
_MOST_PHOTOS = 1000

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PartTable:
    """Where parts of a subject are.

    `places` maps a photo to the numbers of its parts, int64 (p,), and their places in its pixels,
    float64 (p, 2) as x, y; `names` has the parts' names.
    """

    names: tuple[str, ...]
    places: Mapping[Path, tuple[NDArray[np.int64], Points]]


def load_parts(path: Path) -> PartTable:
    """A CSV with the columns path (relative to its folder), part, x and y in pixels.

    Raises:
        UserFacingError: If it cannot be read or is no such table.
    """
    found: dict[Path, list[tuple[int, float, float]]] = {}
    numbers: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not set(_COLUMNS) <= set(rows.fieldnames or ()):
                raise _refusal(path, "The table of parts needs the columns path, part, x and y")
            for row in rows:
                if rows.line_num > _MOST_ROWS:
                    raise _refusal(path, "The table of parts is too long")
                x, y = float(row["x"]), float(row["y"])
                if not math.isfinite(x) or not math.isfinite(y):
                    raise ValueError(row["x"])
                number = numbers.setdefault(row["part"], len(numbers))
                found.setdefault(path.parent / row["path"], []).append((number, x, y))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _refusal(path, "The table of parts cannot be read") from error
    except (TypeError, ValueError) as error:
        raise _refusal(path, "The table of parts has places that are no numbers") from error
    return PartTable(
        tuple(numbers),
        {
            photo: (
                np.array([entry[0] for entry in entries]),
                np.array([entry[1:] for entry in entries]),
            )
            for photo, entries in found.items()
        },
    )


def localise(
    encoder: NetworkEncoder, paths: Sequence[Path], parts: PartTable, token: CancelToken
) -> Iterator[EvaluationProgress | Localisation]:
    """Where evidence peaks in photos whose parts are known; the last record is the result.

    Of more than 1000 photos every n-th is looked at.

    Args:
        encoder: The model.
        paths: The photos; those without three known parts or that cannot be read are passed over.
        parts: Where their parts are.
        token: Cancels between photos.

    Raises:
        UserFacingError: If none of the photos can be used.
        Cancelled: If the token asks for it.
    """
    known = [path for path in paths if len(parts.places.get(path, ((),))[0]) >= _FEWEST_PARTS]
    known = known[:: max(1, math.ceil(len(known) / _MOST_PHOTOS))]
    bits = tuple(range(encoder.manifest.n_bits))
    counts = np.zeros((len(bits), len(parts.names)))
    seen: list[tuple[bool, float, float, float]] = []
    for index, path in enumerate(known):
        token.raise_if_cancelled()
        yield EvaluationProgress("localising", index, len(known))
        try:
            pixels = decode(str(path)).pixels
        except DecodeError:
            continue
        numbers, points = parts.places[path]
        peaks, whole = find_peaks(encoder.explain(pixels, bits, alone=True))
        size = np.array([pixels.shape[1], pixels.shape[0]])
        low, high = subject_box(points)
        on_subject = ((peaks * size >= low) & (peaks * size <= high)).all(axis=1)
        whole_on = bool(((whole * size >= low) & (whole * size <= high)).all())
        away = np.linalg.norm((peaks[:, None] - points / size), axis=2)
        nearest = away.argmin(axis=1)
        np.add.at(counts, (np.arange(len(bits)), numbers[nearest]), 1)
        covered = np.prod(np.minimum(high, size) - np.maximum(low, 0)) / np.prod(size)
        near = (away.min(axis=1) <= _NEAR).mean()
        seen.append((whole_on, float(on_subject.mean()), float(covered), float(near)))
    if not seen:
        raise UserFacingError(
            "None of the photos has parts that are known",
            remedy="Paths in the table of parts are relative to its folder",
        )
    by_photo = np.array(seen, dtype=np.float64)
    code, bit, chance, near = (float(mean) for mean in by_photo.mean(axis=0))
    interval = bootstrap_interval(by_photo[:, 0])
    yield Localisation(code, interval, bit, chance, near, _mean_entropy(counts), len(seen))


def find_peaks(evidence: Evidence) -> tuple[Points, Points]:
    """Where each bit's evidence for its own sign peaks, and that of all bits together.

    Args:
        evidence: Maps float32 (k, h, w) over the part `seen` of the picture, and logits.

    Returns:
        float64 (k, 2) and (2,): x, y as shares of the picture, centres of the maps' cells.
    """
    signed = evidence.maps * np.where(evidence.logits > 0, 1, -1)[:, None, None]
    height, width = signed.shape[1:]
    together = signed.sum(axis=0)
    cells = np.append(signed.reshape(len(signed), -1).argmax(axis=1), together.argmax())
    rows, columns = np.divmod(cells, width)
    seen = evidence.seen
    places = np.stack(
        [
            seen.x + seen.width * (columns + 0.5) / width,
            seen.y + seen.height * (rows + 0.5) / height,
        ],
        axis=1,
    )
    return places[:-1], places[-1]


def subject_box(points: Points) -> tuple[Points, Points]:
    """The corners of the box around some points, a tenth of its sides wider on each side."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = _MARGIN * (high - low)
    return low - margin, high + margin


def _mean_entropy(counts: NDArray[np.float64]) -> float:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    logs = np.log(np.where(shares > 0, shares, 1.0))
    return float((-(shares * logs).sum(axis=1) / math.log(max(counts.shape[1], 2))).mean())


def _refusal(path: Path, reason: str) -> UserFacingError:
    return UserFacingError(reason, path=path, remedy="Give a CSV with path, part, x and y")
