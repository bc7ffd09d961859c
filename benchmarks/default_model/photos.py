"""Which photos the default learns from, and which kinds it never sees."""

import csv
from dataclasses import dataclass
from pathlib import Path

BIRD, CAR = 0, 1
_LEFT_OUT_EVERY = 5


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo to learn from or to judge with.

    `label` is the name of its kind, "" where nobody said; `box` x, y, width, height in pixels of
    the file around the subject, None where unknown.
    """

    path: Path
    domain: int
    label: str
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Collections:
    """All photos by their use; `left_out` names the kinds that are never learned from."""

    learning: tuple[Photo, ...]
    left_out: dict[str, tuple[str, ...]]
    judging: dict[str, tuple[Photo, ...]]


def every_fifth(names: set[str]) -> tuple[str, ...]:
    """The fifth, tenth, … of the sorted names: the kinds that are left out of learning."""
    return tuple(sorted(names)[_LEFT_OUT_EVERY - 1 :: _LEFT_OUT_EVERY])


def collect(data: Path) -> Collections:
    """Reads the label files of the data folder.

    Of labelled collections only the split "train" of kinds that are not left out is learned from.
    `judging` has the left-out kinds of each collection; "also" are photos of `world_birds` whose
    kind is in the table of attributes and never learned from. A kind of `world_birds` that is one of the birds left out, or a bird of that collection outside
    of its labelled kinds, is left out too, so that no photo of an unknown species is learned from.
    """
    birds = _rows(data / "birds" / "labels.csv")
    cars = _rows(data / "cars" / "labels.csv")
    world = _rows(data / "world_birds" / "labels.csv")
    boxes = _part_boxes(data / "birds" / "parts.csv")
    out = {
        "birds": every_fifth({row["class"] for row in birds}),
        "cars": every_fifth({row["class"] for row in cars}),
        "world_birds": every_fifth({row["class"] for row in world}),
    }
    known_birds = {row["class"] for row in birds} - set(out["birds"])
    learning: list[Photo] = []
    judging: dict[str, list[Photo]] = {
        name: [] for name in ("birds", "crops", "cars", "world", "also")
    }
    for row in birds:
        photo = _photo(data / "birds", row, BIRD, row["class"], boxes)
        if row["class"] in known_birds:
            if row["split"] == "train":
                learning.append(photo)
        elif row["split"] == "train":
            judging["birds" if row["kind"] == "original" else "crops"].append(photo)
    for row in cars:
        photo = _photo(data / "cars", row, CAR, row["class"], {})
        if row["class"] not in out["cars"]:
            if row["split"] == "train":
                learning.append(photo)
        elif row["split"] == "train":
            judging["cars"].append(photo)
    aside = set(out["world_birds"])
    for row in world:
        same = row["cub200_class"].strip()
        photo = _photo(data / "world_birds", row, BIRD, same or row["class"], {})
        if same and same not in known_birds:
            judging["also"].append(photo)
        elif row["class"] in aside:
            if not same:
                judging["world"].append(photo)
        else:
            learning.append(photo)
    for name, domain in (("birds", BIRD), ("cars", CAR)):
        files = sorted((data / "unlabelled" / name).rglob("*"))
        pictures = [file for file in files if file.suffix.lower() in (".jpg", ".jpeg", ".png")]
        learning += [Photo(file, domain, "") for file in pictures]
    return Collections(
        tuple(learning), out, {name: tuple(photos) for name, photos in judging.items()}
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _photo(
    folder: Path,
    row: dict[str, str],
    domain: int,
    label: str,
    boxes: dict[str, tuple[float, float, float, float]],
) -> Photo:
    return Photo(folder / row["path"], domain, label, boxes.get(row["path"]))


def _part_boxes(path: Path) -> dict[str, tuple[float, float, float, float]]:
    """The box around the named parts of each photo, a tenth wider on every side."""
    corners: dict[str, tuple[float, float, float, float]] = {}
    for row in _rows(path):
        x, y = float(row["x"]), float(row["y"])
        left, top, right, bottom = corners.get(row["path"], (x, y, x, y))
        corners[row["path"]] = (min(left, x), min(top, y), max(right, x), max(bottom, y))
    return {
        name: (
            left - 0.1 * (right - left),
            top - 0.1 * (bottom - top),
            1.2 * (right - left),
            1.2 * (bottom - top),
        )
        for name, (left, top, right, bottom) in corners.items()
    }
