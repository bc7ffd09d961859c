"""When photos were taken, for telling bursts."""

import math

import pytest

from ahash_desktop.core.records import PictureFacts
from ahash_desktop.services.searching import seconds_taken


def facts(taken_at):
    return PictureFacts(4, 3, "JPEG", taken_at)


def test_moments_can_be_compared():
    first, later = facts("2024-05-01T07:30:00"), facts("2024-05-01T07:30:04")
    assert seconds_taken(later) - seconds_taken(first) == 4


@pytest.mark.parametrize("taken_at", [None, "", "yesterday", "2000-01-01T00:00:00"])
def test_what_no_camera_would_say_is_not_known(taken_at):
    assert math.isnan(seconds_taken(facts(taken_at)))


def test_without_facts_nothing_is_known():
    assert math.isnan(seconds_taken(None))
