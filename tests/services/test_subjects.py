"""People say where the subject is, and from then on the photo's code is of that."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import Region
from ahash_desktop.core.settings import Settings
from ahash_desktop.core.updates import IndexSummary, ModelChange
from ahash_desktop.services.archiving import export_library, import_library
from ahash_desktop.services.searching import Example, SearchRequest
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.switching import ModelSwitch
from tests.fake_encoder import fake_engine

FIRST, SECOND = "starter-64", "birds-and-cars-128"
PART = Region(0.25, 0.25, 0.5, 0.5)


@pytest.fixture
def session(
    paths: LibraryPaths, make_pictures: Callable[..., list[Path]]
) -> Iterator[LibrarySession]:
    """A library of three photos."""
    opened = LibrarySession.open(paths, Settings(model=FIRST), make_encoder=fake_engine)
    opened.browser.add_root(make_pictures("photos", 3)[0].parent)
    index(opened)
    yield opened
    opened.close()


def index(session: LibrarySession) -> IndexSummary:
    summary = list(session.updater.index(CancelToken(), at_once=True))[-1]
    assert isinstance(summary, IndexSummary)
    return summary


def path_of(session: LibrarySession, photo_id: int) -> Path:
    return session.browser.photos([photo_id])[0].path


def kept_part(session: LibrarySession, photo_id: int) -> Region | None:
    kept = session.searcher.stored_code(photo_id)
    assert kept is not None
    return kept.part


def test_the_code_of_a_corrected_photo_is_of_the_part(session: LibrarySession) -> None:
    source = str(path_of(session, 1))
    expected = session.encoder.encode(source, PART)
    told = session.correct_subject(1, PART)
    kept = session.searcher.stored_code(1)
    assert kept is not None
    for encoded in (told, kept):
        assert encoded.code.tolist() == expected.code.tolist()
        assert encoded.subject is not None
        assert (encoded.subject.box, encoded.subject.is_corrected) == (PART, True)
    found = session.searcher.search(
        SearchRequest((Example(source=source, region=PART),), include_examples=True)
    )
    assert (found.hits[0].photo_id, found.hits[0].distance) == (1, 0)


def test_its_evidence_is_that_of_the_part(session: LibrarySession) -> None:
    source = str(path_of(session, 1))
    session.correct_subject(1, PART)
    explained = session.explain(source, [0, 5])
    assert (
        explained.logits.tolist() == session.encoder.explain(source, [0, 5], PART).logits.tolist()
    )
    whole = Region(0, 0, 1, 1)
    assert session.explain(source, [0], whole).logits[0] != explained.logits[0]


def test_taking_it_back_makes_the_code_of_the_whole_again(session: LibrarySession) -> None:
    before = session.searcher.stored_code(1)
    session.correct_subject(1, PART)
    session.correct_subject(1, None)
    after = session.searcher.stored_code(1)
    assert before is not None
    assert after is not None
    assert after.code.tolist() == before.code.tolist()
    assert (after.part, after.subject) == (None, before.subject)


def test_an_update_leaves_it_alone(session: LibrarySession) -> None:
    session.correct_subject(1, PART)
    assert index(session).unchanged == 3
    assert kept_part(session, 1) == PART


@pytest.mark.parametrize("how", ["moved", "copied", "touched", "away and back"])
def test_it_goes_along_with_the_file(session: LibrarySession, tmp_path: Path, how: str) -> None:
    session.correct_subject(1, PART)
    path = path_of(session, 1)
    aside = tmp_path / "aside.jpg"
    match how:
        case "moved":
            path.rename(path.with_name("moved.jpg"))
        case "copied":
            shutil.copyfile(path, path.with_name("copy.jpg"))
        case "touched":
            path.touch()
        case _:
            path.rename(aside)
            index(session)
            session.browser.forget_missing([1])
            aside.rename(path)
    index(session)
    parts = {photo_id: kept_part(session, photo_id) for photo_id in session.browser.photo_ids()}
    n_corrected = 2 if how == "copied" else 1
    assert sorted(parts.values(), key=str) == [None] * 2 + [PART] * n_corrected


def test_other_content_under_its_name_is_not_corrected(
    session: LibrarySession, make_picture: Callable[..., Path]
) -> None:
    session.correct_subject(1, PART)
    make_picture(path_of(session, 1), seed=77)
    index(session)
    assert kept_part(session, 1) is None


def test_another_model_follows_it_and_so_does_the_first_one_later(
    session: LibrarySession, paths: LibraryPaths
) -> None:
    session.correct_subject(1, PART)
    switch = ModelSwitch(paths, session.shelf, fake_engine)
    assert isinstance(list(switch.use(SECOND, CancelToken(), at_once=True))[-1], ModelChange)
    session.use(SECOND)
    assert kept_part(session, 1) == PART
    elsewhere = Region(0.0, 0.0, 0.5, 0.5)
    session.correct_subject(1, elsewhere)
    session.correct_subject(2, PART)
    list(switch.use(FIRST, CancelToken(), at_once=True))
    session.use(FIRST)
    assert [kept_part(session, photo_id) for photo_id in (1, 2, 3)] == [elsewhere, PART, None]


def test_it_travels_with_an_exported_library(
    session: LibrarySession, paths: LibraryPaths, tmp_path: Path
) -> None:
    session.correct_subject(1, PART)
    file, there = tmp_path / "all.ahashlib", LibraryPaths(tmp_path / "there")
    list(export_library(paths, file, CancelToken()))
    list(import_library(file, there, {}, CancelToken()))
    other = LibrarySession.open(there, Settings(model=FIRST), make_encoder=fake_engine)
    try:
        assert kept_part(other, 1) == PART
        assert index(other).unchanged == 3
    finally:
        other.close()


def test_a_photo_that_has_changed_is_not_corrected(
    session: LibrarySession, make_picture: Callable[..., Path]
) -> None:
    make_picture(path_of(session, 1), seed=77)
    with pytest.raises(UserFacingError, match="does not know this photo as it is now"):
        session.correct_subject(1, PART)
    with pytest.raises(UserFacingError, match="no longer in the library"):
        session.correct_subject(99, PART)
