"""Codes, names and paths as one Parquet or CSV file, and codes back from such a file."""

import contextlib
import csv
import importlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ahash_desktop.core.codes import code_bytes, pack_activations
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import put_in_place
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.labels import clean_label
from ahash_desktop.core.records import ContentId, ExportedCode, ModelRecord
from ahash_desktop.store.library import Library

COLUMNS = (
    "path", "folder", "size_bytes", "taken_at", "camera", "width", "height",
    "content_key", "content_digest", "model_id", "n_bits", "code", "activations", "bits_on",
    "label",
)  # fmt: skip
"""What a row holds: `code` and `activations` (float16, little-endian) are hexadecimal digits."""

SUFFIXES = (".csv", ".parquet")
_NEEDED = ("model_id", "n_bits", "content_key", "content_digest", "code", "activations")
_LABEL = "label"
"""The one column that is taken if it is there; files of older versions have none."""
_AT_ONCE = 4096
_LONGEST_FIELD = 1 << 20

Rows = list[tuple[Any, ...]]


def export_codes(
    library: Library, model: ModelRecord, names: dict[int, str], file: Path, token: CancelToken
) -> Iterator[int]:
    """Writes one row a photo, a block at a time; the file appears when it is whole.

    Args:
        library: An open library of this thread.
        model: The model whose codes are written.
        names: The names of its bits.
        file: Ends in `.csv` or `.parquet`.
        token: Cancels it.

    Yields:
        How many rows are written so far.

    Raises:
        Cancelled: When the token says so.
        UserFacingError: If the ending is neither, the file cannot be written, or Parquet is asked
            for and pyarrow is not installed.
    """
    open_writer = _writer_for(file)
    aside = file.with_name(f".{file.name}.part")
    n_rows = 0
    labels = library.labels.by_content()
    try:
        with open_writer(aside) as write:
            for block in library.codes.exported(model.model_key, _AT_ONCE):
                token.raise_if_cancelled()
                write([_row(entry, model, names, labels) for entry in block])
                n_rows += len(block)
                yield n_rows
        put_in_place(aside, file)
    except OSError as error:
        raise UserFacingError(
            f"the file cannot be written ({error.strerror or error})",
            path=file,
            remedy="Choose another place, or make room on the disk",
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def import_codes(library: Library, file: Path, token: CancelToken) -> tuple[int, int]:
    """Takes codes and labels from a file for photos with the same content that lack them.

    Args:
        library: An open library of this thread.
        file: What `export_codes` has written, of this library or another.
        token: Cancels it; then nothing is changed.

    Returns:
        How many photos got a code, and how many rows the file has.

    Raises:
        Cancelled: When the token says so.
        UserFacingError: If the file cannot be read, a row makes no sense, or the library does not
            know the model.
    """
    models = {model.model_id: model for model in library.models.all()}
    n_rows = n_taken = 0
    try:
        with library.transaction():
            for row in _read_rows(file):
                if n_rows % _AT_ONCE == 0:
                    token.raise_if_cancelled()
                n_rows += 1
                n_taken += _take_row(library, models, row, n_rows)
    except (ValueError, KeyError, csv.Error) as error:
        raise UserFacingError(
            f"row {n_rows} makes no sense ({error})",
            path=file,
            remedy="Export it again, where it came from",
        ) from error
    except OSError as error:
        raise UserFacingError(
            f"the file cannot be read ({error.strerror or error})", path=file
        ) from error
    return n_taken, n_rows


def _take_row(
    library: Library, models: dict[str, ModelRecord], row: dict[str, str], number: int
) -> int:
    model = models.get(row["model_id"])
    if model is None:
        raise UserFacingError(
            f"row {number} holds a code of a model this library does not know",
            remedy="Import the model, and use it once",
        )
    code, activations = bytes.fromhex(row["code"]), bytes.fromhex(row["activations"])
    if len(code) != code_bytes(model.n_bits) or len(activations) != 2 * model.n_bits:
        raise ValueError(f"no code of {model.n_bits} bits")
    values = np.frombuffer(activations, "<f2")
    if not np.isfinite(values).all() or pack_activations(values).tobytes() != code:
        raise ValueError("the code does not belong to its activations")
    content = bytes.fromhex(row["content_key"]), bytes.fromhex(row["content_digest"])
    label = clean_label(row.get(_LABEL, ""))
    if label:
        library.labels.add_where_none([(ContentId(*content), label)], time.time())
    return library.codes.add_for_content(model.model_key, *content, code, activations)


def _row(
    entry: ExportedCode, model: ModelRecord, names: dict[int, str], labels: dict[ContentId, str]
) -> tuple[Any, ...]:
    bits = np.unpackbits(np.frombuffer(entry.code, np.uint8), count=model.n_bits)
    told = "; ".join(names[int(bit)] for bit in np.flatnonzero(bits) if int(bit) in names)
    return (
        str(entry.path), str(entry.root), entry.size_bytes, entry.taken_at, entry.camera,
        entry.width, entry.height, entry.content_key.hex(), entry.content_digest.hex(),
        model.model_id, model.n_bits, entry.code.hex(), entry.activations.hex(), told,
        labels.get(ContentId(entry.content_key, entry.content_digest), ""),
    )  # fmt: skip


def _writer_for(
    file: Path,
) -> Callable[[Path], contextlib.AbstractContextManager[Callable[[Rows], None]]]:
    if file.suffix.lower() == ".parquet":
        load_parquet()
        return _parquet_writer
    if file.suffix.lower() == ".csv":
        return _csv_writer
    raise UserFacingError(
        "the ending of the file does not say what it is to be",
        path=file,
        remedy="Let the name end in .parquet or .csv",
    )


@contextlib.contextmanager
def _csv_writer(file: Path) -> Iterator[Callable[[Rows], None]]:
    with file.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        yield writer.writerows


@contextlib.contextmanager
def _parquet_writer(file: Path) -> Iterator[Callable[[Rows], None]]:
    arrow, parquet = load_parquet()
    numbers = {"size_bytes", "width", "height", "n_bits"}
    schema = arrow.schema(
        [(name, arrow.int64() if name in numbers else arrow.string()) for name in COLUMNS]
    )
    with parquet.ParquetWriter(str(file), schema, compression="zstd") as writer:

        def write(rows: Rows) -> None:
            columns = [list(column) for column in zip(*rows, strict=True)]
            arrays = [
                arrow.array(column, field.type)
                for column, field in zip(columns, schema, strict=True)
            ]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))

        yield write


