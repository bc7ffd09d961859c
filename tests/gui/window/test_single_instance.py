"""Starts of one user find each other; other users learn nothing and stop nothing."""

import os
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalServer

from ahash_desktop.gui.window import meeting_place as place_module
from ahash_desktop.gui.window import single_instance as instance_module
from ahash_desktop.gui.window.meeting_place import meeting_place, peer_user
from ahash_desktop.gui.window.single_instance import SingleInstance
from tests import patience

SOMEBODY = 54321

START = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from ahash_desktop.gui.window import single_instance
single_instance._ANSWER_MS = int(sys.argv[1])
app = QCoreApplication([])
library, *paths = map(Path, sys.argv[3:])
n_later = int(sys.argv[2])
instance = single_instance.SingleInstance(library)
if not instance.is_first(paths):
    print("handed over")
    sys.exit(0)
told = []
def note(paths):
    told.append(paths)
    if len(told) == n_later:
        app.quit()
instance.started_again.connect(note)
instance.begin_to_tell()
if n_later:
    app.exec()
instance.close()
print("stayed")
"""
"""Starts the program as the window does; one that stays ends when so many later ones have come."""

ENDING = """
import socket, sys
ending = socket.socket(socket.AF_UNIX)
ending.bind(sys.argv[1])
ending.listen()
print("there", flush=True)
caller, _ = ending.accept()
caller.recv(1000)
ending.close()
caller.close()
"""
"""Ends when it is called, and answers nothing."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows keeps pipes of users apart")


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of this user's own, as the system gives each user one; a socket's path is short."""
    with tempfile.TemporaryDirectory(prefix="run-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


class Squatter:
    """Listens under a name, answers everybody and remembers what it was told."""

    def __init__(self, name: str) -> None:
        self.told = b""
        self.server = QLocalServer()
        assert self.server.listen(name)
        self.server.newConnection.connect(self._on_connection)

    def _on_connection(self) -> None:
        connection = self.server.nextPendingConnection()
        connection.write(b"ok\n")
        connection.flush()
        connection.readyRead.connect(lambda: self._hear(connection))

    def _hear(self, connection) -> None:
        self.told += bytes(connection.readAll().data())


@pytest.fixture
def made():
    """Closes what a test opens."""
    opened = []
    yield opened.append
    for each in opened:
        each.close()


def test_the_socket_lies_where_only_this_user_comes(qapp, tmp_path, own_folder, made):
    instance = SingleInstance(tmp_path / "library")
    made(instance)
    instance.listen()
    socket = Path(meeting_place(tmp_path / "library"))
    assert stat.S_ISSOCK(socket.stat().st_mode)
    assert own_folder in socket.parents
    status = socket.parent.stat()
    assert (stat.S_IMODE(status.st_mode), status.st_uid) == (0o700, os.getuid())
    assert instance.notice is None


@pytest.mark.parametrize("runtime", ["", "/nowhere/at/all"])
def test_without_a_folder_of_the_system_another_own_one_serves(
    qapp, tmp_path, monkeypatch, made, runtime
):
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    first = SingleInstance(tmp_path / "library")
    made(first)
    first.listen()
    assert stat.S_IMODE(Path(meeting_place(tmp_path / "library")).parent.stat().st_mode) == 0o700
    assert first.notice is None


def test_who_took_the_foreseeable_name_learns_nothing_and_stops_nothing(qtbot, tmp_path, made):
    name = Path(meeting_place(tmp_path / "library")).name
    squatter = Squatter(f"ahash-desktop-{name}")
    made(squatter.server)
    instance = SingleInstance(tmp_path / "library")
    made(instance)
    assert not instance.hand_over([tmp_path / "secret"])
    qtbot.wait(patience.TURN_MS)
    assert squatter.told == b""


def test_another_user_in_the_very_place_is_told_of_and_told_nothing(
    qtbot, tmp_path, monkeypatch, made
):
    squatter = Squatter(meeting_place(tmp_path / "library"))
    made(squatter.server)
    monkeypatch.setattr(instance_module, "peer_user", lambda _descriptor: SOMEBODY)
    instance = SingleInstance(tmp_path / "library")
    made(instance)
    assert not instance.hand_over([tmp_path / "secret"])
    qtbot.wait(patience.TURN_MS)
    assert squatter.told == b""
    assert "Another user listens" in str(instance.notice)


def test_another_user_who_calls_is_not_heard(qtbot, tmp_path, monkeypatch, made):
    instance = SingleInstance(tmp_path / "library")
    made(instance)
    instance.listen()
    heard = []
    instance.started_again.connect(heard.append)
    instance.begin_to_tell()
    caller = instance_module.QLocalSocket()
    monkeypatch.setattr(instance_module, "peer_user", lambda _descriptor: SOMEBODY)
    caller.connectToServer(meeting_place(tmp_path / "library"))
    assert caller.waitForConnected(patience.SOON_MS)
    caller.write(b'["/theirs"]\n')
    caller.flush()
    unconnected = instance_module.QLocalSocket.LocalSocketState.UnconnectedState
    qtbot.waitUntil(lambda: caller.state() == unconnected)
    assert heard == []


@pytest.mark.parametrize("trap", ["open to all", "a link", "a file", "of another user"])
def test_a_folder_that_is_not_this_users_own_is_not_used_and_told_of(
    qapp, tmp_path, monkeypatch, made, trap
):
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    monkeypatch.setattr(place_module, "machine_cache_folder", lambda: tmp_path / "cache")
    folder = tmp_path / "cache" / "run"
    folder.parent.mkdir()
    if trap == "a link":
        (tmp_path / "theirs").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "theirs")
    elif trap == "a file":
        folder.touch()
    else:
        folder.mkdir()
        folder.chmod(0o777 if trap == "open to all" else 0o700)
        if trap == "of another user":
            if os.getuid() != 0:
                pytest.skip("only root can give a folder away")
            os.chown(folder, SOMEBODY, SOMEBODY)
    instance = SingleInstance(tmp_path / "library")
    made(instance)
    assert not instance.hand_over([tmp_path / "secret"])
    instance.listen()
    assert str(folder) in str(instance.notice)
    assert "works all the same" in str(instance.notice)


def start(library: Path, *paths: Path, n_later: int = 0, answer_ms: int = patience.SOON_MS):
    """One more start of the program, in a process of its own."""
    arguments = [str(answer_ms), str(n_later), str(library), *map(str, paths)]
    return subprocess.Popen(
        [sys.executable, "-c", START, *arguments], stdout=subprocess.PIPE, text=True
    )


def outcome(started: subprocess.Popen[str]) -> str:
    """What became of a start; blocks this thread, whose windows answer nobody meanwhile."""
    said, _ = started.communicate(timeout=patience.LATER_S)
    assert started.returncode == 0
    return said.strip()


@pytest.fixture
def first(qapp, tmp_path, made):
    """A start that listens."""
    instance = SingleInstance(tmp_path / "library")
    made(instance)
    assert instance.listen()
    return instance


@pytest.fixture
def heard(first):
    """What is told of later starts."""
    told = []
    first.started_again.connect(told.append)
    return told


def test_one_who_is_too_busy_to_answer_is_there_all_the_same(qtbot, tmp_path, first, heard):
    first.begin_to_tell()
    socket_before = Path(meeting_place(tmp_path / "library")).stat()
    assert outcome(start(tmp_path / "library", tmp_path / "one", answer_ms=50)) == "handed over"
    assert outcome(start(tmp_path / "library", tmp_path / "two", answer_ms=50)) == "handed over"
    assert Path(meeting_place(tmp_path / "library")).stat().st_ino == socket_before.st_ino
    assert heard == []
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert heard == [[tmp_path / "one"], [tmp_path / "two"]]


def test_what_comes_before_the_window_is_kept_for_it(qtbot, tmp_path, first, heard):
    with start(tmp_path / "library", tmp_path / "a", tmp_path / "b") as later:
        qtbot.waitUntil(lambda: later.poll() is not None)
        assert outcome(later) == "handed over"
    assert heard == []
    first.begin_to_tell()
    first.begin_to_tell()
    assert heard == [[tmp_path / "a", tmp_path / "b"]]


def test_who_listens_is_not_driven_out_by_another(tmp_path, first):
    second = SingleInstance(tmp_path / "library")
    socket_before = Path(meeting_place(tmp_path / "library")).stat()
    assert not second.listen()
    second.close()
    assert Path(meeting_place(tmp_path / "library")).stat().st_ino == socket_before.st_ino


def test_what_a_crash_left_behind_is_in_nobodys_way(qtbot, tmp_path, made):
    with socket.socket(socket.AF_UNIX) as crashed:
        crashed.bind(meeting_place(tmp_path / "library"))
    first = SingleInstance(tmp_path / "library")
    made(first)
    assert not first.hand_over([])
    assert first.listen()
    with start(tmp_path / "library") as later:
        qtbot.waitUntil(lambda: later.poll() is not None)
        assert outcome(later) == "handed over"


def test_one_who_ends_without_having_listened_is_not_there(qapp, tmp_path, made):
    ending = [sys.executable, "-c", ENDING, meeting_place(tmp_path / "library")]
    with subprocess.Popen(ending, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "there\n"
        later = SingleInstance(tmp_path / "library")
        made(later)
        assert not later.hand_over([tmp_path / "photos"])
    assert later.listen()


def test_of_starts_at_the_same_moment_one_stays(tmp_path):
    together = [start(tmp_path / "library", n_later=3) for _ in range(4)]
    assert sorted(map(outcome, together)) == ["handed over"] * 3 + ["stayed"]


def test_this_user_is_recognised(qapp, tmp_path, made):
    server = QLocalServer()
    made(server)
    assert server.listen(str(tmp_path / "s"))
    caller = instance_module.QLocalSocket()
    caller.connectToServer(str(tmp_path / "s"))
    assert caller.waitForConnected(patience.SOON_MS)
    assert peer_user(caller.socketDescriptor()) == os.getuid()
    caller.abort()
