"""`ahash watch`, the real program on real files: what comes, moves and goes is followed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import patience
from tests.pictures import save_picture


class Watching:
    """A running `ahash watch`."""

    def __init__(self, library: Path, photos: Path) -> None:
        command = [sys.executable, "-m", "ahash_desktop.cli.main", "--library", str(library)]
        self.process = subprocess.Popen(
            [*command, "--json", "watch", str(photos)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self._alarm = threading.Timer(patience.LATER_S, self.process.kill)
        self._alarm.start()

    def wait_for(self, words: str) -> None:
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            if words in line:
                return
        pytest.fail(f"it never said {words!r}, but: {''.join(said)}")

    def end(self) -> dict[str, object]:
        """Stops it as Ctrl+C does; gives what it says in the end."""
        self.process.send_signal(signal.SIGINT)
        out, _ = self.process.communicate()
        assert self.process.returncode == 0
        told = json.loads(out)
        assert isinstance(told, dict)
        return told

    def close(self) -> None:
        self._alarm.cancel()
        self._alarm.join()
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    photos = tmp_path / "photos"
    save_picture(photos / "0.jpg", 0)
    made = Watching(tmp_path / "library", photos)
    yield made
    made.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_photos_that_come_move_and_go_are_followed(watching: Watching, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    watching.wait_for("changes are followed")
    watching.wait_for("1 photos: 1 encoded")

    save_picture(tmp_path / "elsewhere/new/1.jpg", 1)
    save_picture(tmp_path / "elsewhere/new/2.jpg", 2)
    shutil.copytree(tmp_path / "elsewhere/new", photos / "new")
    watching.wait_for("3 photos: 2 encoded")

    (photos / "new").rename(photos / "moved")
    watching.wait_for("3 photos: 2 recognised by content\n")

    (photos / "0.jpg").unlink()
    watching.wait_for("2 photos: 1 missing")

    told = watching.end()
    assert told["folders"] == [{"path": str(photos), "mode": "events"}]
    assert (told["encoded"], told["reused"]) == (3, 2)
