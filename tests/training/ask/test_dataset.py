"""Labelled photos from folders and from CSV files."""

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.ask.dataset import load_labelled


@pytest.fixture
def write_csv(tmp_path):
    def write(text, name="labels.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_a_csv_gives_photos_relative_to_its_folder_in_order(write_csv, tmp_path):
    source = write_csv("path,class,split,kind\nb/2.jpg,wren,train,x\na/1.jpg,auk,test,y\n")
    found = load_labelled(source)
    assert [photo.path for photo in found.photos] == [tmp_path / "b/2.jpg", tmp_path / "a/1.jpg"]
    assert [photo.split for photo in found.photos] == ["train", "test"]
    assert found.classes == ("auk", "wren")
    assert found.labels().tolist() == [1, 0]
    assert found.has_split


def test_rows_can_be_chosen_by_any_column(write_csv):
    source = write_csv("path,class,kind\n1.jpg,a,bbox\n2.jpg,a,original\n3.jpg,b,bbox\n")
    found = load_labelled(source, {"kind": "bbox", "class": "a"})
    assert [photo.path.name for photo in found.photos] == ["1.jpg"]
    assert found.classes == ("a",)
    assert not found.has_split


def test_a_part_keeps_the_classes_of_the_whole(write_csv):
    source = write_csv("path,class,split\n1.jpg,a,train\n2.jpg,b,test\n")
    part = load_labelled(source).part("test")
    assert part.classes == ("a", "b")
    assert part.labels().tolist() == [1]
    with pytest.raises(UserFacingError, match="'val'"):
        load_labelled(source).part("val")


def test_a_byte_order_mark_and_quotes_do_no_harm(write_csv):
    source = write_csv('\ufeffpath,class\n"a,b.jpg","Größe, mittel"\n')
    assert load_labelled(source).photos[0].path.name == "a,b.jpg"
    assert load_labelled(source).classes == ("Größe, mittel",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,split\n1.jpg,train\n", "no column 'class'"),
        ("", "no column 'path'"),
        ("path,class\n", "no labelled photos"),
        ("path,class\n1.jpg,\n", "Line 2 .* no class"),
        ("path,class\n1.jpg\n", "Line 2 .* no class"),
        ("path,class,split\n1.jpg,a,train\n2.jpg,a,dev\n", "Line 3 .*'dev'"),
        ("path,class,split\n1.jpg,a,train\n2.jpg,a,\n", "Line 3 .*''"),
        ("path,class\n../1.jpg,a\n", "Line 2 .*outside"),
        ("path,class\n/etc/passwd,a\n", "Line 2 .*outside"),
        ("path,class\nx/../../1.jpg,a\n", "Line 2 .*outside"),
        ("path,class\n1.jpg,a\n./1.jpg,b\n", "Line 3 .*second class"),
        ("path,class\n1\0.jpg,a\n", "Line 2|CSV"),
        ("path,class\n" + "x" * 200_000 + ",a\n", "CSV"),
    ],
)
def test_bad_labels_name_the_line_and_the_file(write_csv, text, message):
    source = write_csv(text)
    with pytest.raises(UserFacingError, match=message) as caught:
        load_labelled(source)
    assert str(source) in str(caught.value)


def test_a_link_that_leaves_the_folder_is_refused(write_csv, tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"")
    (folder / "photo.jpg").symlink_to(tmp_path / "secret.jpg")
    source = write_csv("path,class\nphoto.jpg,a\n", "set/labels.csv")
    with pytest.raises(UserFacingError, match="outside"):
        load_labelled(source)


def test_another_encoding_is_told(write_csv):
    with pytest.raises(UserFacingError, match="UTF-8"):
        load_labelled(write_csv("path,class\nä.jpg,a\n", encoding="latin-1"))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(UserFacingError, match="cannot be read"):
        load_labelled(tmp_path / "nothing.csv")


def test_an_unknown_column_to_choose_by_is_told(write_csv):
    with pytest.raises(UserFacingError, match="'colour'"):
        load_labelled(write_csv("path,class\n1.jpg,a\n"), {"colour": "red"})


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")


def test_class_folders_give_their_names(tmp_path):
    for name in ("wren/1.jpg", "wren/deep/2.PNG", "auk/3.jpg", "auk/notes.txt", "auk/.x.jpg"):
        touch(tmp_path / name)
    touch(tmp_path / "loose.jpg")
    touch(tmp_path / ".hidden/4.jpg")
    found = load_labelled(tmp_path)
    assert [(photo.path.name, photo.class_name) for photo in found.photos] == [
        ("3.jpg", "auk"),
        ("1.jpg", "wren"),
        ("2.PNG", "wren"),
    ]
    assert not found.has_split


def test_train_and_test_folders_are_a_split(tmp_path):
    touch(tmp_path / "train/wren/1.jpg")
    touch(tmp_path / "test/wren/2.jpg")
    assert [photo.split for photo in load_labelled(tmp_path).photos] == ["train", "test"]
    touch(tmp_path / "valid/wren/3.jpg")
    assert [photo.split for photo in load_labelled(tmp_path).photos] == ["train", "val", "test"]
    assert load_labelled(tmp_path).classes == ("wren",)
    assert len(load_labelled(tmp_path, without={"test"}).photos) == 2


def test_an_empty_folder_and_a_choice_among_folders_are_told(tmp_path):
    with pytest.raises(UserFacingError, match="no labelled photos"):
        load_labelled(tmp_path)
    with pytest.raises(UserFacingError, match="no columns"):
        load_labelled(tmp_path, {"kind": "bbox"})


@pytest.mark.photos
def test_the_real_labels_have_the_known_numbers(photos_folder):
    crops = load_labelled(photos_folder / "birds" / "labels.csv", {"kind": "bbox"})
    assert (len(crops.part("train").photos), len(crops.part("test").photos)) == (2999, 2903)
    assert len(crops.classes) == 100
    assert len(load_labelled(photos_folder / "cars" / "labels.csv").photos) == 6069
