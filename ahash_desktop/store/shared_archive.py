"""Codes of many libraries in one PostgreSQL database with the pgvector extension."""

import contextlib
import importlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from types import TracebackType
from typing import Any, Self

import numpy as np

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import ExportedCode, ModelRecord

_MODEL_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MOST_CANDIDATES = 1000
_LEAST_CANDIDATES = 200
_GRAPH_BYTES = 1_200
"""What a code takes up in the memory of the server while its index is built."""
_GRAPH_MB = 64, 1_024
"""The least and the most that it is asked to hold; what needs more is built far more slowly."""

_SCHEMA = """
    CREATE EXTENSION IF NOT EXISTS vector;
    CREATE TABLE IF NOT EXISTS {table} (
      origin text NOT NULL,
      path text NOT NULL,
      content_digest bytea NOT NULL,
      code bit({n_bits}) NOT NULL,
      PRIMARY KEY (origin, path)
    );
    CREATE TEMPORARY TABLE coming (path text PRIMARY KEY, content_digest bytea, code bit({n_bits}))
      ON COMMIT DROP
"""
_MERGE = """
    INSERT INTO {table} SELECT %s, path, content_digest, code FROM coming
    ON CONFLICT (origin, path) DO UPDATE
      SET content_digest = excluded.content_digest, code = excluded.code
      WHERE {table}.code <> excluded.code OR {table}.content_digest <> excluded.content_digest
"""
_DROP_GONE = """
    DELETE FROM {table} WHERE origin = %s
      AND NOT EXISTS (SELECT 1 FROM coming WHERE coming.path = {table}.path)
"""
_NEW = """
    SELECT count(*) FROM coming WHERE NOT EXISTS (
      SELECT 1 FROM {table}
      WHERE origin = %s AND {table}.path = coming.path AND {table}.code = coming.code
    )
"""
_DROP_INDEX = "DROP INDEX IF EXISTS {index}"
_INDEX = "CREATE INDEX IF NOT EXISTS {index} ON {table} USING hnsw (code bit_hamming_ops)"
_NEAREST = """
    SELECT origin, path, code <~> %s::bit({n_bits}) AS distance FROM {table}
    ORDER BY code <~> %s::bit({n_bits}) LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What an export changed, and how many photos of this origin the archive now has."""

    changed: int
    removed: int
    total: int


@dataclass(frozen=True, slots=True)
class SharedHit:
    """A match in the archive: whose photo it is, where it lies there, bits that differ."""

    origin: str
    path: str
    distance: int


