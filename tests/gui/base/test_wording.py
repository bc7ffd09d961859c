import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import ProblemKind
from ahash_desktop.gui.base import wording


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "1 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3540, "59 min"),
        (3599, "1 h"),
        (4860, "1 h 21 min"),
    ],
)
def test_durations_are_rough(seconds, text):
    assert wording.duration_text(seconds) == text


@pytest.mark.parametrize(
    ("n_photos", "text"), [(0, "0 photos"), (1, "1 photo"), (13306, "13,306 photos")]
)
def test_counts_have_separators(n_photos, text):
    assert wording.photos_text(n_photos) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0004, "0.4 ms"), (0.0123, "12 ms"), (1.26, "1.3 s")]
)
def test_search_times_are_short(seconds, text):
    assert wording.search_time_text(seconds) == text


@pytest.mark.parametrize(
    ("distance", "text"),
    [(0.0, "all 64 bits agree"), (7.0, "7 of 64 bits differ"), (7.5, "7.5 of 64 bits differ")],
)
def test_distances_are_sentences(distance, text):
    assert wording.distance_text(distance, 64) == text


def test_every_kind_of_problem_has_a_word():
    texts = [wording.problem_kind_text(kind) for kind in ProblemKind]
    assert len(set(texts)) == len(texts)


def test_an_error_to_act_on_speaks_for_itself():
    error = UserFacingError("the disk is full", path="/photos", remedy="Make room")
    assert wording.error_text(error) == "The disk is full: /photos. Make room."
    assert "ValueError: oh" in wording.error_text(ValueError("oh"))


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Add &folder…", "Add folder"), ("添加文件夹(&F)…", "添加文件夹"), ("退出(&Q)", "退出")],
)
def test_a_menus_text_loses_its_underlined_letter_and_dots(text, plain):
    assert wording.plain_menu_text(text) == plain
