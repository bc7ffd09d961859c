"""Which photos the default learns from, and which kinds it never sees."""

import csv
from dataclasses import dataclass
from pathlib import Path

BIRD, CAR, OTHER = 0, 1, 2
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
    `judging` has the photos of left-out kinds; "also" are photos of `world_birds` whose kind is in
    the table of attributes and not among the birds to learn. A photo of a kind that is left out in
    one collection is learned from in none.
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
    learning: list[Photo] = []
    judging: dict[str, list[Photo]] = {name: [] for name in ("birds", "crops", "cars", "world")}
    judging["also"] = []
    for row in birds:
        where = "birds" if row["kind"] == "original" else "crops"
        photo = Photo(data / "birds" / row["path"], BIRD, row["class"], boxes.get(row["path"]))
        if row["split"] == "train":
            (judging[where] if row["class"] in out["birds"] else learning).append(photo)
    for row in cars:
        photo = Photo(data / "cars" / row["path"], CAR, row["class"])
        if row["split"] == "train":
            (judging["cars"] if row["class"] in out["cars"] else learning).append(photo)
    known = {row["class"] for row in birds} - set(out["birds"])
    for row in world:
        same = row["cub200_class"].strip()
        photo = Photo(data / "world_birds" / row["path"], BIRD, same or row["class"])
        if same and same not in known:
            judging["also"].append(photo)
        elif row["class"] not in out["world_birds"]:
            learning.append(photo)
        elif not same:
            judging["world"].append(photo)
    learning += _unlabelled(data)
    return Collections(
        tuple(learning), out, {name: tuple(photos) for name, photos in judging.items()}
    )


def _unlabelled(data: Path) -> list[Photo]:
    return [
        Photo(file, domain, "")
        for name, domain in (("birds", BIRD), ("cars", CAR))
        for file in sorted((data / "unlabelled" / name).rglob("*"))
        if file.suffix.lower() in (".jpg", ".jpeg", ".png")
    ]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


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
