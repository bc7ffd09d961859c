"""What becomes of copies when several of them go, move and are overwritten at the same time."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ahash_desktop.core.errors import Cancelled
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import ModelRecord, PhotoState, Root
from ahash_desktop.core.updates import IndexSummary
from ahash_desktop.services import settling
from ahash_desktop.services.indexing import Indexer
from ahash_desktop.store.library import Library
from tests.conftest import MakePicture
from tests.fake_encoder import FakeEncoder

Index = Callable[..., IndexSummary]
PLACES = ("one/here.jpg", "two/here.jpg")


@pytest.fixture
def index(library: Library, model: ModelRecord, fake_encoder: FakeEncoder) -> Index:
    """Indexes some folders, all by default, at a moment of its own."""
    moments: Iterator[int] = itertools.count(1)

    def run(*names: str) -> IndexSummary:
        now = float(next(moments))
        roots = [root for root in library.roots.all() if not names or root.path.name in names]
        *_, summary = Indexer(library, fake_encoder, model, lambda: now).run(roots, CancelToken())
        assert isinstance(summary, IndexSummary)
        return summary

    return run


@pytest.fixture
def home(library: Library, tmp_path: Path, make_picture: MakePicture) -> Path:
    """Three folders of the library, all but empty."""
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        library.roots.add(tmp_path / name, 0.5)
        make_picture(tmp_path / name / "stays.jpg", seed=len(name))
    return tmp_path


def _keep(_path: Path, _new: Path) -> None:
    """Nothing happens to it."""


def _delete(path: Path, _new: Path) -> None:
    path.unlink()


def _overwrite(path: Path, new: Path) -> None:
    shutil.copyfile(new, path)


def _rename(path: Path, _new: Path) -> None:
    path.rename(path.with_name("renamed.jpg"))


FATES = (_keep, _delete, _overwrite, _rename)


def _out_of_sight(home: Path) -> Path:
    place = home / "out of" / "sight"
    place.parent.mkdir(exist_ok=True)
    return place


def _states(library: Library) -> dict[str, PhotoState]:
    return {
        f"{photo.path.parent.name}/{photo.path.name}": photo.state
        for photo in library.photos.get_many(range(1, 100))
        if photo.path.name != "stays.jpg"
    }


@pytest.mark.parametrize("fates", list(itertools.product(FATES, repeat=2)))
@pytest.mark.parametrize("places", list(itertools.permutations(PLACES, 2)))
@pytest.mark.parametrize("came_alone", [True, False])
def test_a_copy_is_missing_unless_it_went_where_its_like_has_come(
    library: Library, home: Path, index: Index, make_picture: MakePicture,
    places: tuple[str, str], fates: tuple[Callable[[Path, Path], None], ...], came_alone: bool,
) -> None:  # fmt: skip
    new = make_picture(home / "new.jpg", seed=77)
    old, copy = (home / place for place in places)
    make_picture(old, seed=50)
    index()
    shutil.copyfile(old, copy)
    index(*[copy.parent.name] if came_alone else [])
    for path, fate in zip((old, copy), fates, strict=True):
        fate(path, new)
    index()
    states = _states(library)
    on_disk = {
        f"{path.parent.name}/{path.name}"
        for path in home.glob("*/*.jpg")
        if path.name != "stays.jpg"
    }
    assert {name for name, state in states.items() if state is PhotoState.INDEXED} == on_disk
    missing = {name for name, state in states.items() if state is PhotoState.MISSING}
    went_to_the_copy = came_alone and fates == (_delete, _keep)
    assert len(missing) == fates.count(_delete) - went_to_the_copy
    gone = {place for place, fate in zip(places, fates, strict=True) if fate in (_delete, _rename)}
    assert missing <= gone
    before = set(library.photos.ids().tolist())
    assert index().unchanged == len(on_disk) + 3
    assert set(library.photos.ids().tolist()) == before


@pytest.mark.parametrize("names", [("one", "two"), ("two", "one")])
@pytest.mark.parametrize("alone", [True, False])
def test_a_copy_that_has_come_and_is_overwritten_is_not_where_another_went(
    library: Library, home: Path, index: Index, make_picture: MakePicture,
    names: tuple[str, str], alone: bool,
) -> None:  # fmt: skip
    first, second = (home / name / "here.jpg" for name in names)
    make_picture(first, seed=50)
    index()
    shutil.copyfile(first, second)
    index(second.parent.name)
    first.unlink()
    make_picture(second, seed=60)
    for part in [[names[0]], [names[1]]] if alone else [[]]:
        index(*part)
    assert _states(library) == {
        f"{names[0]}/here.jpg": PhotoState.MISSING,
        f"{names[1]}/here.jpg": PhotoState.INDEXED,
    }


def test_a_photo_that_went_to_a_drive_which_is_away_now_is_not_missing(
    library: Library, home: Path, index: Index, make_picture: MakePicture
) -> None:
    make_picture(home / "one" / "here.jpg", seed=50)
    index()
    shutil.copyfile(home / "one" / "here.jpg", home / "two" / "here.jpg")
    index("two")
    (home / "one" / "here.jpg").unlink()
    (home / "two").rename(_out_of_sight(home))
    index()
    assert _states(library) == {"two/here.jpg": PhotoState.INDEXED}


@pytest.mark.parametrize("moment", ["killed before settling", "cancelled in the last folder"])
def test_what_was_scanned_but_not_settled_is_settled_by_the_next_update(
    library: Library, model: ModelRecord, fake_encoder: FakeEncoder, home: Path, index: Index,
    make_picture: MakePicture, monkeypatch: pytest.MonkeyPatch, moment: str,
) -> None:  # fmt: skip
    make_picture(home / "one" / "here.jpg", seed=50)
    index()
    shutil.copyfile(home / "one" / "here.jpg", home / "two" / "here.jpg")
    index("two")
    (home / "one" / "here.jpg").unlink()
    roots: list[Root] = library.roots.all()
    roots.sort(key=lambda root: root.path.name != "one")
    token = CancelToken()

    def end(*_args: object) -> None:
        raise Cancelled

    with monkeypatch.context() as patch:
        if moment.startswith("killed"):
            patch.setattr(settling, "settle_scanned", end)
        else:
            patch.setattr("ahash_desktop.services.scanning.RootScan._go_offline", end)
            (home / "two").rename(_out_of_sight(home))
        with pytest.raises(Cancelled):
            list(Indexer(library, fake_encoder, model, lambda: 2.5).run(roots, token))
    if not (home / "two").exists():
        _out_of_sight(home).rename(home / "two")
    assert _states(library)["one/here.jpg"] is PhotoState.INDEXED
    assert index().missing == 0
    assert _states(library) == {"two/here.jpg": PhotoState.INDEXED}
