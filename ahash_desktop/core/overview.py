"""What a library holds, as one finds a way into it: folders, dates, kinds and cameras."""

from dataclasses import dataclass

from ahash_desktop.core.filters import Folder


@dataclass(frozen=True, slots=True)
class FolderCount:
    """A folder and how many photos are in it and below; `name` is its own, of a root its path."""

    folder: Folder
    name: str
    n_photos: int
    is_offline: bool = False


@dataclass(frozen=True, slots=True)
class MonthCount:
    """A month of a year, 1 … 12, and how many photos were taken in it."""

    year: int
    month: int
    n_photos: int


@dataclass(frozen=True, slots=True)
class LibraryOverview:
    """Ways into a library, with how many photos each leads to.

    A folder comes right after the one that holds it and before that one's other folders. Months
    are newest first, kinds and cameras by name; `n_unnamed` photos have no kind, "" among the
    cameras stands for those of which none is known.
    """

    folders: tuple[FolderCount, ...] = ()
    months: tuple[MonthCount, ...] = ()
    kinds: tuple[tuple[str, int], ...] = ()
    cameras: tuple[tuple[str, int], ...] = ()
    n_photos: int = 0
    n_unnamed: int = 0
    n_favourites: int = 0
