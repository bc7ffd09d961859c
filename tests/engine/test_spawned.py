"""What a process of its own tells of why it could not go on."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.engine.spawned import ProcessEndedError, serve_records, spawned_records


def fill_the_disk(place: Path, *, token: CancelToken) -> Iterator[int]:
    """Works a little, and then has no room."""
    yield 1
    raise OSError(errno.ENOSPC, "No space left on device", str(place))


def fail(*, token: CancelToken) -> Iterator[int]:
    """Has a fault of its own."""
    yield 1
    raise ZeroDivisionError


def records(work: str, *arguments: object) -> Iterator[object]:
    return spawned_records(
        serve_records, (f"{__name__}:{work}", arguments), CancelToken(), name="ahash-test"
    )


def test_a_full_disk_is_named_and_not_taken_for_short_memory(tmp_path: Path) -> None:
    told = records("fill_the_disk", tmp_path / "kept")
    assert next(told) == 1
    with pytest.raises(UserFacingError, match="No space left on device") as caught:
        next(told)
    assert caught.value.path == str(tmp_path / "kept")
    assert "Make room" in caught.value.remedy


def test_short_memory_is_not_blamed_for_a_process_that_failed_by_itself() -> None:
    told = records("fail")
    assert next(told) == 1
    with pytest.raises(ProcessEndedError) as caught:
        next(told)
    assert "memory" not in caught.value.remedy
