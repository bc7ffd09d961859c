"""Lessons from beginning to end, in the process they really run in."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import FinishToken
from ahash_desktop.hashing.bundle import verify_bundle
from ahash_desktop.services.teaching.lessons import Lessons
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.lesson import (
    Depth,
    LessonPlan,
    LessonProgress,
    LessonReport,
    LessonState,
    OtherPhoto,
    Verdict,
)
from ahash_desktop.training.ask.lesson_files import load_standing
from tests.pictures import save_picture
from tests.services.teaching.conftest import HereWorker

PLAN = LessonPlan(name="ducks", base="tiny", validation_share=0.25, device="cpu", n_threads=1)


@pytest.fixture
def others(tmp_path):
    return [
        OtherPhoto(save_picture(tmp_path / f"other {number}.png", 900 + number))
        for number in range(24)
    ]


def test_a_quick_lesson_is_taught_judged_and_put_on_the_shelf(lessons, shelf, kind_folders, others):
    lesson = lessons.begin(PLAN, load_labelled(kind_folders), others)
    assert [entry.state for entry in lessons.all()] == [LessonState.READY]
    records = list(lessons.run(lesson.lesson_id, FinishToken()))
    report = records[-1]
    assert isinstance(report, LessonReport)
    phases = [record.phase for record in records if isinstance(record, LessonProgress)]
    assert list(dict.fromkeys(phases)) == ["reading", "learning", "judging"]
    assert report.verdict in Verdict
    assert report.why
    assert report.n_kinds == 3
    assert report.n_photos + report.n_validating == 24
    assert len(report.before_queries) == len(report.after_queries) == 3
    assert lessons.report(lesson.lesson_id) == report
    assert [entry.state for entry in lessons.all()] == [LessonState.JUDGED]
    info = lessons.shelve(lesson.lesson_id, "my ducks")
    assert info.manifest.model_id == report.model_id
    assert verify_bundle(info.folder).name == "my ducks"
    assert lessons.shelve(lesson.lesson_id, "another name").folder == info.folder
    lessons.discard(lesson.lesson_id)
    assert not lessons.all()
    assert shelf.get("my ducks").manifest.model_id == report.model_id


def test_a_lesson_in_its_own_process_is_the_same(lessons, lessons_apart, kind_folders):
    labelled = load_labelled(kind_folders)
    lesson = lessons_apart.begin(PLAN, labelled)
    report = list(lessons_apart.run(lesson.lesson_id, FinishToken()))[-1]
    here = lessons.begin(PLAN, labelled)
    assert list(lessons.run(here.lesson_id, FinishToken()))[-1].model_id == report.model_id


def test_a_cancelled_lesson_is_offered_again_and_ends_the_same(lessons, kind_folders):
    whole = lessons.begin(PLAN, load_labelled(kind_folders))
    expected = list(lessons.run(whole.lesson_id, FinishToken()))[-1]
    lesson = lessons.begin(replace(PLAN, name="again"), load_labelled(kind_folders))
    token = FinishToken()
    running = lessons.run(lesson.lesson_id, token)
    next(running)
    token.cancel()
    with pytest.raises(Cancelled):
        list(running)
    assert [entry.lesson_id for entry in lessons.unfinished()] == [lesson.lesson_id]
    report = list(lessons.run(lesson.lesson_id, FinishToken()))[-1]
    assert report.model_id == expected.model_id
    assert not lessons.unfinished()


def test_a_name_is_checked_against_shipped_models_and_systems(lessons, kind_folders):
    assert lessons.check_name("Tiny")
    assert lessons.check_name("a/b")
    assert lessons.check_name("my ducks") is None
    with pytest.raises(UserFacingError):
        lessons.begin(replace(PLAN, name="a/b"), load_labelled(kind_folders))


@pytest.mark.parametrize("depth", [Depth.STANDARD, Depth.THOROUGH])
def test_a_deeper_lesson_goes_on_from_the_fitted_layer(lessons, kind_folders, others, depth):
    plan = replace(PLAN, depth=depth, n_epochs=2, batch_size=8)
    lesson = lessons.begin(plan, load_labelled(kind_folders), others)
    records = list(lessons.run(lesson.lesson_id, FinishToken()))
    report = records[-1]
    assert report.depth == depth
    learning = [record for record in records[:-1] if record.phase == "learning" and record.curve]
    assert [point.at for point in learning[-1].curve] == [0, 1, 2]
    quick = lessons.begin(replace(PLAN, name="quick"), load_labelled(kind_folders), others)
    quick_report = list(lessons.run(quick.lesson_id, FinishToken()))[-1]
    assert report.after.as_shown >= quick_report.after.as_shown


def test_a_lesson_asked_to_finish_keeps_the_best_it_has(lessons, kind_folders):
    plan = replace(PLAN, depth=Depth.STANDARD, n_epochs=500, batch_size=8)
    lesson = lessons.begin(plan, load_labelled(kind_folders))
    token = FinishToken()
    for record in lessons.run(lesson.lesson_id, token):
        if isinstance(record, LessonProgress) and record.epoch == 1:
            token.finish()
    assert isinstance(record, LessonReport)


def test_memory_that_runs_out_halves_the_batch_and_is_told(library, shelf, kind_folders):
    asked = []

    class ShortWorker(HereWorker):
        def records(self, work, arguments, token):
            asked.append(arguments[-1])
            if len(asked) < 3:
                yield LessonProgress("learning", 0, 2, n_epochs=2)
                raise MemoryError
            yield from super().records(work, arguments, token)

    lessons = Lessons(library, shelf, ShortWorker())
    plan = replace(PLAN, depth=Depth.STANDARD, n_epochs=1)
    lesson = lessons.begin(plan, load_labelled(kind_folders))
    records = list(lessons.run(lesson.lesson_id, FinishToken()))
    assert asked == [0, 32, 16]
    told = [notice for record in records[:-1] for notice in record.notices]
    assert [word for notice in told for word in notice.split() if word.isdigit()] == ["32", "16"]
    assert isinstance(records[-1], LessonReport)


@pytest.mark.parametrize(
    ("depth", "last"),
    [
        (Depth.QUICK, LessonProgress("learning", 1, 2)),
        (Depth.QUICK, LessonProgress("judging", 0, 1)),
        (Depth.STANDARD, LessonProgress("reading", 1, 2)),
        (Depth.STANDARD, LessonProgress("learning", 1, 2)),
        (Depth.STANDARD, LessonProgress("judging", 0, 1)),
        (Depth.THOROUGH, None),
    ],
)
def test_memory_that_a_smaller_batch_does_not_help_is_told_once(
    library, shelf, kind_folders, depth, last
):
    asked = []

    class ShortWorker:
        def records(self, work, arguments, token):
            asked.append(arguments[-1])
            if last is not None:
                yield last
            raise MemoryError

    lessons = Lessons(library, shelf, ShortWorker())
    lesson = lessons.begin(replace(PLAN, depth=depth), load_labelled(kind_folders))
    with pytest.raises(UserFacingError, match="memory of this machine"):
        list(lessons.run(lesson.lesson_id, FinishToken()))
    assert asked == [0]
    assert load_standing(lessons.features.parent / lesson.lesson_id).batch_size == 0


@pytest.mark.parametrize("n_bits", [8, 24])
def test_a_lesson_may_have_fewer_or_more_bits(lessons, kind_folders, others, n_bits):
    lesson = lessons.begin(replace(PLAN, n_bits=n_bits), load_labelled(kind_folders), others)
    report = list(lessons.run(lesson.lesson_id, FinishToken()))[-1]
    assert report.n_bits == n_bits
    assert lessons.shelve(lesson.lesson_id, "sized").manifest.n_bits == n_bits


def test_more_bits_than_photos_can_tell_are_refused_in_a_sentence(lessons, kind_folders):
    lesson = lessons.begin(replace(PLAN, n_bits=512), load_labelled(kind_folders))
    with pytest.raises(UserFacingError, match="fewer bits"):
        list(lessons.run(lesson.lesson_id, FinishToken()))


@pytest.mark.parametrize("clock", ["goes on", "stands", "is set back"])
def test_what_a_model_was_taught_with_is_known_through_all_its_lessons(
    lessons, shelf, kind_folders, tmp_path, monkeypatch, clock
):
    if clock != "goes on":
        step = {"stands": timedelta(0), "is set back": timedelta(days=-1)}[clock]
        times = (datetime(2026, 5, 1, tzinfo=UTC) + number * step for number in itertools.count())
        monkeypatch.setattr(
            "ahash_desktop.services.teaching.lessons.datetime",
            SimpleNamespace(now=lambda _zone: next(times)),
        )
    first = lessons.begin(replace(PLAN, name="first"), load_labelled(kind_folders))
    list(lessons.run(first.lesson_id, FinishToken()))
    info = lessons.shelve(first.lesson_id, "first")
    for number in range(6):
        save_picture(tmp_path / "more" / "a" / f"{number}.png", 300 + number)
        save_picture(tmp_path / "more" / "b" / f"{number}.png", 400 + number)
    labelled = load_labelled(tmp_path / "more")
    second = lessons.begin(replace(PLAN, name="second", base="first", seed=1), labelled)
    report = list(lessons.run(second.lesson_id, FinishToken()))[-1]
    learned = lessons.learned_from(info.manifest.model_id)
    assert len(learned) == 18
    assert all(path.is_relative_to(kind_folders) for path in learned)
    both = lessons.learned_from(report.model_id)
    assert learned < both
    assert len(both) == 18 + report.n_photos
    assert not lessons.learned_from(shelf.get("tiny").manifest.model_id)


def test_a_lesson_says_how_close_matches_are_and_names_its_kinds(lessons, kind_folders, others):
    for kind in range(3):
        for photo in range(40):
            folder = kind_folders / sorted(path.name for path in kind_folders.iterdir())[kind]
            save_picture(folder / f"more {photo}.png", 100 * kind + photo, (50, 40))
    known = [replace(other, kind=f"{row % 4}") for row, other in enumerate(others)]
    plan = replace(PLAN, validation_share=0.4, views=1)
    lesson = lessons.begin(plan, load_labelled(kind_folders), known)
    report = list(lessons.run(lesson.lesson_id, FinishToken()))[-1]
    manifest = lessons.shelve(lesson.lesson_id, "close").manifest
    assert [each["kind"] for each in manifest.kind_names] == [each.kind for each in report.names]
    assert manifest.closeness_curve is None, "so few other photos tell nothing of closeness"
