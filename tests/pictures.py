"""Pictures the tests render themselves, so that none has to be shipped."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

Size = tuple[int, int]


def render_picture(seed: int = 0, size: Size = (96, 72)) -> Image.Image:
    """A picture of colour fields and shapes that only `seed` decides.

    Args:
        seed: Which picture; different seeds look plainly different.
        size: Width and height in pixels.

    Returns:
        An RGB picture; the same seed shows the same scene at every size.
    """
    width, height = size
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 256, (2, 2, 3)).astype(np.uint8)
    picture = Image.fromarray(corners).resize(size, Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(picture)
    for _ in range(4):
        centre_x, centre_y = rng.random() * width, rng.random() * height
        radius_x, radius_y = (0.1 + 0.2 * rng.random(2)) * (width, height)
        box = (centre_x - radius_x, centre_y - radius_y, centre_x + radius_x, centre_y + radius_y)
        colour = tuple(int(value) for value in rng.integers(0, 256, 3))
        if rng.random() < 0.5:
            draw.ellipse(box, fill=colour)
        else:
            draw.rectangle(box, fill=colour)
    return picture


def save_picture(
    path: Path,
    seed: int = 0,
    size: Size = (96, 72),
    format: str | None = None,  # noqa: A002 - Pillow's own word for it
    **options: Any,
) -> Path:
    """Renders a picture into a file; parent folders are made.

    Args:
        path: The file to write.
        seed: Which picture.
        size: Width and height in pixels.
        format: Pillow's name of the format; by default the suffix decides.
        options: Passed on to `Image.save` (`quality`, `exif`, `icc_profile`, …).

    Returns:
        `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    render_picture(seed, size).save(path, format, **options)
    return path


def save_pictures(folder: Path, n_pictures: int) -> Path:
    """A folder of pictures that all look different."""
    for seed in range(n_pictures):
        save_picture(folder / f"{seed:03}.jpg", seed, (320, 240))
    return folder


def has_imagemagick() -> bool:
    """Whether `convert` is ImageMagick's: other programs go by that name, too."""
    if shutil.which("convert") is None:
        return False
    told = subprocess.run(["convert", "-version"], capture_output=True, text=True)
    return told.returncode == 0 and "ImageMagick" in told.stdout
