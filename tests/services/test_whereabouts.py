"""A folder is known again by its volume and its contents, wherever it turns up."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import RootState
from ahash_desktop.imaging.volumes import number_of
from ahash_desktop.services.scanning import RootScan, ScanTotals
from ahash_desktop.services.settling import settle_scanned
from ahash_desktop.services.whereabouts import Surroundings
from ahash_desktop.store.library import Library
from tests.conftest import MakePicture
from tests.fake_encoder import FakeEncoder

MakePictures = Callable[[str, int], list[Path]]


class Drives:
    """Volumes mounted at folders of the test."""

    def __init__(self) -> None:
        self.mounted: dict[Path, str | None] = {}
        self.numbers_last = True
        self.n_asked = 0

    def volume_of(self, folder: Path) -> str | None:
        above = [mount for mount in self.mounted if folder.is_relative_to(mount)]
        return self.mounted[max(above, key=lambda mount: len(mount.parts))] if above else None

    def number_of(self, folder: Path) -> str | None:
        """A number as the disk gives it, or one that does not last, as those of some drives."""
        if self.numbers_last:
            return number_of(folder)
        self.n_asked += 1
        return str(self.n_asked)

    def scan(self, library: Library) -> ScanTotals:
        totals = ScanTotals()
        mounts = lambda: list(self.mounted)  # noqa: E731 - asked twice
        around = Surroundings(self.volume_of, mounts, mounts, self.number_of)
        for root in library.roots.all():
            for _ in RootScan(library, root, lambda: 1.0, around=around).run(CancelToken(), totals):
                pass
        settle_scanned(library, totals.scanned)
        return totals


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder on a drive."""
    return tmp_path / "media" / "E" / "trips" / "photos"


@pytest.fixture
def drives(run_index, make_pictures: MakePictures, photos: Path, library: Library) -> Drives:
    make_pictures("media/E/trips/photos", 4)
    run_index()
    made = Drives()
    made.mounted = {photos.parents[1]: "one"}
    made.scan(library)
    assert library.roots.all()[0].mark.volume == "one"
    return made


def test_a_drive_is_known_again_at_another_mount_point(
    drives: Drives, library: Library, photos: Path, tmp_path: Path, fake_encoder: FakeEncoder,
    run_index,
) -> None:  # fmt: skip
    place = tmp_path / "volumes" / "F"
    place.parent.mkdir()
    photos.parents[1].rename(place)
    drives.mounted = {place: "one"}
    totals = drives.scan(library)
    (root,) = library.roots.all()
    assert totals.moved == [(photos, place / "trips/photos")]
    assert (root.path, root.state) == (place / "trips/photos", RootState.ONLINE)
    assert library.photos.counts().indexed == 4
    assert len(fake_encoder.submitted) == 4


