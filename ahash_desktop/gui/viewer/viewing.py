"""Shows what is inspected large: previews at once, the whole pictures when they are decoded."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColorSpace, QImage
from PySide6.QtWidgets import QStackedWidget

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.base.wording import error_text
from ahash_desktop.gui.inspector.inspection import Inspection, Subject
from ahash_desktop.gui.pictures.examples import QueryExample
from ahash_desktop.gui.pictures.facts import PhotoFacts, facts_of
from ahash_desktop.gui.pictures.pyramid import Pyramid
from ahash_desktop.gui.pictures.sources import example_source, image_of
from ahash_desktop.gui.viewer.page import Viewer
from ahash_desktop.gui.viewer.subject_boxes import SubjectBoxes
from ahash_desktop.services.session import LibrarySession

LARGEST_PX = 4096
"""Long side up to which every pixel is shown; beyond twice that, pictures are halved."""


class Viewing(QObject):
    """Follows the inspection while its page is open.

    Args:
        inspection: Tells what to look at.
        stack: Gets the page.
        place_text: Says where among the others the photo is.
    """

    closed = Signal()
    step_wanted = Signal(int)
    similar_wanted = Signal(object)
    """An example to search by."""

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        inspection: Inspection,
        theme: ThemeController,
        stack: QStackedWidget,
        place_text: Callable[[], str],
    ) -> None:
        super().__init__(stack)
        self._session = session
        self._inspection = inspection
        self._stack = stack
        self._page = Viewer(theme.colours)
        self._jobs = (LatestJob(runner, Lane.ENGINE), LatestJob(runner, Lane.ENGINE))
        self._facts_job = LatestJob(runner, Lane.LOOKUP)
        self.boxes = SubjectBoxes(session, runner, theme, self._page.stage, self._page)
        self._kept: dict[object, Pyramid] = {}
        self._place_text = place_text
        stack.addWidget(self._page)
        theme.colours_changed.connect(self._page.set_colours)
        self._page.closed.connect(self.closed)
        self._page.step_wanted.connect(self.step_wanted)
        self._page.similar_wanted.connect(self._find_similar)
        self._page.box_wanted.connect(self.boxes.ask)
        self.boxes.failed.connect(lambda error: self._page.show_note(error_text(error)))
        inspection.subject_changed.connect(self._on_subject_changed)
        inspection.picture_arrived.connect(self._on_preview_arrived)
        inspection.evidence_arrived.connect(lambda e: self._page.stage.show_overlays(e.overlays))
        inspection.evidence_cleared.connect(lambda: self._page.stage.show_overlays(()))

    @property
    def page(self) -> Viewer:
        """The page in the stack."""
        return self._page

    @property
    def is_open(self) -> bool:
        """Whether the page is in view."""
        return self._stack.currentWidget() is self._page

    def open(self) -> None:
        """Loads what is inspected; the page must be in view."""
        self._inspection.repeat()
        self._page.stage.active.setFocus()

    def stop(self) -> None:
        """Lets go of the large pictures; what is opened next is seen whole at first."""
        self._kept.clear()
        self.boxes.stop()
        for job in (*self._jobs, self._facts_job):
            job.stop()
        self._page.make_room([""], "")
        self._page.stage.fit()

    def _find_similar(self) -> None:
        """The like of the match, or of the photo that is alone; in turn, of the one in front."""
        subject = self._inspection.subject
        if subject is None:
            return
        shown = subject.examples
        at = self._page.stage.shown_alone
        self.similar_wanted.emit(shown[-1] if at is None else shown[at])

    def _on_subject_changed(self, subject: Subject) -> None:
        if not self.is_open:
            return
        self._page.make_room(list(subject.titles), self._place_text())
        wanted = {example.identity for example in subject.examples}
        self._kept = {key: kept for key, kept in self._kept.items() if key in wanted}
        for position, example in enumerate(subject.examples):
            self._load(position, example)
        self.boxes.show(subject)
        job = self._facts_job.start(partial(_all_facts, self._session, subject))
        job.succeeded.connect(self._on_facts_loaded)

    def _load(self, position: int, example: QueryExample) -> None:
        self._jobs[position].stop()
        kept = self._kept.get(example.identity)
        if kept is not None:
            self._page.stage.show_picture(position, kept)
            return
        job = self._jobs[position].start(partial(_large_picture, self._session, example))
        job.succeeded.connect(lambda pyramid: self._on_loaded(position, example, pyramid))
        job.failed.connect(lambda error: self._page.show_note(error_text(error)))

    def _on_loaded(self, position: int, example: QueryExample, pyramid: Pyramid) -> None:
        self._kept[example.identity] = pyramid
        self._page.stage.show_picture(position, pyramid)

    def _on_preview_arrived(self, position: int, preview: QImage) -> None:
        subject = self._inspection.subject
        if not self.is_open or subject is None or position >= len(subject.examples):
            return
        if subject.examples[position].identity not in self._kept:
            self._page.stage.show_picture(position, Pyramid((preview,)))

    def _on_facts_loaded(self, facts: list[PhotoFacts]) -> None:
        for position, known in enumerate(facts):
            self._page.stage.show_facts(position, known)


def _large_picture(session: LibrarySession, example: QueryExample, token: CancelToken) -> Pyramid:
    """A picture with all its pixels as far as they are shown.

    Raises:
        UserFacingError: If it cannot be read.
    """
    if example.image is not None:
        return Pyramid.of(example.image)
    pixels = session.show(example_source(session, example), LARGEST_PX)
    token.raise_if_cancelled()
    picture = image_of(pixels)
    picture.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    return Pyramid.of(picture)


def _all_facts(session: LibrarySession, subject: Subject, _token: CancelToken) -> list[PhotoFacts]:
    return [facts_of(session, example) for example in subject.examples]