def load_parquet() -> tuple[Any, Any]:
    """The package pyarrow and its Parquet module.

    Raises:
        UserFacingError: If pyarrow is not installed.
    """
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise UserFacingError(
            "Parquet files need the package pyarrow",
            remedy='Install it with: pip install "ahash-desktop[parquet]", or choose .csv',
        ) from None


def _read_rows(file: Path) -> Iterator[dict[str, str]]:
    rows = _parquet_rows(file) if file.suffix.lower() == ".parquet" else _csv_rows(file)
    yield from rows


def _csv_rows(file: Path) -> Iterator[dict[str, str]]:
    usual = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with file.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
            reader = csv.DictReader(stream)
            _check_columns(reader.fieldnames or (), file)
            for row in reader:
                yield {name: row.get(name) or "" for name in (*_NEEDED, _LABEL)}
    finally:
        csv.field_size_limit(usual)


def _parquet_rows(file: Path) -> Iterator[dict[str, str]]:
    arrow, parquet = load_parquet()
    try:
        with parquet.ParquetFile(str(file)) as source:
            _check_columns(source.schema_arrow.names, file)
            known = set(source.schema_arrow.names)
            columns = [name for name in (*_NEEDED, _LABEL) if name in known]
            for batch in source.iter_batches(_AT_ONCE, columns=columns):
                for row in batch.to_pylist():
                    yield {name: str(value or "") for name, value in row.items()}
    except arrow.ArrowException as error:
        raise UserFacingError("this is no whole Parquet file", path=file) from error


def _check_columns(names: Sequence[str], file: Path) -> None:
    lacking = [name for name in _NEEDED if name not in names]
    if lacking:
        raise UserFacingError(f"the file has no column {lacking[0]!r}", path=file)
