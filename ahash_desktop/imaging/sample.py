"""Renders a small library of birds whose every part is known, for trying out and for tests."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import replace_file
from ahash_desktop.imaging.sample_bird import PERCH_Y, Pose, draw_bird
from ahash_desktop.imaging.sample_classes import VALUES, BirdKind, invent_kinds
from ahash_desktop.imaging.sample_scene import (
    apply_light,
    draw_foreground,
    draw_perch,
    render_background,
)

SIZE = (480, 360)
TRAIN_SHARE = 0.7

_QUALITY = 90
_MAX_KINDS = 500


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """What was rendered."""

    folder: Path
    n_classes: int
    n_photos: int


def render_sample(
    folder: Path, *, n_classes: int = 20, n_photos: int = 30, seed: int = 0
) -> SampleSummary:
    """Renders `<class>/<nnn>.jpg`, `labels.csv` and `attributes.csv` into a folder.

    Classes come in families whose members differ in two or three parts; pose, place, size, light
    and background differ from photo to photo. `labels.csv` has the columns path, class and split
    (70 % train), `attributes.csv` one row a class. Equal arguments give equal bytes.

    Args:
        folder: Made if it is missing; files of the same names are replaced.
        n_classes: How many kinds of birds, 1 … 500.
        n_photos: How many photos of each.
        seed: Which birds.

    Raises:
        UserFacingError: If the numbers make no sense or the folder cannot be written.
    """
    if not 1 <= n_classes <= _MAX_KINDS or n_photos < 1:
        raise UserFacingError(
            f"a sample cannot have {n_classes} classes of {n_photos} photos",
            remedy=f"Choose 1 to {_MAX_KINDS} classes and at least one photo of each",
        )
    kinds = invent_kinds(n_classes, np.random.default_rng([seed, n_classes]))
    names = [f"{number:03d}_{kind.common_name}" for number, kind in enumerate(kinds, start=1)]
    try:
        with ThreadPoolExecutor() as pool:
            for number, (name, kind) in enumerate(zip(names, kinds, strict=True)):
                seeds = [(seed, number, photo) for photo in range(n_photos)]
                photos = pool.map(partial(_render_jpeg, kind), seeds)
                for photo, data in enumerate(photos):
                    replace_file(folder / name / f"{photo:03d}.jpg", data, durable=False)
        replace_file(folder / "labels.csv", _labels(names, n_photos))
        replace_file(folder / "attributes.csv", _attributes(names, kinds))
    except OSError as error:
        raise UserFacingError(
            f"the sample cannot be written ({error.strerror or error})",
            path=folder,
            remedy="Choose another folder or free some space",
        ) from error
    return SampleSummary(folder, n_classes, n_classes * n_photos)


def render_photo(kind: BirdKind, rng: np.random.Generator) -> Image.Image:
    """One photo of a bird of a kind; everything but the kind is up to `rng`."""
    width, height = SIZE
    image = render_background(SIZE, rng)
    length_px = int(height * rng.uniform(0.36, 0.58))
    centre_x = width * rng.uniform(0.38, 0.62)
    centre_y = height * rng.uniform(0.42, 0.56)
    pose = _random_pose(rng)
    bird = draw_bird(kind, pose, length_px)
    foot_x = 0.03 * length_px * (-1 if pose.faces_left else 1)
    foot = (centre_x + foot_x, centre_y + PERCH_Y * length_px)
    draw_perch(image, foot, length_px * rng.uniform(0.07, 0.12), rng)
    corner = (round(centre_x - bird.width / 2), round(centre_y - bird.height / 2))
    image.paste(bird, corner, bird)
    draw_foreground(image, rng)
    return apply_light(image, rng)


def _random_pose(rng: np.random.Generator) -> Pose:
    red, green, blue = (float(shift) for shift in rng.normal(0, 5, 3))
    return Pose(
        body_angle=float(rng.uniform(-10, 20)),
        head_angle=float(rng.uniform(-20, 16)),
        tail_angle=float(rng.uniform(-16, 14)),
        plumpness=float(rng.uniform(0.92, 1.12)),
        faces_left=bool(rng.random() < 0.5),
        hue_shift=(red, green, blue),
        pattern_seed=int(rng.integers(2**31)),
    )


def _render_jpeg(kind: BirdKind, seeds: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    render_photo(kind, np.random.default_rng(seeds)).save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def _labels(names: list[str], n_photos: int) -> bytes:
    n_train = max(1, round(n_photos * TRAIN_SHARE))
    rows = [
        [f"{name}/{photo:03d}.jpg", name, "train" if photo < n_train else "test"]
        for name in names
        for photo in range(n_photos)
    ]
    return _csv(["path", "class", "split"], rows)


def _attributes(names: list[str], kinds: list[BirdKind]) -> bytes:
    rows = [[name, *kind.attributes.values()] for name, kind in zip(names, kinds, strict=True)]
    return _csv(["class", *VALUES], rows)


def _csv(header: list[str], rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
