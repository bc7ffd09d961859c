"""Hard cases through the whole program: nothing crashes, hangs or goes uncounted."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import ProblemKind
from ahash_desktop.imaging.decode import decode
from ahash_desktop.store.library import Library
from tests.e2e.conftest import run_with_json

pytestmark = pytest.mark.photos

_MOST_DIFFERING_SHARE = 3 / 64
"""Of the bits: each JPEG of a picture was compressed in another orientation."""

UNDO = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a picture has to lie in its file for an EXIF orientation to turn it upright."""


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


@pytest.fixture(scope="module")
def upright_library(tmp_path_factory: pytest.TempPathFactory, photos_folder: Path) -> Path:
    """A library of pictures that each exist in eight orientations, one folder a picture."""
    folder = tmp_path_factory.mktemp("upright")
    examples = photos_folder / "odd_files" / "exif_orientation"
    for scene in ("Landscape", "Portrait"):
        for orientation in range(1, 9):
            unlabelled = without_digit(decode(str(examples / f"{scene}_{orientation}.jpg")).pixels)
            save(unlabelled, folder / "photos" / scene / f"{orientation}.png")
    for name, path in enumerate(
        sorted((photos_folder / "birds" / "originals").rglob("*.jpg"))[::300]
    ):
        with Image.open(path) as picture:
            for orientation, undo in UNDO.items():
                turned = picture if undo is None else picture.transpose(undo)
                exif = Image.Exif()
                exif[ExifTags.Base.Orientation] = orientation
                save(turned, folder / "photos" / f"bird-{name}" / f"{orientation}.jpg", exif)
    run_with_json(
        ["--library", str(folder / "library"), "index", str(folder / "photos")],
        folder / "summary.json",
    )
    return folder


def test_eight_orientations_of_a_picture_get_one_code(upright_library: Path) -> None:
    """The example files say in their middle which orientation they are: that is painted over."""
    with Library.open(LibraryPaths(upright_library / "library")) as opened:
        model = opened.models.all()[0]
        for picture in sorted((upright_library / "photos").iterdir()):
            activations = []
            for path in sorted(picture.iterdir()):
                photo = opened.photos.find_by_path(path)
                assert photo is not None
                encoded = opened.codes.get(photo.photo_id, model.model_key)
                assert encoded is not None
                activations.append(encoded.activations)
            bits = np.stack(activations) > 0
            assert len(bits) == 8
            differing = (bits != bits[0]).sum(axis=1)
            assert differing.max() <= _MOST_DIFFERING_SHARE * bits.shape[1], (
                picture.name,
                differing,
            )


def without_digit(pixels: NDArray[np.uint8]) -> Image.Image:
    """An example picture whose middle, where its orientation is written, is grey."""
    height, width = pixels.shape[:2]
    covered = pixels.copy()
    covered[
        round(height * 0.41) : round(height * 0.56), round(width * 0.44) : round(width * 0.56)
    ] = 128
    return Image.fromarray(covered)


def save(picture: Image.Image, path: Path, exif: Image.Exif | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {} if exif is None else {"exif": exif, "quality": 92}
    picture.save(path, **options)


def test_a_second_run_reads_no_odd_file_again(
    summary: dict[str, Any], library: Path, tmp_path: Path
) -> None:
    again = run_with_json(["--library", str(library), "index"], tmp_path / "again.json")
    assert (again["encoded"], again["reused"]) == (0, 0)
    assert again["unchanged"] == summary["encoded"] + summary["reused"]
    assert again["problems"] == summary["problems"]
