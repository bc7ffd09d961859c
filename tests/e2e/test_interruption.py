"""Killing an indexing run at any moment loses at most two seconds of work and breaks nothing."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import CodeBlock
from ahash_desktop.store.library import Library
from tests import patience

_ALLOWED_LOSS_S = 2.0 * patience.FACTOR
_LONGEST_S = _ALLOWED_LOSS_S + 1.0
_REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Killed:
    """What a killed run had said of itself, two seconds before its end, and what was kept."""

    promised: int
    kept: int


def test_kill_at_random_moments_loses_two_seconds_at_most(
    tmp_path: Path, make_pictures: Callable[[str, int], list[Path]]
) -> None:
    make_pictures("photos", 500)
    check_kills(tmp_path / "photos", tmp_path, n_kills=3, engine="paced")


@pytest.mark.long
@pytest.mark.timeout(patience.minutes(30))
def test_many_kills_at_random_moments_lose_nothing_else(
    tmp_path: Path, make_pictures: Callable[[str, int], list[Path]], thorough: bool
) -> None:
    n_kills = 50 if thorough else 12
    make_pictures("photos", 130 * n_kills)
    check_kills(tmp_path / "photos", tmp_path, n_kills=n_kills, engine="paced")


@pytest.mark.long
@pytest.mark.photos
@pytest.mark.timeout(patience.minutes(30))
def test_twenty_kills_while_indexing_two_thousand_photos(
    tmp_path: Path, photos_folder: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    crops = sorted((photos_folder / "birds" / "crops").rglob("*.jpg"))[::2][:2000]
    for number, path in enumerate(crops):
        shutil.copy(path, folder / f"{number:04d}.jpg")
    check_kills(folder, tmp_path, n_kills=20)


def check_kills(photos: Path, work: Path, *, n_kills: int, engine: str = "") -> None:
    """Kills runs over one library, lets the last one finish, compares with an undisturbed one.

    Every third run is killed late enough to have told of photos that must have been kept by then.
    """
    rng = random.Random(20)
    disturbed = LibraryPaths(work / "disturbed")
    kept = n_promised = 0
    for number in range(n_kills):
        earliest_s = 0.05 if number % 3 else _ALLOWED_LOSS_S + 0.3
        killed = kill_after(disturbed, photos, rng.uniform(earliest_s, _LONGEST_S), engine)
        assert killed.kept >= kept + killed.promised
        kept = killed.kept
        n_promised += killed.promised
        with Library.open(disturbed) as library:
            assert library.integrity_problems() == []
    assert n_promised > 0, "no run was killed late enough to lose anything"
    finish(disturbed, photos, engine and "quick")
    undisturbed = LibraryPaths(work / "undisturbed")
    finish(undisturbed, photos, engine and "quick")
    assert_same_library(disturbed, undisturbed)


def kill_after(paths: LibraryPaths, photos: Path, seconds: float, engine: str) -> Killed:
    """Kills a run some time after its first photo is done, or while it starts."""
    process = start(paths, photos, engine)
    assert process.stdout is not None
    lines: list[str] = []
    has_begun = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if not line.startswith("done") and int(line.split()[1]) > 0:
                has_begun.set()
        has_begun.set()

    reader = threading.Thread(target=read)
    reader.start()
    assert has_begun.wait(patience.LATER_S)
    time.sleep(seconds)
    killed_at = time.time()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    reader.join()
    process.stdout.close()
    promised = [
        int(line.split()[1])
        for line in lines
        if not line.startswith("done") and float(line.split()[0]) < killed_at - _ALLOWED_LOSS_S
    ]
    with Library.open(paths) as library:
        return Killed(max(promised, default=0), library.photos.counts().indexed)


def finish(paths: LibraryPaths, photos: Path, engine: str) -> None:
    process = start(paths, photos, engine)
    out, _ = process.communicate(timeout=patience.LATER_S)
    assert out.endswith("done\n")


def start(paths: LibraryPaths, photos: Path, engine: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.index_driver", str(paths.folder), str(photos), engine],
        stdout=subprocess.PIPE,
        text=True,
        cwd=_REPOSITORY,
    )


def assert_same_library(disturbed: LibraryPaths, undisturbed: LibraryPaths) -> None:
    blocks: list[tuple[list[str], CodeBlock]] = []
    for paths in (disturbed, undisturbed):
        with Library.open(paths) as library:
            model = library.models.all()[0]
            block = library.codes.load(model.model_key, model.n_bits)
            photos = library.photos.get_many(block.photo_ids.tolist())
            blocks.append(([photo.relative_path for photo in photos], block))
            counts = library.photos.counts()
            assert counts.indexed == counts.total
    (names, block), (expected_names, expected) = blocks
    order, expected_order = np.argsort(names), np.argsort(expected_names)
    assert sorted(names) == sorted(expected_names)
    assert np.array_equal(block.codes[order], expected.codes[expected_order])
    assert np.array_equal(block.activations[order], expected.activations[expected_order])
