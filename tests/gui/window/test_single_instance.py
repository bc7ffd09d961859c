"""Starts of one user find each other; other users learn nothing and stop nothing."""

import os
import stat
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


def test_this_user_is_recognised(qapp, tmp_path, made):
    server = QLocalServer()
    made(server)
    assert server.listen(str(tmp_path / "s"))
    caller = instance_module.QLocalSocket()
    caller.connectToServer(str(tmp_path / "s"))
    assert caller.waitForConnected(patience.SOON_MS)
    assert peer_user(caller.socketDescriptor()) == os.getuid()
    caller.abort()
