"""Where a spawned engine process begins, free of torch until it runs."""

import importlib
from multiprocessing.connection import Connection

from ahash_desktop.engine.messages import EngineConfig


def run_worker(connection: Connection, config: EngineConfig) -> None:
    """Serves requests until the other end of the connection closes.

    The worker is imported by name so that no process but this one ever loads torch.
    """
    worker = importlib.import_module("ahash_desktop.engine.worker")
    worker.main(connection, config)
