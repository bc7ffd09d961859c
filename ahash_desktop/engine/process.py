"""One run of the engine process and the pipe to it."""

import contextlib
import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing import connection as mp_connection
from multiprocessing.connection import Connection

import psutil

from ahash_desktop.engine.entry import run_worker
from ahash_desktop.engine.messages import EngineConfig, Ready, Reply, Request

_END_TIMEOUT_S = 5.0
_DUMP_TIMEOUT_S = 1.0
_KILLED = {-signal.SIGTERM, -9}  # Windows knows no SIGKILL, and no such exit codes


class _Outbox:
    """Sends from a thread of its own, so that nobody waits for a process that does not read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting = queue.SimpleQueue[Request | None]()
        self._thread = threading.Thread(target=self._send, name="engine-outbox", daemon=True)
        self._thread.start()

    def put(self, request: Request) -> None:
        """Sends a request after all before it."""
        self._waiting.put(request)

    def end(self) -> None:
        """Ends the thread; what it waits to send fails once the process is gone."""
        self._waiting.put(None)
        self._thread.join(_END_TIMEOUT_S)

    def _send(self) -> None:
        while (request := self._waiting.get()) is not None:
            with contextlib.suppress(OSError):
                self._connection.send(request)


class Process:
    """A spawned engine process; `receive` belongs to one thread, the rest to any.

    It is spawned, never forked, so that it inherits nothing of the window. It ends by itself when
    this process dies, because its pipe then closes.

    Args:
        config: How the process is set up.
        main: What it runs; replaced in tests.
    """

    def __init__(
        self,
        config: EngineConfig,
        main: Callable[[Connection, EngineConfig], None] = run_worker,
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe(duplex=True)
        self._process = context.Process(
            target=main, args=(theirs, config), name="ahash-engine", daemon=True
        )
        self._process.start()
        assert self._process.pid is not None  # noqa: S101 - it has been started
        self._pid = self._process.pid
        theirs.close()
        self._outbox = _Outbox(self._connection)
        self._is_open = True
        self._is_ready = False

    @property
    def is_alive(self) -> bool:
        """Whether more replies may come."""
        return self._is_open and self._process.is_alive()

    @property
    def is_ready(self) -> bool:
        """Whether the model is loaded."""
        return self._is_ready

    def send(self, request: Request) -> None:
        """Sends a request without waiting for it to be read.

        One that meets a dead process is lost, and sent again by the client.
        """
        self._outbox.put(request)

    def receive(self, timeout_s: float) -> list[Reply]:
        """Replies that have come, waiting up to `timeout_s` for the first one."""
        mp_connection.wait([self._connection, self._process.sentinel], timeout_s)
        replies: list[Reply] = []
        try:
            while self._connection.poll(0):
                reply: Reply = self._connection.recv()
                self._is_ready = self._is_ready or isinstance(reply, Ready)
                replies.append(reply)
        except (EOFError, OSError):
            self._is_open = False
        return replies

    @property
    def memory_bytes(self) -> int:
        """Memory it takes up now; 0 once it has ended."""
        try:
            return int(psutil.Process(self._pid).memory_info().rss)
        except (psutil.Error, ValueError):
            return 0

    def was_killed(self) -> bool:
        """Whether something else ended it: a person, or the system when memory ran out."""
        self._process.join(_END_TIMEOUT_S)
        return self._process.exitcode in _KILLED

    def abort(self) -> None:
        """Ends a process that hangs; what each of its threads was doing goes to its crash log."""
        if sys.platform != "win32":
            with contextlib.suppress(OSError, ValueError):
                os.kill(self._pid, signal.SIGABRT)
                self._process.join(_DUMP_TIMEOUT_S)
        self.kill()

    def kill(self) -> None:
        """Ends the process at once."""
        with contextlib.suppress(OSError, ValueError):
            self._process.kill()

    def end(self) -> None:
        """Ends the process and frees what it held."""
        self.kill()
        self._process.join(_END_TIMEOUT_S)
        self._outbox.end()
        self._connection.close()
        with contextlib.suppress(ValueError):
            self._process.close()
