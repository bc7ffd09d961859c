"""What a check says of photos that have something the matter."""

import shutil

import pytest
from PIL import Image

from ahash_desktop.core.jobs import FinishToken
from ahash_desktop.services.teaching.checking import Checker
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.findings import CheckReport, FindingKind, Remedy, follow, of_kind
from ahash_desktop.training.ask.kinds import divided, labelled_set
from ahash_desktop.training.ask.labels import LabelledPhoto
from ahash_desktop.training.ask.lesson import LessonPlan
from tests.pictures import render_picture, save_picture
from tests.services.teaching.conftest import HereWorker

PLAN = LessonPlan(name="ducks", base="tiny", device="cpu", views=1)


@pytest.fixture
def check(library, shelf):
    def checked(labelled) -> CheckReport:
        checker = Checker(library, shelf, HereWorker())
        return list(checker.check(labelled, PLAN, FinishToken()))[-1]

    return checked


def found(report, kind):
    return of_kind(report.findings, kind)


def test_good_photos_have_nothing_but_few_of_a_kind(check, kind_folders):
    report = check(load_labelled(kind_folders))
    assert report.may_start
    assert report.n_photos == 24
    assert {finding.kind for finding in report.findings} <= {
        FindingKind.FEW_PHOTOS,
        FindingKind.DOUBTFUL_LABEL,
    }


def test_unreadable_files_are_named_and_can_be_left_out(check, kind_folders):
    broken = kind_folders / "Teal" / "broken.jpg"
    broken.write_bytes(b"no picture")
    labelled = load_labelled(kind_folders)
    (finding,) = found(check(labelled), FindingKind.UNREADABLE)
    assert finding.photos == (broken,)
    assert "broken.jpg" in finding.text
    assert broken not in {p.path for p in follow(labelled, finding, Remedy.EXCLUDE).photos}
    assert broken.exists()


def test_a_kind_with_one_photo_and_one_without_are_told(check, kind_folders):
    save_picture(kind_folders / "Lonely" / "1.png", 77)
    (kind_folders / "Broken").mkdir()
    (kind_folders / "Broken" / "1.png").write_bytes(b"")
    report = check(load_labelled(kind_folders))
    assert found(report, FindingKind.LONE_PHOTO)[0].kinds == ("Lonely",)
    assert found(report, FindingKind.NO_PHOTOS)[0].kinds == ("Broken",)
    assert report.may_start


def test_too_little_is_told_and_blocks(check, tmp_path):
    photos = [LabelledPhoto(save_picture(tmp_path / "one.png", 1), "one", None)]
    report = check(labelled_set(photos))
    assert not report.may_start


def test_copies_and_near_duplicates_stay_on_one_side(check, kind_folders):
    kind = kind_folders / "Gadwall"
    shutil.copy(kind / "0.png", kind / "copy.png")
    picture = render_picture(3, (96, 72))
    picture.resize((60, 45)).save(kind / "smaller.jpg", quality=40)
    picture.crop((5, 4, 91, 68)).save(kind / "cropped.png")
    labelled = load_labelled(kind_folders)
    report = check(labelled)
    groups = {
        frozenset(p.name for p in (*f.photos, *f.beside))
        for f in found(report, FindingKind.NEAR_DUPLICATES)
    }
    assert groups == {
        frozenset({"0.png", "copy.png"}),
        frozenset({"3.png", "smaller.jpg", "cropped.png"}),
    }
    for seed in range(20):
        split = divided(labelled, 0.4, seed, together=report.same_pictures())
        side = {
            photo.path.name: photo.split for photo in split.photos if photo.class_name == "Gadwall"
        }
        assert side["0.png"] == side["copy.png"]
        assert side["3.png"] == side["smaller.jpg"] == side["cropped.png"]


def test_the_same_picture_in_two_kinds_is_told(check, kind_folders):
    shutil.copy(kind_folders / "Gadwall" / "0.png", kind_folders / "Teal" / "other.png")
    (finding,) = found(check(load_labelled(kind_folders)), FindingKind.IN_TWO_KINDS)
    assert finding.kinds == ("Gadwall", "Teal")


@pytest.mark.parametrize("size", [(3, 5), (500, 3), (1, 1)])
def test_pictures_of_odd_shapes_are_told_as_tiny(check, kind_folders, size):
    save_picture(kind_folders / "Teal" / "odd.png", 5, size)
    finding = found(check(load_labelled(kind_folders)), FindingKind.TINY)
    assert [one.photos[0].name for one in finding] == ["odd.png"]


def test_grey_pictures_give_sentences_and_no_duplicates(check, tmp_path):
    for kind in ("灰 色", "grey 😀"):
        for shade in range(6):
            path = tmp_path / "grey" / kind / f"{shade}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (80, 80), (100 + shade + 20 * len(kind),) * 3).save(path)
    report = check(load_labelled(tmp_path / "grey"))
    assert not found(report, FindingKind.NEAR_DUPLICATES)
    assert len(found(report, FindingKind.BLURRED)) == 12
