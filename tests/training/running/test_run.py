"""What a run looks at before it learns."""

import pytest

from ahash_desktop.training.running.run import n_for_code


@pytest.mark.parametrize(
    ("n_classes", "n_each"), [(2, 15), (200, 15), (400, 15), (1000, 6), (5000, 2), (100_000, 2)]
)
def test_many_kinds_are_looked_at_by_fewer_photos_each(n_classes, n_each):
    assert n_for_code(n_classes) == n_each
