"""How the engine process behaves towards the rest of the machine."""

import subprocess
import sys
from pathlib import Path

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
