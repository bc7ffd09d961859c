"""Tables as spreadsheets, other programs and Windows write them."""

import itertools
import os
import sys

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.ask.dataset import load_labelled

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
LINE_ENDS = {"unix": "\n", "windows": "\r\n", "mac": "\r"}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16")
ROWS = (
    ("gull/gull 0.jpg", "gull", "Train"),
    ("gull/Größe.jpg", "gull", "val"),
    ("wren/1.jpg", "Zaunkönig", "TEST"),
)


def write(tmp_path, text, encoding="utf-8"):
    for name, *_ in ROWS:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    path = tmp_path / "labels.csv"
    path.write_bytes(text.encode(encoding))
    return path


def table(separator, line_end, *, quoted, padded, marked, blank_rows, backslashes):
    def cell(text):
        text = text.replace("/", "\\") if backslashes else text
        text = f'"{text}"' if quoted else text
        return f" {text} " if padded and not quoted else f" {text}" if padded else text

    rows = [("Path", "CLASS", "split"), *ROWS]
    lines = [separator.join(map(cell, row)) for row in rows]
    if blank_rows:
        lines = [line for each in lines for line in (each, "", separator * 2, f" {separator} ")]
    if marked:
        lines.insert(0, f"sep={separator}")
    return line_end.join([*lines, ""])


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("line_end", LINE_ENDS)
@pytest.mark.parametrize("separator", SEPARATORS)
def test_every_way_to_write_a_table_says_the_same(tmp_path, separator, line_end, encoding):
    for quoted, padded, marked, blank, back in itertools.product((False, True), repeat=5):
        text = table(
            SEPARATORS[separator],
            LINE_ENDS[line_end],
            quoted=quoted,
            padded=padded,
            marked=marked,
            blank_rows=blank,
            backslashes=back,
        )
        found = load_labelled(write(tmp_path, text, encoding))
        assert [photo.path for photo in found.photos] == [tmp_path / name for name, *_ in ROWS]
        assert [photo.class_name for photo in found.photos] == ["gull", "gull", "Zaunkönig"]
        assert [photo.split for photo in found.photos] == ["train", "val", "test"]
        assert found.notices == ()


@pytest.mark.parametrize(
    ("words", "split"),
    [
        (("train", "Train", "TRAIN", " train "), "train"),
        (("val", "valid", "validation", "Validation", "VALID"), "val"),
        (("test", "Test", "TEST"), "test"),
    ],
)
def test_splits_are_named_by_the_same_words_as_folders(tmp_path, words, split):
    rows = "".join(f"{number}.jpg,wren,{word}\n" for number, word in enumerate(words))
    found = load_labelled(write(tmp_path, "path,class,split\n" + rows))
    assert {photo.split for photo in found.photos} == {split}


@pytest.mark.parametrize("before", ["", "sep=,\n", "\n\n", "sep=,\n\n"])
def test_the_line_of_a_trouble_is_that_of_the_file(tmp_path, before):
    text = f"{before}path,class\n1.jpg,a\n\n2.jpg,\n"
    line = 4 + before.count("\n")
    with pytest.raises(UserFacingError, match=f"Line {line} of the labels has no path or no class"):
        load_labelled(write(tmp_path, text))


def test_rows_that_come_again_are_named_once(tmp_path):
    rows = ["path,class", *(f"{number % 4}.jpg,a" for number in range(12))]
    found = load_labelled(write(tmp_path, "\n".join(rows)))
    assert len(found.photos) == 4
    assert found.notices == ("Rows that name a photo again are left out: 0.jpg, 1.jpg, 2.jpg, …",)


@pytest.mark.parametrize("order", [*itertools.permutations(("train", "val", "test"))])
def test_a_photo_in_several_splits_is_in_the_first_of_them(tmp_path, order):
    rows = ["path,class,split", *(f"1.jpg,a,{split}" for split in order), "2.jpg,a,test"]
    found = load_labelled(write(tmp_path, "\n".join(rows)))
    assert [photo.split for photo in found.photos] == ["train", "test"]
    assert len(found.notices) == 1
    assert "1.jpg" in found.notices[0]


@pytest.mark.skipif(sys.platform == "win32", reason="it separates folders there")
def test_a_backslash_in_a_real_name_stays(tmp_path):
    source = write(tmp_path, "path,class\na\\b.jpg,wren\n")
    (tmp_path / "a\\b.jpg").write_bytes(b"")
    assert load_labelled(source).photos[0].path == tmp_path / "a\\b.jpg"


def test_backslashes_do_not_lead_out_of_the_folder(tmp_path):
    with pytest.raises(UserFacingError, match="outside the folder"):
        load_labelled(write(tmp_path, "path,class\n..\\..\\secret.jpg,a\n"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_no_table(tmp_path):
    os.mkfifo(tmp_path / "labels.csv")
    with pytest.raises(UserFacingError, match="no file"):
        load_labelled(tmp_path / "labels.csv")