def test_a_copy_on_another_drive_is_not_taken_for_the_folder(
    drives: Drives, library: Library, photos: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(photos.parents[1], backup)
    shutil.rmtree(photos.parents[1])
    drives.mounted = {backup: "two"}
    assert drives.scan(library).offline == [photos]
    assert library.roots.all()[0].state is RootState.OFFLINE
    assert library.photos.counts().indexed == 4


def test_another_drive_at_the_same_place_leaves_the_folder_offline(
    drives: Drives, library: Library, photos: Path, make_pictures: MakePictures, tmp_path: Path
) -> None:
    photos.parents[1].rename(tmp_path / "unplugged")
    make_pictures("media/E/trips/photos/others", 2)
    drives.mounted = {photos.parents[1]: "two"}
    assert drives.scan(library).offline == [photos]
    assert library.photos.counts().total == 4
    shutil.rmtree(photos.parents[1])
    (tmp_path / "unplugged").rename(photos.parents[1])
    drives.mounted = {photos.parents[1]: "one"}
    assert drives.scan(library).offline == []
    assert library.roots.all()[0].state is RootState.ONLINE


def test_photos_with_the_same_names_and_sizes_are_not_enough(
    drives: Drives, library: Library, photos: Path
) -> None:
    photos.parents[1].rename(photos.parents[2] / "F")
    for path in (photos.parents[2] / "F/trips/photos").iterdir():
        path.write_bytes(bytes(path.stat().st_size))
    drives.mounted = {}
    assert drives.scan(library).offline == [photos]


def test_a_folder_renamed_beside_its_old_place_is_found_without_any_volume(
    drives: Drives, library: Library, photos: Path
) -> None:
    drives.mounted = {}
    drives.scan(library)
    photos.rename(photos.with_name("renamed"))
    assert drives.scan(library).moved == [(photos, photos.with_name("renamed"))]


def test_looking_for_a_folder_writes_nothing_into_it(
    drives: Drives, library: Library, photos: Path
) -> None:
    before = sorted(photos.rglob("*"))
    drives.scan(library)
    assert sorted(photos.rglob("*")) == before


def _edit_all(photos: Path) -> None:
    for path in photos.iterdir():
        path.write_bytes(path.read_bytes() + b"keywords")


def _delete_all(photos: Path) -> None:
    for path in photos.iterdir():
        path.unlink()


def _sort_away(photos: Path) -> None:
    photos.with_name("sorted").mkdir(exist_ok=True)
    for path in photos.iterdir():
        path.replace(photos.with_name("sorted") / path.name)


def _rename_all(photos: Path) -> None:
    for path in photos.iterdir():
        path.rename(path.with_name(f"new-{path.name}"))


def _copy_beside(photos: Path) -> None:
    shutil.copytree(photos, photos.with_name("photos_backup"))


def _copy_to_other_drive(photos: Path) -> None:
    shutil.copytree(photos, photos.parents[2] / "F" / "trips" / "photos")


@pytest.mark.parametrize("known", [True, False], ids=["named volume", "no name of the volume"])
@pytest.mark.parametrize("copy", [_copy_beside, _copy_to_other_drive, None])
@pytest.mark.parametrize("change", [_edit_all, _delete_all, _sort_away, _rename_all])
def test_a_folder_that_is_there_is_itself_whatever_became_of_its_photos(
    drives: Drives, library: Library, photos: Path,
    change: Callable[[Path], None], copy: Callable[[Path], None] | None, known: bool,
) -> None:  # fmt: skip
    drives.mounted = {photos.parents[1]: "one" if known else None}
    drives.mounted[photos.parents[2] / "F"] = "one" if known else None
    drives.scan(library)
    if copy is not None:
        copy(photos)
    change(photos)
    totals = drives.scan(library)
    assert (totals.moved, totals.offline) == ([], [])
    (root,) = library.roots.all()
    assert (root.path, root.state) == (photos, RootState.ONLINE)
    assert totals.n_found == len(list(photos.iterdir()))


@pytest.mark.parametrize("known", [True, False], ids=["named volume", "no name of the volume"])
@pytest.mark.parametrize("copy", [_copy_beside, _copy_to_other_drive])
def test_a_copy_is_not_the_folder_that_is_gone(
    drives: Drives, library: Library, photos: Path, copy: Callable[[Path], None], known: bool
) -> None:
    drives.mounted = {photos.parents[1]: "one" if known else None}
    drives.mounted[photos.parents[2] / "F"] = "two" if known else None
    drives.scan(library)
    copy(photos)
    shutil.rmtree(photos)
    totals = drives.scan(library)
    assert (totals.moved, totals.offline) == ([], [photos])
    assert library.photos.counts().indexed == 4


def test_of_a_renamed_folder_and_its_copy_the_renamed_one_is_found(
    drives: Drives, library: Library, photos: Path
) -> None:
    _copy_beside(photos)
    photos.rename(photos.with_name("a trip"))
    assert drives.scan(library).moved == [(photos, photos.with_name("a trip"))]


def test_a_drive_whose_numbers_do_not_last_is_known_by_its_name_and_the_path_on_it(
    drives: Drives, library: Library, photos: Path, tmp_path: Path
) -> None:
    drives.numbers_last = False
    drives.scan(library)
    place = tmp_path / "F"
    photos.parents[1].rename(place)
    shutil.copytree(place / "trips", place / "backup" / "trips")
    drives.mounted = {place: "one"}
    assert drives.scan(library).moved == [(photos, place / "trips/photos")]


def test_a_find_can_be_undone_and_is_not_made_again(
    drives: Drives, library: Library, photos: Path
) -> None:
    place = photos.with_name("renamed")
    photos.rename(place)
    drives.scan(library)
    (root,) = library.roots.all()
    assert (root.path, root.moved_from) == (place, photos)
    assert library.roots.undo_move(root.root_id).path == photos
    totals = drives.scan(library)
    assert (totals.moved, totals.offline) == ([], [photos])
    with pytest.raises(UserFacingError, match="not found elsewhere"):
        library.roots.undo_move(root.root_id)
    place.rename(photos.with_name("renamed again"))
    assert drives.scan(library).moved == [(photos, photos.with_name("renamed again"))]


@pytest.fixture
def card(
    drives: Drives, library: Library, photos: Path, make_picture: MakePicture, run_index
) -> Path:
    """A volume mounted inside the folder, with two photos of six."""
    for seed in (50, 51):
        make_picture(photos / f"card/DCIM/{seed}.jpg", seed=seed)
    run_index()
    drives.mounted[photos / "card"] = "small"
    drives.scan(library)
    assert library.photos.counts().indexed == 6
    return photos / "card"


@pytest.mark.parametrize("name", ["small", None], ids=["named volume", "no name of the volume"])
@pytest.mark.parametrize("leaves", ["a folder", "nothing"])
def test_photos_on_a_volume_inside_that_is_gone_are_away_and_not_missing(
    drives: Drives, library: Library, card: Path, tmp_path: Path, name: str | None, leaves: str
) -> None:
    drives.mounted[card] = name
    drives.scan(library)
    card.rename(tmp_path / "unplugged")
    del drives.mounted[card]
    if leaves == "a folder":
        card.mkdir()
    for _ in range(2):
        totals = drives.scan(library)
        assert totals.offline == [card]
        counts = library.photos.counts()
        assert (counts.indexed, counts.missing) == (6, 0)
        assert len(library.photos.away()) == 2
    if leaves == "a folder":
        card.rmdir()
    (tmp_path / "unplugged").rename(card)
    drives.mounted[card] = name
    assert drives.scan(library).offline == []
    assert len(library.photos.away()) == 0


def test_photos_deleted_from_a_volume_inside_are_missing(
    drives: Drives, library: Library, card: Path
) -> None:
    shutil.rmtree(card / "DCIM")
    assert drives.scan(library).offline == []
    assert library.photos.counts().missing == 2


def test_another_volume_inside_in_the_place_of_one_leaves_that_away(
    drives: Drives, library: Library, card: Path, make_picture: MakePicture, tmp_path: Path
) -> None:
    (card / "DCIM").rename(tmp_path / "unplugged")
    make_picture(card / "DCIM" / "other.jpg", seed=77)
    drives.mounted[card] = "other"
    assert drives.scan(library).offline == [card]
    assert library.photos.counts().missing == 0


def test_a_folder_that_is_added_around_one_whose_drive_is_away_keeps_that_away(
    drives: Drives, library: Library, photos: Path, tmp_path: Path
) -> None:
    photos.parents[1].rename(tmp_path / "unplugged")
    drives.mounted = {}
    assert drives.scan(library).offline == [photos]
    library.roots.add(photos.parents[2], 5.0)
    assert drives.scan(library).offline == [photos.parents[1]]
    assert library.photos.counts().missing == 0


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_photos_behind_a_link_that_leads_nowhere_are_away(
    library: Library, photos: Path, run_index, make_pictures: MakePictures, tmp_path: Path
) -> None:
    make_pictures("media/E/trips/photos/linked", 2)
    run_index()
    (photos / "linked").rename(tmp_path / "gone")
    (photos / "linked").symlink_to(tmp_path / "unplugged")
    summary = run_index()
    assert (summary.missing, summary.offline_roots) == (0, (photos / "linked",))
