"""A library with a fake encoder, ready to be indexed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import ModelRecord
from ahash_desktop.core.updates import IndexSummary
from ahash_desktop.services.indexing import Indexer
from ahash_desktop.store.library import Library
from tests.fake_encoder import FakeEncoder

RunIndex = Callable[..., IndexSummary]


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    return LibraryPaths(tmp_path / "library")


@pytest.fixture
def library(paths: LibraryPaths) -> Iterator[Library]:
    with Library.open(paths) as opened:
        yield opened


@pytest.fixture
def model(library: Library, fake_encoder: FakeEncoder) -> ModelRecord:
    with library.transaction():
        return library.models.register(
            fake_encoder.model_id, "fake", fake_encoder.n_bits, "{}", 0.0
        )


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def run_index(
    library: Library, model: ModelRecord, fake_encoder: FakeEncoder, photos: Path
) -> RunIndex:
    """Indexes the photos once and gives the summary."""

    def run(token: CancelToken | None = None) -> IndexSummary:
        library.roots.add(photos, 0.0)
        indexer = Indexer(library, fake_encoder, model)
        records = list(indexer.run(library.roots.all(), token or CancelToken()))
        summary = records[-1]
        assert isinstance(summary, IndexSummary)
        assert_counts_add_up(summary)
        return summary

    return run


def assert_counts_add_up(summary: IndexSummary) -> None:
    parts = summary.encoded + summary.reused + summary.unchanged + summary.ignored + summary.left
    assert summary.found == parts + len(summary.problems)
