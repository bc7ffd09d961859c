"""Recipes and the parts that can be left out of them."""

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.ask.recipes import BALANCED, PAPER, get_recipe


@pytest.mark.parametrize(
    ("recipe", "part"),
    [
        ("balanced", "attributes"),
        ("paper", "reconstruction"),
        ("paper", "decorrelation"),
        ("patent", "reconstruction"),
        ("patent", "decorrelation"),
    ],
)
def test_a_loss_is_left_out(recipe, part):
    assert getattr(get_recipe(recipe).losses, part.replace("-", "_")) > 0
    assert getattr(get_recipe(recipe, (part,)).losses, part.replace("-", "_")) == 0


def test_the_repairs_can_be_undone_one_by_one():
    undone = get_recipe("balanced", ("bit-norm", "learned-share"))
    assert not undone.normalise_bits
    assert not undone.shares_tried
    assert get_recipe("balanced", ("local",)).n_local == 0


def test_all_recipes_see_the_same_pictures():
    assert PAPER.stages == BALANCED.stages == get_recipe("ortho").stages


def test_unknown_names_are_refused_with_those_that_are_known():
    with pytest.raises(UserFacingError, match="balanced, patent, paper, ortho, adsh"):
        get_recipe("best")
    with pytest.raises(UserFacingError, match="reconstruction"):
        get_recipe("balanced", ("everything",))


@pytest.mark.parametrize("part", ["pair", "adsh", "decorrelation", "reconstruction"])
def test_a_part_that_a_recipe_does_not_have_cannot_be_left_out(part):
    with pytest.raises(UserFacingError, match="'balanced' has no part"):
        get_recipe("balanced", (part,))


@pytest.mark.parametrize(
    ("recipe", "part"),
    [("balanced", "class-codes"), ("paper", "pair"), ("patent", "pair"), ("ortho", "ortho")],
)
def test_what_alone_tells_the_classes_cannot_be_left_out(recipe, part):
    with pytest.raises(UserFacingError, match="learns nothing of the classes"):
        get_recipe(recipe, (part,))
