"""The folders the library keeps up with, none of which lies inside another."""

from pathlib import Path

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import Root, RootState
from ahash_desktop.store.connection import Connection


class RootTable:
    """Reads and changes the folders of a library.

    Args:
        connection: An open connection of this thread.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, path: Path, now: float) -> Root:
        """Adds a folder, links in its path followed.

        A folder that is known, or lies inside a known one, is covered: the known one is given. A
        folder that contains known ones takes their photos over, with all that is known of them.

        Args:
            path: The folder.
            now: Seconds since the epoch.

        Raises:
            UserFacingError: If the folder's name cannot be kept as text.
        """
        folder = path.resolve()
        text = _as_text(folder)
        with self._connection.transaction():
            known = self.all()
            covering = next((root for root in known if folder.is_relative_to(root.path)), None)
            if covering is not None:
                return covering
            added = self._connection.run(
                "INSERT INTO roots (path, state, added_at) VALUES (?, ?, ?)",
                (text, RootState.ONLINE, now),
            )
            root = Root(added.lastrowid or 0, folder, RootState.ONLINE, now, None)
            for inner in known:
                if inner.path.is_relative_to(folder):
                    self._take_over(inner, root)
        return root

    def all(self) -> list[Root]:
        """All folders, by path."""
        rows = self._connection.rows(
            "SELECT root_id, path, state, added_at, scanned_at, volume FROM roots ORDER BY path"
        )
        return [
            Root(root_id, Path(path), RootState(state), added_at, scanned_at, volume)
            for root_id, path, state, added_at, scanned_at, volume in rows
        ]

    def find(self, path: Path) -> Root | None:
        """The root that is exactly this folder, links in its path followed."""
        folder = path.resolve()
        return next((root for root in self.all() if root.path == folder), None)

    def get(self, root_id: int) -> Root:
        """The root with this id.

        Raises:
            UserFacingError: If it has been removed.
        """
        for root in self.all():
            if root.root_id == root_id:
                return root
        raise UserFacingError(
            "this folder is no longer in the library", remedy="Add it again to see its photos"
        )

    def remove(self, root_id: int) -> None:
        """Forgets a folder and all that is known of its photos; no file is touched."""
        self._connection.run("DELETE FROM roots WHERE root_id = ?", (int(root_id),))

    def move(self, old: Path, new: Path) -> None:
        """Notes that a folder lies elsewhere now; its photos keep all that is known of them.

        Raises:
            UserFacingError: If no root is exactly the old folder, the new one lies inside another
                root or contains one, or its name cannot be kept as text.
        """
        with self._connection.transaction():
            roots = self.all()
            root = next((root for root in roots if root.path == old), None)
            if root is None:
                raise UserFacingError(
                    "the library has no such folder",
                    path=old,
                    remedy="Its folders: " + ", ".join(str(known.path) for known in roots),
                )
            for other in roots:
                apart = other is root or not (
                    new.is_relative_to(other.path) or other.path.is_relative_to(new)
                )
                if not apart:
                    raise UserFacingError(
                        "this folder and another of the library overlap", path=new
                    )
            self._connection.run(
                "UPDATE roots SET path = ? WHERE root_id = ?", (_as_text(new), root.root_id)
            )

    def set_state(self, root_id: int, state: RootState) -> None:
        """Notes whether a folder can be reached."""
        self._connection.run(
            "UPDATE roots SET state = ?1 WHERE root_id = ?2 AND state <> ?1", (state, int(root_id))
        )

    def mark_scanned(self, root_id: int, now: float) -> None:
        """Notes that a scan of the folder is complete."""
        self._connection.run(
            "UPDATE roots SET scanned_at = ? WHERE root_id = ?", (now, int(root_id))
        )

    def set_volume(self, root_id: int, volume: str | None) -> None:
        """Notes which volume a folder lies on."""
        self._connection.run(
            "UPDATE roots SET volume = ?1 WHERE root_id = ?2 AND volume IS NOT ?1",
            (volume, int(root_id)),
        )

    def _take_over(self, inner: Root, outer: Root) -> None:
        """Moves the photos of a root into one that contains it, and forgets the inner one."""
        self._connection.run(
            "UPDATE photos SET root_id = ?, relative_path = ? || '/' || relative_path"
            " WHERE root_id = ?",
            (outer.root_id, inner.path.relative_to(outer.path).as_posix(), inner.root_id),
        )
        self.remove(inner.root_id)


def _as_text(folder: Path) -> str:
    text = str(folder)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UserFacingError(
            "the name of this folder is not valid text",
            path=text.encode(errors="replace").decode(),
            remedy="Rename it and add it again",
        ) from None
    return text
