"""What watching asks of the machine it runs on."""

from pathlib import Path
from stat import S_ISDIR
from typing import Protocol

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.services.watching import limits, volumes


class Surroundings(Protocol):
    """The machine; a made-up one in tests."""

    def identity(self, folder: Path) -> tuple[int, int] | None:
        """What tells a folder from another at the same place; None if it cannot be reached."""
        ...

    def tells_of_changes(self, folder: Path) -> bool:
        """Whether the system tells of all changes below a folder."""
        ...

    def room_to_watch(self) -> int | None:
        """How many more folders may be watched; None if there is no limit."""
        ...

    def count_folders(self, folder: Path, at_most: int, token: CancelToken) -> int:
        """How many folders there are; stops a little above `at_most`."""
        ...

    def queue_limit(self) -> int:
        """How many events may wait before some are lost."""
        ...


class ThisMachine:
    """The machine the program runs on."""

    def identity(self, folder: Path) -> tuple[int, int] | None:
        """Device and number of a folder; None if it cannot be reached."""
        try:
            status = folder.stat()
        except OSError:
            return None
        return (status.st_dev, status.st_ino) if S_ISDIR(status.st_mode) else None

    def tells_of_changes(self, folder: Path) -> bool:
        """Whether the system tells of all changes below a folder."""
        return volumes.tells_of_changes(folder)

    def room_to_watch(self) -> int | None:
        """How many more folders may be watched; None if there is no limit."""
        return limits.room_to_watch()

    def count_folders(self, folder: Path, at_most: int, token: CancelToken) -> int:
        """How many folders there are; stops a little above `at_most`."""
        return limits.count_folders(folder, at_most, token)

    def queue_limit(self) -> int:
        """How many events may wait before some are lost."""
        return limits.queue_limit()
