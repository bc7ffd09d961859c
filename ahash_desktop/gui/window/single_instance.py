"""One window a library: a second start hands what it was given to the first and ends."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.gui.base.wording import translate
from ahash_desktop.gui.window.meeting_place import is_this_user, meeting_place, peer_user

_log = logging.getLogger(__name__)

_PATIENCE_MS = 1000
_LONGEST_MESSAGE = 1_000_000


class SingleInstance(QObject):
    """Listens for later starts on the same library; only the same user is heard and answered.

    `started_again` carries the folders and pictures that a later start was given.

    Args:
        library: The library's folder.
    """

    started_again = Signal(list)

    def __init__(self, library: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._notice: UserFacingError | None = None
        try:
            self._name = meeting_place(library)
        except UserFacingError as error:
            self._note(error)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    @property
    def notice(self) -> UserFacingError | None:
        """What the user should know of others who listen here."""
        return self._notice

    def hand_over(self, paths: Sequence[Path]) -> bool:
        """Gives paths to a window that is open already; False if there is none of this user."""
        if not self._name:
            return False
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_PATIENCE_MS):
            return False
        if not is_this_user(peer_user(socket.socketDescriptor())):
            socket.abort()
            self._note(_squatter(self._name))
            return False
        socket.write(json.dumps([str(path) for path in paths]).encode() + b"\n")
        socket.flush()
        socket.waitForBytesWritten(_PATIENCE_MS)
        answered = socket.bytesAvailable() > 0 or socket.waitForReadyRead(_PATIENCE_MS)
        socket.close()
        return answered

    def listen(self) -> None:
        """Becomes the one that later starts hand what they were given to."""
        if not self._name:
            return
        QLocalServer.removeServer(self._name)  # what a crash left behind
        if not self._server.listen(self._name):
            _log.warning("later starts cannot be noticed: %s", self._server.errorString())

    def close(self) -> None:
        """Listens no more."""
        self._server.close()

    def _note(self, notice: UserFacingError) -> None:
        _log.warning("%s", notice)
        self._notice = notice

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            if not is_this_user(peer_user(socket.socketDescriptor())):
                _log.warning("another user called; not answered")
                socket.abort()
                continue
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            if socket.bytesAvailable():
                self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _LONGEST_MESSAGE:
                socket.abort()
            return
        line = bytes(socket.readLine(_LONGEST_MESSAGE).data())
        try:
            told = json.loads(line)
        except ValueError:
            _log.warning("a later start said nothing that makes sense")
            socket.abort()
            return
        socket.write(b"ok\n")
        socket.flush()
        paths = told if isinstance(told, list) else []
        self.started_again.emit([Path(name) for name in paths if isinstance(name, str)])


def _squatter(name: str) -> UserFacingError:
    return UserFacingError(
        translate("instance", "Another user listens where later starts are noticed"),
        path=name,
        remedy=translate("instance", "Nothing was told to that user. Have that program ended"),
    )
