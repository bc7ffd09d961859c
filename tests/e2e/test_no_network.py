"""Neither a command nor the window asks for anything beyond this machine."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.core.settings import Settings
from tests import patience
from tests.e2e.conftest import Indexed
from tests.gui.window.test_app import DRIVER

pytestmark = pytest.mark.skipif(
    not (shipped_models_folder() / Settings().model).is_dir(), reason="the model is not here"
)

LISTENER = """
import os, sys

def note(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        place = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
        with open(os.environ["HEARD"], "a") as file:
            file.write(f"{event} {place!r}\\n")

sys.addaudithook(note)
"""
"""Put before every Python of a run, also that of the engine; writes down whom sockets reach for."""

_LOCAL = re.compile(r"'(127\.[\d.]+|::1|localhost)'|socket\.connect (b?'|'\\x00)[/\\]")

Run = Callable[..., None]


A_LESSON_S = patience.minutes(15)
"""For a lesson, which makes way for everything else that runs."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a program, as its first argument says, and fails if it reaches beyond this machine."""
    (tmp_path / "listener").mkdir()
    (tmp_path / "listener" / "sitecustomize.py").write_text(LISTENER, encoding="utf-8")
    heard = tmp_path / "heard"
    surroundings = {
        **os.environ,
        "HEARD": str(heard),
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "listener"), *filter(None, sys.path)]),
        "QT_QPA_PLATFORM": "offscreen",
    }
    surroundings.pop("HF_HUB_OFFLINE", None)

    def run_it(*arguments: str | Path) -> None:
        done = subprocess.run(
            [sys.executable, *arguments],
            capture_output=True,
            text=True,
            env=surroundings,
            timeout=A_LESSON_S,
        )
        assert done.returncode == 0, done.stderr
        lines = heard.read_text().splitlines() if heard.exists() else []
        assert [line for line in lines if not _LOCAL.search(line)] == []

    return run_it


def test_the_listener_hears_who_reaches_out(run: Run) -> None:
    reach = "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
    with pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        run("-c", reach)


@pytest.mark.parametrize(
    "command",
    [
        "index",
        "search PHOTO",
        "explain PHOTO",
        "bits 3",
        "models list",
        "export --to OUT",
        "doctor",
    ],
)
def test_a_command_reaches_for_no_other_machine(
    run: Run, indexed: Indexed, tmp_path: Path, command: str
) -> None:
    outside = tmp_path / "outside.jpg"
    shutil.copyfile(indexed.pictures[2], outside)
    places = {"PHOTO": str(outside), "OUT": str(tmp_path / "codes.csv")}
    words = [places.get(word, word) for word in command.split()]
    run("-m", "ahash_desktop.cli.main", "--library", indexed.library, *words)


@pytest.fixture
def kinds(indexed: Indexed, tmp_path: Path) -> Path:
    """Two kinds of pictures, a folder each, to teach."""
    for number, picture in enumerate(indexed.pictures):
        folder = tmp_path / "kinds" / ("odd" if number % 2 else "even")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, folder / picture.name)
    return tmp_path / "kinds"


def own_copy(indexed: Indexed, tmp_path: Path) -> Path:
    """The library, for a command that changes it."""
    return Path(shutil.copytree(indexed.library, tmp_path / "library"))


@pytest.mark.timeout(1.5 * A_LESSON_S)
def test_a_lesson_reaches_for_no_other_machine(
    run: Run, indexed: Indexed, kinds: Path, tmp_path: Path
) -> None:
    library = own_copy(indexed, tmp_path)
    teach = ["teach", kinds, "--no-check", "--name", "taught", "--validation", "0.34"]
    run("-m", "ahash_desktop.cli.main", "--library", library, *teach)
    assert (library / "models" / "taught" / "bundle.json").is_file()


def can_be_cut_off() -> bool:
    """Whether this system lets a process have a network of its own, with nothing in it."""
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(["unshare", "--net", "--map-root-user", "true"], capture_output=True)
    return tried.returncode == 0


@pytest.mark.long
@pytest.mark.timeout(patience.minutes(20))
@pytest.mark.skipif(not can_be_cut_off(), reason="a network namespace cannot be made here")
def test_all_of_it_works_where_there_is_no_network(
    indexed: Indexed, kinds: Path, tmp_path: Path
) -> None:
    library, outside = tmp_path / "library", tmp_path / "outside.jpg"
    shutil.copyfile(indexed.pictures[2], outside)
    for words in (
        ["index", indexed.photos],
        ["search", outside],
        ["explain", outside, "--against", indexed.pictures[3]],
        ["teach", kinds, "--no-check", "--name", "taught", "--validation", "0.34"],
        ["models", "use", "taught"],
        ["search", outside],
    ):
        ahash = [sys.executable, "-m", "ahash_desktop.cli.main", "--library", library]
        command = ["unshare", "--net", "--map-root-user", *ahash, *words]
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        assert done.returncode == 0, (words, done.stderr)


def test_the_window_reaches_for_no_other_machine(run: Run, indexed: Indexed) -> None:
    do_this = "window.catalogue.contents.counts.indexed == 12 and window.close()"
    run("-c", DRIVER.replace("DO_THIS", do_this), indexed.library)
