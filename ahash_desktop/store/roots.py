"""The folders the library keeps up with, none of which lies inside another."""

from collections.abc import Sequence
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import real_path
from ahash_desktop.core.records import FolderMark, InnerMount, Root, RootState
from ahash_desktop.store.connection import Connection, Row

_ALL = """
    SELECT root_id, path, state, added_at, scanned_at, volume, mount, number, moved_from, refused
    FROM roots ORDER BY path
"""


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
        folder = real_path(path)
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
        return self._connection.records(_ALL, (), _root_of)

    def find(self, path: Path) -> Root | None:
        """The root that is exactly this folder, links in its path followed."""
        folder = real_path(path)
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

    def follow(self, root: Root, place: Path) -> None:
        """Notes that a folder was found elsewhere, which can be undone.

        Raises:
            UserFacingError: As `move` does.
        """
        with self._connection.transaction():
            self.move(root.path, place)
            self._connection.run(
                "UPDATE roots SET moved_from = ? WHERE root_id = ?",
                (str(root.path), root.root_id),
            )

    def undo_move(self, root_id: int) -> Root:
        """Puts a folder back to where it was before it was found elsewhere, and never there again.

        Raises:
            UserFacingError: If it has been removed, was not found elsewhere, or its old place
                overlaps with another folder by now.
        """
        with self._connection.transaction():
            root = self.get(root_id)
            if root.moved_from is None:
                raise UserFacingError("this folder was not found elsewhere", path=root.path)
            self.move(root.path, root.moved_from)
            self._connection.run(
                "UPDATE roots SET moved_from = NULL, refused = ? WHERE root_id = ?",
                (str(root.path), root.root_id),
            )
            return self.get(root_id)

    def set_mark(self, root_id: int, mark: FolderMark) -> None:
        """Notes what a folder is known again by."""
        mount = None if mark.mount is None else str(mark.mount)
        self._connection.run(
            "UPDATE roots SET volume = ?1, mount = ?2, number = ?3 WHERE root_id = ?4"
            " AND (volume IS NOT ?1 OR mount IS NOT ?2 OR number IS NOT ?3)",
            (mark.volume, mount, mark.number, int(root_id)),
        )

    def mounts(self, root_id: int) -> list[InnerMount]:
        """The volumes that are or were mounted inside a folder, by path."""
        rows = self._connection.rows(
            "SELECT relative_path, volume, is_there FROM mounts WHERE root_id = ?"
            " ORDER BY relative_path",
            (int(root_id),),
        )
        return [InnerMount(path, volume, bool(is_there)) for path, volume, is_there in rows]

    def set_mounts(self, root_id: int, mounts: Sequence[InnerMount]) -> None:
        """Notes which volumes are mounted inside a folder, and which were and are away."""
        if self.mounts(root_id) == sorted(mounts, key=lambda mount: mount.relative_path):
            return
        with self._connection.transaction():
            self._connection.run("DELETE FROM mounts WHERE root_id = ?", (int(root_id),))
            for mount in mounts:
                self._add_mount(root_id, mount)

    def _add_mount(self, root_id: int, mount: InnerMount) -> None:
        self._connection.run(
            "INSERT INTO mounts (root_id, relative_path, volume, is_there) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (int(root_id), mount.relative_path, mount.volume, mount.is_there),
        )

    def _take_over(self, inner: Root, outer: Root) -> None:
        """Moves the photos of a root into one that contains it, and forgets the inner one.

        Its volume is one that is mounted inside the outer one then, and may be away.
        """
        below = inner.path.relative_to(outer.path).as_posix()
        both = (outer.root_id, below, inner.root_id)
        for table in ("photos", "mounts"):
            self._connection.run(
                f"UPDATE {table} SET root_id = ?, relative_path = ? || '/' || relative_path"  # noqa: S608 - fixed names
                " WHERE root_id = ?",
                both,
            )
        is_there = inner.state is RootState.ONLINE
        mount = inner.mark.mount
        if mount is not None and mount != outer.path and mount.is_relative_to(outer.path):
            below = mount.relative_to(outer.path).as_posix()
        elif is_there:
            below = ""
        if below:
            self._add_mount(outer.root_id, InnerMount(below, inner.mark.volume, is_there))
        self.remove(inner.root_id)


def _root_of(row: Row) -> Root:
    root_id, path, state, added_at, scanned_at, volume, mount, number, *places = row
    moved_from, refused = (None if place is None else Path(place) for place in places)
    mark = FolderMark(volume, None if mount is None else Path(mount), number)
    return Root(
        root_id, Path(path), RootState(state), added_at, scanned_at, mark, moved_from, refused
    )


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
