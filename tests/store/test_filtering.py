"""Filters give the photos that have all that is asked, and nothing else."""

from typing import Any

import pytest

from ahash_desktop.core.filters import Folder, Orientation, PhotoFilter
from ahash_desktop.core.records import Root
from ahash_desktop.store.library import Library

NAMES = ["a/wren/1.jpg", "a/wren/2.jpg", "a/tit/1.jpg", "a0/1.jpg", "b/wren/1.jpg", "top.jpg"]


@pytest.fixture
def ids(library: Library, fill: Any) -> dict[str, int]:
    """Photos in folders, the first of May 2024; the last one a day later."""
    day = dict.fromkeys(NAMES, "2024-05-01T07:30:00") | {"top.jpg": "2024-05-02T00:00:00"}
    return {name: fill.index(name, seed=n, taken_at=day[name]) for n, name in enumerate(NAMES)}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (PhotoFilter(), NAMES),
        (PhotoFilter(folder=Folder(1)), NAMES),
        (PhotoFilter(folder=Folder(1, "a/")), NAMES[:3]),
        (PhotoFilter(folder=Folder(1, "a/wren/")), NAMES[:2]),
        (PhotoFilter(folder=Folder(2)), []),
        (PhotoFilter(label="wren"), [*NAMES[:2], "b/wren/1.jpg"]),
        (PhotoFilter(label="photos"), []),
        (PhotoFilter(label="none"), []),
        (PhotoFilter(folder=Folder(1, "b/"), label="wren"), ["b/wren/1.jpg"]),
        (PhotoFilter(since_s=1_714_608_000), ["top.jpg"]),
        (PhotoFilter(until_s=1_714_608_000), NAMES[:5]),
        (PhotoFilter(camera="Camera X"), NAMES),
        (PhotoFilter(camera="it's another"), []),
        (PhotoFilter(orientation=Orientation.LANDSCAPE), NAMES),
        (PhotoFilter(orientation=Orientation.SQUARE), []),
        (PhotoFilter(is_raw=True), []),
        (PhotoFilter(is_raw=False), NAMES),
    ],
)
def test_a_filter_gives_what_has_it(
    library: Library, ids: dict[str, int], wanted: PhotoFilter, names: list[str]
) -> None:
    assert library.filtering.ids(wanted).tolist() == sorted(ids[name] for name in names)


def test_what_there_is_to_filter_by(library: Library, root: Root, ids: dict[str, int]) -> None:
    assert ids
    choices = library.filtering.choices()
    paths = ["", "a/", "a/tit/", "a/wren/", "a0/", "b/", "b/wren/"]
    assert [folder for folder, _ in choices.folders] == [Folder(root.root_id, p) for p in paths]
    assert [shown for _, shown in choices.folders] == [
        str(root.path / path) if path else str(root.path) for path in paths
    ]
    assert choices.labels == ("a0", "tit", "wren")
    assert library.filtering.kinds() == [("a0", 1, 5), ("tit", 1, 5), ("wren", 3, 3)]
    assert choices.cameras == ("Camera X",)
