"""The ways into the library as a tree: what each is called, counts, and where it leads."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtGui import QImage

from ahash_desktop.core.filters import Folder, PhotoFilter
from ahash_desktop.core.overview import FolderCount, LibraryOverview, MonthCount
from ahash_desktop.core.records import LibraryCounts
from ahash_desktop.gui.base.dates import month_name, month_text, taken_within
from ahash_desktop.gui.base.wording import translate
from ahash_desktop.gui.search.recent import Recent

ALL, FAVOURITES, PROBLEMS, MISSING, SECTION = "all", "favourites", "problems", "missing", "section"


@dataclass(frozen=True, slots=True)
class Way:
    """One way into the library.

    `key` stays the same while counts and names change. It leads to the photos that are `wanted`,
    if that is given, under its `title` if that says more than its text, or to the search of late.
    """

    key: tuple[object, ...]
    text: str
    count: int | None = None
    wanted: PhotoFilter | None = None
    tool_tip: str = ""
    title: str = ""
    picture: QImage | None = field(default=None, compare=False)
    recent: Recent | None = field(default=None, compare=False)
    ways: tuple["Way", ...] = field(default=())


def ways_into(overview: LibraryOverview, counts: LibraryCounts) -> tuple[Way, ...]:
    """All ways into a library; sections that would be empty are left out."""
    ways = [
        Way((ALL,), translate("rail", "All photos"), overview.n_photos, PhotoFilter()),
        Way(
            (FAVOURITES,),
            translate("rail", "Favourites"),
            overview.n_favourites,
            PhotoFilter(is_favourite=True),
        ),
        _section("folders", translate("rail", "Folders"), _folders(overview.folders)),
        _section("dates", translate("rail", "Dates"), _years(overview.months)),
        _section("kinds", translate("rail", "Kinds"), _kinds(overview)),
        _section("cameras", translate("rail", "Cameras"), _cameras(overview.cameras)),
    ]
    for key, text, count in (
        (PROBLEMS, translate("rail", "Problems"), counts.problem),
        (MISSING, translate("rail", "Missing"), counts.missing),
    ):
        if count:
            ways.append(Way((key,), text, count))
    return tuple(way for way in ways if way.key[0] != SECTION or way.ways)


def ways_of_late(recent: Sequence[Recent]) -> tuple[Way, ...]:
    """The searches of late, with their pictures; nothing without any."""
    ways = [
        Way(("recent", *each.things), each.text, picture=each.picture, recent=each)
        for each in recent
    ]
    return (_section("recent", translate("rail", "Recent searches"), ways),) if ways else ()


def _section(name: str, text: str, ways: Sequence[Way]) -> Way:
    return Way((SECTION, name), text, ways=tuple(ways))


def _folders(folders: Sequence[FolderCount]) -> list[Way]:
    """The tree of folders that are given as one reads it."""
    below: dict[Folder, list[Way]] = {}
    tops: list[Way] = []
    for each in reversed(folders):
        folder = each.folder
        text = each.name
        tip = text
        if each.is_offline:
            text = translate("rail", "{folder} (not connected)").format(folder=_last(each.name))
            tip = translate("rail", "{folder}: its drive is not connected").format(folder=each.name)
        elif not folder.path:
            text = _last(each.name)
        way = Way(
            ("folder", folder.root_id, folder.path),
            text,
            each.n_photos,
            PhotoFilter(folder=folder),
            tip,
            ways=tuple(reversed(below.pop(folder, []))),
        )
        if folder.path:
            below.setdefault(_above(folder), []).append(way)
        else:
            tops.append(way)
    return tops[::-1]


def _years(months: Sequence[MonthCount]) -> list[Way]:
    years: list[Way] = []
    for each in months:
        month = Way(
            ("month", each.year, each.month),
            month_name(each.month),
            each.n_photos,
            taken_within(each.year, each.month),
            title=month_text(each.year, each.month),
        )
        if years and years[-1].key == ("year", each.year):
            year = years.pop()
        else:
            year = Way(("year", each.year), str(each.year), 0, taken_within(each.year))
        years.append(
            replace(year, count=(year.count or 0) + each.n_photos, ways=(*year.ways, month))
        )
    return years


def _kinds(overview: LibraryOverview) -> list[Way]:
    ways = [
        Way(("kind", kind), kind, count, PhotoFilter(label=kind)) for kind, count in overview.kinds
    ]
    if overview.n_unnamed and ways:
        text = translate("rail", "Not named yet")
        ways.insert(0, Way(("kind", ""), text, overview.n_unnamed, PhotoFilter(label="")))
    return ways


def _cameras(cameras: Sequence[tuple[str, int]]) -> list[Way]:
    if not any(camera for camera, _ in cameras):
        return []
    return [
        Way(
            ("camera", camera),
            camera or translate("rail", "Not known"),
            count,
            PhotoFilter(camera=camera),
        )
        for camera, count in cameras
    ]


def _above(folder: Folder) -> Folder:
    above = folder.path[:-1].rpartition("/")[0]
    return Folder(folder.root_id, f"{above}/" if above else "")


def _last(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2] or path
