"""A watcher in a made-up machine, whose clock goes on only when it is told to."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ahash_desktop.core.excludes import Excludes
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import Root, RootState
from ahash_desktop.core.settings import Settings
from ahash_desktop.core.updates import IndexSummary
from ahash_desktop.services.watching.events import Touched
from ahash_desktop.services.watching.news import UpdateWanted, WatchMode, WatchNews, WatchReport
from ahash_desktop.services.watching.watcher import Clock, WatchedLibrary, Watcher

FOLDER = Path("/photos")
OTHER = Path("/more")


@dataclass
class FakeMachine:
    """Folders by their path: their identity, and how many folders are in them."""

    identities: dict[Path, tuple[int, int]] = field(
        default_factory=lambda: {FOLDER: (1, 1), OTHER: (1, 2)}
    )
    n_folders: int = 10
    silent: set[Path] = field(default_factory=set)
    room: int | None = None

    def identity(self, folder: Path) -> tuple[int, int] | None:
        return self.identities.get(folder)

    def tells_of_changes(self, folder: Path) -> bool:
        return folder not in self.silent

    def room_to_watch(self) -> int | None:
        return self.room

    def count_folders(self, folder: Path, at_most: int, token: CancelToken) -> int:
        return min(self.n_folders, at_most + 1)

    def queue_limit(self) -> int:
        return 100


class FakeEvents:
    """Tells of what a test says has changed."""

    def __init__(self, touched: Touched) -> None:
        self._touched = touched
        self.watched: dict[int, Path] = {}
        self.n_watched = 0
        self.refusal: OSError | None = None
        self.is_closed = False

    def touch(self, root_id: int = 1, times: int = 1) -> None:
        for _ in range(times):
            if root_id in self.watched:
                self._touched(root_id)

    def watch(self, root_id: int, folder: Path, excludes: Excludes) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.n_watched += 1
        self.watched[root_id] = folder

    def unwatch(self, root_id: int) -> None:
        self.watched.pop(root_id, None)

    def is_watching(self, root_id: int) -> bool:
        return root_id in self.watched

    def close(self) -> None:
        self.watched.clear()
        self.is_closed = True


class Stage:
    """A watcher with everything around it made up, and the time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept_s = 0.0
        self.machine = FakeMachine()
        self.settings = Settings()
        self.roots: list[Root] = [root(1, FOLDER)]
        self.retried: list[int] = []
        self.events: FakeEvents
        self.states: dict[Path, WatchMode] = {}
        self.rescan_minutes = 0
        self.token = CancelToken()
        self.watcher = Watcher(
            WatchedLibrary(lambda: self.roots, lambda: self.settings, self._retry),
            self.machine,
            self._make_events,
            Clock(lambda: self.now, lambda: self.now + self.slept_s),
        )

    def pass_time(self, seconds: float) -> list[frozenset[int]]:
        """Lets the time go on in half seconds; gives the updates wanted meanwhile."""
        wanted: list[frozenset[int]] = []
        for _ in range(round(seconds * 2)):
            self.now += 0.5
            wanted += self.step()
        return wanted

    def step(self) -> list[frozenset[int]]:
        news: list[WatchNews] = list(self.watcher.step(self.token))
        for told in news:
            if isinstance(told, WatchReport):
                self.states = {state.path: state.mode for state in told.states}
                self.rescan_minutes = told.rescan_minutes
        return [told.root_ids for told in news if isinstance(told, UpdateWanted)]

    def start(self) -> None:
        """Watches, and is done with the first look at everything."""
        assert self.step() == [frozenset(root.root_id for root in self.roots)]
        self.finish()

    def finish(self, **outcome: object) -> None:
        """Tells the watcher that the update it asked for is done."""
        self.watcher.note_done(replace(IndexSummary(), **outcome))

    def _make_events(self, touched: Touched) -> FakeEvents:
        self.events = FakeEvents(touched)
        return self.events

    def _retry(self, photo_ids: Sequence[int]) -> None:
        self.retried += photo_ids


def root(root_id: int, path: Path) -> Root:
    return Root(root_id, path, RootState.ONLINE, 0.0, None)


@pytest.fixture
def stage() -> Stage:
    return Stage()
