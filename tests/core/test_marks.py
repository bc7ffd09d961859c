"""What is said of two photos, compared."""

import pytest

from ahash_desktop.core.marks import Comparison, Unlike, compare
from ahash_desktop.core.statements import HAS, HAS_NOT, Statement


def said(attribute: str, says: str = HAS, confidence: float = 0.95) -> Statement:
    return Statement(0, attribute.replace("::", " "), "", attribute, says, confidence)


def test_what_both_have_and_neither_has_is_told_in_the_order_of_the_first() -> None:
    first = [said("crown::red", confidence=0.92), said("throat::red"), said("nape::blue", HAS_NOT)]
    second = [said("throat::red"), said("crown::red"), said("nape::blue", HAS_NOT), said("eye::x")]
    told = compare(first, second)
    assert [each.attribute for each in told.both] == ["crown::red", "throat::red"]
    assert [each.attribute for each in told.neither] == ["nape::blue"]
    assert told.unlike == ()


def test_what_is_said_of_one_photo_alone_tells_nothing() -> None:
    told = compare([said("crown::red")], [said("throat::red")])
    assert told == Comparison((), (), ())
    assert not told


@pytest.mark.parametrize("turned", [False, True])
def test_a_contradiction_is_told_once_with_what_is_there_instead(turned: bool) -> None:
    streaked, plain = said("back::streaked"), said("back::plain")
    first = [streaked, said("back::plain", HAS_NOT)]
    second = [said("back::streaked", HAS_NOT), plain]
    told = compare(second, first) if turned else compare(first, second)
    (unlike,) = told.unlike
    assert {unlike.mark, unlike.instead} == {streaked, plain}
    assert unlike.first_has == ((unlike.mark == streaked) != turned)


def test_a_contradiction_says_nothing_of_what_is_not_said() -> None:
    has, has_not = said("crown::red"), said("crown::red", HAS_NOT)
    assert compare([has], [has_not, said("throat::red")]).unlike == (Unlike(has, True, None),)
    assert compare([has_not], [has]).unlike == (Unlike(has, False, None),)
