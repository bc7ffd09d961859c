"""A folder is known again by its volume and its contents, wherever it turns up."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import RootState
from ahash_desktop.services.scanning import RootScan, ScanTotals
from ahash_desktop.services.whereabouts import Surroundings
from ahash_desktop.store.library import Library
from tests.fake_encoder import FakeEncoder

MakePictures = Callable[[str, int], list[Path]]


class Drives:
    """Volumes mounted at folders of the test."""

    def __init__(self) -> None:
        self.mounted: dict[Path, str | None] = {}

    def volume_of(self, folder: Path) -> str | None:
        return next((v for m, v in self.mounted.items() if folder.is_relative_to(m)), None)

    def scan(self, library: Library) -> ScanTotals:
        totals = ScanTotals()
        around = Surroundings(self.volume_of, lambda: list(self.mounted))
        for root in library.roots.all():
            for _ in RootScan(library, root, lambda: 1.0, around=around).run(CancelToken(), totals):
                pass
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
    assert library.roots.all()[0].volume == "one"
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
