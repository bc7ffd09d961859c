"""Closeness is said only where it was measured, and a bit speaks only where it is sure."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.core.closeness import BANDS, Calibration, ClosenessCurve
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import Region, Subject
from ahash_desktop.core.settings import Settings
from ahash_desktop.core.statements import BitMeaning
from ahash_desktop.search.ranking import SHORTLIST
from ahash_desktop.services.bits import BitNames
from ahash_desktop.services.searching import Example, Searcher, SearchRequest
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.storethread import StoreThread
from ahash_desktop.store.library import Library
from tests.fake_encoder import fake_engine

CURVE = ClosenessCurve(0.9, 0.5, 0.1)
MEASURED = Calibration(CURVE)
ONE = (Example(photo_id=1),)
N_PHOTOS = 12
CALIBRATED = {
    "one example": SearchRequest(ONE),
    "an example of more weight": SearchRequest((Example(photo_id=1, weight=3),)),
    "required bits": SearchRequest(ONE, required_bits=(0,)),
    "a largest distance": SearchRequest(ONE, max_distance=60),
    "some photos only": SearchRequest(ONE, only_ids=np.arange(2, 9)),
    "the example itself": SearchRequest(ONE, include_examples=True),
}
NOT_CALIBRATED = {
    "several examples": SearchRequest((Example(photo_id=1), Example(photo_id=2))),
    "minus": SearchRequest(ONE, negatives=(Example(photo_id=3),)),
    "ignored bits": SearchRequest(ONE, ignored_bits=(5,)),
    "inverted bits": SearchRequest(ONE, inverted_bits=(5,)),
    "order by bits": SearchRequest(ONE, order="bits"),
    "order by strength": SearchRequest(ONE, order="strength"),
}


@pytest.fixture
def session(
    paths: LibraryPaths, make_pictures: Callable[..., list[Path]]
) -> Iterator[LibrarySession]:
    opened = LibrarySession.open(paths, Settings(model="starter-64"), make_encoder=fake_engine)
    opened.browser.add_root(make_pictures("photos", N_PHOTOS)[0].parent)
    list(opened.updater.index(CancelToken(), at_once=True))
    yield opened
    opened.close()


@pytest.fixture
def store(paths: LibraryPaths) -> Iterator[StoreThread]:
    made = StoreThread(paths, "test")
    yield made
    made.close()


@pytest.mark.parametrize("calibration", [MEASURED, None], ids=["measured", "not measured"])
@pytest.mark.parametrize("name", [*CALIBRATED, *NOT_CALIBRATED])
def test_closeness_is_said_only_where_it_was_measured(
    session: LibrarySession, store: StoreThread, name: str, calibration: Calibration | None
) -> None:
    searcher = Searcher(store, session.encoder, session.model, calibration)
    response = searcher.search((CALIBRATED | NOT_CALIBRATED)[name])
    said = [hit.closeness for hit in response.hits]
    assert said
    if calibration is None or name in NOT_CALIBRATED:
        assert set(said) == {None}
        assert response.closest is None
    else:
        assert response.closest == said[0]
        places = [BANDS.index(word) for word in said if word is not None]
        assert len(places) == len(said)
        assert places == sorted(places)


def test_closeness_is_said_for_part_of_a_picture(
    session: LibrarySession, store: StoreThread
) -> None:
    searcher = Searcher(store, session.encoder, session.model, MEASURED)
    example = Example(photo_id=1, region=Region(0.1, 0.1, 0.6, 0.6))
    assert searcher.search(SearchRequest((example,))).closest is not None


@pytest.mark.parametrize("photo_id", [1, 2], ids=["a bird", "a car"])
def test_closeness_is_said_of_the_domains_that_were_measured(
    session: LibrarySession, store: StoreThread, birds: set[int], photo_id: int
) -> None:
    calibration = Calibration(None, {"bird": CURVE})
    searcher = Searcher(store, session.encoder, session.model, calibration)
    example = Example(photo_id=photo_id)
    response = searcher.search(SearchRequest((example,)))
    one, other = searcher.encode(example), searcher.encode(Example(photo_id=3))
    told = [hit.closeness for hit in response.hits]
    assert [word is not None for word in told] == [photo_id in birds] * len(told)
    assert (searcher.closeness(one, other) is not None) == (photo_id in birds)


def test_every_way_to_ask_is_in_the_table() -> None:
    told = {"order": SHORTLIST}
    plain = SearchRequest(ONE)
    assert plain.order == told["order"]
    asked = {
        name
        for request in (CALIBRATED | NOT_CALIBRATED).values()
        for name in SearchRequest.__slots__
        if getattr(request, name) is not getattr(plain, name)
    }
    assert asked >= set(SearchRequest.__slots__) - {"top_k", "taken_back"}


def meaning(has_from: float | None, lacks_to: float | None) -> BitMeaning:
    return BitMeaning(
        7, "red crown", "红顶", "has_crown::red", "bird", has_from, lacks_to, 0.9, 0.9
    )


@pytest.fixture
def birds(session: LibrarySession, paths: LibraryPaths) -> set[int]:
    """Every second photo is of a bird."""
    key = session.model.model_key
    chosen = set(range(1, N_PHOTOS + 1, 2))
    with Library.open(paths) as library, library.transaction():
        for photo in library.photos.get_many(range(1, N_PHOTOS + 1)):
            encoded = library.codes.get(photo.photo_id, key)
            assert encoded is not None
            domain = "bird" if photo.photo_id in chosen else "car"
            told = replace(encoded, subject=Subject(domain, 0.9))
            library.codes.store(photo.photo_id, key, told, photo.facts)
    return chosen


@pytest.mark.parametrize("has", [True, False])
def test_photos_of_which_a_bit_says_something_are_those_of_which_it_is_sure(
    session: LibrarySession, store: StoreThread, birds: set[int], has: bool
) -> None:
    block = session.searcher.codes()
    values = block.activations[:, 7].astype(np.float32)
    high, low = (float(value) for value in np.quantile(values, [0.6, 0.4]))
    bits = BitNames(store, session.searcher, session.model, (), (meaning(high, low),))
    sure = values >= high if has else values <= low
    on = (values > 0) == has
    expected = {int(i) for i in block.photo_ids[sure & on]} & birds
    told = bits.photos_said(7, has=has).tolist()
    assert set(told) == expected
    order = [values[block.photo_ids.tolist().index(photo_id)] for photo_id in told]
    assert order == sorted(order, reverse=has)


def test_a_bit_that_never_says_so_has_no_photos(
    session: LibrarySession, store: StoreThread, birds: set[int]
) -> None:
    assert birds
    bits = BitNames(store, session.searcher, session.model, (), (meaning(None, None),))
    assert bits.photos_said(7, has=True).tolist() == []
    assert bits.photos_said(7, has=False).tolist() == []


def test_a_name_that_a_person_gave_holds_wherever_the_bit_is_on(
    session: LibrarySession, store: StoreThread, birds: set[int]
) -> None:
    assert birds
    bits = BitNames(store, session.searcher, session.model, (), (meaning(2.0, -2.0),))
    assert bits.photos_said(7, has=True).tolist() == []
    bits.name(7, "my word")
    expected = bits.photos_with(7, on=True).tolist()
    assert bits.photos_said(7, has=True).tolist() == expected
