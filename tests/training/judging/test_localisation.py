from types import SimpleNamespace

import numpy as np
import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import Evidence, Region
from ahash_desktop.training.judging.localisation import (
    PartTable,
    find_peaks,
    load_parts,
    localise,
    subject_box,
)
from tests.pictures import save_picture


@pytest.fixture
def write(tmp_path):
    def make(text):
        (tmp_path / "parts.csv").write_text(text, encoding="utf-8")
        return tmp_path / "parts.csv"

    return make


def test_parts_are_gathered_by_photo(write, tmp_path):
    table = load_parts(write("path,part,x,y\na.jpg,beak,10,20\nb.jpg,tail,1,2\na.jpg,tail,30,5\n"))
    assert table.names == ("beak", "tail")
    numbers, points = table.places[tmp_path / "a.jpg"]
    assert numbers.tolist() == [0, 1]
    assert points.tolist() == [[10, 20], [30, 5]]


@pytest.mark.parametrize(
    "text",
    ["path,part,x\na,b,1\n", "path,part,x,y\na,b,1,here\n", "path,part,x,y\na,b,1,inf\n", ""],
)
def test_what_is_no_table_of_parts_is_refused(write, text):
    with pytest.raises(UserFacingError, match="table of parts"):
        load_parts(write(text))


def test_peaks_are_found_in_the_direction_of_the_bits_sign():
    maps = np.zeros((2, 4, 4), dtype=np.float32)
    maps[0, 1, 2] = 3
    maps[0, 0, 0] = -9
    maps[1, 3, 0] = -5
    evidence = Evidence(
        bits=(0, 1),
        logits=np.array([0.5, -0.5], dtype=np.float32),
        maps=maps,
        picture=np.zeros((8, 8, 3), dtype=np.uint8),
        seen=Region(0.5, 0.0, 0.5, 1.0),
    )
    peaks, together = find_peaks(evidence)
    assert peaks.tolist() == [[0.5 + 0.5 * 2.5 / 4, 1.5 / 4], [0.5 + 0.5 * 0.5 / 4, 3.5 / 4]]
    assert together.tolist() == peaks[1].tolist()


def test_the_subject_is_the_box_around_its_parts_a_little_wider():
    low, high = subject_box(np.array([[10.0, 20.0], [30.0, 20.0], [20.0, 70.0]]))
    assert low.tolist() == [8, 15]
    assert high.tolist() == [32, 75]


class PlantedEvidence:
    """An encoder of two bits: the first looks at the upper left, the second at the lower right."""

    manifest = SimpleNamespace(n_bits=2)

    def explain(self, pixels, bits, *, alone):
        maps = np.zeros((2, 4, 4), dtype=np.float32)
        maps[0, 0, 0], maps[1, 3, 3] = 2, 1
        logits = maps.mean(axis=(1, 2))
        return Evidence(bits=tuple(bits), logits=logits, maps=maps, picture=pixels)


def test_figures_are_those_of_the_planted_evidence(tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    for path in paths:
        save_picture(path, seed=1, size=(80, 40))
    corner = np.array([[4.0, 2.0], [16.0, 8.0], [10.0, 5.0]])
    numbers = np.arange(3)
    parts = PartTable(("beak", "crown", "tail"), dict.fromkeys(paths[:3], (numbers, corner)))
    *progress, found = localise(PlantedEvidence(), paths, parts, CancelToken())
    assert len(progress) == found.n_photos == 3
    assert (found.code_on_subject, found.bits_on_subject) == (1.0, 0.5)
    assert found.code_on_subject_95 == (1.0, 1.0)
    assert found.chance == pytest.approx(14.4 * 7.2 / (80 * 40))
    assert found.near_part == 0.5
    assert found.entropy_over_parts == pytest.approx(0)


def test_photos_without_known_parts_are_told(tmp_path):
    with pytest.raises(UserFacingError, match="parts that are known"):
        list(localise(PlantedEvidence(), [tmp_path / "a.png"], PartTable((), {}), CancelToken()))
