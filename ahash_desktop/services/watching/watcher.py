"""Follows the library's folders and says when which of them is to be brought up to date."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ahash_desktop.core.excludes import Excludes
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import Root
from ahash_desktop.core.settings import Settings
from ahash_desktop.core.updates import IndexSummary
from ahash_desktop.services.watching.agenda import Agenda
from ahash_desktop.services.watching.events import FolderEvents, SystemEvents, Touched
from ahash_desktop.services.watching.inbox import Inbox
from ahash_desktop.services.watching.news import (
    SETTLE_S,
    UpdateWanted,
    WatchMode,
    WatchNews,
    WatchReport,
    WatchState,
)
from ahash_desktop.services.watching.retries import Retries
from ahash_desktop.services.watching.surroundings import Surroundings, ThisMachine

_log = logging.getLogger(__name__)

_TICK_S = 0.5
_BREATH_S = 0.1
_HEARTBEAT_S = 30.0
_RECONCILE_S = 6 * 3600.0
_SLEPT_S = 20.0
_GAP_S = 90.0
_AFTER_FAILURE_S = 60.0
_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Clock:
    """Two clocks: one that only goes on, in seconds from any start, and the time of day."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class WatchedLibrary:
    """What watching asks of the library, from its own thread.

    `roots` are its folders, `settings` the user's choices; `retry` has problem files read again.
    """

    roots: Callable[[], Sequence[Root]]
    settings: Callable[[], Settings]
    retry: Callable[[Sequence[int]], None]


