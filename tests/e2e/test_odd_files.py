"""Hard cases through the whole program: nothing crashes, hangs or goes uncounted."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import ProblemKind
from ahash_desktop.store.library import Library
from tests.e2e.conftest import run_with_json

pytestmark = pytest.mark.photos

_MOST_DIFFERING_BITS = 3
"""Of 64: eight JPEGs of one scene were compressed in eight orientations."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("odd") / "library"


@pytest.fixture(scope="module")
def summary(library: Path, photos_folder: Path) -> dict[str, Any]:
    command = ["--library", str(library), "index", str(photos_folder / "odd_files")]
    return run_with_json(command, library.with_name("summary.json"))


def test_every_odd_file_is_accounted_for(summary: dict[str, Any], photos_folder: Path) -> None:
    n_files = sum(path.is_file() for path in (photos_folder / "odd_files").rglob("*"))
    problems = summary["problems"]
    assert summary["found"] + summary["others"] == n_files
    made = summary["encoded"] + summary["reused"]
    assert summary["found"] == made + len(problems)
    assert summary["left"] == summary["missing"] == 0
    assert summary["encoded"] > 600


def test_every_refused_file_has_a_reason_of_a_known_kind(summary: dict[str, Any]) -> None:
    assert summary["problems"]
    for problem in summary["problems"]:
        ProblemKind(problem["kind"])
        assert len(problem["reason"].split()) >= 3, problem
        assert "Traceback" not in problem["reason"]
    kinds = {problem["kind"] for problem in summary["problems"]}
    assert {"broken", "unsupported", "too-large"} <= kinds
    assert "crashed" not in kinds
    assert "too-slow" not in kinds


@pytest.mark.parametrize("scene", ["Landscape", "Portrait"])
def test_eight_orientations_of_a_picture_get_one_code(
    summary: dict[str, Any], library: Path, photos_folder: Path, scene: str
) -> None:
    folder = photos_folder / "odd_files" / "exif_orientation"
    with Library.open(LibraryPaths(library)) as opened:
        model = opened.models.all()[0]
        activations = []
        for orientation in range(1, 9):
            photo = opened.photos.find_by_path(folder / f"{scene}_{orientation}.jpg")
            assert photo is not None
            encoded = opened.codes.get(photo.photo_id, model.model_key)
            assert encoded is not None
            activations.append(encoded.activations)
    bits = np.stack(activations) > 0
    differing = (bits != bits[0]).sum(axis=1)
    assert differing.max() <= _MOST_DIFFERING_BITS, differing


def test_a_second_run_reads_no_odd_file_again(
    summary: dict[str, Any], library: Path, tmp_path: Path
) -> None:
    again = run_with_json(["--library", str(library), "index"], tmp_path / "again.json")
    assert (again["encoded"], again["reused"]) == (0, 0)
    assert again["unchanged"] == summary["encoded"] + summary["reused"]
    assert again["problems"] == summary["problems"]
