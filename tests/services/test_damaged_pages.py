"""Whatever is damaged of a library, it goes on with its newest copy or says why not."""

import itertools
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ahash_desktop.core.errors import LibraryDamagedError, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import LibraryCounts
from ahash_desktop.core.settings import Settings
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.store.library import Library
from tests.fake_encoder import fake_engine

N_PHOTOS = 30
PAGE_BYTES = 4096
WHOLE = LibraryCounts(indexed=N_PHOTOS, problem=1)

Damage = Callable[[bytes], bytes]
DAMAGES: dict[str, Damage] = {
    "0xff": lambda page: b"\xff" * len(page),
    "zeros": lambda page: bytes(len(page)),
    "noise": lambda page: random.Random(7).randbytes(len(page)),
    "half": lambda page: page[: len(page) // 2] + b"\xff" * (len(page) - len(page) // 2),
}


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photos and a library of them, with its copy."""
    from tests.pictures import save_picture

    place = tmp_path_factory.mktemp("healthy")
    for seed in range(N_PHOTOS):
        save_picture(place / f"photos/{seed}.jpg", seed)
    (place / "photos/broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture follows")
    paths = LibraryPaths(place / "library")
    session = LibrarySession.open(paths, Settings(), fake_engine)
    session.browser.add_root(place / "photos")
    list(session.updater.index(CancelToken()))
    session.bits.name(3, "long bill")
    session.close()
    with Library.open(paths) as library:
        library.checkpoint()
    return place


class Trial:
    """One damaged library, used as a person would."""

    def __init__(self, healthy: Path, place: Path) -> None:
        self.paths = LibraryPaths(place / "library")
        self.photos = healthy / "photos"
        shutil.rmtree(self.paths.folder, ignore_errors=True)
        shutil.copytree(healthy / "library", self.paths.folder)

    def use(self) -> tuple[LibraryCounts, tuple[UserFacingError, ...]]:
        """Asks the library for all it knows, brings it up to date, and gives what it then holds."""
        session = LibrarySession.open(self.paths, Settings(), fake_engine)
        try:
            ids = session.browser.photo_ids(newest_first=True).tolist()
            session.browser.photos(ids)
            session.browser.problems(include_ignored=True)
            session.browser.missing()
            session.browser.filter_choices()
            session.bits.names()
            list(session.updater.index(CancelToken()))
            ids = session.browser.photo_ids().tolist()
            codes = [session.searcher.stored_code(photo_id) for photo_id in ids]
            assert None not in codes
            return session.browser.counts(), session.notices
        finally:
            session.close()

    def assert_goes_on(self) -> None:
        """With all photos, at once or after a start again; what was damaged is kept and told."""
        try:
            counts, notices = self.use()
        except LibraryDamagedError:
            counts, notices = self.use()
            assert notices
        assert counts == WHOLE
        if notices:
            (notice,) = notices
            assert "rebuilt from its copy" in notice.what
            assert Path(str(notice.path)).is_file()
        with Library.open(self.paths) as library:
            assert library.integrity_problems() == []


def pages(file: Path) -> Iterator[int]:
    yield from range(file.stat().st_size // PAGE_BYTES)


def damage(file: Path, page: int, how: Damage) -> None:
    with file.open("r+b") as opened:
        opened.seek(page * PAGE_BYTES)
        data = opened.read(PAGE_BYTES)
        opened.seek(page * PAGE_BYTES)
        opened.write(how(data))


def test_a_library_with_any_page_damaged_goes_on_with_its_copy(
    healthy: Path, tmp_path: Path, thorough: bool
) -> None:
    """Every page once, each with another kind of damage; with all of them if asked to."""
    database = healthy / "library/library.db"
    kinds = itertools.cycle(DAMAGES.values())
    for page in pages(database):
        for how in DAMAGES.values() if thorough else [next(kinds)]:
            trial = Trial(healthy, tmp_path)
            damage(trial.paths.database, page, how)
            trial.assert_goes_on()


def test_several_damaged_pages_and_a_cut_file_are_no_worse(healthy: Path, tmp_path: Path) -> None:
    size = (healthy / "library/library.db").stat().st_size
    for n_bytes in (0, 1, 99, 100, 4095, 4096, size // 2, size - 1):
        trial = Trial(healthy, tmp_path)
        with trial.paths.database.open("r+b") as file:
            file.truncate(n_bytes)
        trial.assert_goes_on()


@pytest.mark.parametrize("how", sorted(DAMAGES))
def test_a_damaged_log_costs_what_is_in_it_at_most(healthy: Path, tmp_path: Path, how: str) -> None:
    trial = Trial(healthy, tmp_path)
    log = trial.paths.database.with_name("library.db-wal")
    with Library.open(trial.paths) as library:
        library.roots.mark_scanned(1, 5.0)
        library.work.retry([1])
        kept = log.read_bytes()
        database = trial.paths.database.read_bytes()
    assert len(kept) > PAGE_BYTES
    for at in {0, 32, len(kept) // 2 // PAGE_BYTES * PAGE_BYTES, len(kept) - PAGE_BYTES}:
        trial = Trial(healthy, tmp_path)
        trial.paths.database.write_bytes(database)
        log.write_bytes(
            kept[:at] + DAMAGES[how](kept[at : at + PAGE_BYTES]) + kept[at + PAGE_BYTES :]
        )
        trial.assert_goes_on()


OBJECTS = [
    "roots", "photos", "models", "codes", "bit_names", "corrections", "favourites", "mounts",
    "labels", "label_steps", "label_changes", "refusals", "_sqlite_migrations",
    "photos_by_state", "photos_by_content", "photos_by_time", "photos_in_trash", "codes_by_photo",
    "codes_corrected", "codes_by_version", "labels_by_name",
    "idx__sqlite_migrations_migration_set_name",
]  # fmt: skip


@pytest.mark.parametrize("name", OBJECTS)
def test_a_library_that_lost_a_table_or_an_index_goes_on(
    healthy: Path, tmp_path: Path, name: str
) -> None:
    trial = Trial(healthy, tmp_path)
    stranger = sqlite3.connect(trial.paths.database)
    (kind,) = stranger.execute("SELECT type FROM sqlite_schema WHERE name = ?", (name,)).fetchone()
    stranger.execute("PRAGMA foreign_keys = OFF")
    stranger.execute(f"DROP {kind} {name}")
    stranger.commit()
    stranger.close()
    trial.assert_goes_on()


def test_the_list_of_tables_and_indexes_is_complete(healthy: Path) -> None:
    database = sqlite3.connect(healthy / "library/library.db")
    rows = database.execute("SELECT name FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    database.close()
    assert {name for (name,) in rows} - {"sqlite_sequence"} == set(OBJECTS)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE photos SET camera = CAST(x'ff41' AS TEXT) WHERE photo_id = 1",
        "UPDATE photos SET relative_path = CAST(x'61ff' AS TEXT) WHERE photo_id = 1",
        "UPDATE photos SET problem_kind = 'eaten' WHERE problem_kind IS NOT NULL",
        "UPDATE models SET n_bits = 1000000000",
        "UPDATE roots SET path = 'relative/place'",
        "UPDATE photos SET width = 9223372036854775807, height = 1 WHERE photo_id = 1",
        "UPDATE photos SET added_at = 9e999",
        "UPDATE photos SET relative_path = printf('%.60000c', 'x') WHERE photo_id = 1",
        "UPDATE codes SET code = x'00'",
    ],
)
def test_what_no_version_writes_is_told_in_one_sentence(
    healthy: Path, tmp_path: Path, sql: str
) -> None:
    trial = Trial(healthy, tmp_path)
    shutil.rmtree(trial.paths.backups)
    stranger = sqlite3.connect(trial.paths.database)
    stranger.execute(sql)
    stranger.commit()
    stranger.close()
    for _ in range(2):
        with pytest.raises(UserFacingError):
            trial.use()


def test_a_large_library_is_told_of_damage_where_it_is_met_and_then_goes_on(
    healthy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As all others, but that they are not looked through at the start."""
    monkeypatch.setattr("ahash_desktop.store.library._CHECKED_AT_ONCE_BYTES", 0)
    for page in pages(healthy / "library/library.db"):
        trial = Trial(healthy, tmp_path)
        damage(trial.paths.database, page, DAMAGES["0xff"])
        try:
            counts, _ = trial.use()
        except LibraryDamagedError:
            counts, notices = trial.use()
            assert notices
        assert counts == WHOLE
