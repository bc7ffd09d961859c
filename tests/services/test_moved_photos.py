"""A photo that is found again elsewhere is the same photo, and is not missing as well."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import ModelRecord, Root
from ahash_desktop.core.updates import IndexSummary
from ahash_desktop.services.indexing import Indexer
from ahash_desktop.store.library import Library
from tests.fake_encoder import FakeEncoder

N_PHOTOS = 6
Index = Callable[[list[Root]], IndexSummary]


@pytest.fixture
def index(library: Library, model: ModelRecord, fake_encoder: FakeEncoder) -> Index:
    """Indexes some folders at a moment of its own."""
    moments = iter(range(1, 1000))

    def run(roots: list[Root]) -> IndexSummary:
        now = float(next(moments))
        known = {root.root_id: root for root in library.roots.all()}
        roots = [known[root.root_id] for root in roots]
        indexer = Indexer(library, fake_encoder, model, lambda: now)
        summary = list(indexer.run(roots, CancelToken()))[-1]
        assert isinstance(summary, IndexSummary)
        return summary

    return run


@pytest.fixture
def roots(library: Library, tmp_path: Path, make_pictures, index: Index) -> list[Root]:
    """Two folders, the first of them with photos."""
    make_pictures("one", N_PHOTOS)
    (tmp_path / "two").mkdir()
    roots = [library.roots.add(tmp_path / name, 0.5) for name in ("one", "two")]
    index(roots)
    return roots


def _rename(one: Path, _two: Path) -> None:
    for path in one.iterdir():
        path.rename(path.with_name(f"a{path.name}"))


def _rename_case(one: Path, _two: Path) -> None:
    for path in one.iterdir():
        path.rename(path.with_name(path.name.upper()))


def _sort_into_folders(one: Path, _two: Path) -> None:
    for path in list(one.iterdir()):
        (one / path.stem).mkdir()
        path.rename(one / path.stem / path.name)


def _move_across(one: Path, two: Path) -> None:
    for path in one.iterdir():
        path.rename(two / path.name)


def _copy_then_delete(one: Path, two: Path) -> None:
    for path in list(one.iterdir()):
        shutil.copyfile(path, two / f"copy of {path.name}")
        path.unlink()


def _shift_names(one: Path, _two: Path) -> None:
    """Each takes the name of the next one."""
    paths = sorted(one.iterdir(), reverse=True)
    paths[0].rename(one / "last.jpg")
    for path, target in zip(paths[1:], paths, strict=False):
        path.rename(target)


CHANGES = [_rename, _rename_case, _sort_into_folders, _move_across, _copy_then_delete, _shift_names]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("change", CHANGES)
def test_moved_photos_are_recognised_and_not_missing(
    library: Library, model: ModelRecord, fake_encoder: FakeEncoder, roots: list[Root],
    index: Index, change: Callable[[Path, Path], None], together: bool, order: tuple[int, int],
) -> None:  # fmt: skip
    ids = set(library.photos.ids().tolist())
    change(roots[0].path, roots[1].path)
    chosen = [roots[i] for i in order]
    for part in [chosen] if together else [[root] for root in chosen]:
        summary = index(part)
        assert (
            summary.found + summary.missing
            == library.photos.counts_in([root.root_id for root in part]).total
        )
    counts = library.photos.counts()
    assert (counts.indexed, counts.missing, counts.total) == (N_PHOTOS, 0, N_PHOTOS)
    assert len(fake_encoder.submitted) == N_PHOTOS
    if change is not _shift_names:
        assert set(library.photos.ids().tolist()) == ids
    shown = library.photos.get_many(library.photos.ids().tolist())
    on_disk = {path for root in roots for path in root.path.rglob("*.*") if path.is_file()}
    assert {photo.path for photo in shown} == on_disk
    block = library.codes.load(model.model_key, model.n_bits)
    assert sorted(block.photo_ids.tolist()) == sorted(library.photos.ids().tolist())
    assert index(roots).unchanged == N_PHOTOS


def test_of_two_copies_each_goes_its_own_way(
    library: Library, roots: list[Root], index: Index
) -> None:
    one, two = (root.path for root in roots)
    shutil.copyfile(one / "00000.jpg", one / "zz.jpg")
    index(roots)
    (one / "00000.jpg").rename(two / "00000.jpg")
    (one / "zz.jpg").rename(two / "zz.jpg")
    old = {photo.path.name: photo.photo_id for photo in library.photos.get_many(range(1, 9))}
    assert index(roots).missing == 0
    now = {photo.path.name: photo.photo_id for photo in library.photos.get_many(range(1, 9))}
    assert now == old


def test_a_copy_that_is_deleted_is_missing(
    library: Library, roots: list[Root], index: Index
) -> None:
    one = roots[0].path
    shutil.copyfile(one / "00000.jpg", one / "copy.jpg")
    index(roots)
    (one / "copy.jpg").unlink()
    assert index(roots).missing == 1
    (entry,) = library.photos.missing()
    assert entry.path.name == "copy.jpg"


def test_a_photo_that_moved_while_another_model_was_in_use_is_not_missing(
    library: Library, roots: list[Root], index: Index, model: ModelRecord
) -> None:
    library._connection.run("DELETE FROM codes")
    _rename(*(root.path for root in roots))
    summary = index(roots)
    assert (summary.encoded, summary.missing) == (N_PHOTOS, 0)
    assert len(library.codes.load(model.model_key, model.n_bits).photo_ids) == N_PHOTOS


def test_a_photo_that_moved_keeps_the_codes_of_all_models(
    library: Library, roots: list[Root], index: Index
) -> None:
    other = library.models.register("other", "other", 12, "{}", 0.0)
    library._connection.run(
        "INSERT INTO codes (model_key, photo_id, code, activations)"
        " SELECT ?, photo_id, x'0000', zeroblob(24) FROM photos",
        (other.model_key,),
    )
    _move_across(*(root.path for root in roots))
    index(roots)
    assert library.codes.count(other.model_key) == N_PHOTOS
