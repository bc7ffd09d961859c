"""What the window tells of changes that were asked for, with a way back where there is one."""

from PySide6.QtCore import QObject

from ahash_desktop.core.records import Region
from ahash_desktop.gui.base.changes import Changes
from ahash_desktop.gui.base.notice import NoticeBar
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.settings.choices import Choices
from ahash_desktop.gui.viewer.subject_boxes import SubjectBoxes


class Notices(QObject):
    """Tells of another language, and of corrected subjects.

    Args:
        notice: Where it is told.
        language: The one that the window has.
        boxes: Where subjects are corrected.
    """

    def __init__(
        self,
        notice: NoticeBar,
        choices: Choices,
        language: str,
        boxes: SubjectBoxes,
        catalogue: Catalogue,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._notice = notice
        self._choices = choices
        self._language = language
        self._boxes = boxes
        self._catalogue = catalogue
        choices.changed.connect(self._on_choices_changed)
        boxes.corrected.connect(self._on_subject_corrected)

    def _on_choices_changed(self, names: frozenset[str]) -> None:
        if "language" in names and self._choices.values.language != self._language:
            self._notice.tell(self.tr("The language changes when the program starts next."))

    def _on_subject_corrected(
        self, photo_id: int, before: Region | None, now: Region | None
    ) -> None:
        self._notice.tell(
            self.tr("From now on this photo is read where you say its subject is.")
            if now is not None
            else self.tr("From now on the program finds the subject of this photo itself."),
            self.tr("Undo"),
            lambda: self._boxes.correct(photo_id, before),
        )
        self._catalogue.note(Changes(codes=True))
