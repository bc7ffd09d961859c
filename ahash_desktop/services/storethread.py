"""One thread that owns a library connection, so that any thread may ask it things."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.store.library import Library
from ahash_desktop.store.standing import Standing

_T = TypeVar("_T")


class StoreThread:
    """Runs short pieces of work on a library, one after another, in a thread of its own.

    Args:
        paths: The library's files.
        name: The thread's name, for logs.
    """

    def __init__(self, paths: LibraryPaths, name: str) -> None:
        self._paths = paths
        self._standing = Standing(paths)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._library: Library | None = None

    def call(self, work: Callable[[Library], _T]) -> _T:
        """The result of `work`, which runs in the library's thread.

        Raises:
            LibraryLostError: If the library was deleted or replaced meanwhile.
            UserFacingError: If it cannot be opened, or whatever `work` raises.
        """
        return self._executor.submit(self._run, work).result()

    def save_copy(self, target: Path) -> bool:
        """Copies the library as it is open here, deleted or not; False if it is not open."""
        return self._executor.submit(self._save_copy, target).result()

    def let_go(self) -> None:
        """Closes the library until it is asked for again, which may be another file then."""
        self._executor.submit(self._close_library).result()

    def renew(self) -> None:
        """Takes the library that is there now for the right one."""
        self._executor.submit(self._standing.renew).result()

    def close(self) -> None:
        """Closes the library and ends the thread."""
        self._executor.submit(self._close_library).result()
        self._executor.shutdown()

    def _run(self, work: Callable[[Library], _T]) -> _T:
        self._standing.check()
        if self._library is None:
            self._library = Library.open(self._paths)
        return work(self._library)

    def _save_copy(self, target: Path) -> bool:
        if self._library is None:
            return False
        self._library.copy_to(target)
        return True

    def _close_library(self) -> None:
        if self._library is not None:
            self._library.close()
            self._library = None
