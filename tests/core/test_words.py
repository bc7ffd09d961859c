import pytest

from ahash_desktop.core.kinds import kind_of_folder
from ahash_desktop.core.words import Lack, Term, Topic, Word, complete, read_one, read_words

RED = Word("crown::red", Topic.MARK, ("red crown", "红色的头顶"), "红色的头顶", 7, 90)
BLUE = Word("crown::blue", Topic.MARK, ("blue crown", "蓝色的头顶"), "蓝色的头顶", None, 60)
SPOTTED = Word("breast::spotted", Topic.MARK, ("spotted breast", "胸部有斑点"), "胸部有斑点", 3, 20)
BLACK = Word("crown::black", Topic.MARK, ("black crown",), "", 30, None)
TWO = Word("wing::both", Topic.MARK, ("black and white wing",), "", 2, 2)
JAY = Word("Blue Jay", Topic.KIND, ("Blue Jay",), "", 12, 88)
KNOWN = (RED, BLUE, SPOTTED, BLACK, TWO, JAY)


def asked(text):
    reading = read_words(text, KNOWN)
    return [(term.key, term.is_denied) for term in reading.terms], [
        (each.text, each.lack) for each in reading.unsaid
    ]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("red crown", [("crown::red", False)]),
        ("  Red   Crown , ", [("crown::red", False)]),
        ("crown red", [("crown::red", False)]),
        ("a red crown; with spotted-breast", [("crown::red", False), ("breast::spotted", False)]),
        ("red crown, not spotted breast", [("crown::red", False), ("breast::spotted", True)]),
        ("no red crown", [("crown::red", True)]),
        ("without red crown", [("crown::red", True)]),
        ("-red crown", [("crown::red", True)]),
        ("not blue crown", [("crown::blue", True)]),
        ("red crown and black crown", [("crown::red", False), ("crown::black", False)]),
        ("black and white wing", [("wing::both", False)]),
        ("blue jay, not red crown", [("Blue Jay", False), ("crown::red", True)]),
        ("红色的头顶，没有胸部有斑点", [("crown::red", False), ("breast::spotted", True)]),
        ("红头顶", [("crown::red", False)]),
        ("无红色的头顶", [("crown::red", True)]),
        ("red crown, red crown", [("crown::red", False)]),
        ("", []),
    ],
)
def test_words_are_understood_in_both_languages(text, terms):
    assert asked(text) == (terms, [])


@pytest.mark.parametrize(
    ("text", "unsaid"),
    [
        ("white wing bar", ("white wing bar", Lack.UNKNOWN)),
        ("not white wing bar", ("not white wing bar", Lack.UNKNOWN)),
        ("blue crown", ("blue crown", Lack.NEVER_SURE)),
        ("not black crown", ("not black crown", Lack.NEVER_SURE_NOT)),
        ("nothing", ("nothing", Lack.UNKNOWN)),
    ],
)
def test_what_cannot_be_said_is_told_beside_what_can(text, unsaid):
    assert asked(f"red crown, {text}") == ([("crown::red", False)], [unsaid])


def test_what_is_near_is_named_if_it_can_be_asked():
    (unsaid,) = read_words("purple crown", KNOWN).unsaid
    assert [word.name for word in unsaid.near] == ["black crown", "red crown"]
    (unsaid,) = read_words("紫色的头顶", KNOWN).unsaid
    assert unsaid.near[0] == RED


def test_a_known_mark_that_is_never_said_is_named_for_what_else_can_be_done():
    (unsaid,) = read_words("blue crown", KNOWN).unsaid
    assert unsaid.word == BLUE


def test_one_name_is_read_as_it_stands():
    assert read_one("red crown", KNOWN, is_denied=True) == Term("crown::red", Topic.MARK, True)
    assert read_one("not red crown", KNOWN, is_denied=False).lack is Lack.UNKNOWN


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("cro", ["black crown", "red crown"]),
        ("CROWN r", ["red crown"]),
        ("not cro", ["red crown", "blue crown"]),
        ("red crown, ", ["black crown", "Blue Jay", "spotted breast", "black and white wing"]),
        ("red crown, bl j", ["Blue Jay"]),
        ("头", ["red crown"]),
        ("头顶，没有胸", ["spotted breast"]),
        ("purple", []),
    ],
)
def test_completions_are_what_most_photos_answer_first(text, offered):
    assert [word.name for word, _ in complete(text, KNOWN, 10)] == offered


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("073.Blue_Jay", "Blue Jay"),
        ("12 - Puffins", "Puffins"),
        ("Aston Martin Virage Coupe 2012", "Aston Martin Virage Coupe 2012"),
        ("红隼", "红隼"),
        ("birds", "birds"),
        ("2024", None),
        ("2024-05-01", None),
        ("May 2024", None),
        ("2024年5月", None),
        ("DCIM", None),
        ("100CANON", None),
        ("101_PANA", None),
        ("Photos", None),
        ("export", None),
        ("照片", None),
    ],
)
def test_a_folder_is_named_after_a_kind_or_not(folder, kind):
    assert kind_of_folder(folder) == kind
