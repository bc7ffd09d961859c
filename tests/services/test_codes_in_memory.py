"""Codes in memory follow the library, whatever is done to it, and read only what has changed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import (
    ContentId,
    EncodedPicture,
    EncodeOutcome,
    ModelRecord,
    PictureFacts,
    ScannedFile,
)
from ahash_desktop.search import gallery, living
from ahash_desktop.services import codes_in_memory
from ahash_desktop.services.codes_in_memory import CodesInMemory
from ahash_desktop.store.codes import CodeChanges
from ahash_desktop.store.library import Library

N_BITS = 12
STEPS = ("add", "add", "again", "hide", "show", "delete", "copy", "model")


class AtOnce:
    """In place of a thread: does its work as soon as it is started."""

    def __init__(self, target: Callable[[], None], **_: Any) -> None:
        self.start = target


class Photographer:
    """Does to a library what scans, updates and people do, with random codes."""

    def __init__(self, library: Library, rng: np.random.Generator) -> None:
        self.library, self.rng = library, rng
        self.root = library.roots.add(Path("/photos"), 0.0)
        self.model = library.models.register("m", "M", N_BITS, "{}", 0.0)
        self.other = library.models.register("o", "O", N_BITS, "{}", 0.0)
        self.ids: list[int] = []

    def encode(self, photo_id: int, model: ModelRecord | None = None) -> None:
        values = self.rng.uniform(-1, 1, N_BITS).astype(np.float16)
        key = photo_id.to_bytes(16, "big")
        outcome = EncodeOutcome(
            photo_id,
            EncodedPicture(pack_activations(values), values),
            PictureFacts(10, 10, "JPEG", None, None),
            ContentId(key, key),
        )
        with self.library.transaction():
            self.library.work.finish(outcome, (model or self.model).model_key, 2.0)

    def do(self, what: str) -> None:
        if what == "add" or not self.ids:
            name = f"{len(self.ids)}-{self.rng.integers(10**9)}.jpg"
            files = [ScannedFile(name, 1, 1)]
            self.library.work.record_scanned(self.root.root_id, files, 1.0)
            root_ids = [self.root.root_id]
            (item,) = self.library.work.awaiting(self.model.model_key, root_ids)[-1:]
            self.ids.append(item.photo_id)
            self.encode(item.photo_id)
            return
        photo_id = int(self.rng.choice(self.ids))
        if what == "again":
            self.encode(photo_id)
        elif what == "hide":
            self.library.work.ignore([photo_id])
        elif what == "show":
            self.library.work.retry([photo_id])
        elif what == "delete":
            self.ids.remove(photo_id)
            run = self.library._connection.run
            run("DELETE FROM photos WHERE photo_id = ?", (photo_id,))
        elif what == "copy":
            other_id = int(self.rng.choice(self.ids))
            if other_id != photo_id:
                with self.library.transaction():
                    key = self.model.model_key
                    self.library.work.reuse(photo_id, other_id, key, 3.0)
        else:
            self.encode(photo_id, self.other)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.lists(st.sampled_from(STEPS), max_size=4), st.booleans()), max_size=8),
    st.integers(0, 2**32),
)
def test_codes_in_memory_are_those_of_the_library(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[tuple[list[str], bool]], seed: int
) -> None:
    paths = LibraryPaths(tmp_path_factory.mktemp("library"))
    with Library.open(paths) as library, pytest.MonkeyPatch.context() as patch:
        patch.setattr(living, "_SMALL_TAIL", 3)
        patch.setattr(codes_in_memory, "HASHED_FROM", 1)
        patch.setattr(codes_in_memory.threading, "Thread", AtOnce)
        photographer = Photographer(library, np.random.default_rng(seed))
        model = photographer.model
        codes = CodesInMemory(model)
        with Library.open(paths) as reader:
            for steps, starts_anew in rounds:
                for step in steps:
                    photographer.do(step)
                if starts_anew:
                    codes = CodesInMemory(model)
                block = codes.current(reader)[0].block()
                expected = library.codes.load(model.model_key, N_BITS)
                assert block.photo_ids.tolist() == expected.photo_ids.tolist()
                assert block.codes.tobytes() == expected.codes.tobytes()
                assert block.activations.tobytes() == expected.activations.tobytes()


def test_codes_are_read_again_only_where_they_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(LibraryPaths(tmp_path)) as library:
        photographer = Photographer(library, np.random.default_rng(0))
        for _ in range(5):
            photographer.do("add")
        codes = CodesInMemory(photographer.model)
        with Library.open(LibraryPaths(tmp_path)) as reader:
            first, was_read = codes.current(reader)
            assert was_read
            assert codes.current(reader) == (first, False)
            read = []
            monkeypatch.setattr(living.LivingCodes, "store", lambda self, block: read.append(block))
            photographer.encode(photographer.ids[2])
            codes.current(reader)
    assert [block.photo_ids.tolist() for block in read] == [[photographer.ids[2]]]


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Photographer]:
    """A library whose codes were saved, and what does things to it."""
    monkeypatch.setattr(codes_in_memory, "HASHED_FROM", 1)
    monkeypatch.setattr(codes_in_memory.threading, "Thread", AtOnce)
    with Library.open(LibraryPaths(tmp_path)) as library:
        photographer = Photographer(library, np.random.default_rng(0))
        for _ in range(6):
            photographer.do("add")
        CodesInMemory(photographer.model).current(library)
        yield photographer


def read_at_start(photographer: Photographer) -> list[int]:
    """Which codes a new start reads from the library; what it has then is right."""
    library, read = photographer.library, []
    load = library.codes.changes

    def changes(*words: int) -> CodeChanges:
        found = load(*words)
        read.extend(found.block.photo_ids.tolist())
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library.codes, "changes", changes)
        block = CodesInMemory(photographer.model).current(library)[0].block()
    expected = library.codes.load(photographer.model.model_key, N_BITS)
    assert block.photo_ids.tolist() == expected.photo_ids.tolist()
    assert block.codes.tobytes() == expected.codes.tobytes()
    assert block.activations.tobytes() == expected.activations.tobytes()
    return read


def test_a_start_reads_only_what_was_not_saved(saved: Photographer) -> None:
    assert read_at_start(saved) == []
    saved.encode(saved.ids[3])
    saved.do("add")
    saved.do("delete")
    assert set(read_at_start(saved)) <= {saved.ids[3], saved.ids[-1]}


def test_codes_saved_of_another_past_are_not_used(saved: Photographer) -> None:
    library = saved.library
    run = library._connection.run
    run("UPDATE codes SET version = version - 1000")  # as after bringing a copy back
    run("UPDATE codes SET code = x'0ff0' WHERE photo_id = ?", (saved.ids[0],))
    saved.encode(saved.ids[1])
    assert sorted(read_at_start(saved)) == saved.ids


@pytest.mark.parametrize("name", ["ids", "codes", "activations", "planes", "head"])
@pytest.mark.parametrize("harm", ["gone", "empty", "cut", "other"])
def test_damaged_saved_codes_are_read_anew(saved: Photographer, name: str, harm: str) -> None:
    folder = saved.library.paths.codes
    (path,) = folder.glob("*.json") if name == "head" else folder.glob(f"*/{name}.npy")
    whole = path.read_bytes()
    if harm == "gone":
        path.unlink()
    elif harm == "other":
        np.save(path.with_suffix(".npy"), np.arange(3))
        path.with_suffix(".npy").replace(path)
    else:
        path.write_bytes(b"" if harm == "empty" else whole[: len(whole) // 2])
    assert read_at_start(saved) == saved.ids
    assert read_at_start(saved) == []  # it was saved again


def test_a_folder_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(codes_in_memory, "HASHED_FROM", 1)
    monkeypatch.setattr(codes_in_memory.threading, "Thread", AtOnce)
    with Library.open(LibraryPaths(tmp_path)) as library:
        photographer = Photographer(library, np.random.default_rng(0))
        photographer.do("add")
        library.paths.codes.write_bytes(b"in the way")
        codes = CodesInMemory(photographer.model).current(library)[0]
    assert codes.size == 1
    assert "could not be saved" in caplog.text


def test_an_older_saving_is_removed(saved: Photographer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(living, "_SMALL_TAIL", 0)
    codes = CodesInMemory(saved.model)
    codes.current(saved.library)
    for _ in range(4):
        saved.do("add")
    codes.current(saved.library)
    assert len([path for path in saved.library.paths.codes.iterdir() if path.is_dir()]) == 1
    assert read_at_start(saved) == []


def test_many_codes_are_sorted_in_the_background(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes_in_memory, "HASHED_FROM", 1)
    done = []
    monkeypatch.setattr(gallery.Gallery, "make_tables", lambda self: done.append(self.size))
    with Library.open(LibraryPaths(tmp_path)) as library:
        photographer = Photographer(library, np.random.default_rng(0))
        photographer.do("add")
        codes = CodesInMemory(photographer.model)
        codes.current(library)
        for _ in range(3):
            codes.current(library)
    for thread in codes_in_memory.threading.enumerate():
        if thread.name == "sorts codes":
            thread.join()
    assert done == [1]
