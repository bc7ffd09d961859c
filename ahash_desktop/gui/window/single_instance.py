"""One window a library: a second start hands what it was given to the first and ends."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QDir, QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.gui.base.wording import translate
from ahash_desktop.gui.window.meeting_place import is_this_user, meeting_place, peer_user

_log = logging.getLogger(__name__)

_CALL_MS = 1000
_ANSWER_MS = 30_000
_N_TRIES = 3
_LONGEST_MESSAGE = 1_000_000


class SingleInstance(QObject):
    """Listens for later starts on the same library; only the same user is heard and answered.

    `started_again` carries the folders and pictures that a later start was given. What comes before
    `begin_to_tell` is kept until then.

    Args:
        library: The library's folder.
    """

    started_again = Signal(list)

    def __init__(self, library: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._notice: UserFacingError | None = None
        self._is_telling = False
        self._kept: list[list[Path]] = []
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

    def is_first(self, paths: Sequence[Path]) -> bool:
        """Whether this start is the one to open the library, and listens from now on.

        If not, another one has been given the paths.
        """
        return not self.hand_over(paths) and (self.listen() or not self.hand_over(paths))

    def hand_over(self, paths: Sequence[Path]) -> bool:
        """Gives paths to another start of this user on the same library; False if there is none.

        One that is too busy to answer in time has them all the same, and reads them when it can.
        """
        said = json.dumps([str(path) for path in paths]).encode() + b"\n"
        for _ in range(_N_TRIES):
            socket = self._call()
            if socket is None:
                return False
            deadline = QDeadlineTimer(_ANSWER_MS)
            socket.write(said)
            socket.flush()
            while socket.bytesToWrite() and socket.waitForBytesWritten(deadline.remainingTime()):
                continue
            if socket.bytesAvailable() or socket.waitForReadyRead(deadline.remainingTime()):
                return True
            if socket.state() == QLocalSocket.LocalSocketState.ConnectedState:
                _log.warning("the program that has this library open is busy; it was told")
                return True
        return False  # each that was there ended before it had listened

    def listen(self) -> bool:
        """Becomes the one that later starts hand what they were given to.

        Returns:
            False if another start of this user has just become that.
        """
        if not self._name:
            return True
        turn = QLockFile(_lock_path(self._name))
        turn.tryLock(_CALL_MS)  # without it, only starts at the very same moment miss each other
        try:
            if self._call() is not None:
                return False
            QLocalServer.removeServer(self._name)  # what a crash left behind
            if not self._server.listen(self._name):
                _log.warning("later starts cannot be noticed: %s", self._server.errorString())
            return True
        finally:
            turn.unlock()

    def begin_to_tell(self) -> None:
        """Tells what has been handed over so far, and from now on whatever is, at once."""
        self._is_telling = True
        kept, self._kept = self._kept, []
        for paths in kept:
            self.started_again.emit(paths)

    def close(self) -> None:
        """Listens no more."""
        self._server.close()

    def _call(self) -> QLocalSocket | None:
        """A connection to whoever of this user listens here."""
        if not self._name:
            return None
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_CALL_MS):
            return None
        if is_this_user(peer_user(socket.socketDescriptor())):
            return socket
        socket.abort()
        self._note(_squatter(self._name))
        return None

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
        names = told if isinstance(told, list) else []
        paths = [Path(name) for name in names if isinstance(name, str)]
        if self._is_telling:
            self.started_again.emit(paths)
        else:
            self._kept.append(paths)


def _lock_path(name: str) -> str:
    """Beside the socket; on Windows, where pipes lie in no folder, in that of passing files."""
    return f"{name if '/' in name else QDir.temp().filePath(name)}.lock"


def _squatter(name: str) -> UserFacingError:
    return UserFacingError(
        translate("instance", "Another user listens where later starts are noticed"),
        path=name,
        remedy=translate("instance", "Nothing was told to that user. Have that program ended"),
    )
