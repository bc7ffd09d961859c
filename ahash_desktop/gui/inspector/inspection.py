"""Gathers what the inspector shows: two codes, two pictures, and the evidence in both."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import EncodedPicture
from ahash_desktop.core.statements import Statement
from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.wording import error_text, speaks_chinese, translate
from ahash_desktop.gui.inspector.bit_evidence import (
    BitEvidence,
    BitGroup,
    EvidenceChoice,
    Seen,
    bit_evidence,
)
from ahash_desktop.gui.inspector.bit_table import BitValues
from ahash_desktop.gui.pictures.examples import QueryExample
from ahash_desktop.gui.pictures.fitting import fitted
from ahash_desktop.gui.pictures.sources import example_picture, example_source, image_of
from ahash_desktop.gui.search.controller import SearchResult
from ahash_desktop.services.session import LibrarySession

PREVIEW_PX = 768
_N_EVIDENCES_KEPT = 24


@dataclass(frozen=True, slots=True)
class Subject:
    """What is inspected: a query and a match, or one picture alone.

    `query_code` spares encoding the query again. `is_search` says that the match was found by the
    query, so that its bits can steer the search; `closeness` is what the search says of it.
    """

    query: QueryExample
    match: QueryExample | None = None
    query_code: EncodedPicture | None = field(default=None, compare=False)
    is_search: bool = False
    closeness: str | None = field(default=None, compare=False)

    @property
    def examples(self) -> tuple[QueryExample, ...]:
        """The pictures, one or two."""
        return (self.query,) if self.match is None else (self.query, self.match)

    @property
    def titles(self) -> tuple[str, ...]:
        """What to call the pictures."""
        if self.match is None:
            return (translate("inspection", "Photo"),)
        if self.is_search:
            return translate("inspection", "Query"), translate("inspection", "Match")
        return translate("inspection", "First"), translate("inspection", "Second")


def subject_of(result: SearchResult | None, current_id: int, chosen_ids: Sequence[int]) -> Subject:
    """What to inspect: a match beside its query, two chosen photos, or one photo alone.

    Args:
        result: The search whose matches are in view, if it is matches.
        current_id: The photo that has the keyboard's attention.
        chosen_ids: All chosen photos.
    """
    chosen = QueryExample.of_photo(current_id)
    if result is not None:
        response = result.response
        words = {hit.photo_id: hit.closeness for hit in response.hits}
        return Subject(
            result.examples[0],
            chosen,
            response.examples[0],
            is_search=True,
            closeness=words.get(current_id),
        )
    if len(chosen_ids) == 2:
        first, second = map(QueryExample.of_photo, chosen_ids)
        return Subject(first, second)
    return Subject(chosen)


class Inspection(QObject):
    """Follows the subject: codes first, pictures next, evidence when the engine has it."""

    cleared = Signal()
    subject_changed = Signal(object)
    values_arrived = Signal(object)
    names_arrived = Signal(object)
    picture_arrived = Signal(int, QImage)
    picture_failed = Signal(int, str)
    evidence_awaited = Signal()
    evidence_arrived = Signal(object)
    evidence_cleared = Signal()
    said_failed = Signal(object)
    failed = Signal(object)

    def __init__(
        self, session: LibrarySession, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._values_job = LatestJob(runner, Lane.LOOKUP)
        self._said_job = LatestJob(runner, Lane.ENGINE)
        self._picture_jobs = (LatestJob(runner, Lane.LOOKUP), LatestJob(runner, Lane.LOOKUP))
        self._evidence_job = LatestJob(runner, Lane.ENGINE)
        self._overlay_job = LatestJob(runner, Lane.LOOKUP)
        self._seen: OrderedDict[object, Seen] = OrderedDict()
        self._subject: Subject | None = None
        self._values: BitValues | None = None
        self._chosen: EvidenceChoice = None
        self._pointed_at: int | None = None
        self._awaited: tuple[object, ...] = ()

    @property
    def subject(self) -> Subject | None:
        """What is inspected now."""
        return self._subject

    def clear(self) -> None:
        """Inspects nothing."""
        if self._subject is not None:
            self._stop()
            self._subject = None
            self.cleared.emit()

    def forget(self) -> None:
        """Forgets what was seen, for another model."""
        self.clear()
        self._seen.clear()
        self._chosen = self._pointed_at = None

    def inspect(self, subject: Subject) -> None:
        """Inspects a pair or a picture; the chosen bit stays."""
        if subject == self._subject:
            return
        self._stop()
        self._subject = subject
        self._values = None
        self.subject_changed.emit(subject)
        self._load_values(subject)
        for position, example in enumerate(subject.examples):
            self._load_picture(position, example)
        self._load_evidence()

    def repeat(self) -> None:
        """Tells everything about the subject once more."""
        subject, self._subject = self._subject, None
        if subject is not None:
            self.inspect(subject)

    def choose(self, choice: EvidenceChoice) -> None:
        """Shows the evidence of a bit or a group of bits over the pictures, or none."""
        if choice != self._chosen:
            self._chosen = choice
            self._load_evidence()

    def point_at(self, bit: int | None) -> None:
        """Shows the evidence of a bit for as long as the pointer is on it."""
        if bit != self._pointed_at:
            self._pointed_at = bit
            self._load_evidence()

    @property
    def _wanted(self) -> EvidenceChoice:
        return self._chosen if self._pointed_at is None else self._pointed_at

    def _stop(self) -> None:
        self._awaited = ()
        for job in (
            self._values_job,
            self._said_job,
            self._evidence_job,
            self._overlay_job,
            *self._picture_jobs,
        ):
            job.stop()

    def _load_values(self, subject: Subject) -> None:
        session = self._session

        def work(_token: CancelToken) -> Iterator[object]:
            yield tuple(_name(session, example) for example in subject.examples)
            query = _code(session, subject.query, subject.query_code)
            match = _code(session, subject.match, None) if subject.match else None
            if query is None or (subject.match is not None and match is None):
                yield None
            else:
                yield _values(session, subject, query, match)

        job = self._values_job.start(work)
        job.progressed.connect(self._on_names_read)
        job.succeeded.connect(self._on_values_loaded)
        job.failed.connect(self.failed)

    def _load_picture(self, position: int, example: QueryExample) -> None:
        seen = self._seen.get(_identity_of_part(example))
        if seen is not None:
            self.picture_arrived.emit(position, seen.picture)
            return
        session = self._session
        job = self._picture_jobs[position].start(
            lambda _token: example_picture(session, example, PREVIEW_PX),
            Lane.ENGINE if example.needs_engine else Lane.LOOKUP,
        )
        job.succeeded.connect(lambda image: self._on_picture_loaded(position, example, image))
        job.failed.connect(lambda error: self.picture_failed.emit(position, error_text(error)))

    def _load_evidence(self) -> None:
        subject, wanted = self._subject, self._wanted
        self._overlay_job.stop()
        if subject is None or wanted is None:
            self.evidence_cleared.emit()
            return
        missing = [e for e in subject.examples if _identity_of_part(e) not in self._seen]
        if not missing:
            self._paint_evidence(subject, wanted)
            return
        self.evidence_awaited.emit()
        awaited = tuple(_identity_of_part(example) for example in missing)
        if awaited == self._awaited:
            return
        self._awaited = awaited
        job: Job = self._evidence_job.start(partial(_look_at_each, self._session, missing))
        job.succeeded.connect(lambda made: self._on_evidence_loaded(subject, made))
        job.failed.connect(self._on_evidence_failed)

    def _paint_evidence(self, subject: Subject, choice: int | BitGroup) -> None:
        values = self._values
        seen = [self._seen[_identity_of_part(example)] for example in subject.examples]
        job = self._overlay_job.start(lambda _token: bit_evidence(choice, values, seen))
        job.succeeded.connect(self._on_evidence_painted)
        job.failed.connect(self.failed)

    def _on_values_loaded(self, values: BitValues | None) -> None:
        self._values = values
        self.values_arrived.emit(values)
        if isinstance(self._wanted, BitGroup):
            self._load_evidence()
        subject = self._subject
        if values is not None and values.speaks and values.said is None and subject is not None:
            self._load_said(values, subject)

    def _load_said(self, values: BitValues, subject: Subject) -> None:
        """What the model states of pictures that the engine has to look at for that."""
        session = self._session

        def work(token: CancelToken) -> BitValues:
            said = []
            codes = (subject.query_code, None)
            for example, known in zip(subject.examples, codes, strict=False):
                token.raise_if_cancelled()
                said.append(session.words.telling_first(_said(session, example, known)))
            return replace(values, said=(said[0], said[-1]))

        job = self._said_job.start(work)
        job.succeeded.connect(self._on_said)
        job.failed.connect(self.said_failed)

    def _on_said(self, values: BitValues) -> None:
        self._values = values
        self.values_arrived.emit(values)

    def _on_evidence_painted(self, evidence: BitEvidence | None) -> None:
        if evidence is None:
            self.evidence_cleared.emit()
        else:
            self.evidence_arrived.emit(evidence)

    def _on_evidence_failed(self, error: Exception) -> None:
        self._awaited = ()
        self.failed.emit(error)

    def _on_names_read(self, record: object) -> None:
        if isinstance(record, tuple):
            self.names_arrived.emit(record)

    def _on_picture_loaded(
        self, position: int, example: QueryExample, image: QImage | None
    ) -> None:
        if _identity_of_part(example) in self._seen:
            return
        if image is None:
            self.picture_failed.emit(position, self.tr("This photo has no thumbnail yet."))
        else:
            self.picture_arrived.emit(position, image)

    def _on_evidence_loaded(self, subject: Subject, made: list[tuple[object, Seen]]) -> None:
        self._awaited = ()
        for identity, seen in made:
            self._seen[identity] = seen
        for position, example in enumerate(subject.examples):
            self.picture_arrived.emit(position, self._seen[_identity_of_part(example)].picture)
        self._load_evidence()
        while len(self._seen) > _N_EVIDENCES_KEPT:
            self._seen.popitem(last=False)


def _identity_of_part(example: QueryExample) -> object:
    """What tells the evidence in a picture, or in a part of it, from others."""
    return example.identity, example.region


def _values(
    session: LibrarySession,
    subject: Subject,
    query: EncodedPicture,
    match: EncodedPicture | None,
) -> BitValues:
    closeness = subject.closeness
    if match is not None and not subject.is_search:
        closeness = session.searcher.closeness(query, match)
    return BitValues(
        query.activations,
        None if match is None else match.activations,
        session.bits.names(in_chinese=speaks_chinese()),
        _said_of(session, query, query if match is None else match),
        speaks=bool(session.bits.meanings),
        closeness=closeness,
    )


def _said_of(
    session: LibrarySession, query: EncodedPicture, match: EncodedPicture
) -> tuple[tuple[Statement, ...], tuple[Statement, ...]] | None:
    """What is stated of two pictures; None where one has to be looked at to know its subject."""
    if query.subject is None or match.subject is None:
        return None
    first, second = (
        session.words.telling_first(session.bits.statements(each)) for each in (query, match)
    )
    return first, second


def _said(
    session: LibrarySession, example: QueryExample, known: EncodedPicture | None
) -> tuple[Statement, ...]:
    """What is stated of a picture, by its code in the library where there is one.

    Raises:
        UserFacingError: If it has to be looked at and cannot be read.
    """
    encoded = _code(session, example, known)
    source = example_source(session, example)
    if encoded is None:
        return session.statements_of(source, example.region)
    if encoded.subject is None and isinstance(source, str) and example.region is None:
        encoded = session.subjects.completed(encoded, source)
    return session.bits.statements(encoded)


def _code(
    session: LibrarySession, example: QueryExample, known: EncodedPicture | None
) -> EncodedPicture | None:
    if known is not None:
        return known
    if example.photo_id is None or example.region is not None:
        return None
    return session.searcher.stored_code(example.photo_id)


def _name(session: LibrarySession, example: QueryExample) -> str:
    if example.photo_id is None:
        return example.label
    photos = session.browser.photos([example.photo_id])
    return photos[0].path.name if photos else ""


def _look_at_each(
    session: LibrarySession, examples: list[QueryExample], token: CancelToken
) -> list[tuple[object, Seen]]:
    made = []
    for example in examples:
        token.raise_if_cancelled()
        made.append((_identity_of_part(example), _look_at(session, example)))
    return made


def _look_at(session: LibrarySession, example: QueryExample) -> Seen:
    """Every evidence map of a picture; asks the engine, so it takes a moment.

    Raises:
        UserFacingError: If the picture cannot be read.
    """
    bits = tuple(range(session.model.n_bits))
    evidence = session.explain(example_source(session, example), bits, example.region)
    picture = fitted(image_of(evidence.picture), PREVIEW_PX)
    return Seen(picture, replace(evidence, picture=np.empty((0, 0, 3), dtype=np.uint8)))
