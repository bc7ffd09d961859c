"""Where a spawned engine process begins, free of torch until it runs."""

import importlib
from multiprocessing.connection import Connection

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.engine.messages import EngineConfig, StartFailed


def run_worker(connection: Connection, config: EngineConfig) -> None:
    """Serves requests until the other end of the connection closes.

    The worker is imported by name so that no process but this one ever loads torch. An
    installation that lacks a part is told of.
    """
    try:
        worker = importlib.import_module("ahash_desktop.engine.worker")
    except Exception as error:  # noqa: BLE001 - whatever a part of an installation throws
        connection.send(StartFailed(cannot_start(error)))
        return
    worker.main(connection, config)


def cannot_start(error: BaseException, log: str | None = None) -> UserFacingError:
    """What is told of an engine that fails to start.

    Args:
        error: Why.
        log: The engine's log, if more can be read there.
    """
    if isinstance(error, MemoryError):
        return UserFacingError(
            "there is not enough memory to start the engine", remedy="Close other programs"
        )
    why = " ".join(f"{type(error).__name__}: {error}".split())[:_LONGEST]
    return UserFacingError(
        f"the engine cannot be started ({why})",
        path=log,
        remedy="Start the computer anew; if that does not help, install the program again",
    )


_LONGEST = 300
