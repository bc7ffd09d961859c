"""When photos were taken, for telling bursts."""

import math
import time
from datetime import UTC, datetime

import pytest

from ahash_desktop.core.records import PictureFacts
from ahash_desktop.services import searching
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


class NoTimeBefore1970(datetime):
    """What Windows has for local time."""

    def astimezone(self, tz=None):
        if self.timestamp() < 0:
            raise OSError(22, "Invalid argument")
        return super().astimezone(tz)


@pytest.mark.parametrize("seconds", [-11_644_473_600, -1, 0, 1_700_000_000, 2**60])
def test_any_time_a_file_may_claim_can_be_said(monkeypatch, seconds):
    monkeypatch.setattr(searching, "_EPOCH", NoTimeBefore1970(1970, 1, 1, tzinfo=UTC))
    told = searching._local_text(seconds)
    assert told == "" if seconds == 2**60 else datetime.fromisoformat(told)


def test_the_time_of_a_file_is_told_as_clocks_here_show_it():
    told = searching._local_text(1_700_000_000)
    assert told == time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(1_700_000_000))
