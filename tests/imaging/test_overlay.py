"""Evidence as colours over a picture."""

import numpy as np

from ahash_desktop.core.records import Region
from ahash_desktop.imaging.overlay import overlay_evidence

GREY = np.full((40, 60, 3), 128, dtype=np.uint8)


def test_evidence_for_is_orange_and_against_is_blue() -> None:
    evidence = np.array([[1.0, -1.0]], dtype=np.float32)
    shown = overlay_evidence(GREY, evidence).astype(int)
    left, right = shown[20, 5], shown[20, 55]
    assert left[0] > left[2] + 50
    assert right[2] > right[0] + 50


def test_no_evidence_leaves_the_picture_as_it_is() -> None:
    np.testing.assert_array_equal(overlay_evidence(GREY, np.zeros((7, 7), np.float32)), GREY)


def test_what_the_network_did_not_see_is_dark() -> None:
    evidence = np.zeros((7, 7), dtype=np.float32)
    shown = overlay_evidence(GREY, evidence, Region(0.25, 0.0, 0.5, 1.0))
    assert (shown[:, :15] < 100).all()
    assert (shown[:, 15:45] == 128).all()
    assert (shown[:, 45:] < 100).all()
