import numpy as np
import pytest
from scipy import ndimage

from ahash_desktop.core.records import OTHER, WHOLE_PICTURE, Region
from ahash_desktop.hashing.subject import (
    find_box,
    groups_of,
    label_parts,
    make_subject,
    tell_domain,
    within,
)

DOMAINS = ("bird", "car")


def spot(left, top, right, bottom, side=12, level=1.0):
    """A map that is `level` within a block of cells and 0.1 elsewhere."""
    attention = np.full((side, side), 0.1, dtype=np.float32)
    attention[top:bottom, left:right] = level
    return attention


@pytest.mark.parametrize("block", [(2, 3, 6, 9), (0, 0, 3, 3), (8, 7, 12, 12), (5, 0, 6, 12)])
def test_the_box_lies_around_the_bright_part(block):
    left, top, right, bottom = (edge / 12 for edge in block)
    box = find_box(spot(*block), 0.5)
    found = (box.x, box.y, box.x + box.width, box.y + box.height)
    assert found == pytest.approx((left, top, right, bottom), abs=0.05)


def test_a_second_smaller_spot_does_not_widen_the_box():
    attention = spot(1, 1, 6, 6)
    attention[10, 10] = 1.0
    box = find_box(attention, 0.5)
    assert box.x + box.width < 0.6
    assert box.y + box.height < 0.6


def _slow_box(attention, level):
    """The same by scipy."""
    height, width = attention.shape
    rows, columns = ((np.arange(n * 16) + 0.5) / 16 - 0.5 for n in (height, width))
    places = np.meshgrid(rows, columns, indexing="ij")
    fine = ndimage.map_coordinates(attention, places, order=1, mode="nearest")
    parts, n_parts = ndimage.label(fine >= level * fine.max())
    weights = ndimage.sum_labels(fine, parts, np.arange(1, n_parts + 1))
    down, across = ndimage.find_objects(parts)[int(np.argmax(weights))]
    high, wide = fine.shape
    return (
        across.start / wide,
        down.start / high,
        (across.stop - across.start) / wide,
        (down.stop - down.start) / high,
    )


def test_boxes_of_any_maps_are_those_that_scipy_finds():
    random = np.random.default_rng(3)
    for _ in range(60):
        attention = random.random(tuple(random.integers(1, 13, 2))) ** random.integers(1, 5)
        level = random.uniform(0.2, 0.95)
        box = find_box(attention, level)
        ours, theirs = (
            _edges(box.x, box.y, box.width, box.height),
            _edges(*_slow_box(attention, level)),
        )
        # Edges lie between the centres of finer cells, scipy's beside cells.
        high, wide = (16 * n for n in attention.shape)
        half_cells = 0.5 / np.array([wide, high, wide, high]) + 1e-9
        assert (np.abs(np.array(ours) - theirs) <= half_cells).all()


def _edges(x, y, width, height):
    return x, y, x + width, y + height


def test_a_map_that_changes_a_little_moves_its_box_a_little():
    across = np.linspace(0, 1, 12)
    for middle in np.linspace(0.3, 0.7, 41):
        hill = np.exp(-(((across - middle) / 0.2) ** 2))
        before, after = (find_box(np.outer(hill, hill) + shift, 0.5) for shift in (0.0, 0.002))
        assert _edges(after.x, after.y, after.width, after.height) == pytest.approx(
            _edges(before.x, before.y, before.width, before.height), abs=0.002
        )


def test_parts_of_any_map_are_those_that_scipy_labels():
    random = np.random.default_rng(5)
    for _ in range(300):
        inside = random.random(tuple(random.integers(1, 20, 2))) < random.random()
        ours, theirs = label_parts(inside), ndimage.label(inside)[0]
        pairs = set(zip(ours.ravel().tolist(), theirs.ravel().tolist(), strict=True))
        assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})
        assert not ours[~inside].any()


def test_a_map_that_looks_nowhere_has_no_box():
    assert find_box(np.zeros((6, 6)), 0.5) is None


def test_an_even_map_has_the_whole_picture_as_its_box():
    box = find_box(np.ones((6, 6)), 0.5)
    assert (box.x, box.y, box.width, box.height) == (0, 0, 1, 1)


def test_a_box_is_told_in_fractions_of_the_whole_picture():
    seen = Region(0.25, 0.0, 0.5, 1.0)
    assert within(Region(0.5, 0.2, 0.5, 0.4), seen) == Region(0.5, 0.2, 0.25, 0.4)


@pytest.mark.parametrize(
    ("shares", "domain"),
    [((0.9, 0.05), "bird"), ((0.2, 0.7), "car"), ((0.4, 0.3), OTHER), ((0.01, 0.02), OTHER)],
)
def test_a_domain_is_told_only_where_it_is_sure(shares, domain):
    told, confidence = tell_domain(np.array(shares), DOMAINS, 0.5)
    assert told == domain
    assert 0 <= confidence <= 1


def test_a_subject_of_no_domain_has_no_box():
    subject = make_subject(np.array([0.1, 0.1]), spot(2, 2, 5, 5), DOMAINS, 0.5, 0.5, WHOLE_PICTURE)
    assert subject.domain == OTHER
    assert subject.box is None


def test_a_class_that_the_classifier_lacks_is_refused():
    assert groups_of({"bird": [1, 2], "car": [0]}, 4).tolist() == [[0, 1], [1, 0], [1, 0], [0, 0]]
    with pytest.raises(ValueError, match="4 classes"):
        groups_of({"bird": [4]}, 4)
