from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.gui.pictures.examples import QueryExample, offered_in, take_in, without_repeats


def picture() -> QImage:
    image = QImage(8, 6, QImage.Format.Format_RGB32)
    image.fill(QColor("orange"))
    return image


def test_files_come_before_pixels(qapp, tmp_path):
    path = tmp_path / "bird.jpg"
    path.touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    data.setImageData(picture())
    brought = take_in(offered_in(data))
    assert [example.path for example in brought.examples] == [path]


def test_folders_are_told_from_files(qapp, tmp_path):
    path = tmp_path / "a" / "bird.jpg"
    path.parent.mkdir()
    path.touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path.parent)), QUrl.fromLocalFile(str(path))])
    brought = take_in(offered_in(data))
    assert brought.folders == (path.parent,)
    assert [example.path for example in brought.examples] == [path]


def test_a_copied_path_is_a_file(qapp, tmp_path):
    path = tmp_path / "a bird.jpg"
    path.touch()
    data = QMimeData()
    data.setText(f'"{path}"\n')
    assert [example.path for example in take_in(offered_in(data)).examples] == [path]


@pytest.mark.parametrize(
    "text", ["", "hello", "relative/path.jpg", "/no/such/file.jpg", "x" * 9999]
)
def test_text_that_is_no_file_is_refused(qapp, text):
    data = QMimeData()
    data.setText(text)
    with pytest.raises(UserFacingError, match="no picture"):
        take_in(offered_in(data))


def test_a_pasted_picture_becomes_a_png_file(qapp):
    data = QMimeData()
    data.setImageData(picture())
    (example,) = take_in(offered_in(data)).examples
    again = QImage.fromData(example.picture_bytes(), "PNG")
    assert again.pixelColor(3, 3) == QColor("orange")


def test_adding_a_known_example_changes_its_sign():
    known = [QueryExample(photo_id=1), QueryExample(path=Path("/a.jpg"))]
    changed = without_repeats(known, [QueryExample(photo_id=1, is_negative=True)])
    assert [(e.photo_id, e.is_negative) for e in changed] == [(None, False), (1, True)]


def test_two_pasted_pictures_are_two_examples(qapp):
    first, second = QueryExample(image=picture()), QueryExample(image=picture())
    assert without_repeats([first], [second]) == [first, second]


def test_a_pasted_picture_is_never_taken_for_a_photo_of_the_library():
    photo = QueryExample(photo_id=3)
    pasted = QueryExample(image=picture(), key=3)
    assert without_repeats([photo], [pasted]) == [photo, pasted]
    assert len({photo.identity, pasted.identity, QueryExample(path=Path("/3")).identity}) == 3


def test_a_photo_of_the_library_is_always_the_same_example():
    assert QueryExample.of_photo(7) == QueryExample.of_photo(7) != QueryExample.of_photo(8)


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "../" * 2000])
def test_a_dropped_name_that_no_disk_takes_is_a_file_that_cannot_be_read(qapp, tmp_path, name):
    data = QMimeData()
    data.setText(str(tmp_path / name))
    with pytest.raises(UserFacingError, match="no picture"):
        take_in(offered_in(data))


def test_nothing_is_looked_at_while_data_are_taken_over(qapp, tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a file was looked at")

    for question in ("stat", "exists", "is_dir", "is_file"):
        monkeypatch.setattr(Path, question, refuse)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "slow.jpg"))])
    assert offered_in(data).paths == (tmp_path / "slow.jpg",)
    data = QMimeData()
    data.setText(str(tmp_path / "slow.jpg"))
    assert offered_in(data).named == (tmp_path / "slow.jpg",)


@pytest.mark.parametrize(
    ("size", "kept"), [((6000, 4000), (2560, 1706)), ((40, 5120), (20, 2560)), ((90, 60), (90, 60))]
)
def test_a_pasted_picture_takes_up_little_memory(size, kept):
    data = QMimeData()
    data.setImageData(QImage(*size, QImage.Format.Format_RGB32))
    (example,) = take_in(offered_in(data)).examples
    assert (example.image.width(), example.image.height()) == kept