class Watcher:
    """Watches folders, and asks for an update whenever one may have changed.

    Events are hints: every update compares the whole folder, so that none that was lost stays
    lost. All folders are looked through at the start, after the machine has slept, and after a
    flood of events; each every few hours in any case. One that cannot be watched is looked through
    every few minutes.

    All but the `note_…` methods belongs to the thread that runs it.

    Args:
        library: Answers for the library.
        surroundings: The machine.
        make_events: Makes what tells of changes.
        clock: Replaced in tests.
    """

    def __init__(
        self,
        library: WatchedLibrary,
        surroundings: Surroundings | None = None,
        make_events: Callable[[Touched], FolderEvents] = SystemEvents,
        clock: Clock | None = None,
    ) -> None:
        self._library = library
        self._surroundings = surroundings or ThisMachine()
        self._clock = clock or Clock()
        self._inbox = Inbox()
        self._events = make_events(self._inbox.touch)
        self._agenda = Agenda()
        self._retries = Retries()
        self._outcomes: queue.SimpleQueue[IndexSummary | float | None] = queue.SimpleQueue()
        self._states: dict[int, WatchState] = {}
        self._identities: dict[int, tuple[int, int] | None] = {}
        self._settings = Settings()
        self._n_events: dict[int, int] = {}
        self._asked: frozenset[int] = frozenset()
        self._beats_at = 0.0
        self._has_other_folders = threading.Event()
        self._seen_at: tuple[float, float] | None = None
        self._told: WatchReport | None = None

    def run(self, token: CancelToken) -> Iterator[WatchNews]:
        """Watches until it is cancelled.

        Yields:
            How each folder is followed, and which ones to bring up to date. The outcome of that is
            awaited through `note_done`, `note_failed` or `note_cancelled` before any more are asked
            for.

        Raises:
            Cancelled: When the token says so.
        """
        try:
            while True:
                yield from self.step(token)
                self._inbox.wait(_TICK_S)
                token.wait(_BREATH_S)
        finally:
            self._events.close()

    def note_done(self, summary: IndexSummary) -> None:
        """The update that was asked for is done; any thread may say so."""
        self._outcomes.put(summary)

    def note_failed(self) -> None:
        """The update that was asked for did not come to an end; it is asked for again later."""
        self._outcomes.put(_AFTER_FAILURE_S)

    def note_cancelled(self) -> None:
        """The update that was asked for is not wanted; the next change asks for one again."""
        self._outcomes.put(None)

    def note_other_folders(self) -> None:
        """The library has other folders, or the settings are others."""
        self._has_other_folders.set()

    def step(self, token: CancelToken) -> Iterator[WatchNews]:
        """Does whatever is to be done now, and waits for nothing."""
        now = self._clock.monotonic()
        if self._has_slept():
            _log.info("the machine seems to have slept: all folders are looked through")
            self._start_over()
        self._take_touches(now)
        self._take_outcomes(now)
        if now >= self._beats_at or self._has_other_folders.is_set():
            self._has_other_folders.clear()
            self._beats_at = now + _HEARTBEAT_S
            self._beat(now, token)
        self._read_problems_again(now)
        yield from self._report()
        due = self._agenda.take_due(now)
        if due:
            self._watch_anew_after_floods(due, token)
            self._asked = due
            yield UpdateWanted(due)

    def _has_slept(self) -> bool:
        """Whether the time of day has gone further than this program, or nothing was done long."""
        seen, before = (self._clock.monotonic(), self._clock.wall()), self._seen_at
        self._seen_at = seen
        if before is None:
            return False
        gone_s = seen[0] - before[0]
        was_still = gone_s > _GAP_S and not self._agenda.is_busy
        return was_still or (seen[1] - before[1]) - gone_s > _SLEPT_S

    def _start_over(self) -> None:
        """Takes nothing for granted any more of what is watched."""
        self._identities.clear()
        self._beats_at = 0.0

    def _take_touches(self, now: float) -> None:
        for root_id, n_events in self._inbox.take().items():
            self._n_events[root_id] = self._n_events.get(root_id, 0) + n_events
            self._agenda.touch(root_id, now)

    def _take_outcomes(self, now: float) -> None:
        while not self._outcomes.empty():
            outcome = self._outcomes.get()
            if not isinstance(outcome, IndexSummary):
                self._agenda.finish(now, 0.0, again_in_s=outcome)
                continue
            again_in_s = SETTLE_S if outcome.unsettled else None
            self._agenda.finish(now, outcome.scan_seconds, again_in_s)
            self._retries.note(self._asked, outcome.problems, now)

    def _read_problems_again(self, now: float) -> None:
        due = self._retries.take_due(now)
        if due:
            self._library.retry(list(due))
            for root_id in set(due.values()):
                self._agenda.ask(root_id, now)

    def _beat(self, now: float, token: CancelToken) -> None:
        """Sees that everything that should be watched still is."""
        settings = self._library.settings()
        has_new_rules = _rules(settings) != _rules(self._settings)
        self._settings = settings
        roots = {root.root_id: root for root in self._library.roots()}
        for root_id in self._states.keys() - roots.keys():
            self._forget(root_id)
        self._agenda.follow(roots.keys(), now)
        for root in roots.values():
            if has_new_rules or not self._is_in_order(root):
                self._watch(root, token)
                self._agenda.ask(root.root_id, now)
            self._plan_repeats(root.root_id)

    def _is_in_order(self, root: Root) -> bool:
        """Whether a folder is the one that is followed, and as well as it can be."""
        state = self._states.get(root.root_id)
        if state is None or state.path != root.path or root.root_id not in self._identities:
            return False
        if self._is_another(root):
            return False
        room = self._surroundings.room_to_watch()
        match state.mode:
            case WatchMode.EVENTS:
                return room != 0 and self._is_still_told_of(root)
            case WatchMode.LIMIT:
                return room is not None and room <= state.n_folders
            case _:
                return True

    def _is_still_told_of(self, root: Root) -> bool:
        """Whether what reads the system's events is alive."""
        if self._events.is_watching(root.root_id):
            return True
        _log.warning("changes of %s are told of no more: it is watched anew", root.path)
        return False

    def _is_another(self, root: Root) -> bool:
        """Whether a folder came, went or was replaced; numbers on network drives may change."""
        before = self._identities[root.root_id]
        now = self._surroundings.identity(root.path)
        if self._states[root.root_id].mode is WatchMode.SILENT:
            return (before is None) != (now is None)
        return before != now

    def _watch(self, root: Root, token: CancelToken) -> None:
        """Follows a folder as well as can be."""
        self._events.unwatch(root.root_id)
        identity = self._surroundings.identity(root.path)
        self._identities[root.root_id] = identity
        state = WatchState(root.root_id, root.path, WatchMode.AWAY)
        if identity is not None:
            state = self._watch_reachable(state, token)
        self._states[root.root_id] = state
        _log.info("%s is followed: %s", root.path, state.mode)

    def _watch_reachable(self, state: WatchState, token: CancelToken) -> WatchState:
        if not self._surroundings.tells_of_changes(state.path):
            return replace(state, mode=WatchMode.SILENT)
        room = self._surroundings.room_to_watch()
        if room is not None:
            n_folders = self._surroundings.count_folders(state.path, room, token)
            state = replace(state, n_folders=n_folders)
            if n_folders >= room:
                return replace(state, mode=WatchMode.LIMIT)
        try:
            self._events.watch(state.root_id, state.path, Excludes.parse(self._settings.exclude))
        except OSError as error:
            _log.warning("%s cannot be watched: %s", state.path, error)
            return replace(state, mode=WatchMode.REFUSED)
        if self._surroundings.room_to_watch() == 0:
            self._events.unwatch(state.root_id)
            return replace(state, mode=WatchMode.LIMIT)
        return replace(state, mode=WatchMode.EVENTS)

    def _watch_anew_after_floods(self, due: frozenset[int], token: CancelToken) -> None:
        """Watches folders anew of which so much was told that some of it may have been lost.

        With an event that is lost, a new folder may not be watched.
        """
        limit = self._surroundings.queue_limit() // 2
        for root_id in due:
            state = self._states.get(root_id)
            if self._n_events.pop(root_id, 0) < limit or state is None:
                continue
            if state.mode is WatchMode.EVENTS:
                _log.info("%s changes fast: it is watched anew", state.path)
                self._states[root_id] = self._watch_reachable(state, token)

    def _plan_repeats(self, root_id: int) -> None:
        mode = self._states[root_id].mode
        timed_s = self._settings.rescan_minutes * _MINUTE_S
        every_s = timed_s if mode.is_timed else _RECONCILE_S
        self._agenda.repeat(root_id, None if mode is WatchMode.AWAY else every_s)

    def _forget(self, root_id: int) -> None:
        self._events.unwatch(root_id)
        for known in (self._states, self._identities, self._n_events):
            known.pop(root_id, None)

    def _report(self) -> Iterator[WatchReport]:
        states = tuple(sorted(self._states.values(), key=_by_path))
        report = WatchReport(states, self._settings.rescan_minutes)
        if report != self._told:
            self._told = report
            yield report


def _by_path(state: WatchState) -> Path:
    return state.path


def _rules(settings: Settings) -> tuple[str, bool]:
    """What says which files of a folder count."""
    return settings.exclude, settings.follow_links
