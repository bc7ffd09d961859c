"""Where labelled photos come from."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.imaging.xmp import XmpNote, merge_xmp
from ahash_desktop.services.teaching.collecting import Collector, Level
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.kinds import (
    divided,
    merge_kinds,
    rename_kind,
    sampled,
    summaries,
    with_sides,
    without_kinds,
)
from tests.pictures import save_picture


@dataclass
class Place:
    path: Path
    photo_id: int = 0
    relative_path: str = "a/b.png"


class Photos:
    """Stands for the browser."""

    def __init__(self, paths, roots=()):
        self.paths, self._roots = list(paths), roots

    def roots(self):
        return [Place(path) for path in self._roots]

    def photo_ids(self):
        import numpy as np

        return np.arange(len(self.paths))

    def photos(self, ids):
        return [
            Place(self.paths[i], i, f"{self.paths[i].parent.name}/{self.paths[i].name}")
            for i in ids
        ]


def last(records) -> LabelledSet:
    found = list(records)[-1]
    assert isinstance(found, LabelledSet)
    return found


@pytest.fixture
def collector():
    return Collector(Photos([]))


def kinds_of(labelled):
    return {each.name: each.n_photos for each in summaries(labelled)}


def test_folders_of_several_places_are_one_set(collector, tmp_path):
    save_picture(tmp_path / "one" / "Gadwall" / "1.png", 1)
    save_picture(tmp_path / "two" / "Gadwall" / "2.png", 2)
    save_picture(tmp_path / "two" / "Teal" / "3.png", 3)
    labelled = last(collector.folders([tmp_path / "one", tmp_path / "two"], CancelToken()))
    assert kinds_of(labelled) == {"Gadwall": 2, "Teal": 1}


def test_folders_that_hold_photos_only_are_kinds_themselves(collector, tmp_path):
    for kind in ("Gadwall", "Teal"):
        save_picture(tmp_path / kind / "1.png", 1)
    labelled = last(collector.folders([tmp_path / "Gadwall", tmp_path / "Teal"], CancelToken()))
    assert kinds_of(labelled) == {"Gadwall": 1, "Teal": 1}


def test_kinds_further_down_are_found_unless_one_says_otherwise(collector, tmp_path):
    for kind in ("Ducks/Gadwall", "Ducks/Teal", "Owls/Barn Owl", "Owls/Ural Owl"):
        save_picture(tmp_path / kind / "1.png", 1)
    assert len(kinds_of(last(collector.folders([tmp_path], CancelToken())))) == 4
    first = last(collector.folders([tmp_path], CancelToken(), Level.FIRST))
    assert kinds_of(first) == {"Ducks": 2, "Owls": 2}


def test_folders_that_sort_one_kind_stay_one_kind(collector, tmp_path):
    for place in ("Gadwall/2019", "Gadwall/2020", "Teal"):
        save_picture(tmp_path / place / "1.png", 1)
    assert kinds_of(last(collector.folders([tmp_path], CancelToken()))) == {"Gadwall": 2, "Teal": 1}


def test_a_table_may_name_photos_of_the_library_and_of_no_other_place(tmp_path):
    inside = save_picture(tmp_path / "library" / "1.png", 1)
    outside = save_picture(tmp_path / "elsewhere" / "2.png", 2)
    table = tmp_path / "tables" / "labels.csv"
    table.parent.mkdir()
    collector = Collector(Photos([], roots=(tmp_path / "library",)))
    table.write_text(f"path;class\n{inside};Gadwall\n", encoding="utf-8-sig")
    assert kinds_of(last(collector.table(table, CancelToken()))) == {"Gadwall": 1}
    table.write_text(f"path,class\n{outside},Teal\n")
    with pytest.raises(UserFacingError, match="outside"):
        list(collector.table(table, CancelToken()))


def test_keywords_of_sidecars_are_labels(tmp_path):
    paths = [save_picture(tmp_path / f"{number}.png", number) for number in range(5)]
    words = [("Gadwall",), ("Gadwall", "lake"), ("Teal",), ("Teal", "Gadwall"), ()]
    for path, keywords in zip(paths, words, strict=True):
        if keywords:
            path.with_name(f"{path.name}.xmp").write_bytes(merge_xmp(None, XmpNote(None, keywords)))
    collector = Collector(Photos(paths))
    labelled = last(collector.keywords(CancelToken()))
    assert kinds_of(labelled) == {"Gadwall": 2, "Teal": 1}
    assert "several" in labelled.notices[0]
    assert kinds_of(last(collector.keywords(CancelToken(), words=["lake"]))) == {"lake": 1}


def test_kinds_are_renamed_merged_and_left_out(collector, tmp_path):
    for kind in ("Gadwall", "gadwal", "Teal"):
        for number in range(3):
            save_picture(tmp_path / kind / f"{kind}{number}.png", number)
    labelled = last(collector.folders([tmp_path], CancelToken()))
    assert kinds_of(rename_kind(labelled, "gadwal", "Gadwall")) == {"Gadwall": 6, "Teal": 3}
    assert kinds_of(merge_kinds(labelled, ["gadwal", "Teal"], " duck ")) == {
        "Gadwall": 3,
        "duck": 6,
    }
    assert kinds_of(without_kinds(labelled, ["gadwal"])) == {"Gadwall": 3, "Teal": 3}
    assert kinds_of(sampled(labelled, 2)) == {"Gadwall": 2, "gadwal": 2, "Teal": 2}


def test_the_division_that_is_shown_can_be_changed(collector, tmp_path):
    for number in range(10):
        save_picture(tmp_path / "Gadwall" / f"{number}.png", number)
    labelled = divided(last(collector.folders([tmp_path], CancelToken())), 0.2)
    (summary,) = summaries(labelled)
    assert (summary.n_learning, summary.n_validating) == (8, 2)
    moved = with_sides(labelled, {labelled.photos[0].path: "val"})
    assert moved.photos[0].split == "val"
    assert divided(moved, 0.5) == moved


def test_others_are_told_with_the_kind_that_their_folder_names(tmp_path):
    paths = [save_picture(tmp_path / kind / "1.png", 1) for kind in ("Gadwall", "Heron", "Coot")]
    collector = Collector(Photos(paths))
    labelled = last(collector.folders([tmp_path / "Gadwall"], CancelToken()))
    others = collector.others(labelled, 10)
    assert {(other.path, other.kind) for other in others} == {
        (paths[1], "Heron"),
        (paths[2], "Coot"),
    }
