"""Naming the kinds of birds that the fetched network was taught."""

import csv
import shutil

import numpy as np
from PIL import Image

from ahash_desktop.hashing.base_weights import BIRDS
from ahash_desktop.hashing.bird_kinds import BirdKinds
from tests.pictures import render_picture


def take_names(photos_folder):
    shutil.copyfile(photos_folder / "teachers" / BIRDS.kinds.name, BIRDS.kinds.path)


def test_without_weights_or_names_no_kinds_are_named(bird_file):
    assert BirdKinds.load() is None
    bird_file.unlink()
    assert BirdKinds.load() is None


def test_most_photos_of_well_known_birds_are_given_their_name(bird_file, photos_folder):
    take_names(photos_folder)
    kinds = BirdKinds.load()
    with (photos_folder / "birds/labels.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "original"]
    wanted = {"Gadwall": "Gadwall", "Bobolink": "Bobolink", "Indigo_Bunting": "Indigo Bunting"}
    asked = []
    for row in rows:
        name = wanted.get(row["class"].partition(".")[2])
        if name and sum(other == name for _, other in asked) < 8:
            with Image.open(photos_folder / "birds" / row["path"]) as file:
                asked.append((np.asarray(file.convert("RGB")), name))
    assert asked
    told = kinds.tell([picture for picture, _ in asked], 3)
    right = [name in found[0].name for found, (_, name) in zip(told, asked, strict=True)]
    assert np.mean(right) >= 0.7
    for found in told:
        shares = [kind.share for kind in found]
        assert len(found) == 3
        assert shares == sorted(shares, reverse=True)
        assert 0 < sum(shares) <= 1


def test_what_is_no_bird_leaves_little_to_any_kind(bird_file, photos_folder):
    take_names(photos_folder)
    kinds = BirdKinds.load()
    pictures = [np.asarray(render_picture(seed, (300, 200))) for seed in range(4)]
    for found in kinds.tell(pictures):
        assert len(found) == 5
        assert sum(kind.share for kind in found) < 0.5
        assert all(kind.name != "background" for kind in found)
