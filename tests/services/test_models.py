"""Which bundle a name means."""

from pathlib import Path

import pytest

from ahash_desktop.core.errors import ModelMissingError
from ahash_desktop.services.models import ModelShelf
from tests.services.test_switching import make_bundle


@pytest.fixture
def cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("is_typed", [False, True])
@pytest.mark.parametrize("place", ["shipped", "own"])
def test_no_folder_that_lies_about_takes_the_place_of_a_known_model(
    tmp_path: Path, cwd: Path, place: str, is_typed: bool
) -> None:
    known = make_bundle(tmp_path / place / "birds", 8)
    make_bundle(cwd / "birds", 16)
    make_bundle(cwd / known.model_id, 24)
    beside = cwd if is_typed else None
    shelf = ModelShelf(tmp_path / "shipped", tmp_path / "own", beside=beside)
    for name in ("birds", known.model_id):
        assert shelf.get(name).folder == tmp_path / place / "birds"


def test_a_model_that_is_gone_is_not_looked_for_where_the_program_was_started(
    tmp_path: Path, cwd: Path
) -> None:
    make_bundle(cwd / "birds", 8)
    with pytest.raises(ModelMissingError, match="no model named 'birds'"):
        ModelShelf(tmp_path / "shipped", tmp_path / "own").get("birds")


def test_a_folder_that_is_typed_is_found_from_where_one_is(tmp_path: Path, cwd: Path) -> None:
    make_bundle(cwd / "mine", 8)
    shelf = ModelShelf(tmp_path / "shipped", tmp_path / "own", beside=cwd)
    for name in ("mine", "./mine", str(cwd / "mine")):
        assert shelf.get(name).folder.samefile(cwd / "mine")


def test_a_whole_path_means_the_same_everywhere(tmp_path: Path, cwd: Path) -> None:
    make_bundle(tmp_path / "elsewhere" / "mine", 8)
    shelf = ModelShelf(tmp_path / "shipped", tmp_path / "own")
    assert shelf.get(str(tmp_path / "elsewhere" / "mine")).manifest.n_bits == 8
