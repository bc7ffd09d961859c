"""What the program makes itself is never a photo, wherever in the folders of photos it lies."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings, change_settings
from ahash_desktop.core.updates import IndexSummary
from ahash_desktop.imaging.thumbnails import ThumbnailStore
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.thumbnails import thumbnails_folder
from tests.fake_encoder import fake_engine

N_PHOTOS = 3
Open = Callable[[LibraryPaths, Settings], LibrarySession]


@pytest.fixture
def open_session() -> Iterator[Open]:
    """Opens libraries whose encoder keeps thumbnails where the settings say."""
    opened: list[LibrarySession] = []

    def open_one(paths: LibraryPaths, settings: Settings) -> LibrarySession:
        thumbnails = ThumbnailStore(thumbnails_folder(paths, settings))
        change_settings(paths.settings, thumbnails_folder=settings.thumbnails_folder)
        make = partial(fake_engine, keep_thumbnail=thumbnails.save)
        opened.append(LibrarySession.open(paths, settings, make))
        return opened[-1]

    yield open_one
    for session in opened:
        session.close()


def update(session: LibrarySession) -> IndexSummary:
    summary = list(session.updater.index(CancelToken()))[-1]
    assert isinstance(summary, IndexSummary)
    return summary


@pytest.mark.parametrize("thumbnails", ["", "thumbs", "../thumbs", "{photos}", "{photos}/deep/er"])
@pytest.mark.parametrize("library", ["photos", "photos/ahash", "photos/deep/library", "library"])
def test_a_library_among_photos_never_takes_its_thumbnails_for_photos(
    tmp_path: Path, make_pictures: Callable[[str, int], list[Path]], open_session: Open,
    library: str, thumbnails: str, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    photos = tmp_path / "photos"
    make_pictures("photos", N_PHOTOS)
    paths = LibraryPaths(tmp_path / library)
    settings = Settings(thumbnails_folder=thumbnails.format(photos=photos))
    session = open_session(paths, settings)
    session.browser.add_root(photos)
    assert update(session).encoded == N_PHOTOS
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for _ in range(2):
        summary = update(session)
        assert (summary.found, summary.encoded, summary.missing) == (N_PHOTOS, 0, 0)
    assert len(session.browser.thumbnails(session.browser.photo_ids().tolist())) == N_PHOTOS
    assert not list((tmp_path / "elsewhere").iterdir())


def test_other_libraries_among_photos_are_passed_over_as_well(
    tmp_path: Path, make_pictures: Callable[[str, int], list[Path]], open_session: Open
) -> None:
    make_pictures("photos", N_PHOTOS)
    for settings in (Settings(), Settings(thumbnails_folder=str(tmp_path / "photos/kept"))):
        for name in ("a", "b"):
            session = open_session(LibraryPaths(tmp_path / "photos" / name), settings)
            session.browser.add_root(tmp_path / "photos")
            assert update(session).found == N_PHOTOS


def test_thumbnails_that_were_once_taken_for_photos_leave_the_library(
    tmp_path: Path, make_pictures: Callable[[str, int], list[Path]], open_session: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    make_pictures("photos", N_PHOTOS)
    session = open_session(LibraryPaths(tmp_path / "photos/ahash"), Settings())
    session.browser.add_root(tmp_path / "photos")
    with monkeypatch.context() as patch:
        patch.setattr("ahash_desktop.imaging.scan.may_be_thumbnail", lambda _: False)
        update(session)
        assert update(session).found == 2 * N_PHOTOS
    summary = update(session)
    assert (summary.found, summary.missing) == (N_PHOTOS, 0)
    assert session.browser.counts().total == N_PHOTOS


@pytest.mark.parametrize("text", ["/", "/proc", "/dev"])
def test_the_whole_system_is_not_added(open_session: Open, paths: LibraryPaths, text: str) -> None:
    if not Path(text).is_dir() or Path(text).drive:
        pytest.skip("there is no such folder here")
    session = open_session(paths, Settings())
    with pytest.raises(UserFacingError, match="whole system"):
        session.browser.add_root(Path(text))
    assert session.browser.roots() == []
