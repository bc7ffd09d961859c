"""No question that is asked often reads every photo or code of a large library."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ahash_desktop.core.records import ModelRecord, Root, ScannedFile
from ahash_desktop.store.library import Library

HOT: dict[str, Callable[[Library], Any]] = {
    "photos.get_many": lambda library: library.photos.get_many([1, 2]),
    "photos.find_by_path": lambda library: library.photos.find_by_path(Path("/photos/a.jpg")),
    "photos.ids": lambda library: library.photos.ids(),
    "photos.ids newest first": lambda library: library.photos.ids(newest_first=True),
    "photos.counts": lambda library: library.photos.counts(),
    "photos.has_indexed": lambda library: library.photos.has_indexed(),
    "photos.counts_in": lambda library: library.photos.counts_in([1]),
    "photos.problems": lambda library: library.photos.problems(include_ignored=True),
    "photos.away": lambda library: library.photos.away(),
    "photos.missing": lambda library: library.photos.missing(),
    "photos.content_keys": lambda library: library.photos.content_keys([1, 2]),
    "work.fingerprints": lambda library: library.work.fingerprints(1),
    "work.sample": lambda library: library.work.sample(1),
    "work.record_scanned": lambda library: library.work.record_scanned(
        1, [ScannedFile("a.jpg", 1, 1)], 1.0
    ),
    "work.mark_missing": lambda library: library.work.mark_missing([1], 1.0),
    "work.awaiting": lambda library: library.work.awaiting(1, [1], limit=10),
    "work.reuse": lambda library: library.work.reuse(1, 2, 1, 1.0),
    "work.find_same_content": lambda library: library.work.find_same_content(b"k" * 16, 1, 1),
    "work.retry": lambda library: library.work.retry([1]),
    "work.keep_missing": lambda library: library.work.keep_missing([1], 1.0),
    "trash.take_away": lambda library: library.trash.take_away([1], 1.0),
    "trash.put_back": lambda library: library.trash.put_back([1]),
    "trash.forget": lambda library: library.trash.forget(1.0),
    "work.forget_missing": lambda library: library.work.forget_missing([1]),
    "moves.candidates": lambda library: library.moves.candidates([1], 1.0),
    "codes.load": lambda library: library.codes.load(1, 12),
    "codes.changes": lambda library: library.codes.changes(1, 12, 5),
    "codes.ids": lambda library: library.codes.ids(1),
    "favourites.ids": lambda library: library.favourites.ids(),
    "favourites.add": lambda library: library.favourites.add([1], 1.0),
    "favourites.remove": lambda library: library.favourites.remove([1]),
    "codes.get": lambda library: library.codes.get(1, 1),
    "corrections.find": lambda library: library.corrections.find(b"k" * 16),
}


@pytest.mark.parametrize("name", HOT)
def test_a_hot_question_uses_an_index(
    library: Library, root: Root, model: ModelRecord, name: str
) -> None:
    assert (root.root_id, model.model_key) == (1, 1)
    assert _full_reads(library, lambda: HOT[name](library)) == []


def test_storing_an_outcome_uses_an_index(library: Library, fill: Any) -> None:
    photo_id = fill.scan("a.jpg")
    assert _full_reads(library, lambda: fill.encode(photo_id, 1)) == []
    assert _full_reads(library, lambda: fill.fail(photo_id)) == []


def _full_reads(library: Library, ask: Callable[[], Any]) -> list[str]:
    """The steps of the plans of all statements that read every row of photos or codes."""
    raw = library._connection.raw
    statements: list[str] = []
    raw.set_trace_callback(statements.append)
    try:
        ask()
    finally:
        raw.set_trace_callback(None)
    planned = [sql for sql in statements if not sql.startswith(("BEGIN", "COMMIT", "--"))]
    assert planned
    steps = [row[3] for sql in planned for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}")]
    return [
        step
        for step in steps
        if step.startswith(("SCAN photos", "SCAN codes")) and "COVERING INDEX" not in step
    ]
