"""The codes of the library's photos: rows on disk, one block of arrays in memory."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import code_bytes
from ahash_desktop.core.corrections import box_text, region_of_box
from ahash_desktop.core.records import (
    CodeBlock,
    ContentId,
    EncodedPicture,
    ExportedCode,
    PictureFacts,
    Region,
    Subject,
)
from ahash_desktop.store.connection import Connection, Row

_log = logging.getLogger(__name__)

_AT_ONCE = 8192
_ALL = "SELECT photo_id, code, activations FROM codes WHERE model_key = ? ORDER BY photo_id"
_DOMAINS = (
    "SELECT photo_id, domain FROM codes WHERE model_key = ? AND domain IS NOT NULL"
    " ORDER BY photo_id"
)
_HIDDEN = "SELECT photo_id FROM photos WHERE state IN ('missing', 'ignored', 'problem')"
_SINCE = (
    "SELECT photo_id, code, activations FROM codes INDEXED BY codes_by_version"
    " WHERE model_key = ? AND version > ? ORDER BY photo_id"
)
_NEWEST = "SELECT coalesce(max(version), 0) FROM codes WHERE model_key = ?"
_IDS = "SELECT photo_id FROM codes INDEXED BY codes_by_version WHERE model_key = ?"


def next_version(model_key: str) -> str:
    """SQL for the version of a code that is stored now.

    It is above all versions there are, and as a rule above all there were: a code that is deleted
    does not make room for another of the same version, unless the clock was put back.

    Args:
        model_key: SQL for the model's key.
    """
    now = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"
    return (
        f"max({now}, (SELECT coalesce(max(newest.version), 0) + 1 FROM codes AS newest"  # noqa: S608 - fixed text
        f" WHERE newest.model_key = {model_key}))"
    )


OF_CODE = "code, activations, domain, confidence, box, part, is_corrected"
"""The columns of a code that go along with it from one photo to another of the same content."""

_ONE = """
    SELECT codes.photo_id, code, activations, n_bits,
      domain, confidence, box, part, is_corrected, width, height
    FROM codes JOIN models USING (model_key) JOIN photos ON photos.photo_id = codes.photo_id
    WHERE model_key = ? AND codes.photo_id = ?
"""
_STORE = f"""
    INSERT OR REPLACE INTO codes (model_key, photo_id, {OF_CODE}, version)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, {next_version("?1")})
"""  # noqa: S608 - fixed text
_SAME = "SELECT photo_id FROM photos WHERE content_key = ? AND content_digest = ?"
_EXPORTED = """
    SELECT roots.path, relative_path, size_bytes, taken_at, camera, width, height,
      content_key, content_digest, code, activations
    FROM codes JOIN photos USING (photo_id) JOIN roots USING (root_id)
    WHERE model_key = ? AND is_shown = 1 AND content_key IS NOT NULL ORDER BY photo_id
"""
_ADD_FOR_CONTENT = f"""
    INSERT INTO codes (model_key, photo_id, code, activations, version)
    SELECT ?1, photo_id, ?4, ?5, {next_version("?1")} FROM photos
    WHERE content_key = ?2 AND content_digest = ?3 AND encoded_at IS NOT NULL
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - fixed text


@dataclass(frozen=True, slots=True, eq=False)
class CodeChanges:
    """Codes of a model that were stored after a version, and what there is now.

    `block` has them by ascending photo, hidden ones included; `newest` is the highest version,
    `n_codes` how many codes there are, `hidden` int64 (n,) the photos that are not to be found.
    """

    block: CodeBlock
    newest: int
    n_codes: int
    hidden: NDArray[np.int64]


NOTHING_SEEN: Final = -1
"""Below every version."""


