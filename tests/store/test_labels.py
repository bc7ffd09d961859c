"""Labels belong to contents, and every change of them can be taken back, also after a restart."""

from typing import Any

import numpy as np
import pytest

from ahash_desktop.core.filters import PhotoFilter
from ahash_desktop.core.labels import LabelDeed, Species, clean_label
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.store.library import Library


def test_a_label_is_of_a_content_and_all_its_copies(library: Library, fill: Any) -> None:
    first, copy = fill.index("a.jpg", seed=1), fill.index("b.jpg", seed=1)
    other = fill.index("c.jpg", seed=2)
    step = library.labels.give([first], "Gadwall", 5.0)
    assert step is not None
    assert (step.deed, step.n_photos) == (LabelDeed.GIVE, 1)
    assert library.labels.of([first, copy, other]) == {first: "Gadwall", copy: "Gadwall"}
    assert library.labels.give([copy], "Gadwall", 6.0) is None


def test_species_are_counted_with_the_days_of_first_and_last(library: Library, fill: Any) -> None:
    ids = [
        fill.index(f"{seed}.jpg", seed=seed, taken_at=taken)
        for seed, taken in ((1, "2026-05-02T10:00:00"), (2, "2024-01-03T08:00:00"), (3, None))
    ]
    library.labels.give(ids, "Gadwall", 5.0)
    assert library.labels.species() == [Species("Gadwall", 3, "2024-01-03", "2026-05-02")]


def test_refusing_takes_the_label_away_and_is_kept(library: Library, fill: Any) -> None:
    photo = fill.index("a.jpg", seed=1)
    library.labels.give([photo], "Teal", 5.0)
    library.labels.refuse([photo], "Teal", 6.0)
    assert library.labels.all() == {}
    assert library.labels.refused() == {photo: frozenset({"Teal"})}
    library.labels.undo(7.0)
    assert library.labels.all() == {photo: "Teal"}
    assert library.labels.refused() == {}


def test_undo_goes_on_after_a_restart(paths: LibraryPaths, library: Library, fill: Any) -> None:
    photo = fill.index("a.jpg", seed=1)
    library.labels.give([photo], "Teal", 5.0)
    library.labels.rename("Teal", "Garganey", 6.0)
    library.close()
    with Library.open(paths) as again:
        last = again.labels.last()
        assert last is not None
        assert (last.deed, last.name) == (LabelDeed.RENAME, "Teal → Garganey")
        again.labels.undo(7.0)
        assert again.labels.all() == {photo: "Teal"}
        again.labels.redo(8.0)
        assert again.labels.all() == {photo: "Garganey"}


@pytest.mark.parametrize("seed", range(4))
def test_whatever_was_done_is_undone_to_where_it_was(
    library: Library, fill: Any, seed: int
) -> None:
    ids = [fill.index(f"{number}.jpg", seed=number) for number in range(6)]
    rng = np.random.default_rng(seed)
    names = ["a", "b", "c"]
    seen = [(library.labels.all(), library.labels.refused())]
    for turn in range(30):
        chosen = rng.choice(ids, rng.integers(1, 4), replace=False).tolist()
        name, other = rng.choice(names, 2, replace=False).tolist()
        deeds = (
            lambda: library.labels.give(chosen, name, turn),  # noqa: B023 - called at once
            lambda: library.labels.refuse(chosen, name, turn),  # noqa: B023 - called at once
            lambda: library.labels.clear(chosen, turn),  # noqa: B023 - called at once
            lambda: library.labels.rename(name, other, turn),  # noqa: B023 - called at once
        )
        if deeds[rng.integers(len(deeds))]() is not None:
            seen.append((library.labels.all(), library.labels.refused()))
    for expected in reversed(seen[:-1]):
        assert library.labels.undo(99.0) is not None
        assert (library.labels.all(), library.labels.refused()) == expected
    assert library.labels.undo(99.0) is None
    for expected in seen[1:]:
        assert library.labels.redo(99.0) is not None
        assert (library.labels.all(), library.labels.refused()) == expected


def test_photos_are_filtered_by_labels_and_by_folders_of_that_name(
    library: Library, fill: Any
) -> None:
    in_folder, labelled = fill.index("Teal/a.jpg", seed=1), fill.index("b.jpg", seed=2)
    fill.index("c.jpg", seed=3)
    library.labels.give([labelled], "Teal", 5.0)
    assert library.filtering.ids(PhotoFilter(label="Teal")).tolist() == [in_folder, labelled]
    assert library.filtering.choices().labels == ("Teal",)


def test_labels_are_one_line_of_text() -> None:
    assert clean_label("  小鸊鷉 \n 😀\t") == "小鸊鷉 😀"
    assert clean_label("\n") == ""
    assert len(clean_label("x" * 900)) == 200
