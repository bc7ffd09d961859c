"""How the engine process behaves towards the rest of the machine: its log, its priority."""

import contextlib
import faulthandler
import logging
import os
import signal
import sys
from pathlib import Path

import psutil

from ahash_desktop.core.plain_text import PlainFormatter

if sys.platform != "win32":
    import resource

_LOW_PRIORITY = 10
_LAST_IN_CLASS = 7
_LOG_BYTES = 2_000_000
_SPINS = "10000"
"""How often OpenMP's threads look for work before they sleep: by default they burn whole
milliseconds, which the decoders and other programs could use."""


def set_up_process(log: Path) -> None:
    """Logs to a file, and survives the terminal's Ctrl-C (the client decides).

    What C libraries print of hostile files goes to the log too, never among a command's output.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    _keep_small(log)
    printed = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    os.close(printed)
    handler = logging.FileHandler(log, encoding="utf-8")
    handler.setFormatter(
        PlainFormatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
    _keep_small(log.with_suffix(".crash.log"))
    faulthandler.enable(log.with_suffix(".crash.log").open("a", encoding="utf-8"))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the program ends it when its terminal goes
        with contextlib.suppress(OSError):  # no picture of its memory if it is aborted
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def step_back() -> None:
    """Lets other programs go first, with all threads there are and those they start."""
    me = psutil.Process()
    with contextlib.suppress(OSError, psutil.Error):
        if sys.platform == "win32":
            me.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
            me.ionice(psutil.IOPRIO_LOW)
        elif sys.platform == "linux":  # where each thread has a priority of its own
            level = os.getpriority(os.PRIO_PROCESS, 0) + _LOW_PRIORITY
            for thread in me.threads():
                with contextlib.suppress(OSError, psutil.Error):  # it has ended
                    os.setpriority(os.PRIO_PROCESS, thread.id, level)
                    # Not the idle class: a search by a picture is read here too, and is awaited.
                    psutil.Process(thread.id).ionice(psutil.IOPRIO_CLASS_BE, _LAST_IN_CLASS)
        else:
            os.nice(_LOW_PRIORITY)


def _keep_small(log: Path) -> None:
    """Starts a log anew that has become long, keeping the one before."""
    with contextlib.suppress(OSError):
        if log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".old"))