class CodeTable:
    """Reads the codes of a library.

    Args:
        connection: An open connection of this thread.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self, model_key: int, n_bits: int) -> CodeBlock:
        """All codes of a model, except those of missing, ignored and unreadable photos.

        A row whose code or activations have the wrong length is left out and logged.
        """
        block = _BlockBuilder(n_bits)
        with self._connection.snapshot():
            hidden = [photo_id for (photo_id,) in self._connection.rows(_HIDDEN)]
            for rows in self._connection.batches(_ALL, (model_key,), _AT_ONCE):
                block.add(rows)
        return block.build(hidden)

    def changes(self, model_key: int, n_bits: int, since: int = NOTHING_SEEN) -> CodeChanges:
        """The codes of a model that were stored after a version, as of one moment.

        A row whose code or activations have the wrong length is left out and logged.
        """
        block = _BlockBuilder(n_bits)
        how, values = (_ALL, (model_key,)) if since < 0 else (_SINCE, (model_key, since))
        with self._connection.snapshot():
            newest = int(self._connection.value(_NEWEST, (model_key,)))
            n_codes = self.count(model_key)
            hidden = np.array([i for (i,) in self._connection.rows(_HIDDEN)], dtype=np.int64)
            if newest > since:
                for rows in self._connection.batches(how, values, _AT_ONCE):
                    block.add(rows)
        return CodeChanges(block.build([]), newest, n_codes, hidden)

    def has_version(self, model_key: int, version: int) -> bool:
        """Whether a code of this very version is there, or this is what none has."""
        return version == 0 or bool(
            self._connection.value(
                "SELECT EXISTS (SELECT 1 FROM codes WHERE model_key = ? AND version = ?)",
                (model_key, version),
            )
        )

    def ids(self, model_key: int) -> NDArray[np.int64]:
        """The photos that have a code of a model, hidden ones included: int64 (n,) ascending."""
        ids = np.fromiter((i for (i,) in self._connection.rows(_IDS, (model_key,))), np.int64)
        return np.sort(ids)

    def get(self, photo_id: int, model_key: int) -> EncodedPicture | None:
        """The code of one photo, if it has one of this model."""
        row = self._connection.find_row(_ONE, (model_key, int(photo_id)))
        if row is None or row[3] < 1:
            return None
        block = _BlockBuilder(n_bits=row[3])
        block.add([row[:3]])
        built = block.build([])
        if not built.photo_ids.size:
            return None
        encoded = EncodedPicture(built.codes[0], built.activations[0])
        return _with_subject(encoded, row[4:])

    def store(
        self, photo_id: int, model_key: int, encoded: EncodedPicture, facts: PictureFacts | None
    ) -> None:
        """Keeps a code with what its photo is of; part of the caller's transaction.

        Args:
            photo_id: The photo.
            model_key: The model.
            encoded: What it says.
            facts: Tell how large the picture is; without them no box is kept.
        """
        subject = encoded.subject
        boxes = (_box(None if subject is None else subject.box, facts), _box(encoded.part, facts))
        self._connection.run(
            _STORE,
            (
                model_key,
                photo_id,
                encoded.code.astype(np.uint8).tobytes(),
                encoded.activations.astype("<f2").tobytes(),
                subject and subject.domain,
                subject and float(subject.confidence),
                *boxes,
                1 if subject is not None and subject.is_corrected else None,
            ),
        )

    def store_for_content(
        self, content: ContentId, model_key: int, encoded: EncodedPicture, facts: PictureFacts
    ) -> None:
        """Keeps a code for all photos of a content; part of the caller's transaction."""
        for (photo_id,) in self._connection.rows(_SAME, (content.key, content.digest)):
            self.store(photo_id, model_key, encoded, facts)

    def domains(self, model_key: int) -> dict[str, NDArray[np.int64]]:
        """The photos of each domain that a model tells, int64 (n,) ascending."""
        found: dict[str, list[int]] = {}
        for photo_id, domain in self._connection.rows(_DOMAINS, (model_key,)):
            found.setdefault(domain, []).append(photo_id)
        return {domain: np.array(ids, dtype=np.int64) for domain, ids in found.items()}

    def count(self, model_key: int) -> int:
        """How many photos have a code of this model, those that cannot be shown included."""
        return int(
            self._connection.value("SELECT count(*) FROM codes WHERE model_key = ?", (model_key,))
        )

    def has_any(self) -> bool:
        """Whether a photo has a code of any model."""
        return bool(self._connection.value("SELECT EXISTS (SELECT 1 FROM codes)"))

    def count_lacking(self, model_key: int) -> int:
        """How many photos have been encoded, but not by this model."""
        return int(
            self._connection.value(
                "SELECT count(*) FROM photos WHERE encoded_at IS NOT NULL AND NOT EXISTS"
                " (SELECT 1 FROM codes WHERE model_key = ? AND codes.photo_id = photos.photo_id)",
                (model_key,),
            )
        )

    def exported(self, model_key: int, size: int) -> Iterator[list[ExportedCode]]:
        """The codes of all photos to show, `size` at a time, as of one moment."""
        with self._connection.snapshot():
            for rows in self._connection.batches(_EXPORTED, (model_key,), size):
                yield [
                    ExportedCode(Path(root) / relative_path, Path(root), *rest)
                    for root, relative_path, *rest in rows
                ]

    def add_for_content(
        self, model_key: int, key: bytes, digest: bytes, code: bytes, activations: bytes
    ) -> int:
        """Gives a code to the photos with this content that have none; how many these are."""
        return self._connection.run(
            _ADD_FOR_CONTENT, (model_key, key, digest, code, activations)
        ).rowcount