class SharedArchive:
    """An open connection to a shared archive; a context manager.

    Args:
        dsn: How to reach the database, as libpq understands it.

    Raises:
        UserFacingError: If psycopg is not installed, or the database cannot be reached.
    """

    def __init__(self, dsn: str) -> None:
        self._psycopg = _load_psycopg()
        self._check_address(dsn)
        with self._told():
            self._connection = self._psycopg.connect(dsn, connect_timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()

    def _check_address(self, dsn: str) -> None:
        """Refuses what libpq would take apart wrongly, for its message then tells the password."""
        conninfo = importlib.import_module("psycopg.conninfo")
        try:
            parts = conninfo.conninfo_to_dict(dsn)
        except self._psycopg.Error:
            parts = {"port": "unknown"}
        ports = str(parts.get("port") or "5432").split(",")
        is_plain = all(port.isascii() and port.isdigit() for port in ports)
        places = [str(parts.get(name) or "") for name in ("host", "hostaddr", "dbname")]
        if is_plain and not any("@" in place[1:] for place in places):
            return
        raise UserFacingError(
            "the address of the database cannot be understood",
            remedy="Write it like postgresql://USER:PASSWORD@HOST/DATABASE, with %40 for an @,"
            " %3A for a colon and %2F for a slash in the password",
        ) from None

    def write(
        self, model: ModelRecord, origin: str, blocks: Iterable[list[ExportedCode]]
    ) -> Written:
        """Makes the photos of one origin what `blocks` says, in one transaction.

        Rows that are the same already are left alone, so that their index entries stay. Where more
        come than there are, the index is built anew after them.

        Args:
            model: The model of the codes.
            origin: Whose photos they are.
            blocks: All of them.

        Raises:
            UserFacingError: If the database refuses it; nothing is changed then.
        """
        with self._told(), self._connection.transaction():
            cursor = self._connection.cursor()
            for statement in _SCHEMA.split(";"):
                cursor.execute(self._sql(statement, model))
            with cursor.copy("COPY coming (path, content_digest, code) FROM STDIN") as copy:
                for block in blocks:
                    for entry in block:
                        digest = "\\x" + entry.content_digest.hex()
                        bits = bit_text(entry.code, model.n_bits)
                        copy.write_row((_text(entry.path), digest, bits))
            n_new = self._value(cursor, model, _NEW, origin)
            if n_new > self._value(cursor, model, "SELECT count(*) FROM {table}"):
                cursor.execute(self._sql(_DROP_INDEX, model))
            changed = cursor.execute(self._sql(_MERGE, model), (origin,)).rowcount
            removed = cursor.execute(self._sql(_DROP_GONE, model), (origin,)).rowcount
            self._make_index(cursor, model)
            count = "SELECT count(*) FROM {table} WHERE origin = %s"
            total = self._value(cursor, model, count, origin)
        return Written(changed, removed, total)

    def _make_index(self, cursor: Any, model: ModelRecord) -> None:
        """Makes the index where there is none, all of it held in memory meanwhile if possible."""
        n_rows = self._value(cursor, model, "SELECT count(*) FROM {table}")
        least, most = _GRAPH_MB
        held_mb = min(max(n_rows * _GRAPH_BYTES // 1_000_000, least), most)
        cursor.execute(f"SET LOCAL maintenance_work_mem = '{held_mb:d}MB'")
        cursor.execute(self._sql(_INDEX, model))

    def _value(self, cursor: Any, model: ModelRecord, text: str, *values: str) -> int:
        return int(cursor.execute(self._sql(text, model), values or None).fetchone()[0])

    def search(
        self, model: ModelRecord, code: bytes, top_k: int, *, exact: bool = False
    ) -> list[SharedHit]:
        """The nearest photos of all origins.

        Args:
            model: The model of the code.
            code: uint8 bytes of the packed code.
            top_k: How many.
            exact: Whether to compare every code instead of asking the index, which may miss some.

        Raises:
            UserFacingError: If the archive has no codes of this model or cannot be asked.
        """
        bits = bit_text(code, model.n_bits)
        candidates = min(max(2 * top_k, _LEAST_CANDIDATES), _MOST_CANDIDATES)
        with self._told(), self._connection.transaction():
            cursor = self._connection.cursor()
            table = f"ahash_codes_{_checked_id(model)}"
            if (
                cursor.execute("SELECT to_regclass(quote_ident(%s))", (table,)).fetchone()[0]
                is None
            ):
                raise UserFacingError(
                    f"the archive has no codes of the model {model.name}",
                    remedy="Share some there first",
                )
            cursor.execute(f"SET LOCAL hnsw.ef_search = {candidates:d}")
            passed_over = "indexscan" if exact else "seqscan"
            cursor.execute(f"SET LOCAL enable_{passed_over} = off")
            rows = cursor.execute(self._sql(_NEAREST, model), (bits, bits, top_k)).fetchall()
        return [SharedHit(origin, path, int(distance)) for origin, path, distance in rows]

    def _sql(self, text: str, model: ModelRecord) -> Any:
        sql = self._psycopg.sql
        name = f"ahash_codes_{_checked_id(model)}"
        return sql.SQL(text).format(
            table=sql.Identifier(name),
            index=sql.Identifier(f"{name[:50]}_hnsw"),
            n_bits=sql.SQL(str(int(model.n_bits))),
        )

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turns the errors of the database into words."""
        try:
            yield
        except self._psycopg.Error as error:
            told = " ".join(str(error).split()) or type(error).__name__
            raise UserFacingError(
                f"the database says: {told}",
                remedy="Check the address, the permissions, and that pgvector is installed there",
            ) from error


def bit_text(code: bytes, n_bits: int) -> str:
    """A packed code as zeros and ones, bit 0 first."""
    bits = np.unpackbits(np.frombuffer(code, np.uint8), count=n_bits)
    return (bits + ord("0")).tobytes().decode()


def _text(path: PurePath) -> str:
    """A path as text a database takes."""
    return str(path).encode(errors="backslashreplace").decode()


def _checked_id(model: ModelRecord) -> str:
    if not _MODEL_ID.fullmatch(model.model_id):
        raise ValueError(f"{model.model_id!r} is no model id")
    return model.model_id[:40]


def _load_psycopg() -> Any:
    try:
        importlib.import_module("psycopg.sql")
        return importlib.import_module("psycopg")
    except ImportError:
        raise UserFacingError(
            "PostgreSQL needs the package psycopg",
            remedy='Install it with: pip install "ahash-desktop[pgvector]"',
        ) from None
