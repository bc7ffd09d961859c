"""Changing the model: the old codes serve until the new ones are all there."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import WorkItem
from ahash_desktop.core.settings import Settings, change_settings, load_settings, save_settings
from ahash_desktop.core.updates import IndexSummary, ModelChange
from ahash_desktop.hashing.bundle import BundleManifest, save_bundle
from ahash_desktop.services.models import ModelInfo, ModelShelf
from ahash_desktop.services.serving import with_own_model
from ahash_desktop.services.switching import ModelSwitch
from ahash_desktop.services.updating import Updater
from ahash_desktop.store.library import Library
from tests.fake_encoder import FakeEncoder

N_PHOTOS = 12


def describe(name: str, n_bits: int) -> BundleManifest:
    return BundleManifest(
        format=1,
        model_id="0" * 32,
        name=name,
        n_bits=n_bits,
        backbone="test_efficientnet",
        n_local=0,
        input_size=64,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        interpolation="bicubic",
        resize_mode="squash",
        thresholds=(0.0,) * n_bits,
        bit_names=(None,) * n_bits,
        created="2026-01-01T00:00:00+00:00",
        trained_on={"name": "nothing", "licence": "", "counts": {}},
        metrics={},
        command="",
        licence="Apache-2.0",
    )


def make_bundle(folder: Path, n_bits: int) -> BundleManifest:
    weights = {"projection.weight": np.full((n_bits, 8), len(folder.name), np.float32)}
    return save_bundle(folder, describe(folder.name, n_bits), weights, "# A model\n")


class Bench:
    """A library whose photos were encoded by model `older`, with `new` on the shelf."""

    def __init__(self, paths: LibraryPaths, shipped: Path) -> None:
        self.paths = paths
        self.shelf = ModelShelf(shipped, paths.models)
        self.before_file: Callable[[WorkItem], None] | None = None
        self.encoders: list[FakeEncoder] = []
        self.switch = ModelSwitch(paths, self.shelf, self.make_encoder)

    def make_encoder(self, _: LibraryPaths, __: Settings, info: ModelInfo) -> FakeEncoder:
        manifest = info.manifest
        encoder = FakeEncoder(manifest.n_bits, manifest.model_id, before_file=self.before_file)
        self.encoders.append(encoder)
        return encoder

    def use(self, name: str, token: CancelToken | None = None) -> ModelChange:
        change = list(self.switch.use(name, token or CancelToken()))[-1]
        assert isinstance(change, ModelChange)
        return change

    def settings(self) -> Settings:
        return load_settings(self.paths.settings)

    def n_codes(self, name: str) -> int:
        model_id = self.shelf.get(name).manifest.model_id
        with Library.open(self.paths) as library:
            model = library.models.find(model_id)
            return 0 if model is None else len(library.codes.load(model.model_key, 8).photo_ids)


@pytest.fixture
def bench(
    paths: LibraryPaths,
    tmp_path: Path,
    photos: Path,
    make_pictures: Callable[[str, int], list[Path]],
) -> Iterator[Bench]:
    make_pictures("photos", N_PHOTOS)
    make_bundle(tmp_path / "shipped" / "older", 8)
    make_bundle(paths.models / "new", 8)
    bench = Bench(paths, tmp_path / "shipped")
    with Library.open(paths) as library:
        library.roots.add(photos, 0.0)
    save_settings(paths.settings, replace(Settings(), model="older"))
    bench.use("older")
    yield bench
    assert all(encoder.is_closed for encoder in bench.encoders)


def test_the_new_model_is_used_once_all_its_codes_are_there(bench: Bench) -> None:
    records = bench.switch.use("new", CancelToken())
    seen = [(type(record), bench.settings().model) for record in records]
    assert {used for kind, used in seen if kind is not ModelChange} == {"older"}
    assert seen[-1] == (ModelChange, "new")
    assert (bench.n_codes("older"), bench.n_codes("new")) == (N_PHOTOS, N_PHOTOS)
    assert (bench.settings().previous_model, bench.settings().next_model) == ("older", "")


def test_an_interrupted_change_keeps_the_old_model_and_is_taken_up_again(bench: Bench) -> None:
    token = CancelToken()
    files = iter(range(N_PHOTOS))
    bench.before_file = lambda _: token.cancel() if next(files) == 5 else None
    with pytest.raises(Cancelled):
        bench.use("new", token)
    assert (bench.settings().model, bench.settings().next_model) == ("older", "new")
    done = bench.n_codes("new")
    assert 0 < done < N_PHOTOS
    assert bench.n_codes("older") == N_PHOTOS
    bench.before_file = None
    assert bench.use("new").n_encoded == N_PHOTOS - done


def test_going_back_encodes_only_what_came_meanwhile(
    bench: Bench, make_picture: Callable[..., Path]
) -> None:
    bench.use("new")
    make_picture("photos/later.jpg", seed=99)
    new = bench.shelf.get("new")
    encoder = bench.make_encoder(bench.paths, bench.settings(), new)
    with Library.open(bench.paths) as library:
        model = library.models.find(new.manifest.model_id)
    assert model is not None
    list(Updater(bench.paths, encoder, model).index(CancelToken()))
    encoder.close()
    change = bench.use(bench.switch.previous())
    assert (change.name, change.previous, change.n_encoded) == ("older", "new", 1)
    assert bench.use(bench.switch.previous()).n_encoded == 0


def test_photos_that_are_away_are_counted(bench: Bench, photos: Path) -> None:
    (photos / "00003.jpg").unlink()
    change = bench.use("new")
    assert (change.n_encoded, change.n_lacking) == (N_PHOTOS - 1, 1)


@pytest.mark.parametrize("failure", [MemoryError(), "away"])
def test_a_model_of_which_no_code_could_be_made_is_not_used_and_takes_nothing_away(
    bench: Bench, photos: Path, failure: MemoryError | str
) -> None:
    def fail(_: WorkItem) -> None:
        raise MemoryError

    if failure == "away":
        shutil.rmtree(photos)
    else:
        bench.before_file = fail
    with pytest.raises(UserFacingError, match="not one photo could be encoded"):
        bench.use("new")
    assert (bench.settings().model, bench.settings().next_model) == ("older", "new")
    assert bench.n_codes("older") == N_PHOTOS
    with Library.open(bench.paths) as library:
        assert list(library.photos.problems()) == []


def test_a_photo_that_the_new_model_has_trouble_with_keeps_the_code_it_has(bench: Bench) -> None:
    def fail_once(item: WorkItem) -> None:
        if item.path.name == "00003.jpg":
            raise MemoryError

    bench.before_file = fail_once
    assert bench.use("new").n_encoded == N_PHOTOS - 1
    bench.before_file = None
    with Library.open(bench.paths) as library:
        (problem,) = library.photos.problems()
        library.work.retry([problem.photo_id])
    assert bench.use("older").n_encoded == 1
    assert bench.n_codes("older") == N_PHOTOS


def test_a_model_that_is_a_link_is_removed_without_what_it_leads_to(
    bench: Bench, tmp_path: Path
) -> None:
    make_bundle(tmp_path / "elsewhere" / "linked", 16)
    link = bench.paths.models / "linked"
    link.symlink_to(tmp_path / "elsewhere" / "linked", target_is_directory=True)
    bench.switch.remove("linked")
    assert sorted(path.name for path in bench.paths.models.iterdir()) == ["new"]
    assert (tmp_path / "elsewhere" / "linked" / "weights.safetensors").is_file()


def test_without_a_change_there_is_no_way_back(bench: Bench) -> None:
    with pytest.raises(UserFacingError, match="no model to go back to"):
        bench.switch.previous()


def test_a_damaged_model_is_refused_before_anything_happens(bench: Bench) -> None:
    weights = bench.paths.models / "new" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\0")
    with pytest.raises(UserFacingError, match="changed or damaged"):
        bench.use("new")
    assert (bench.settings().model, bench.settings().next_model) == ("older", "")


def test_a_model_from_elsewhere_must_be_imported_first(bench: Bench, tmp_path: Path) -> None:
    make_bundle(tmp_path / "elsewhere" / "other", 16)
    with pytest.raises(UserFacingError, match="Import it first"):
        bench.use(str(tmp_path / "elsewhere" / "other"))


def test_removing_a_model_forgets_its_codes_but_never_those_in_use(bench: Bench) -> None:
    bench.use("new")
    with pytest.raises(UserFacingError, match="in use"):
        bench.switch.remove("new")
    with pytest.raises(UserFacingError, match="imported or trained here"):
        bench.switch.remove("older")
    bench.use("older")
    new_id = bench.shelf.get("new").manifest.model_id
    bench.switch.remove("new")
    assert not (bench.paths.models / "new").exists()
    assert bench.settings().previous_model == ""
    with Library.open(bench.paths) as library:
        assert library.models.find(new_id) is None


def test_a_model_passed_on_as_a_file_is_added(bench: Bench, tmp_path: Path) -> None:
    bench.shelf.export("new", tmp_path / "new.ahash")
    bench.switch.remove("new")
    info = bench.shelf.import_file(tmp_path / "new.ahash")
    assert info.folder == bench.paths.models / "new"
    assert bench.use("new").n_encoded == N_PHOTOS


def test_a_file_with_a_shipped_models_name_is_refused(bench: Bench, tmp_path: Path) -> None:
    make_bundle(tmp_path / "mine" / "older", 16)
    ModelShelf(tmp_path / "mine", tmp_path).export("older", tmp_path / "old.ahash")
    with pytest.raises(UserFacingError, match="comes with the program"):
        bench.shelf.import_file(tmp_path / "old.ahash")
    assert not (bench.paths.models / "older").exists()


def test_the_summary_of_the_run_is_passed_on(bench: Bench) -> None:
    kinds = [type(record) for record in bench.switch.use("new", CancelToken())]
    assert kinds[-2:] == [IndexSummary, ModelChange]


def test_a_library_goes_on_with_the_model_that_encoded_it_where_nobody_chose_one(
    bench: Bench,
) -> None:
    change_settings(bench.paths.settings, model=Settings().model)
    settings = with_own_model(bench.paths, Settings(), bench.shelf)
    assert settings.model == "older"
    assert bench.settings().model == "older"
    chosen = replace(Settings(), model="new")
    assert with_own_model(bench.paths, chosen, bench.shelf) == chosen


def test_an_empty_library_begins_with_the_default(paths: LibraryPaths, tmp_path: Path) -> None:
    shelf = ModelShelf(tmp_path / "shipped", paths.models)
    assert with_own_model(paths, Settings(), shelf) == Settings()
