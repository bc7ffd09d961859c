"""Which photos of the library to look among."""

from dataclasses import dataclass
from enum import StrEnum


class Orientation(StrEnum):
    """The shape of an upright picture."""

    LANDSCAPE = "landscape"
    PORTRAIT = "portrait"
    SQUARE = "square"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the library: a root, and the path below it with "/" at its end, or ""."""

    root_id: int
    path: str = ""


@dataclass(frozen=True, slots=True)
class PhotoFilter:
    """What photos must have in common; what is None is not asked.

    `folder` takes in what lies below it. `label` is the kind it shows, as it was labelled or as the
    folder that holds it is named, "" for none.
    Times are seconds of local time since 1970, `since_s` included, `until_s` not. `camera` is make
    and model, "" for none known. `is_raw` asks for camera RAW files, or for everything else.
    """

    folder: Folder | None = None
    label: str | None = None
    since_s: int | None = None
    until_s: int | None = None
    camera: str | None = None
    orientation: Orientation | None = None
    is_raw: bool | None = None
    is_favourite: bool = False

    def __bool__(self) -> bool:
        return self != PhotoFilter()


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """What there is to filter by: folders with the path each is shown by, kinds and cameras.

    `months` are those with photos, the newest first: year, and month from 1 to 12.
    """

    folders: tuple[tuple[Folder, str], ...] = ()
    labels: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()
    months: tuple[tuple[int, int], ...] = ()
