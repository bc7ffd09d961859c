"""Kinds that the network was taught by others join in, and own names come before them."""

from ahash_desktop.services.teaching.suggesting import Suggestion, Suggestions
from ahash_desktop.services.teaching.taught_elsewhere import with_told
from ahash_desktop.training.ask.bird_names import ToldKind

JAY = ToldKind("Cyanocitta cristata (Blue Jay)", 0.9)
TEAL = ToldKind("Anas crecca (Green-winged Teal)", 0.06)


def own(photo_id, name, *, is_sure):
    return Suggestion(photo_id, name, 0.97 if is_sure else 0.5, is_sure, 9, 14)


def joined(suggestions, told, refused=None, labels=frozenset()):
    found = with_told(Suggestions(tuple(suggestions), 20, 0.8), told, refused or {}, labels)
    return {
        each.photo_id: (each.name, each.is_sure, each.from_network) for each in found.suggestions
    }


def test_own_names_that_are_sure_stay_and_others_give_way():
    found = joined(
        [own(1, "Jay", is_sure=True), own(2, "Jay", is_sure=False)],
        {1: (JAY, TEAL), 2: (JAY, TEAL), 3: (JAY,), 4: (TEAL,), 5: ()},
    )
    assert found == {
        1: ("Jay", True, False),
        2: ("Blue Jay", True, True),
        3: ("Blue Jay", True, True),
    }


def test_what_the_network_is_not_sure_of_fills_gaps_only():
    maybe = ToldKind("Cyanocitta cristata (Blue Jay)", 0.5)
    found = joined([own(1, "Jay", is_sure=False)], {1: (maybe,), 2: (maybe,)})
    assert found == {1: ("Jay", False, False), 2: ("Blue Jay", False, True)}


def test_refused_names_are_passed_over_and_own_spelling_counts():
    assert joined([], {1: (JAY, TEAL)}, {1: frozenset({"Blue Jay"})}) == {}
    found = joined([], {1: (JAY,)}, labels=frozenset({"blue jay"}))
    assert found == {1: ("blue jay", True, True)}


def test_a_kind_without_a_common_name_has_its_scientific_one():
    assert ToldKind("Cyanocitta cristata", 0.9).short_name == "Cyanocitta cristata"
    assert JAY.short_name == "Blue Jay"
