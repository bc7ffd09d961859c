"""The rendered sample: files, known attributes, and the same birds every time."""

import csv
from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.imaging.decode import decode
from ahash_desktop.imaging.sample import SIZE, render_photo, render_sample
from ahash_desktop.imaging.sample_classes import VALUES, BirdKind, invent_kinds


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def kind_with(**changes: str) -> BirdKind:
    return BirdKind(**({name: values[0] for name, values in VALUES.items()} | changes))


def test_every_listed_photo_exists_and_can_be_opened(tmp_path: Path) -> None:
    summary = render_sample(tmp_path, n_classes=2, n_photos=3, seed=1)

    labels = rows_of(tmp_path / "labels.csv")
    assert (summary.n_classes, summary.n_photos, len(labels)) == (2, 6, 6)
    for row in labels:
        picture = decode(str(tmp_path / row["path"]))
        assert (picture.facts.width, picture.facts.height) == SIZE
        assert row["path"].startswith(f"{row['class']}/")
    assert [row["split"] for row in labels] == ["train", "train", "test"] * 2


def test_attributes_name_each_class_once(tmp_path: Path) -> None:
    render_sample(tmp_path, n_classes=3, n_photos=1, seed=1)

    attributes = rows_of(tmp_path / "attributes.csv")
    assert [row["class"] for row in attributes] == sorted(
        path.name for path in tmp_path.iterdir() if path.is_dir()
    )
    for row in attributes:
        assert all(row[name] in values for name, values in VALUES.items())


def test_equal_seeds_give_equal_bytes_and_others_do_not(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        render_sample(tmp_path / name, n_classes=1, n_photos=2, seed=seed)

    def contents(name: str) -> dict[str, bytes]:
        folder = tmp_path / name
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    assert contents("a") == contents("b")
    assert contents("a") != contents("c")


def test_classes_differ_in_at_least_two_parts_and_relatives_in_few() -> None:
    kinds = invent_kinds(40, np.random.default_rng(2))

    for index, kind in enumerate(kinds):
        assert all(kind.n_differences(other) >= 2 for other in kinds[:index])
        assert kind.n_differences(kinds[index - index % 4]) <= 3


@pytest.mark.parametrize("attribute", list(VALUES))
def test_every_attribute_can_be_seen(attribute: str) -> None:
    pictures = [
        np.asarray(render_photo(kind_with(**{attribute: value}), np.random.default_rng(3))).astype(
            int
        )
        for value in VALUES[attribute]
    ]

    for index, picture in enumerate(pictures):
        for other in pictures[:index]:
            changed = np.abs(picture - other).max(axis=-1) > 10
            assert changed.sum() >= 40, (attribute, index)
            assert changed.mean() < 0.25


def test_photos_of_one_class_differ() -> None:
    first, second = (
        np.asarray(render_photo(kind_with(), np.random.default_rng(seed))) for seed in (1, 2)
    )

    assert np.abs(first.astype(int) - second).mean() > 10


@pytest.mark.parametrize(("n_classes", "n_photos"), [(0, 5), (5, 0), (501, 1)])
def test_senseless_numbers_are_refused(tmp_path: Path, n_classes: int, n_photos: int) -> None:
    with pytest.raises(UserFacingError, match="sample"):
        render_sample(tmp_path, n_classes=n_classes, n_photos=n_photos, seed=0)


def test_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(UserFacingError, match="cannot be written"):
        render_sample(tmp_path / "file", n_classes=1, n_photos=1, seed=0)
