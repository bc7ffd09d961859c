"""Whatever happens to files in whatever order, the library agrees with a plain list of them."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import (
    ContentId,
    EncodedPicture,
    EncodeOutcome,
    PhotoState,
    PictureFacts,
    Problem,
    ProblemKind,
    ScannedFile,
)
from ahash_desktop.store.library import Library

NAMES = st.sampled_from(["a.jpg", "b/a.jpg", "b/c.jpg", "d.jpg"])
MODELS = st.sampled_from([0, 1])


@dataclass(frozen=True)
class File:
    """What a person would expect the library to know of a file."""

    photo_id: int
    version: int
    state: PhotoState
    when_seen: PhotoState | None = None
    content: int | None = None
    codes: frozenset[int] = frozenset()


class LibraryMachine(RuleBasedStateMachine):
    """Does things to a library and to a dictionary, and compares them after each."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.library = Library.open(LibraryPaths(Path(self.folder.name)))
        self.root = self.library.roots.add(Path(self.folder.name, "photos"), 1.0)
        self.models = [
            self.library.models.register(f"m{i}", f"M{i}", 12, "{}", 1.0).model_key
            for i in range(2)
        ]
        self.files: dict[str, File] = {}

    def teardown(self) -> None:
        self.library.close()
        self.folder.cleanup()

    @rule(name=NAMES, version=st.integers(0, 2))
    def is_seen(self, name: str, version: int) -> None:
        scanned = ScannedFile(name, 100 + version, version)
        self.library.work.record_scanned(self.root.root_id, [scanned], 2.0)
        known = self.files.get(name)
        if known is None:
            *_, photo_id = self.library.work.fingerprints(self.root.root_id)[name]
            self.files[name] = File(photo_id, version, PhotoState.PENDING)
        elif known.version == version:
            self.files[name] = replace(known, state=known.when_seen or known.state, when_seen=None)
        else:
            self.files[name] = replace(
                known, version=version, state=PhotoState.PENDING, when_seen=None
            )

    @rule(name=NAMES)
    def goes_missing(self, name: str) -> None:
        known = self.files.get(name)
        if known is not None:
            self.library.work.mark_missing([known.photo_id], 3.0)
            if known.state is not PhotoState.MISSING:
                self.files[name] = replace(known, state=PhotoState.MISSING, when_seen=known.state)

    @rule(name=NAMES, content=st.integers(0, 2), model=MODELS)
    def is_encoded(self, name: str, content: int, model: int) -> None:
        known = self.files.get(name)
        if known is None:
            return
        values = np.full(12, 1.0 if content else -1.0, dtype=np.float16)
        outcome = EncodeOutcome(
            known.photo_id,
            EncodedPicture(pack_activations(values), values),
            PictureFacts(10, 10, "JPEG"),
            ContentId(bytes([content] * 16), bytes([content] * 16)),
        )
        with self.library.transaction():
            self.library.work.finish(outcome, self.models[model], 4.0)
        codes = known.codes if known.content == content else frozenset()
        self.files[name] = replace(
            known,
            state=PhotoState.INDEXED,
            when_seen=None,
            content=content,
            codes=codes | {model},
        )

    @rule(name=NAMES, model=MODELS)
    def is_broken(self, name: str, model: int) -> None:
        known = self.files.get(name)
        if known is None:
            return
        problem = Problem(ProblemKind.BROKEN, "broken")
        with self.library.transaction():
            outcome = EncodeOutcome(known.photo_id, problem=problem)
            self.library.work.finish(outcome, self.models[model], 5.0)
        if known.state is PhotoState.INDEXED and known.codes and model not in known.codes:
            self.files[name] = replace(known, state=PhotoState.PROBLEM)
        else:
            self.files[name] = File(known.photo_id, known.version, PhotoState.PROBLEM)

    @rule(name=NAMES)
    def is_ignored(self, name: str) -> None:
        known = self.files.get(name)
        if known is not None:
            self.library.work.ignore([known.photo_id])
            if known.state is not PhotoState.MISSING:
                self.files[name] = replace(known, state=PhotoState.IGNORED)

    @rule(name=NAMES)
    def is_retried(self, name: str) -> None:
        known = self.files.get(name)
        if known is not None:
            self.library.work.retry([known.photo_id])
            if known.state in (PhotoState.PROBLEM, PhotoState.IGNORED):
                self.files[name] = replace(known, state=PhotoState.PENDING)

    @invariant()
    def states_agree(self) -> None:
        ids = [file.photo_id for file in self.files.values()]
        assert {p.relative_path: p.state for p in self.library.photos.get_many(ids)} == {
            name: file.state for name, file in self.files.items()
        }
        assert self.library.work.fingerprints(self.root.root_id).keys() == {
            name for name, file in self.files.items() if file.state is not PhotoState.MISSING
        }
        counts = self.library.photos.counts()
        assert counts.total == len(self.files)
        assert counts == self.library.photos.counts_in([self.root.root_id])

    @invariant()
    def work_agrees(self) -> None:
        for model, key in enumerate(self.models):
            awaited = self.library.work.awaiting(key, [self.root.root_id])
            assert [item.photo_id for item in awaited] == [
                file.photo_id
                for _, file in sorted(self.files.items())
                if file.state is PhotoState.PENDING
                or (file.state is PhotoState.INDEXED and model not in file.codes)
            ]

    @invariant()
    def codes_agree(self) -> None:
        shown = (PhotoState.INDEXED, PhotoState.PENDING)
        for model, key in enumerate(self.models):
            block = self.library.codes.load(key, 12)
            assert block.photo_ids.tolist() == sorted(
                file.photo_id
                for file in self.files.values()
                if file.state in shown and model in file.codes
            )
        visible = {f.photo_id for f in self.files.values() if f.state in shown and f.codes}
        for newest_first in (False, True):
            assert set(self.library.photos.ids(newest_first=newest_first).tolist()) == visible


TestLibraryLifecycle = LibraryMachine.TestCase
TestLibraryLifecycle.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
