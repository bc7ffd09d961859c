"""A library whose model no longer comes with the program is shown and searched all the same."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ahash_desktop.core.errors import ModelMissingError, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings, load_settings, save_settings
from ahash_desktop.core.updates import IndexSummary, ModelChange
from ahash_desktop.services.searching import Example, SearchRequest
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.switching import ModelSwitch
from tests.fake_encoder import fake_engine
from tests.pictures import save_picture

MADE_BY_48DCB6F = Path(__file__).parents[1] / "data" / "db" / "48dcb6f.db"
"""Six photos in /photos, encoded by `birds-and-cars-64`, which shipped then and was its default."""
GONE, N_PHOTOS = "birds-and-cars-64", 6
Open = Callable[[Settings], LibrarySession]


@pytest.fixture
def old(paths: LibraryPaths, photos: Path) -> LibraryPaths:
    """That library, its photos beside it."""
    paths.folder.mkdir(parents=True)
    shutil.copy(MADE_BY_48DCB6F, paths.database)
    for number in range(N_PHOTOS):
        picture = save_picture(photos / f"{number:02d}.jpg", number, (96, 72))
        os.utime(picture, (1_700_000_000, 1_700_000_000))
    database = sqlite3.connect(paths.database)
    database.execute("UPDATE roots SET path = ?", (str(photos),))
    database.commit()
    database.close()
    return paths


@pytest.fixture
def open_old(old: LibraryPaths) -> Iterator[Open]:
    opened: list[LibrarySession] = []

    def open_with(settings: Settings) -> LibrarySession:
        save_settings(old.settings, settings)
        opened.append(LibrarySession.open(old, settings, make_encoder=fake_engine))
        return opened[-1]

    yield open_with
    for session in opened:
        session.close()


@pytest.mark.parametrize(
    "settings", [Settings(), Settings(model=GONE), Settings(model="cars-48")], ids=lambda s: s.model
)
def test_it_opens_and_is_browsed_and_searched(open_old: Open, settings: Settings) -> None:
    session = open_old(settings)
    assert (session.model.name, session.kept is not None) == (GONE, True)
    assert session.notices == ()
    assert not session.can_update
    ids = session.browser.photo_ids().tolist()
    assert len(ids) == N_PHOTOS == session.browser.counts().indexed
    response = session.searcher.search(SearchRequest((Example(photo_id=ids[0]),)))
    assert len(response.hits) == N_PHOTOS - 1
    assert session.bits.names()[3] == "long bill"
    assert len(session.bits.statistics()) == 64
    assert session.show(str(session.browser.photos(ids)[0].path), 64).shape[2] == 3
    assert session.statements_of(str(session.browser.photos(ids)[0].path)) == ()


def test_what_needs_the_model_is_refused_in_one_sentence(
    open_old: Open, make_picture: Callable[..., Path]
) -> None:
    session = open_old(Settings())
    stranger = str(make_picture("elsewhere/a.jpg", seed=50))
    for ask in (lambda: session.encoder.encode(stranger), lambda: session.explain(stranger, [0])):
        with pytest.raises(UserFacingError, match="no longer comes with the program") as refused:
            ask()
        assert "Change to another one, such as" in str(refused.value.remedy)


def test_an_update_keeps_what_there_is_and_loses_nothing(open_old: Open) -> None:
    session = open_old(Settings())
    summary = list(session.updater.index(CancelToken(), at_once=True))[-1]
    assert isinstance(summary, IndexSummary)
    assert (summary.unchanged, summary.problems) == (N_PHOTOS, ())


def test_the_time_a_change_takes_is_told_and_the_change_ends_it(
    open_old: Open, old: LibraryPaths
) -> None:
    session = open_old(Settings())
    kept = session.kept
    assert kept is not None
    photos = session.browser.photos(session.browser.photo_ids().tolist())
    seconds = kept.estimate_s(photos, 1000 * len(photos), CancelToken())
    assert 0 < seconds < 3600
    switch = ModelSwitch(old, session.shelf, fake_engine)
    change = list(switch.use(kept.successor, CancelToken(), at_once=True))[-1]
    assert isinstance(change, ModelChange)
    assert (change.name, change.n_encoded) == (Settings().model, N_PHOTOS)
    session.use(kept.successor)
    assert (session.kept, session.can_update) == (None, True)
    assert load_settings(old.settings).model == Settings().model
    again = LibrarySession.open(old, load_settings(old.settings), make_encoder=fake_engine)
    assert again.kept is None
    again.close()


def test_a_model_that_is_here_and_was_chosen_serves(open_old: Open) -> None:
    session = open_old(Settings(model="starter-64"))
    assert (session.model.name, session.kept) == ("starter-64", None)


def test_a_library_without_codes_says_that_its_model_is_missing(paths: LibraryPaths) -> None:
    with pytest.raises(ModelMissingError):
        LibrarySession.open(paths, replace(Settings(), model="no such"), make_encoder=fake_engine)
