import numpy as np
import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.data.attribute_table import AttributeTable
from ahash_desktop.training.judging.bit_meanings import (
    Observed,
    areas_under_roc,
    find_meanings,
    name_bits,
    readable,
)

N_CLASSES = 24


@pytest.fixture
def table():
    rng = np.random.default_rng(1)
    values = rng.integers(0, 2, (N_CLASSES, 8)).astype(np.float32)
    names = ("has_breast_color::red", "has_size::small_(5_-_9_in)", *"abcdef")
    return AttributeTable(names, values)


def observe(table, seed, *, noise=0.3):
    """Bit 0 knows attribute 0, bit 1 the opposite of attribute 1, the rest is noise."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(N_CLASSES), 10)
    activations = rng.standard_normal((len(labels), 6)) * noise
    activations[:, 0] += table.values[labels, 0]
    activations[:, 1] -= table.values[labels, 1]
    features = rng.standard_normal((len(labels), 16)).astype(np.float32)
    return Observed(activations, features, labels)


def slow_area(scores, present):
    pairs = [
        1.0 if a > b else 0.5 if a == b else 0.0 for a in scores[present] for b in scores[~present]
    ]
    return np.mean(pairs)


def test_areas_are_those_of_all_pairs():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 5, (40, 3)).astype(float)
    present = rng.random((40, 4)) < 0.4
    expected = [[slow_area(scores[:, t], present[:, a]) for a in range(4)] for t in range(3)]
    assert np.allclose(areas_under_roc(scores, present), expected)


def test_an_attribute_of_all_photos_tells_nothing():
    assert areas_under_roc(np.arange(3.0)[:, None], np.ones((3, 1), bool)).tolist() == [[0.5]]


def test_bits_that_know_an_attribute_are_found_and_noise_is_not(table):
    meanings = find_meanings(observe(table, 0), observe(table, 5), table)
    first, second, *others = meanings.bits
    assert (first.attribute, first.is_reversed) == ("has_breast_color::red", False)
    assert (second.attribute, second.is_reversed) == ("has_size::small_(5_-_9_in)", True)
    assert first.is_meaningful
    assert second.is_meaningful
    assert not any(entry.is_meaningful for entry in others)
    assert meanings.share_meaningful == pytest.approx(2 / 6)
    assert set(meanings.nulls) == {"permuted", "random", "pca_itq"}
    assert all(0.4 < bar < 0.95 for bar in meanings.nulls.values())
    names = name_bits(meanings)
    assert names[0].startswith(("red breast, 0.9", "red breast, 1.0"))
    assert names[1].startswith(("not small bird, 0.9", "not small bird, 1.0"))
    assert names[2:] == (None,) * 4


def test_attributes_that_are_rare_or_not_known_everywhere_are_left_out(table):
    values = table.values.copy()
    values[:, 0] = 0
    values[3, 1] = np.nan
    partly = AttributeTable(table.names, values)
    meanings = find_meanings(observe(table, 0), observe(table, 5), partly)
    assert not {entry.attribute for entry in meanings.bits} & set(table.names[:2])


def test_the_same_seed_finds_the_same(table):
    one, two = (find_meanings(observe(table, 0), observe(table, 5), table) for _ in range(2))
    assert one.to_json() == two.to_json()


def test_a_table_that_tells_no_classes_apart_is_refused(table):
    same = AttributeTable(table.names, np.ones_like(table.values))
    with pytest.raises(UserFacingError, match="No attribute"):
        find_meanings(observe(table, 0), observe(table, 5), same)


def test_more_bits_than_features_have_directions_are_judged_too(table):
    few, judged = observe(table, 0), observe(table, 5)
    few, judged = (
        Observed(part.activations, part.features[:, :3], part.labels) for part in (few, judged)
    )
    meanings = find_meanings(few, judged, table)
    assert len(meanings.bits) == 6
    assert set(meanings.null_medians) == {"permuted", "random", "pca_itq"}


def test_bits_that_only_know_their_classes_mean_no_more_than_permuted_attributes(table):
    rng = np.random.default_rng(3)
    signs = rng.choice([-1.0, 1.0], (N_CLASSES, 32))
    parts = []
    for seed in (0, 5):
        plain = observe(table, seed)
        noise = np.random.default_rng(seed).standard_normal((len(plain.labels), 32))
        parts.append(Observed(signs[plain.labels] + noise, plain.features, plain.labels))
    meanings = find_meanings(parts[0], parts[1], table)
    assert meanings.median_auroc > 0.6
    assert meanings.share_meaningful < 0.25
    low, high = meanings.share_meaningful_95
    assert low <= meanings.share_meaningful <= high


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("has_breast_color::red", "red breast"),
        ("has_upper_tail_color::grey", "grey upper tail"),
        ("has_bill_shape::hooked_seabird", "hooked seabird bill"),
        ("has_bill_length::longer_than_head", "bill longer than head"),
        ("has_wing_pattern::multi-colored", "multi-colored wing"),
        ("has_size::small_(5_-_9_in)", "small bird"),
        ("has_shape::perching-like", "perching-like"),
        ("has_primary_color::black", "mostly black"),
        ("has_tail_shape::notched_tail", "notched tail"),
        ("shiny", "shiny"),
    ],
)
def test_labels_become_words(label, words):
    assert readable(label) == words
