"""Where the subjects of the large pictures are: drawn, and corrected by whoever knows better."""

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import EncodedPicture, Region
from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.inspector.inspection import Subject
from ahash_desktop.gui.pictures.examples import QueryExample
from ahash_desktop.gui.pictures.sources import example_picture, example_source
from ahash_desktop.gui.search.region_dialog import RegionDialog
from ahash_desktop.gui.viewer.compare_stage import CompareStage
from ahash_desktop.services.session import LibrarySession

_DIALOG_PX = 768


class SubjectBoxes(QObject):
    """Draws the boxes on a stage. A photo of the library keeps what it is corrected to.

    `corrected` carries a photo id and the boxes that it was and is now corrected to, or None;
    `part_wanted` another picture's example and the part of it to search by.
    """

    corrected = Signal(int, object, object)
    part_wanted = Signal(object, object)
    failed = Signal(object)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        theme: ThemeController,
        stage: CompareStage,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._theme = theme
        self._stage = stage
        self._window = parent
        self._reading = LatestJob(runner, Lane.LOOKUP)
        self._looking = LatestJob(runner, Lane.ENGINE)
        self._examples: tuple[QueryExample, ...] = ()
        self._codes: list[EncodedPicture] = []
        stage.box_corrected.connect(self._on_box_dragged)

    def show(self, subject: Subject) -> None:
        """Says where the subjects of other pictures are."""
        self.stop()
        self._examples = subject.examples
        if not self._session.bits.meanings:
            return
        job = self._reading.start(partial(_read, self._session, subject))
        job.succeeded.connect(self._on_read)

    def stop(self) -> None:
        """Looks no more."""
        self._reading.stop()
        self._looking.stop()
        self._examples, self._codes = (), []

    def refresh(self) -> None:
        """Draws the boxes again, on pictures that have come meanwhile."""
        for position, (example, encoded) in enumerate(
            zip(self._examples, self._codes, strict=False)
        ):
            self._stage.show_box(position, _box(example, encoded))

    def correct(self, photo_id: int, box: Region | None) -> None:
        """Keeps where the subject of a photo is; None lets the model say it again."""
        session = self._session
        known = {e.photo_id: c for e, c in zip(self._examples, self._codes, strict=False)}
        before = known[photo_id].part if photo_id in known else None
        job = self._runner.start(lambda _token: session.correct_subject(photo_id, box), Lane.ENGINE)
        job.succeeded.connect(lambda encoded: self._on_corrected(photo_id, encoded, before))
        job.failed.connect(self._on_not_corrected)

    def ask(self, position: int) -> None:
        """Lets the box of a picture be corrected in a dialog, by mouse or keys."""
        if position >= len(self._examples):
            return
        session, example = self._session, replace(self._examples[position], region=None)
        job = self._runner.start(
            lambda _token: example_picture(session, example, _DIALOG_PX),
            Lane.ENGINE if example.needs_engine else Lane.LOOKUP,
        )
        job.succeeded.connect(lambda picture: self._open(position, picture))
        job.failed.connect(self.failed)

    def _open(self, position: int, picture: QImage | None) -> None:
        if picture is None or position >= len(self._examples):
            return
        example = self._examples[position]
        box = _box(example, self._codes[position]) if position < len(self._codes) else None
        dialog = RegionDialog(
            picture, box, self._theme.colours, self._window, corrects=example.photo_id is not None
        )
        dialog.region_chosen.connect(lambda region: self._take(example, region))
        dialog.open()

    def _take(self, example: QueryExample, box: Region | None) -> None:
        if example.photo_id is not None:
            self.correct(example.photo_id, box)
        else:
            self.part_wanted.emit(example, box)

    def _on_read(self, codes: list[EncodedPicture | None]) -> None:
        known = [code for code in codes if code is not None]
        if len(known) == len(codes):
            self._on_looked(known)
            return
        job = self._looking.start(partial(_look, self._session, self._examples, codes))
        job.succeeded.connect(self._on_looked)

    def _on_looked(self, codes: list[EncodedPicture]) -> None:
        self._codes = codes
        self.refresh()

    def _on_box_dragged(self, position: int, box: Region) -> None:
        if position < len(self._examples):
            self._take(self._examples[position], box)

    def _on_corrected(self, photo_id: int, encoded: EncodedPicture, before: Region | None) -> None:
        for position, example in enumerate(self._examples[: len(self._codes)]):
            if example.photo_id == photo_id:
                self._codes[position] = encoded
        self.refresh()
        self.corrected.emit(photo_id, before, encoded.part)

    def _on_not_corrected(self, error: Exception) -> None:
        self.refresh()
        self.failed.emit(error)


def _read(
    session: LibrarySession, subject: Subject, _token: CancelToken
) -> list[EncodedPicture | None]:
    """The codes of pictures whose subject is known, without a look at them; None of others."""
    found: list[EncodedPicture | None] = []
    for example in subject.examples:
        code = subject.query_code if example is subject.query else None
        if code is None and example.photo_id is not None and example.region is None:
            code = session.searcher.stored_code(example.photo_id)
        found.append(None if code is None or code.subject is None else code)
    return found


def _look(
    session: LibrarySession,
    examples: tuple[QueryExample, ...],
    codes: list[EncodedPicture | None],
    token: CancelToken,
) -> list[EncodedPicture]:
    """The codes of pictures with their subjects: those that are known, else looked at anew."""
    found = []
    for example, known in zip(examples, codes, strict=True):
        token.raise_if_cancelled()
        if known is not None:
            found.append(known)
        else:
            found.append(session.subjects.look(example_source(session, example), example.region))
    return found


def _box(example: QueryExample, encoded: EncodedPicture) -> Region | None:
    """The part that is searched by, else where the subject is."""
    if example.region is not None:
        return example.region
    return None if encoded.subject is None else encoded.subject.box
