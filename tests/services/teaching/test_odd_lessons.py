"""Photos that no one would teach with: every lesson ends in a report or in one sentence."""

import os
import shutil
from dataclasses import replace

import pytest
from PIL import Image

from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import FinishToken
from ahash_desktop.services.teaching.checking import Checker
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.kinds import divided, labelled_set
from ahash_desktop.training.ask.lesson import Depth, LessonPlan, LessonProgress, LessonReport
from tests.pictures import save_picture
from tests.services.teaching.conftest import HereWorker

PLAN = LessonPlan(name="odd", base="tiny", device="cpu", views=1, n_threads=1)


def grey(path, shade=90):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (60, 50), (shade,) * 3).save(path)


def taught(lessons, folder, **changes) -> LessonReport:
    plan = replace(PLAN, **changes)
    lesson = lessons.begin(plan, load_labelled(folder))
    return list(lessons.run(lesson.lesson_id, FinishToken()))[-1]


def test_three_kinds_of_five_photos_are_enough(lessons, tmp_path):
    for kind in range(3):
        for photo in range(5):
            save_picture(tmp_path / "odd" / f"kind {kind}" / f"{photo}.png", 50 * kind + photo)
    assert taught(lessons, tmp_path / "odd").n_kinds == 3


def test_hundreds_of_kinds_of_three_photos_are_taught(lessons, tmp_path):
    for kind in range(120):
        for photo in range(3):
            grey(tmp_path / "odd" / f"{kind:03}" / f"{photo}.png", kind + photo)
    report = taught(lessons, tmp_path / "odd")
    assert report.n_kinds == 120
    assert report.n_validating == 0
    assert report.verdict.value == "unknown"


def test_a_large_kind_beside_a_small_one_is_taught(lessons, tmp_path):
    for photo in range(120):
        save_picture(tmp_path / "odd" / "many" / f"{photo}.png", photo, (40, 30))
    for photo in range(5):
        save_picture(tmp_path / "odd" / "few 少 😀" / f"{photo}.png", 500 + photo, (40, 30))
    report = taught(lessons, tmp_path / "odd")
    assert {score.kind for score in report.kinds} == {"many", "few 少 😀"}


def test_grey_pictures_and_strips_are_taught_or_refused_in_a_sentence(lessons, tmp_path):
    for kind in ("一", "二"):
        for photo in range(6):
            grey(tmp_path / "odd" / kind / f"{photo}.png")
    save_picture(tmp_path / "odd" / "一" / "strip.png", 1, (500, 3))
    save_picture(tmp_path / "odd" / "二" / "dot.png", 2, (3, 5))
    assert taught(lessons, tmp_path / "odd").verdict.value != "better"


def test_one_readable_kind_is_refused_in_a_sentence(lessons, tmp_path):
    for photo in range(4):
        save_picture(tmp_path / "odd" / "good" / f"{photo}.png", photo)
        (tmp_path / "odd" / "bad").mkdir(exist_ok=True)
        (tmp_path / "odd" / "bad" / f"{photo}.png").write_bytes(b"nothing")
    with pytest.raises(UserFacingError, match="two kinds"):
        taught(lessons, tmp_path / "odd")


@pytest.mark.parametrize("depth", [Depth.QUICK, Depth.STANDARD])
def test_photos_that_go_while_a_lesson_runs_are_left_out(lessons, kind_folders, depth):
    plan = replace(PLAN, depth=depth, n_epochs=2, batch_size=8)
    lesson = lessons.begin(plan, load_labelled(kind_folders))
    gone = sorted(kind_folders.rglob("*.png"))[::5]
    for record in lessons.run(lesson.lesson_id, FinishToken()):
        if isinstance(record, LessonProgress) and record.phase in ("learning", "judging"):
            for path in gone:
                path.unlink(missing_ok=True)
    assert isinstance(record, LessonReport)


def test_copies_everywhere_are_taught_and_stay_on_one_side(lessons, library, shelf, tmp_path):
    """Every photo is there six times, so that a division by chance would only ask for copies."""
    for kind in ("甲 鸭 🦆", "b"):
        for number in range(4):
            first = save_picture(tmp_path / "odd" / kind / f"{number}.png", ord(kind[0]) + number)
            for copy in range(5):
                shutil.copy(first, first.with_name(f"{number} copy {copy}.png"))
    labelled = load_labelled(tmp_path / "odd")
    checker = Checker(library, shelf, HereWorker())
    *_, checked = checker.check(labelled, PLAN, FinishToken())
    sided = divided(labelled, 0.25, 0, together=checked.same_pictures())
    by_picture = {(photo.class_name, photo.path.name[0]): set() for photo in sided.photos}
    for photo in sided.photos:
        by_picture[photo.class_name, photo.path.name[0]].add(photo.split)
    assert all(len(sides) == 1 for sides in by_picture.values())
    lesson = lessons.begin(PLAN, sided)
    report = list(lessons.run(lesson.lesson_id, FinishToken()))[-1]
    assert isinstance(report, LessonReport)
    assert {score.kind for score in report.kinds} <= {"甲 鸭 🦆", "b"}


