"""Whatever happens to the files, the library equals a simple model of them after each update.

The steps are drawn from a seed. AHASH_RANDOM_STEPS says how many (300 by default) and
AHASH_RANDOM_SEED which ones.
"""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from blake3 import blake3

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import IndexSummary, ModelRecord, PhotoState
from ahash_desktop.services.indexing import Indexer
from ahash_desktop.store.library import Library
from tests.fake_encoder import FakeEncoder
from tests.pictures import save_picture

N_STEPS = int(os.environ.get("AHASH_RANDOM_STEPS", "300"))
SEED = int(os.environ.get("AHASH_RANDOM_SEED", "5"))
SETTLE_EVERY = 10
MOST_FILES = 60

Shown = dict[str, tuple[PhotoState, bytes]]
"""By path: the state, and the digest of what the file holds."""


class World:
    """Two folders of photos, changed by random steps, and what the library should know of them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.roots = [folder / "one", folder / "two"]
        for root in self.roots:
            root.mkdir()
        self.away = folder / "out of" / "sight"
        self.away.mkdir(parents=True)
        self.contents: set[bytes] = set()
        self.broken: set[bytes] = set()
        self.known: dict[int, set[str]] = {0: set(), 1: set()}
        self.expected: dict[int, Shown] = {0: {}, 1: {}}
        self._folder = folder
        self._n_made = 0
        self._clock_ns = 10**18
        self.steps: dict[str, Callable[[], None]] = {
            name.removeprefix("do_"): getattr(self, name)
            for name in dir(self)
            if name.startswith("do_")
        }

    def step(self) -> str:
        """Does one random thing; gives its name."""
        name = self.random.choice(list(self.steps))
        self.steps[name]()
        return name

    def is_away(self, number: int) -> bool:
        return not self.roots[number].exists()

    def files(self) -> list[Path]:
        return sorted(p for root in self.roots for p in root.rglob("*.jpg"))

    def do_create(self) -> None:
        if len(self.files()) < MOST_FILES:
            self._write(self._new_place(), self._new_picture())

    def do_half_write(self) -> None:
        if len(self.files()) < MOST_FILES:
            data = self._new_picture()
            half = data[: len(data) // 20]
            self.broken.add(half)
            self._write(self._new_place(), half)

    def do_rename(self) -> None:
        for file in self._some_file():
            file.rename(self._new_place_in(file.parent))

    def do_move(self) -> None:
        for file in self._some_file():
            place = self._new_place()
            file.rename(place)

    def do_move_onto_another(self) -> None:
        for file in self._some_file():
            for other in self._some_file():
                if other != file:
                    file.replace(other)
                    self._tick(other)

    def do_swap(self) -> None:
        for one in self._some_file():
            for other in self._some_file():
                aside = self._folder / "aside"
                one.rename(aside)
                if other != one:
                    other.rename(one)
                    self._tick(one)
                aside.rename(other)
                self._tick(other)

    def do_copy(self) -> None:
        for file in self._some_file():
            if len(self.files()) < MOST_FILES:
                shutil.copy2(file, self._new_place())

    def do_replace(self) -> None:
        for file in self._some_file():
            self._write(file, self._new_picture())

    def do_delete(self) -> None:
        for file in self._some_file():
            file.unlink()

    def do_delete_a_folder(self) -> None:
        folders = sorted({file.parent for file in self.files()} - set(self.roots))
        if folders and self.random.random() < 0.3:
            shutil.rmtree(self.random.choice(folders))

    def do_chmod(self) -> None:
        for file in self._some_file():
            file.chmod(self.random.choice((0o444, 0o600, 0o644)))

    def do_touch(self) -> None:
        for file in self._some_file():
            self._tick(file)

    def do_clock_change(self) -> None:
        self._clock_ns += self.random.randrange(-(10**17), 10**17)

    def do_unmount(self) -> None:
        number = self.random.randrange(2)
        if self.random.random() < 0.3 and not self.is_away(number):
            self.roots[number].rename(self.away / str(number))

    def do_mount(self) -> None:
        number = self.random.randrange(2)
        if self.is_away(number):
            (self.away / str(number)).rename(self.roots[number])

    def settle(self) -> None:
        """Brings what is expected up to date with the files, except of folders out of reach."""
        for number, root in enumerate(self.roots):
            if self.is_away(number):
                continue
            found = {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*.jpg")}
            if not found and any(
                state is not PhotoState.MISSING for state, _ in self.expected[number].values()
            ):
                continue
            self.known[number] |= set(found)
            before, now = self.expected[number], {}
            for path in self.known[number]:
                if path in found:
                    is_broken = found[path] in self.broken
                    state = PhotoState.PROBLEM if is_broken else PhotoState.INDEXED
                    now[path] = (state, b"" if is_broken else _digest(found[path]))
                else:
                    now[path] = (PhotoState.MISSING, before[path][1] if path in before else b"")
            self.expected[number] = now

    def _write(self, path: Path, data: bytes) -> None:
        aside = self._folder / "aside"
        aside.write_bytes(data)
        aside.replace(path)
        self._tick(path)

    def _tick(self, path: Path) -> None:
        """Gives a file a time no file had before, now and then an earlier one."""
        self._clock_ns += self.random.randrange(1, 10**12)
        os.utime(path, ns=(self._clock_ns, self._clock_ns))

    def _new_picture(self) -> bytes:
        self._n_made += 1
        path = save_picture(self._folder / "new.jpg", self._n_made, (48, 36))
        data = path.read_bytes() + self._n_made.to_bytes(4, "big")
        self.contents.add(data)
        path.unlink()
        return data

    def _some_file(self) -> list[Path]:
        files = self.files()
        return [self.random.choice(files)] if files else []

    def _new_place(self) -> Path:
        there = [root for number, root in enumerate(self.roots) if not self.is_away(number)]
        if not there:
            self.do_mount_all()
            there = self.roots
        folder = self.random.choice(there) / self.random.choice(("", "a", "b", "a/猫"))
        folder.mkdir(parents=True, exist_ok=True)
        return self._new_place_in(folder)

    def do_mount_all(self) -> None:
        for number in range(2):
            if self.is_away(number):
                (self.away / str(number)).rename(self.roots[number])

    def _new_place_in(self, folder: Path) -> Path:
        """A name that is free now, often one that was used before."""
        free = [folder / f"{n:02}.jpg" for n in range(80) if not (folder / f"{n:02}.jpg").exists()]
        return self.random.choice(free)


def _digest(data: bytes) -> bytes:
    return blake3(data).digest(length=16)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(LibraryPaths(tmp_path / "library")) as opened:
        yield opened


def test_after_any_steps_the_library_equals_the_model(library: Library, tmp_path: Path) -> None:
    world = World(tmp_path, SEED)
    encoded: list[bytes] = []
    encoder = FakeEncoder(keep_thumbnail=lambda key, _pixels: encoded.append(key))
    model = library.models.register(encoder.model_id, "fake", encoder.n_bits, "{}", 0.0)
    for root in world.roots:
        library.roots.add(root, 0.0)
    history: list[str] = []
    for number in range(N_STEPS):
        history.append(world.step())
        if number % SETTLE_EVERY and number != N_STEPS - 1:
            continue
        world.settle()
        _update(library, encoder, model)
        told = f"seed {SEED}, step {number}: {history[-SETTLE_EVERY:]}"
        assert _state_of(library, world) == world.expected, told
        assert len(encoded) <= len(world.contents), told
    assert library.integrity_problems() == []


def _update(library: Library, encoder: FakeEncoder, model: ModelRecord) -> None:
    *_, summary = Indexer(library, encoder, model).run(library.roots.all(), CancelToken())
    assert isinstance(summary, IndexSummary)
    assert summary.left == 0


def _state_of(library: Library, world: World) -> dict[int, Shown]:
    known: dict[int, Shown] = {0: {}, 1: {}}
    numbers = {root.root_id: world.roots.index(root.path) for root in library.roots.all()}
    for root_id, number in numbers.items():
        ids = [print_.photo_id for print_ in library.work.fingerprints(root_id).values()]
        for photo in library.photos.get_many(ids):
            digest = photo.content.digest if photo.content else b""
            known[number][photo.relative_path] = (photo.state, digest)
    return known
