"""Pictures with flipped bits and lost ends through the real engine: all counted, none hangs."""

import random
from pathlib import Path

import pytest

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.store.library import Library
from tests import patience
from tests.e2e.conftest import run_with_json
from tests.pictures import save_picture

_ENDINGS = ("jpg", "png", "webp", "gif", "tiff", "bmp", "avif")


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Flips some bits, mostly near the start, or cuts the end off."""
    if rng.random() < 0.3:
        return data[: rng.randrange(1, len(data))]
    mutated = bytearray(data)
    reach = len(data) if rng.random() < 0.3 else min(len(data), 400)
    for _ in range(rng.choice((1, 2, 8, 30))):
        mutated[rng.randrange(reach)] ^= 1 << rng.randrange(8)
    return bytes(mutated)


def originals(tmp_path: Path, odd_files: Path | None) -> list[Path]:
    made = [save_picture(tmp_path / f"whole/{e}.{e}", i) for i, e in enumerate(_ENDINGS)]
    if odd_files is None:
        return made
    odd = sorted(path for path in odd_files.rglob("*") if path.is_file())
    return made + [path for path in odd if 0 < path.stat().st_size < 2_000_000]


def check(tmp_path: Path, sources: list[Path], n_mutated: int) -> None:
    rng = random.Random(6)
    folder = tmp_path / "mutated"
    folder.mkdir()
    for number in range(n_mutated):
        source = sources[number % len(sources)]
        path = folder / f"{number:05}{source.suffix}"
        path.write_bytes(mutate(source.read_bytes(), rng))
    library = tmp_path / "library"
    command = ["--library", str(library), "index", str(folder)]
    summary = run_with_json(command, tmp_path / "summary.json")
    assert summary["found"] + summary["others"] == n_mutated
    made = summary["encoded"] + summary["reused"]
    assert summary["found"] == made + len(summary["problems"])
    assert summary["left"] == summary["missing"] == 0
    kinds = {problem["kind"] for problem in summary["problems"]}
    assert "too-slow" not in kinds
    again = run_with_json(command, tmp_path / "again.json")
    assert (again["encoded"], again["reused"]) == (0, 0)
    assert len(again["problems"]) == len(summary["problems"])
    with Library.open(LibraryPaths(library)) as opened:
        assert opened.integrity_problems() == []


def test_mutated_pictures_are_all_accounted_for(tmp_path: Path) -> None:
    check(tmp_path, originals(tmp_path, None), 70)


@pytest.mark.photos
@pytest.mark.timeout(patience.minutes(30))
def test_two_thousand_mutated_odd_files_are_all_accounted_for(
    tmp_path: Path, photos_folder: Path, thorough: bool
) -> None:
    if not thorough:
        pytest.skip("takes minutes; run with --thorough")
    check(tmp_path, originals(tmp_path, photos_folder / "odd_files"), 2000)