@pytest.mark.parametrize("phase", ["reading", "learning", "judging"])
def test_a_drive_that_goes_in_the_middle_ends_in_a_sentence_and_it_goes_on_later(
    lessons, tmp_path, monkeypatch, phase
):
    monkeypatch.setattr("ahash_desktop.training.network.kept_features._REPORT_EVERY_S", 0.0)
    drive = tmp_path / "drive"
    for kind in ("Gadwall", "Teal"):
        for photo in range(40):
            save_picture(drive / kind / f"{photo}.png", ord(kind[0]) + photo, (40, 30))
    plan = replace(PLAN, depth=Depth.STANDARD, n_epochs=2, batch_size=8)
    lesson = lessons.begin(plan, load_labelled(drive))
    aside = tmp_path / "unplugged"

    def unplugged():
        for record in lessons.run(lesson.lesson_id, FinishToken()):
            if isinstance(record, LessonProgress) and record.phase == phase and drive.exists():
                drive.rename(aside)

    with pytest.raises(UserFacingError, match="no longer there"):
        unplugged()
    assert [entry.lesson_id for entry in lessons.unfinished()] == [lesson.lesson_id]
    aside.rename(drive)
    report = list(lessons.run(lesson.lesson_id, FinishToken()))[-1]
    assert isinstance(report, LessonReport)
    assert report.n_photos + report.n_validating == 80


CHANGES = {
    "deleted": lambda path: path.unlink(),
    "moved": lambda path: path.rename(path.with_name("elsewhere.png")),
    "touched": lambda path: os.utime(path, (1, 1)),
    "unreadable": lambda path: path.write_bytes(b"nothing"),
}


@pytest.mark.parametrize(
    ("depth", "change"),
    [*((Depth.STANDARD, change) for change in CHANGES), (Depth.THOROUGH, "deleted")],
)
def test_a_lesson_that_was_broken_off_goes_on_though_a_photo_changed(
    lessons, kind_folders, depth, change
):
    plan = replace(PLAN, depth=depth, n_epochs=2, batch_size=8)
    lesson = lessons.begin(plan, load_labelled(kind_folders))
    break_off(lessons, lesson.lesson_id)
    CHANGES[change](next(p.path for p in lesson.labelled.photos if p.split == "train"))
    *records, report = lessons.run(lesson.lesson_id, FinishToken())
    assert isinstance(report, LessonReport)
    told = [notice for record in records for notice in record.notices]
    assert "Photos changed since: the learning begins anew" in told
    curves = [record.curve for record in records if record.phase == "learning" and record.curve]
    assert [point.at for point in curves[-1]] == [0, 1, 2]
    assert not (lessons.features.parent / lesson.lesson_id / ".trained.training").exists()


def test_a_lesson_waits_for_the_drive_of_some_of_its_photos(lessons, tmp_path):
    drive, home = tmp_path / "drive", tmp_path / "home"
    for folder in (drive / "Heron", home / "Gadwall", home / "Teal"):
        for photo in range(24 if folder.parent == home else 12):
            save_picture(folder / f"{photo}.png", ord(folder.name[0]) + photo, (40, 30))
    photos = (*load_labelled(home).photos, *load_labelled(drive).photos)
    plan = replace(PLAN, depth=Depth.STANDARD, n_epochs=2, batch_size=8)
    lesson = lessons.begin(plan, labelled_set(photos, ()))
    break_off(lessons, lesson.lesson_id)
    drive.rename(tmp_path / "unplugged")
    with pytest.raises(UserFacingError, match="12 photos cannot be reached now") as refused:
        list(lessons.run(lesson.lesson_id, FinishToken()))
    assert refused.value.path == drive / "Heron"
    (tmp_path / "unplugged").rename(drive)
    *records, report = lessons.run(lesson.lesson_id, FinishToken())
    assert isinstance(report, LessonReport)
    assert not [notice for record in records for notice in record.notices if "anew" in notice]


def test_a_kind_that_was_deleted_among_others_is_no_drive_that_is_away(lessons, kind_folders):
    plan = replace(PLAN, depth=Depth.STANDARD, n_epochs=2, batch_size=8)
    lesson = lessons.begin(plan, load_labelled(kind_folders))
    break_off(lessons, lesson.lesson_id)
    shutil.rmtree(min(kind_folders.iterdir(), key=lambda kind: len(list(kind.iterdir()))))
    *records, report = lessons.run(lesson.lesson_id, FinishToken())
    assert isinstance(report, LessonReport)
    told = [notice for record in records for notice in record.notices]
    assert "Photos changed since: the learning begins anew" in told


def test_a_lesson_whose_state_was_damaged_begins_anew(lessons, kind_folders):
    plan = replace(PLAN, depth=Depth.STANDARD, n_epochs=2, batch_size=8)
    lesson = lessons.begin(plan, load_labelled(kind_folders))
    break_off(lessons, lesson.lesson_id)
    (state,) = lessons.features.parent.rglob("checkpoint.safetensors")
    state.write_bytes(b"nothing")
    *records, report = lessons.run(lesson.lesson_id, FinishToken())
    assert isinstance(report, LessonReport)
    assert any("damaged" in notice for record in records for notice in record.notices)


def break_off(lessons, lesson_id):
    """Ends a lesson in the second epoch of its network, as closing the program does."""
    token = FinishToken()
    running = lessons.run(lesson_id, token)
    next(record for record in running if record.epoch == 1)
    token.cancel()
    with pytest.raises(Cancelled):
        list(running)
