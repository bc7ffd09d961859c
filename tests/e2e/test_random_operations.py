"""Whatever happens to files, clocks and processes, the library equals a simple model after updates.

The steps are drawn from a seed. AHASH_RANDOM_STEPS says how many (300 by default, 5,000 with
`--thorough`) and AHASH_RANDOM_SEED which ones.
"""

import logging
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from blake3 import blake3

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.ports import Encoder
from ahash_desktop.core.records import ModelRecord, PhotoState
from ahash_desktop.core.updates import IndexSummary
from ahash_desktop.engine.client import EngineProcess
from ahash_desktop.engine.messages import EngineConfig
from ahash_desktop.engine.process import Process
from ahash_desktop.services.caring import open_whole
from ahash_desktop.services.updating import Updater
from ahash_desktop.store.library import Library
from tests import mortal_worker, patience
from tests.fake_encoder import FakeEncoder
from tests.pictures import save_picture

_log = logging.getLogger(__name__)

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
        self.accidents: list[str] = []
        self._signs: dict[tuple[int, str], tuple[bytes, int]] = {}
        self._newly_gone: set[tuple[int, str]] = set()
        self._fresh: Counter[bytes] = Counter()
        self.now_s = 1.7e9
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

    def do_set_the_clock(self) -> None:
        """The clock of the machine is put forward or back, by up to a year."""
        self.now_s += self.random.uniform(-3e7, 3e7)

    def do_kill_the_writer(self) -> None:
        self.accidents.append("writer")

    def do_kill_the_engine(self) -> None:
        if self.random.random() < 0.4:
            self.accidents.append("engine")

    def do_unmount(self) -> None:
        number = self.random.randrange(2)
        if self.random.random() < 0.3 and not self.is_away(number):
            self.roots[number].rename(self.away / str(number))

    def do_mount(self) -> None:
        number = self.random.randrange(2)
        if self.is_away(number):
            (self.away / str(number)).rename(self.roots[number])

    def settle(self) -> None:
        """Brings what is expected up to date with the files, except of folders out of reach.

        Each photo that is gone is missing here; `follow_moves` tells which were found elsewhere.
        """
        self._newly_gone.clear()
        self._fresh.clear()
        for number, root in enumerate(self.roots):
            if self.is_away(number):
                continue
            found = {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*.jpg")}
            self.known[number] |= set(found)
            before, now = self.expected[number], {}
            for path in self.known[number]:
                if path in found:
                    is_broken = found[path] in self.broken
                    state = PhotoState.PROBLEM if is_broken else PhotoState.INDEXED
                    now[path] = (state, b"" if is_broken else _digest(found[path]))
                    self._note_sign(number, path, now[path][1])
                else:
                    if path in before and before[path][0] is not PhotoState.MISSING:
                        self._newly_gone.add((number, path))
                    now[path] = (PhotoState.MISSING, before[path][1] if path in before else b"")
            self.expected[number] = now

    def _note_sign(self, number: int, path: str, digest: bytes) -> None:
        """Notes whether a file has come or changed since the library last saw it there."""
        sign = (digest, (self.roots[number] / path).stat().st_mtime_ns)
        if self._signs.get((number, path)) != sign:
            self._fresh[digest] += 1
        self._signs[number, path] = sign

    def follow_moves(self, shown: dict[int, Shown]) -> None:
        """Expects missing photos no longer that the library has found elsewhere.

        Which of several copies it takes for the one that moved is its own choice, but not how many:
        each file that has come or changed is one missing photo of its content, if there is one.
        A copy that is there already may, as clocks go wrong, be one that is missing only now.
        """
        places: Counter[bytes] = Counter()
        missing: dict[bytes, list[tuple[int, str]]] = {}
        for number, photos in self.expected.items():
            for path, (state, digest) in photos.items():
                if state is PhotoState.INDEXED:
                    places[digest] += 1
                elif state is PhotoState.MISSING and digest:
                    missing.setdefault(digest, []).append((number, path))
        for digest, gone in missing.items():
            found = [(number, path) for number, path in gone if path not in shown[number]]
            n_fresh = self._fresh[digest]
            assert len(found) >= min(n_fresh, len(gone)), f"both moved and missing: {gone}"
            assert len(found) <= places[digest] + n_fresh, f"lost: {found}"
            assert len(set(found) - self._newly_gone) <= n_fresh, f"forgotten: {found}"
            for number, path in found:
                del self.expected[number][path]
                self.known[number].remove(path)
                self._signs.pop((number, path), None)

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


class Updates:
    """Brings one library up to date, whatever happens to the processes that do it.

    No connection is open between its calls, so that the process may be forked.
    """

    def __init__(self, paths: LibraryPaths, world: World) -> None:
        self._paths = paths
        self._world = world
        self._mark = paths.folder / "killed"
        self.encoded: list[bytes] = []
        self.n_killed: Counter[str] = Counter()
        self._encoder = FakeEncoder(keep_thumbnail=lambda key, _pixels: self.encoded.append(key))
        self._model = self._prepare()

    def _prepare(self) -> ModelRecord:
        with Library.open(self._paths) as library:
            for root in self._world.roots:
                library.roots.add(root, 0.0)
            encoder = self._encoder
            return library.models.register(encoder.model_id, "fake", encoder.n_bits, "{}", 0.0)

    def finish(self) -> None:
        """An update that nothing happens to."""
        self._finish(self._encoder)

    def suffer(self, accident: str) -> None:
        """An update whose process, or the engine of which, is killed in its midst."""
        if accident == "engine":
            self._kill_the_engine()
        elif hasattr(os, "fork"):
            self._kill_the_writer()
        assert open_whole(self._paths) == ()

    def _finish(self, encoder: Encoder) -> None:
        *_, summary = Updater(self._paths, encoder, self._model).index(CancelToken())
        assert isinstance(summary, IndexSummary)
        assert summary.left == 0

    def _kill_the_engine(self) -> None:
        self._mark.unlink(missing_ok=True)
        when = (
            f"{self._world.random.randrange(4)} {self._world.random.choice(mortal_worker.MOMENTS)}"
        )
        folder = str(self._paths.folder)
        engine = EngineProcess(
            EngineConfig(when, folder, folder, str(self._mark), batch_size=4),
            model_id=self._model.model_id,
            n_bits=self._model.n_bits,
            spawn=partial(Process, main=mortal_worker.serve),
        )
        try:
            self._finish(engine)
        finally:
            engine.close()
        self.n_killed["engine"] += self._mark.exists()

    def _kill_the_writer(self) -> None:
        """Kills a process that updates the library at or after the start of some statement."""
        n_statements = self._world.random.randrange(1, 70)
        at_commit = self._world.random.random() < 0.5
        delay_s = self._world.random.choice((0.0, self._world.random.uniform(0, 0.005)))
        told, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(told)
            _update_and_tell(self, tell, n_statements, at_commit=at_commit)
        os.close(tell)
        reached = os.read(told, 1)
        os.close(told)
        if reached:
            time.sleep(delay_s)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        self.n_killed["writer"] += os.WIFSIGNALED(status)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0

    def state(self) -> dict[int, Shown]:
        """What the library knows of each folder."""
        shown: dict[int, Shown] = {0: {}, 1: {}}
        with Library.open(self._paths) as library:
            for number, known in self._world.known.items():
                for path in known:
                    photo = library.photos.find_by_path(self._world.roots[number] / path)
                    if photo is not None:
                        digest = photo.content.digest if photo.content else b""
                        shown[number][path] = (photo.state, digest)
            assert library.photos.counts().total == sum(map(len, shown.values()))
        return shown

    def problems(self) -> list[str]:
        """What is wrong with the database itself."""
        with Library.open(self._paths) as library:
            return library.integrity_problems()


def _update_and_tell(updates: Updates, tell: int, n_statements: int, *, at_commit: bool) -> None:
    """In a forked process: updates, and tells when so many statements have begun."""
    status = 1
    try:
        left = [n_statements]
        open_library = Library.open

        def note(sql: str) -> None:
            left[0] -= 1
            if left[0] <= 0 and (not at_commit or sql == "COMMIT"):
                os.write(tell, b".")

        def open_noting(paths: LibraryPaths) -> Library:
            library = open_library(paths)
            library._connection.raw.set_trace_callback(note)
            return library

        pytest.MonkeyPatch().setattr(Library, "open", open_noting)
        updates.finish()
        status = 0
    finally:
        os._exit(status)


@pytest.fixture
def n_steps(thorough: bool) -> int:
    return int(os.environ.get("AHASH_RANDOM_STEPS", "5000" if thorough else "300"))


@pytest.mark.timeout(patience.minutes(60))
def test_after_any_steps_the_library_equals_the_model(
    tmp_path: Path, n_steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, SEED)
    clock = SimpleNamespace(time=lambda: world.now_s)
    for user in ("updating", "caring"):
        monkeypatch.setattr(f"ahash_desktop.services.{user}.time", clock)
    updates = Updates(LibraryPaths(tmp_path / "library"), world)
    history: list[str] = []
    for number in range(n_steps):
        history.append(world.step())
        if number % SETTLE_EVERY and number != n_steps - 1:
            continue
        world.settle()
        while world.accidents:
            updates.suffer(world.accidents.pop())
        updates.finish()
        told = f"seed {SEED}, step {number}: {history[-SETTLE_EVERY:]}"
        shown = updates.state()
        world.follow_moves(shown)
        assert shown == world.expected, told
        assert len(updates.encoded) <= len(world.contents), told
    assert updates.problems() == []
    _log.info("%d steps, seed %d; killed on the way: %s", n_steps, SEED, dict(updates.n_killed))
    assert n_steps < 300 or updates.n_killed["engine"]
    assert n_steps < 300 or updates.n_killed["writer"] or not hasattr(os, "fork")
