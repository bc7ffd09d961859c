"""Folders as other tools leave them: which photos are labelled, and what is noticed."""

import itertools
import os
import sys

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.suffixes import EXCLUDED_NAMES, OTHER_SUFFIXES
from ahash_desktop.training.ask.dataset import load_labelled

KINDS = ("gull", "robin", "wren")
WORDS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
LEFTOVERS = (
    (),
    (".ipynb_checkpoints/wren/1-checkpoint.jpg", "__MACOSX/wren/._1.jpg"),
    (".DS_Store", "@eaDir/wren/SYNOPHOTO_THUMB_XL.jpg", "labels.csv", "readme.txt"),
    ("train/.ipynb_checkpoints/2.jpg", "train/@eaDir/3.jpg", "train/wren/@eaDir/4.jpg/x.jpg"),
)


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")


def said(found):
    return "\n".join(found.notices)


@pytest.mark.parametrize("leftovers", LEFTOVERS, ids=range(len(LEFTOVERS)))
@pytest.mark.parametrize("case", [str.lower, str.title, str.upper])
@pytest.mark.parametrize(
    "words", [words for n in (1, 2, 3) for words in itertools.combinations(WORDS, n)], ids="-".join
)
def test_folders_named_after_splits_are_splits(tmp_path, words, case, leftovers):
    for word, kind in itertools.product(words, KINDS):
        touch(tmp_path / case(word) / kind / "1.jpg")
    for name in leftovers:
        touch(tmp_path / name.replace("train/", f"{case(words[0])}/", 1))
    found = load_labelled(tmp_path)
    assert found.classes == KINDS
    assert {photo.path.parent.parent.name: photo.split for photo in found.photos} == {
        case(word): WORDS[word] for word in words
    }
    assert len(found.photos) == len(words) * len(KINDS)
    assert found.notices == ()


@pytest.mark.parametrize("case", [str.lower, str.title, str.upper])
@pytest.mark.parametrize(
    "words",
    [("train", *words) for n in (1, 2) for words in itertools.combinations(list(WORDS)[1:], n)],
    ids="-".join,
)
@pytest.mark.parametrize("wrapping", ["", "set/", "set/birds/"])
def test_splits_may_lie_in_the_folders_of_kinds(tmp_path, words, case, wrapping):
    for word, kind in itertools.product(words, KINDS):
        touch(tmp_path / wrapping / kind / case(word) / "1.jpg")
    touch(tmp_path / wrapping / ".ipynb_checkpoints" / "train" / "1.jpg")
    found = load_labelled(tmp_path)
    assert found.classes == KINDS
    assert {photo.path.parent.name: photo.split for photo in found.photos} == {
        case(word): WORDS[word] for word in words
    }
    assert found.notices == ()


def test_splits_in_the_folder_of_one_kind_are_not_read_through_those_of_others(tmp_path):
    for name in ("wren/train/1.jpg", "wren/test/2.jpg", "gull/3.jpg", "robin/train/4.jpg"):
        touch(tmp_path / name)
    found = load_labelled(tmp_path, without=("test",))
    assert [photo.path.name for photo in found.photos] == ["4.jpg", "1.jpg"]
    assert "Photos beside the splits of their class are left out: gull/3.jpg" in found.notices
    assert "The class 'gull' has no photos and is left out" in found.notices


@pytest.mark.parametrize("wrapping", ["set/", "set/birds/"])
def test_splits_are_found_in_a_folder_that_holds_nothing_else(tmp_path, wrapping):
    for word, kind in itertools.product(("train", "val", "test"), KINDS):
        touch(tmp_path / wrapping / word / kind / "1.jpg")
    touch(tmp_path / "__MACOSX" / "set" / "._train")
    found = load_labelled(tmp_path, without=("test",))
    assert found.classes == KINDS
    assert [photo.split for photo in found.photos] == ["train"] * 3 + ["val"] * 3


@pytest.mark.parametrize("beside", ["docs/readme.txt", "annotations/train/1.xml", "empty/x"])
def test_a_folder_without_photos_makes_no_kind_of_the_one_split(tmp_path, beside):
    for kind in KINDS:
        touch(tmp_path / "train" / kind / "1.jpg")
    touch(tmp_path / beside)
    found = load_labelled(tmp_path)
    assert found.classes == KINDS
    assert said(found).startswith("Folders beside the splits are left out: ")


def test_folders_that_hold_one_another_in_a_circle_end(tmp_path):
    (tmp_path / "round").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(UserFacingError, match="no labelled photos"):
        load_labelled(tmp_path)


