"""What a test may not leave behind (threads, processes, windows) or reach for (the network)."""

import gc
import multiprocessing
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import patience

GRACE_S = patience.SOON_S
"""How long a thread or process may take to end after its test did."""

QT_OWN_WINDOWS = {"QTipLabel", "QShapedPixmapWindow", "QDesktopScreenWidget"}
"""Windows that Qt itself keeps for later."""

MANY_MODULES = 100
_aside = SimpleNamespace(n_modules=0)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was alive before a test."""

    threads: frozenset[threading.Thread]
    processes: frozenset[int]
    windows: frozenset[int]
    timers: frozenset[int]


def look_around(*, with_qt: bool) -> Surroundings:
    """What is alive now; Qt's things only if the test uses Qt, for finding them takes time."""
    if with_qt:
        set_modules_aside()
    return Surroundings(
        frozenset(threading.enumerate()),
        frozenset(child_processes()),
        frozenset(id(window) for window in open_windows()) if with_qt else frozenset(),
        frozenset(id(timer) for timer in running_timers()) if with_qt else frozenset(),
    )


def find_leftovers(before: Surroundings, *, with_qt: bool) -> list[str]:
    """What a test left behind, in words; empty if nothing.

    Threads and processes that are about to end get `GRACE_S` to do so.
    """
    if with_qt:
        settle_qt()
    deadline = time.monotonic() + GRACE_S
    for thread in new_threads(before):
        thread.join(max(0.0, deadline - time.monotonic()))
    while (processes := child_processes() - before.processes) and time.monotonic() < deadline:
        time.sleep(patience.TICK_S)
    found = [f"thread {thread.name!r}" for thread in new_threads(before)]
    found += [f"process {pid}: {describe_process(pid)}" for pid in processes]
    if with_qt:
        found += [
            f"window {window.metaObject().className()} {window.objectName()!r}"
            for window in open_windows()
            if id(window) not in before.windows
        ]
        found += [
            f"running timer of {timer.parent()!r}, every {timer.interval()} ms"
            for timer in running_timers()
            if id(timer) not in before.timers
        ]
    return found


def new_threads(before: Surroundings) -> list[threading.Thread]:
    """Non-daemon threads that were not there before."""
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before.threads and not thread.daemon
    ]


def child_processes() -> set[int]:
    """Ids of the live child processes, without multiprocessing's own tracker.

    Elsewhere than on Linux only those that multiprocessing started are known.
    """
    tracker = resource_tracker._resource_tracker._pid
    found = {process.pid for process in multiprocessing.active_children() if process.pid}
    for children in Path("/proc/self/task").glob("*/children"):
        try:
            found |= {int(pid) for pid in children.read_text().split()}
        except OSError:
            continue  # the thread has ended meanwhile
    return {pid for pid in found if pid != tracker and not is_zombie(pid)}


def is_zombie(pid: int) -> bool:
    """Whether a process has ended and only waits for its exit code to be read."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return Path("/proc/self").exists()


def describe_process(pid: int) -> str:
    """The command line of a process, as far as it can be read."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    except OSError:
        return "unknown"


def settle_qt() -> None:
    """Lets Qt delete what was marked for deletion and its thread pool finish."""
    from PySide6.QtCore import QCoreApplication, QEvent, QThreadPool

    if QCoreApplication.instance() is None:
        return
    QThreadPool.globalInstance().waitForDone(int(GRACE_S * 1000))
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QCoreApplication.processEvents()


def open_windows() -> list[Any]:
    """Top-level widgets that exist and are not Qt's own."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return []
    return [
        window
        for window in widgets.QApplication.topLevelWidgets()
        if window.parent() is None and window.metaObject().className() not in QT_OWN_WINDOWS
    ]


def running_timers() -> list[Any]:
    """Active timers that Python code made."""
    core = sys.modules.get("PySide6.QtCore")
    if core is None:
        return []
    shiboken = sys.modules["shiboken6"]
    return [
        thing
        for thing in gc.get_objects()
        if type(thing) is core.QTimer and shiboken.isValid(thing) and thing.isActive()
    ]


def set_modules_aside() -> None:
    """Takes what imported modules hold out of the collector's sight, once there are many new ones.

    There are hundreds of thousands of such objects, and `running_timers` looks at each in sight
    twice a test.
    """
    if len(sys.modules) > _aside.n_modules + MANY_MODULES:
        gc.collect()
        gc.freeze()
        _aside.n_modules = len(sys.modules)


def is_local(address: Any) -> bool:
    """Whether a socket address stays on this machine."""
    if not isinstance(address, tuple):
        return True  # a path, as of AF_UNIX
    host = str(address[0])
    return host in {"localhost", "::1", ""} or host.startswith("127.")


@contextmanager
def no_network() -> Iterator[None]:
    """Within it, connecting to another machine raises."""

    def guard(connect: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(self: socket.socket, address: Any) -> Any:
            if not is_local(address):
                self.close()
                raise RuntimeError(f"a test reached for the network: {address}")
            return connect(self, address)

        return guarded

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guard(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", guard(socket.socket.connect_ex))
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


def redirect_folders(patch: pytest.MonkeyPatch, place: Path) -> None:
    """Makes the platform's folders for this program lie under `place`."""
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        patch.setenv(name, str(place / name.lower()))
    patch.setenv("XDG_PICTURES_DIR", str(place / "pictures"))
    if os.name == "nt":
        patch.setenv("LOCALAPPDATA", str(place / "localappdata"))