def _with_subject(encoded: EncodedPicture, kept: Sequence[Any]) -> EncodedPicture:
    """A code with what is kept beside it."""
    domain, confidence, box, part, is_corrected, width, height = kept
    part = _region(part, width, height)
    if domain is None:
        return replace(encoded, part=part)
    subject = Subject(domain, confidence or 0.0, _region(box, width, height), is_corrected == 1)
    return replace(encoded, subject=subject, part=part)


def _box(region: Region | None, facts: PictureFacts | None) -> str | None:
    if region is None or facts is None:
        return None
    return box_text(region, facts.width, facts.height)


def _region(box: str | None, width: int | None, height: int | None) -> Region | None:
    if box is None or width is None or height is None:
        return None
    return region_of_box(box, width, height)


class _BlockBuilder:
    """Turns rows `(photo_id, code, activations)` into arrays as they come."""

    def __init__(self, n_bits: int) -> None:
        self._n_bits = n_bits
        self._code_bytes = code_bytes(n_bits)
        self._activation_bytes = 2 * n_bits
        self._photo_ids: list[int] = []
        self._codes = bytearray()
        self._activations = bytearray()

    def add(self, rows: list[Row]) -> None:
        """Takes some rows in, leaving out and logging those of the wrong length."""
        photo_ids, codes, activations = zip(*rows, strict=True)
        if set(map(len, codes)) != {self._code_bytes} or set(map(len, activations)) != {
            self._activation_bytes
        }:
            whole = [row for row in rows if self._is_whole(row)]
            if not whole:
                return
            photo_ids, codes, activations = zip(*whole, strict=True)
        self._photo_ids.extend(photo_ids)
        self._codes += b"".join(codes)
        self._activations += b"".join(activations)

    def build(self, hidden: list[int]) -> CodeBlock:
        """The block of all rows but the hidden ones, whose ids ascend as the rows' do."""
        photo_ids = np.array(self._photo_ids, dtype=np.int64)
        n_photos = len(photo_ids)
        codes = np.frombuffer(self._codes, np.uint8).reshape(n_photos, self._code_bytes)
        activations = np.frombuffer(self._activations, np.dtype("<f2"))
        activations = activations.astype(np.float16, copy=False).reshape(n_photos, self._n_bits)
        if hidden:
            is_shown = ~np.isin(photo_ids, np.array(hidden, dtype=np.int64))
            photo_ids = photo_ids[is_shown]
            codes, activations = codes[is_shown], activations[is_shown]
        return CodeBlock(self._n_bits, photo_ids, codes, activations)

    def _is_whole(self, row: Row) -> bool:
        photo_id, code, activations = row
        if len(code) == self._code_bytes and len(activations) == self._activation_bytes:
            return True
        _log.warning("the code of photo %d is damaged and left out", photo_id)
        return False