def test_kinds_may_be_called_like_splits(tmp_path):
    for name in ("car/1.jpg", "bus/1.jpg", "train/1.jpg", "train/steam/2.jpg", "test/3.jpg"):
        touch(tmp_path / name)
    found = load_labelled(tmp_path)
    assert found.classes == ("bus", "car", "test", "train")
    assert not found.has_split


def test_folders_beside_splits_are_named(tmp_path):
    for name in ("train/wren/1.jpg", "val/wren/2.jpg", "docs/figure.png"):
        touch(tmp_path / name)
    found = load_labelled(tmp_path)
    assert [photo.split for photo in found.photos] == ["train", "val"]
    assert said(found) == "Folders beside the splits are left out: docs"


@pytest.mark.parametrize("name", sorted({*EXCLUDED_NAMES, ".hidden", ".thumbnails", "@eaDir"}))
@pytest.mark.parametrize("place", ["", "wren", "wren/deep", "train", "train/wren"])
def test_what_indexing_passes_over_is_passed_over(tmp_path, name, place):
    top = "train/" if place.startswith("train") else ""
    for kind in KINDS:
        touch(tmp_path / top / kind / "1.jpg")
    touch(tmp_path / place / name / "1.jpg" / "thumb.jpg")
    touch(tmp_path / place / name / "2.jpg")
    found = load_labelled(tmp_path)
    assert found.classes == KINDS
    assert len(found.photos) == len(KINDS)
    assert found.notices == ()


@pytest.mark.parametrize("inside", ["", ".DS_Store", "Thumbs.db", "@eaDir/1.jpg", "notes.txt"])
@pytest.mark.parametrize("top", ["", "train/"])
def test_kinds_without_photos_are_named(tmp_path, inside, top):
    for kind in KINDS:
        touch(tmp_path / top / kind / "1.jpg")
    (tmp_path / top / "heron").mkdir()
    if inside:
        touch(tmp_path / top / "heron" / inside)
    assert said(load_labelled(tmp_path)) == "The class 'heron' has no photos and is left out"


@pytest.mark.parametrize("suffix", sorted(OTHER_SUFFIXES & {"mp4", "mov", "avi", "xmp", "pdf"}))
def test_a_kind_of_videos_is_named(tmp_path, suffix):
    touch(tmp_path / "wren/1.jpg")
    touch(tmp_path / f"tern/clip.{suffix}")
    found = load_labelled(tmp_path)
    assert found.classes == ("wren",)
    assert "'tern' has no photos" in said(found)


def test_a_kind_that_is_empty_in_one_split_is_named_with_its_place(tmp_path):
    touch(tmp_path / "train/wren/1.jpg")
    touch(tmp_path / "val/wren/2.jpg")
    touch(tmp_path / "val/tern/3.jpg")
    (tmp_path / "train/tern").mkdir()
    assert said(load_labelled(tmp_path)) == "The folder train/tern has no photos"


@pytest.mark.parametrize("place", ["", "train/"])
def test_loose_photos_are_named_once(tmp_path, place):
    for kind in KINDS:
        touch(tmp_path / place / kind / "1.jpg")
    for number in range(5):
        touch(tmp_path / place / f"{number}.jpg")
    names = ", ".join(f"{place}{number}.jpg" for number in range(3))
    assert said(load_labelled(tmp_path)) == (
        f"Photos beside the class folders have no class and are left out: {names}, …"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="names are text there")
@pytest.mark.parametrize("name", [b"caf\xe9", b"caf\xe9/1.jpg", b"wren/caf\xe9.jpg"])
def test_names_that_are_no_text_are_named_and_left_out(tmp_path, name):
    for kind in KINDS:
        touch(tmp_path / kind / "1.jpg")
    place = tmp_path / os.fsdecode(name)
    touch(place) if place.suffix else place.mkdir()
    found = load_labelled(tmp_path)
    assert found.classes == KINDS
    assert len(found.photos) == len(KINDS)
    assert "no valid text" in said(found)
    said(found).encode()


def test_a_link_to_a_folder_is_a_kind_but_not_followed_below(tmp_path):
    touch(tmp_path / "elsewhere/1.jpg")
    touch(tmp_path / "set/wren/1.jpg")
    (tmp_path / "set/tern").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "set/wren/round").symlink_to(tmp_path / "set", target_is_directory=True)
    found = load_labelled(tmp_path / "set")
    assert [photo.class_name for photo in found.photos] == ["tern", "wren"]


def test_nothing_but_leftovers_is_told_with_the_reason(tmp_path):
    touch(tmp_path / "1.jpg")
    (tmp_path / "heron").mkdir()
    with pytest.raises(UserFacingError, match=r"no labelled photos.*beside the class folders"):
        load_labelled(tmp_path)
