"""Records from a spawned process, which can be told to pause, end early or stop, or be killed."""

import contextlib
import importlib
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import CancelToken, FinishToken

_POLL_S = 0.1
_PATIENCE_S = 5.0
_CANCEL_PATIENCE_S = 20.0
_ORPHAN_GRACE_S = 30.0

PAUSE, RESUME, FINISH, CANCEL = "pause", "resume", "finish", "cancel"


class ProcessEndedError(UserFacingError):
    """A spawned process ended before it had told its result.

    `exit_code` tells how it ended; negative is the number of a signal.
    """

    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class _Refused:
    """Why a process has no result."""

    error: Exception


@dataclass(frozen=True, slots=True)
class _Done:
    """The process has told all."""


def spawned_records(
    main: Callable[..., None],
    arguments: tuple[Any, ...],
    token: CancelToken,
    *,
    name: str,
    waits_for_cancel: bool = False,
) -> Iterator[Any]:
    """What `main` sends from a process of its own, until it has told all.

    Args:
        main: Where the process begins: it is given its end of a pipe, then `arguments`. It is
            `serve_records`, or sends records itself and closes the pipe.
        arguments: Its other arguments.
        token: Pausing, resuming, finishing and cancelling are passed on.
        name: Of the process.
        waits_for_cancel: Whether a cancelled process may keep its state before it is killed.

    Raises:
        Cancelled: If the token asks for it.
        ProcessEndedError: If the process died.
        Exception: What `main` passes on, see `serve_records`.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=True)
    process = context.Process(target=main, args=(theirs, *arguments), name=name, daemon=True)
    process.start()
    theirs.close()
    told = _Told(ours, token)
    try:
        while True:
            if token.is_cancelled:
                if waits_for_cancel:
                    _let_keep(ours, process)
                raise Cancelled
            told.pass_on()
            record = _next(ours)
            if isinstance(record, _Refused):
                raise record.error
            if isinstance(record, _Done):
                break
            if record is not None:
                yield record
    except EOFError:
        process.join(_PATIENCE_S)
        if process.exitcode != 0:
            raise _ended(process.exitcode) from None
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


def serve_records(connection: Connection, work: str, arguments: tuple[Any, ...]) -> None:
    """Where a spawned process begins: sends what a generator yields, and does as it is told.

    The generator is called with `arguments` and a `FinishToken` as `token`. The process ends when
    the one that started it is gone; the generator then has a moment to keep its state.

    Args:
        connection: The process's end of the pipe.
        work: "module:function" of the generator, imported here so that nobody else loads torch.
        arguments: What it is called with.
    """
    token = FinishToken()
    threading.Thread(target=_listen, args=(connection, token), daemon=True).start()
    module, _, function = work.partition(":")
    try:
        for record in getattr(importlib.import_module(module), function)(*arguments, token=token):
            connection.send(record)
        connection.send(_Done())
    except (Cancelled, UserFacingError, MemoryError) as error:
        with contextlib.suppress(OSError):
            connection.send(_Refused(error))
    except BrokenPipeError:
        return
    except OSError as error:
        with contextlib.suppress(OSError):
            connection.send(_Refused(_cannot_keep(error)))


def _cannot_keep(error: OSError) -> UserFacingError:
    return UserFacingError(
        f"what was worked out cannot be kept ({error.strerror or error})",
        path=error.filename,
        remedy="Make room on the disk, or make the folder writable, then try again",
    )


def _listen(connection: Connection, token: FinishToken) -> None:
    """Follows orders until the pipe closes, then has the process end."""
    follow = {
        PAUSE: token.pause,
        RESUME: token.resume,
        FINISH: token.finish,
        CANCEL: token.cancel,
    }
    try:
        while True:
            follow[connection.recv()]()
    except (EOFError, OSError):
        token.cancel()
        time.sleep(_ORPHAN_GRACE_S)
        os._exit(1)


class _Told:
    """What the process has been told so far."""

    def __init__(self, connection: Connection, token: CancelToken) -> None:
        self._connection = connection
        self._token = token
        self._is_paused = False
        self._is_finishing = False

    def pass_on(self) -> None:
        """Tells what is new."""
        with contextlib.suppress(OSError):
            if self._token.is_paused != self._is_paused:
                self._is_paused = not self._is_paused
                self._connection.send(PAUSE if self._is_paused else RESUME)
            if getattr(self._token, "is_finishing", False) and not self._is_finishing:
                self._is_finishing = True
                self._connection.send(FINISH)


def _next(connection: Connection) -> Any:
    """The next record; None if there is none yet."""
    try:
        return connection.recv() if connection.poll(_POLL_S) else None
    except OSError as error:
        raise EOFError from error


def _let_keep(connection: Connection, process: Any) -> None:
    """Asks a process to stop and waits for it; what it still says is lost."""
    with contextlib.suppress(OSError, EOFError):
        connection.send(CANCEL)
        until = time.monotonic() + _CANCEL_PATIENCE_S
        while process.is_alive() and time.monotonic() < until:
            if connection.poll(_POLL_S) and isinstance(connection.recv(), _Refused | _Done):
                return


def _ended(exit_code: int | None) -> ProcessEndedError:
    was_killed = exit_code is not None and exit_code < 0
    error = ProcessEndedError(
        f"the work stopped, for its process was ended ({exit_code})",
        remedy="Close other programs if memory is short, then try again"
        if was_killed
        else "Try again; the log says more",
    )
    error.exit_code = exit_code
    return error
