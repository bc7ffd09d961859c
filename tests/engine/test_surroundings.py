"""How the engine process behaves towards the rest of the machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_LOGS = """
import logging, sys
from pathlib import Path
from ahash_desktop.engine.surroundings import set_up_process
set_up_process(Path(sys.argv[1]))
logging.getLogger("engine").warning("thumbnail not written: %s", "a\\x1b[2Jb\\u202e.jpg\\nc")
try:
    raise OSError("d\\x1b[2J.jpg")
except OSError:
    logging.getLogger("engine").exception("failed")
"""


def test_names_of_files_reach_the_log_without_commands_to_a_terminal(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    subprocess.run([sys.executable, "-c", _LOGS, str(log)], check=True)
    text = log.read_text(encoding="utf-8")
    assert r"a\x1b[2Jb\u202e.jpg\nc" in text
    assert r"OSError: d\x1b[2J.jpg" in text
    assert "\x1b" not in text


_STEPS_BACK = """
import os, threading
from pathlib import Path
from ahash_desktop.engine.surroundings import set_up_process, step_back

def levels():
    return {os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in tasks.iterdir()}

tasks, over = Path("/proc/self/task"), threading.Event()
told = os.fdopen(os.dup(1), "w")
before = threading.Thread(target=over.wait, daemon=True)
before.start()
set_up_process(Path(os.environ["LOG"]))
own = levels()
step_back()
after = threading.Thread(target=over.wait, daemon=True)
after.start()
print(*own, *levels(), len(list(tasks.iterdir())), file=told)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has a priority of its own on Linux")
def test_all_threads_step_back_those_of_before_and_those_of_later(tmp_path: Path) -> None:
    environ = {**os.environ, "LOG": str(tmp_path / "engine.log")}
    command = [sys.executable, "-c", _STEPS_BACK]
    told = subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout
    own, later, n_threads = map(int, told.split())
    assert own == os.getpriority(os.PRIO_PROCESS, 0)
    assert later == min(19, own + 10)
    assert n_threads == 3
