"""Memory that pictures share out."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.imaging import rasters
from ahash_desktop.imaging.budget import Claim, MemoryBudget
from ahash_desktop.imaging.decode import DecodeLimits, decode
from tests import patience
from tests.conftest import MakePicture


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


class Holder:
    """A picture being decoded by another thread, until it is told to end."""

    def __init__(
        self, pool: ThreadPoolExecutor, budget: MemoryBudget, n_bytes: int, is_awaited: bool = False
    ) -> None:
        self.waits = threading.Event()
        self.has_it = threading.Event()
        self.may_end = threading.Event()
        self._budget, self._n_bytes, self._is_awaited = budget, n_bytes, is_awaited
        self._done: Future[None] = pool.submit(self._run)

    def _run(self) -> None:
        told = self.waits.set
        claim = self._budget.claim(
            is_awaited=self._is_awaited, on_wait=lambda waits: told() if waits else None
        )
        with claim as held:
            held.reserve_pixels(self._n_bytes)
            self.has_it.set()
            assert self.may_end.wait(patience.LATER_S)

    def end(self) -> None:
        self.may_end.set()
        self._done.result(patience.LATER_S)


def test_what_fits_together_is_decoded_together(pool: ThreadPoolExecutor) -> None:
    budget = MemoryBudget(100)
    holders = [Holder(pool, budget, 30) for _ in range(3)]
    assert all(holder.has_it.wait(patience.LATER_S) for holder in holders)
    assert budget.taken_bytes == 90
    for holder in holders:
        holder.end()
    assert budget.taken_bytes == 0


def test_what_does_not_fit_waits_and_says_so(pool: ThreadPoolExecutor) -> None:
    budget = MemoryBudget(100)
    first = Holder(pool, budget, 80)
    assert first.has_it.wait(patience.LATER_S)
    second = Holder(pool, budget, 30)
    assert second.waits.wait(patience.LATER_S)
    assert not second.has_it.is_set()
    first.end()
    assert second.has_it.wait(patience.LATER_S)
    assert budget.taken_bytes == 30
    second.end()


def test_a_picture_that_is_awaited_goes_before_the_others(pool: ThreadPoolExecutor) -> None:
    budget = MemoryBudget(100)
    first = Holder(pool, budget, 80)
    assert first.has_it.wait(patience.LATER_S)
    second = Holder(pool, budget, 90)
    assert second.waits.wait(patience.LATER_S)
    awaited = Holder(pool, budget, 90, is_awaited=True)
    assert awaited.waits.wait(patience.LATER_S)
    first.end()
    assert awaited.has_it.wait(patience.LATER_S)
    assert not second.has_it.is_set()
    awaited.end()
    second.end()


def test_files_that_all_wait_for_one_another_go_on_one_by_one(pool: ThreadPoolExecutor) -> None:
    budget = MemoryBudget(100)
    have_read = threading.Barrier(4)
    most = 0

    def read_and_decode() -> None:
        nonlocal most
        with budget.claim() as claim:
            claim.reserve_file(25)
            assert have_read.wait(patience.LATER_S) >= 0
            claim.reserve_pixels(60)
            most = max(most, budget.taken_bytes)

    for future in [pool.submit(read_and_decode) for _ in range(4)]:
        future.result(patience.LATER_S)
    assert most <= 4 * 25 + 60
    assert budget.taken_bytes == 0


def test_many_pictures_of_all_sizes_never_hold_more_than_there_is(pool: ThreadPoolExecutor) -> None:
    budget = MemoryBudget(1000)
    most = 0

    def work(seed: int) -> None:
        nonlocal most
        rng = np.random.default_rng(seed)
        for n_bytes in rng.integers(1, 1001, 40):
            with budget.claim(is_awaited=bool(n_bytes % 7 == 0)) as claim:
                claim.reserve_pixels(int(n_bytes))
                most = max(most, budget.taken_bytes)

    for future in [pool.submit(work, seed) for seed in range(8)]:
        future.result(patience.LATER_S)
    assert 500 < most <= 1000
    assert budget.taken_bytes == 0


class Noted(Claim):
    """A claim that remembers the most it held."""

    most = 0

    def reserve_pixels(self, n_bytes: int) -> None:
        super().reserve_pixels(n_bytes)
        self.most = max(self.most, self.held_bytes)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "bmp", "gif", "ppm"])
def test_a_picture_reserves_what_its_header_says_beside_its_file(
    make_picture: MakePicture, suffix: str
) -> None:
    picture: Path = make_picture(f"a.{suffix}", size=(640, 480))
    claim = Noted(MemoryBudget(2**30), False, lambda _waits: None)
    decode(str(picture), limits=replace(DecodeLimits(), claim=claim))
    name = {"jpg": "JPEG", "tif": "TIFF", "webp": "WebP"}.get(suffix, suffix.upper())
    least = 640 * 480 * rasters._FORMATS[name].bytes_per_pixel + picture.stat().st_size
    assert claim.most >= least // (4 if suffix == "jpg" else 1)
