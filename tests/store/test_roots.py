"""No folder of a library lies inside another, and nothing known of a photo is lost for it."""

from pathlib import Path
from typing import Any

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import ModelRecord, Root, RootState
from ahash_desktop.store.library import Library


def test_a_folder_is_added_once(library: Library, tmp_path: Path) -> None:
    first = library.roots.add(tmp_path / "photos", 1.0)
    assert first == Root(first.root_id, tmp_path / "photos", RootState.ONLINE, 1.0, None)
    assert library.roots.add(tmp_path / "other" / ".." / "photos", 2.0) == first
    assert library.roots.all() == [first]


def test_a_link_to_a_known_folder_is_that_folder(library: Library, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    root = library.roots.add(tmp_path / "photos", 1.0)
    assert library.roots.add(tmp_path / "link", 2.0) == root
    assert library.roots.find(tmp_path / "link") == root


def test_a_folder_inside_a_known_one_is_covered(library: Library, root: Root) -> None:
    assert library.roots.add(root.path / "2024" / "05", 2.0) == root
    assert library.roots.all() == [root]


def test_a_folder_beside_a_known_one_is_not_inside_it(library: Library, root: Root) -> None:
    beside = library.roots.add(root.path.with_name(root.path.name + "2"), 2.0)
    assert library.roots.all() == [root, beside]


def test_a_folder_around_known_ones_takes_their_photos_over(
    library: Library, model: ModelRecord, tmp_path: Path, fill: Any, root: Root
) -> None:
    photo_id = fill.index("2024/a.jpg", seed=3)
    before = library.photos.get(photo_id)
    code = library.codes.get(photo_id, model.model_key)
    library.roots.add(tmp_path / "deep" / "scans", 1.0)
    outer = library.roots.add(tmp_path, 2.0)
    assert library.roots.all() == [outer]
    after = library.photos.get(photo_id)
    assert (after.path, after.content, after.state) == (before.path, before.content, before.state)
    assert after.relative_path == "photos/2024/a.jpg"
    kept = library.codes.get(photo_id, model.model_key)
    assert code is not None
    assert kept is not None
    assert kept.activations.tolist() == code.activations.tolist()
    assert library.integrity_problems() == []


def test_the_root_of_the_disk_takes_everything_over(library: Library, fill: Any) -> None:
    photo_id = fill.index("a.jpg")
    path = library.photos.get(photo_id).path
    library.roots.add(Path(path.anchor), 2.0)
    assert library.photos.get(photo_id).path == path
    assert library.photos.find_by_path(path) is not None


def test_removing_a_folder_forgets_its_photos_and_codes(
    library: Library, root: Root, model: ModelRecord, fill: Any, tmp_path: Path
) -> None:
    other = library.roots.add(tmp_path / "other", 1.0)
    fill.index("a.jpg")
    library.roots.remove(root.root_id)
    assert library.roots.all() == [other]
    assert library.photos.counts().total == 0
    assert library.codes.count(model.model_key) == 0
    assert library.integrity_problems() == []


def test_an_id_is_never_given_twice(
    library: Library, root: Root, fill: Any, tmp_path: Path
) -> None:
    photo_id = fill.scan("a.jpg")
    library.roots.remove(root.root_id)
    again = library.roots.add(root.path, 2.0)
    assert again.root_id != root.root_id
    fill_again = type(fill)(library, again, fill._model, fill._encoded)
    assert fill_again.scan("a.jpg") != photo_id


def test_state_and_scan_time_are_kept(library: Library, root: Root) -> None:
    library.roots.set_state(root.root_id, RootState.OFFLINE)
    library.roots.mark_scanned(root.root_id, 50.0)
    found = library.roots.get(root.root_id)
    assert (found.state, found.scanned_at) == (RootState.OFFLINE, 50.0)


def test_a_removed_folder_is_told(library: Library) -> None:
    assert library.roots.find(Path("/nowhere")) is None
    with pytest.raises(UserFacingError, match="no longer in the library"):
        library.roots.get(77)


def test_a_folder_whose_name_is_no_text_is_told(library: Library) -> None:
    with pytest.raises(UserFacingError, match="not valid text"):
        library.roots.add(Path("/photos/\udcff"), 1.0)
    assert library.roots.all() == []
