"""What is gone from one folder and has come to another, told apart once all are scanned."""

from collections.abc import Collection, Sequence
from pathlib import Path

from ahash_desktop.core.errors import ShortageError
from ahash_desktop.core.records import Root, RootState, WorkItem
from ahash_desktop.core.updates import Hold
from ahash_desktop.services.hindrances import hold_of
from ahash_desktop.services.scanning import ScannedRoot
from ahash_desktop.store.library import Library


def try_to_settle(library: Library, scanned: Sequence[ScannedRoot]) -> Hold | None:
    """Does what `settle_scanned` does, or tells what the machine is short of for it."""
    try:
        settle_scanned(library, scanned)
    except ShortageError as error:
        return hold_of(error)
    return None


def settle_scanned(library: Library, scanned: Sequence[ScannedRoot]) -> None:
    """Records what is gone, but for photos of which the same content has come elsewhere since.

    Only now is it known what is there: a copy that has come to a folder may be gone or replaced by
    the time that folder's turn comes, and then both photos are. All is done in one transaction:
    after a kill before it the next run finds the same gone, since the same moment.

    Args:
        library: An open library of this thread.
        scanned: The folders of one run whose scans are complete.
    """
    roots = {root.root_id: root for root in library.roots.all()}
    fresh = {each.root.root_id for each in scanned}
    settled: set[int] = set()
    with library.transaction():
        for each in scanned:
            library.work.mark_missing(each.missing, each.scanned_at)
            library.roots.mark_scanned(each.root.root_id, each.scanned_at)
        for each in scanned:
            if (since := each.root.scanned_at) is None:
                continue
            for gone_id, here in library.moves.candidates(each.missing, since):
                if not {gone_id, here.photo_id} & settled and _is_there(here, roots, fresh):
                    library.moves.unite(gone_id, here.photo_id)
                    settled |= {gone_id, here.photo_id}


def _is_there(photo: WorkItem, roots: dict[int, Root], fresh: Collection[int]) -> bool:
    """Whether a photo is what the library knows; one that is out of reach is believed to be."""
    if photo.root_id in fresh or roots[photo.root_id].state is RootState.OFFLINE:
        return True
    return _matches(photo.path, photo.size_bytes, photo.mtime_ns)


def _matches(path: Path, size_bytes: int, mtime_ns: int) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (size_bytes, mtime_ns)
