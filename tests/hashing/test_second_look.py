"""Small subjects are looked at again, and only they; a code and its evidence are of one part."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.core.records import OTHER, WHOLE_PICTURE, EncodedPicture, Region
from ahash_desktop.hashing.bundle import read_manifest
from ahash_desktop.hashing.looking import PictureEncoder
from ahash_desktop.hashing.preprocess import seen_region, to_input
from ahash_desktop.hashing.second_look import SecondLook, find_part, read_second_look

WISH = SecondLook(0.5, 0.27)
SIDE = 12
N_BITS = 128
MANIFEST = replace(
    read_manifest(shipped_models_folder() / "birds-and-cars-128"),
    second_look={"level": 0.5, "most": 0.27},
    subject_level=0.5,
)


def spot(left: int, top: int, right: int, bottom: int) -> NDArray[np.float32]:
    attention = np.full((SIDE, SIDE), 0.1, dtype=np.float32)
    attention[top:bottom, left:right] = 1.0
    return attention


def test_a_model_that_says_nothing_of_it_looks_once() -> None:
    assert read_second_look(None) is None
    assert read_second_look({"level": 0.5, "most": 0.27}) == WISH


@pytest.mark.parametrize("size", [(320, 240), (240, 320), (900, 100)])
@pytest.mark.parametrize("block", [(0, 0, 2, 2), (5, 5, 8, 7), (10, 9, 12, 12), (0, 5, 12, 7)])
def test_the_part_holds_the_subject_and_is_no_narrow_strip(
    size: tuple[int, int], block: tuple[int, int, int, int]
) -> None:
    width, height = size
    part = find_part(WISH, spot(*block), WHOLE_PICTURE, width, height)
    assert part is not None
    left, top, right, bottom = (edge / SIDE for edge in block)
    room = 0.05
    assert part.x <= left + room
    assert part.y <= top + room
    assert part.x + part.width >= right - room
    assert part.y + part.height >= bottom - room
    short, long = sorted((part.width * width, part.height * height))
    assert short >= min(0.74 * long, width, height)


@pytest.mark.parametrize("block", [(0, 0, 12, 12), (2, 2, 9, 9), (0, 4, 12, 9)])
def test_a_large_subject_is_looked_at_once(block: tuple[int, int, int, int]) -> None:
    assert find_part(WISH, spot(*block), WHOLE_PICTURE, 320, 240) is None


def test_the_part_grows_to_the_whole_before_once_is_enough() -> None:
    """Else a hair of difference between two copies would give them different codes."""
    rows, columns = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    shown = []
    for radius in np.arange(0.5, 6.0, 0.01):
        attention = np.exp(-(rows**2 + columns**2) / (2 * radius**2))
        part = find_part(WISH, attention, WHOLE_PICTURE, 300, 300)
        shown.append(1.0 if part is None else part.width)
    assert shown[0] < 0.3
    assert shown[-1] == 1.0
    assert np.abs(np.diff(shown)).max() < 0.2


def test_what_looks_nowhere_is_looked_at_once() -> None:
    assert find_part(WISH, np.zeros((SIDE, SIDE), np.float32), WHOLE_PICTURE, 320, 240) is None


def test_any_map_gives_a_part_within_the_picture() -> None:
    random = np.random.default_rng(1)
    for _ in range(300):
        attention = random.uniform(0, 1, (SIDE, SIDE)).astype(np.float32) ** 8
        x, y = random.uniform(0, 0.5, 2)
        seen = Region(x, y, random.uniform(0.1, 1 - x), random.uniform(0.1, 1 - y))
        width, height = (int(n) for n in random.integers(1, 3000, 2))
        part = find_part(WISH, attention, seen, width, height)
        assert part is None or (part.x + part.width <= 1 + 1e-6 and part.width > 0)


class BrightRunner:
    """Attends to what is bright; a bright enough picture is of a bird, and tells how bright."""

    tells_domains = True
    batch_size = 8

    def __init__(self, sure_above: float = 0.0) -> None:
        self.n_seen = 0
        self._sure_above = sure_above

    def look(
        self, batch: NDArray[np.uint8], *, few: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        self.n_seen += len(batch)
        grey = batch.astype(np.float32).mean(axis=3) / 255
        cell = grey.shape[1] // SIDE
        maps = grey.reshape(len(grey), 1, SIDE, cell, SIDE, cell).mean(axis=(3, 5))
        mean = grey.mean(axis=(1, 2))
        bits = np.repeat(mean[:, None] - 0.5, N_BITS, axis=1)
        is_bird = (mean > self._sure_above).astype(np.float32)
        return bits, np.stack([is_bird, 0 * is_bird], axis=1), maps


def scene(left: int, top: int, side: int) -> NDArray[np.uint8]:
    """A dark picture of 400 × 300 with a bright square."""
    pixels = np.full((300, 400, 3), 25, np.uint8)
    pixels[top : top + side, left : left + side] = 230
    return pixels


def look(
    runner: BrightRunner, *pictures: NDArray[np.uint8], whole: bool = True
) -> list[EncodedPicture]:
    encoder = PictureEncoder(MANIFEST, runner, "cpu", "float32")
    batch = np.stack([to_input(pixels, MANIFEST) for pixels in pictures])
    seen = [seen_region(pixels, MANIFEST) for pixels in pictures]
    return encoder.look(batch, seen, [pixels if whole else None for pixels in pictures])


def test_only_small_subjects_cost_a_second_look() -> None:
    runner = BrightRunner()
    large, small, corner = look(
        runner, scene(50, 20, 260), scene(220, 100, 60), scene(330, 230, 60)
    )
    assert runner.n_seen == 5
    assert large.part is None
    for told in (small, corner):
        assert told.part is not None
        assert told.part.width * told.part.height < 0.2
        assert (told.activations > 0).all()
        assert told.subject is not None
        assert told.subject.domain == "bird"
        assert not told.subject.is_corrected


def test_its_code_is_that_of_the_part_alone() -> None:
    pixels = scene(220, 100, 60)
    (twice,) = look(BrightRunner(), pixels)
    assert twice.part is not None
    encoder = PictureEncoder(MANIFEST, BrightRunner(), "cpu", "float32")
    (part,) = encoder.look(to_input(pixels, MANIFEST, twice.part)[np.newaxis])
    assert twice.code.tolist() == part.code.tolist()
    assert twice.activations.tolist() == part.activations.tolist()


def test_a_second_look_that_finds_nothing_known_changes_nothing() -> None:
    pixels = scene(220, 100, 60)
    (once,) = look(BrightRunner(sure_above=2.0), pixels, whole=False)
    (twice,) = look(BrightRunner(sure_above=2.0), pixels)
    assert twice.code.tolist() == once.code.tolist()
    assert (twice.part, twice.subject) == (None, once.subject)
    assert once.subject is not None
    assert once.subject.domain == OTHER


def test_a_small_bird_that_the_first_look_did_not_know_is_known_then() -> None:
    (told,) = look(BrightRunner(sure_above=0.3), scene(220, 100, 60))
    assert told.subject is not None
    assert told.subject.domain == "bird"
    assert told.subject.box is not None
    assert told.subject.box.x == pytest.approx(220 / 400, abs=0.03)


def test_part_of_a_picture_is_looked_at_once() -> None:
    runner = BrightRunner()
    look(runner, scene(220, 100, 60), whole=False)
    assert runner.n_seen == 1
