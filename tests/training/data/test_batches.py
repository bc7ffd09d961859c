"""The order of photos and their views."""

import numpy as np
import pytest
import torch

from ahash_desktop.training.data.augment import Augmentation, make_view, normalise
from ahash_desktop.training.data.batches import (
    epoch_rows,
    first_of_each_class,
    fresh_views,
    kept_views,
    split_batches,
)

ROWS = np.arange(10, 43)


def test_an_epoch_has_every_photo_once_in_its_own_order():
    first, second = epoch_rows(ROWS, 0, 0), epoch_rows(ROWS, 0, 1)
    assert sorted(first) == sorted(second) == list(ROWS)
    assert list(first) != list(second)
    assert list(first) == list(epoch_rows(ROWS, 0, 0))
    assert set(epoch_rows(ROWS, 0, 0, 5)) < set(ROWS)


def test_the_first_photos_of_each_class_are_taken():
    labels = np.array([2, 0, 0, 1, 0, 2, 9])
    taken = first_of_each_class(labels, np.arange(6), 2)
    assert taken.tolist() == [1, 2, 3, 0, 5]


@pytest.mark.parametrize("batch_size", [1, 4, 8, 10, 16, 100])
def test_batches_hold_all_rows_and_none_is_too_small_to_normalise(batch_size):
    batches = split_batches(ROWS, batch_size)
    assert np.concatenate(batches).tolist() == ROWS.tolist()
    if batch_size > 1:
        assert min(len(rows) for rows in batches) >= 2


@pytest.fixture
def squares():
    return np.random.default_rng(0).integers(0, 256, (4, 40, 40, 3), np.uint8)


def test_views_depend_on_seed_epoch_and_photo_alone(squares):
    augmentation = Augmentation(32, 0.5)

    def views(batches, seed, epoch):
        made = list(fresh_views(squares, batches, augmentation, seed, epoch))
        return {int(row): one for b in made for row, one in zip(b.rows, b.inputs, strict=True)}

    one_by_one = views([np.array([row]) for row in (3, 1, 2, 0)], 0, 0)
    together = views([np.arange(4)], 0, 0)
    assert all(torch.equal(one_by_one[row], together[row]) for row in range(4))
    assert not torch.equal(together[0], views([np.arange(4)], 0, 1)[0])
    assert not torch.equal(together[0], views([np.arange(4)], 1, 0)[0])


def test_kept_views_come_from_their_photo():
    features = np.arange(3 * 4, dtype=np.float16).reshape(3, 4, 1, 1, 1)
    (batch,) = kept_views(features, [np.array([2, 0])], seed=0, epoch=0)
    assert batch.inputs.flatten().remainder(4).tolist() == [2, 0]


def test_a_view_that_may_not_stray_is_the_photo_or_its_mirror():
    square = np.full((24, 24, 3), 90, np.uint8)
    view = make_view(square, Augmentation(24, 1.0), np.random.default_rng(1))
    assert view.shape == (3, 24, 24)
    assert view.dtype == torch.uint8


def test_normalising_gives_what_the_product_feeds_the_network():
    pixels = normalise(torch.full((1, 3, 2, 2), 255, dtype=torch.uint8), (0.5,) * 3, (0.25,) * 3)
    assert torch.equal(pixels, torch.full((1, 3, 2, 2), 2.0))
