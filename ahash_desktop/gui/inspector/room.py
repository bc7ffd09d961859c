"""The room of the inspector: why what is chosen matches, and what its bits say."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction

from ahash_desktop.gui.base.changes import Changes
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.grid.photo_grid import Chosen
from ahash_desktop.gui.inspector.bit_commands import BitCommands
from ahash_desktop.gui.inspector.inspection import Inspection, subject_of
from ahash_desktop.gui.inspector.inspector import Inspector
from ahash_desktop.gui.inspector.mark_commands import MarkCommands
from ahash_desktop.gui.search.bit_photos import BitPhotos
from ahash_desktop.gui.search.controller import SearchController, SearchResult
from ahash_desktop.services.session import LibrarySession

_DELAY_MS = 60


class InspectorRoom(QObject):
    """Inspects what is chosen, as soon as it stays chosen for a moment.

    Args:
        search: What is asked, and found.
        bit_photos: Finds the photos with a bit.
        chosen: What is chosen in the grid in view.
        bits: Brings the table of bits into view, or the field marks.
    """

    pictures_activated = Signal()
    bit_page_wanted = Signal(int)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        search: SearchController,
        bit_photos: BitPhotos,
        theme: ThemeController,
        chosen: Callable[[], Chosen],
        bits: QAction,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._search = search
        self._chosen = chosen
        self.inspection = Inspection(session, runner, self)
        self.view = Inspector(theme.colours)
        self.view.follow(self.inspection)
        self.bit_commands = BitCommands(search, bit_photos, self.view.bits, self)
        self._mark_commands = MarkCommands(search, self.view.marks, self)
        self._delay = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._delay.timeout.connect(self.inspect_now)
        theme.colours_changed.connect(self.view.set_colours)
        self.view.pictures_activated.connect(self.pictures_activated)
        self.view.find_similar_clicked.connect(self.find_similar)
        bits.toggled.connect(self.view.show_bits)
        self.view.bits_shown.connect(bits.setChecked)
        for commands in (self.bit_commands, self._mark_commands):
            commands.page_wanted.connect(self.bit_page_wanted)
        search.examples_changed.connect(self._on_examples_changed)
        search.search_succeeded.connect(self._on_search_succeeded)
        search.search_failed.connect(lambda _error: self.inspection.clear())

    def inspect_soon(self) -> None:
        """Inspects what is chosen in a moment."""
        self._delay.start()

    def inspect_now(self) -> None:
        """Inspects what is chosen."""
        self._delay.stop()
        chosen = self._chosen()
        if chosen.current_id is None:
            self.inspection.clear()
            return
        result = self._search.result if chosen.among_matches else None
        self.inspection.inspect(subject_of(result, chosen.current_id, chosen.ids))

    def find_similar(self) -> None:
        """Searches by the match that is inspected, or by the one photo."""
        subject = self.inspection.subject
        if subject is not None:
            self._search.search_by([subject.match or subject.query])

    def on_noted(self, changes: Changes) -> None:
        """Shows nothing any more of what another model said."""
        if changes.model:
            self.view.bits.choose_none()
            self.inspection.forget()
            self.inspect_soon()

    def _on_examples_changed(self) -> None:
        if not self._search.examples:
            self.inspect_soon()
        elif not self._search.can_search:
            self.inspection.clear()

    def _on_search_succeeded(self, result: SearchResult) -> None:
        """Bits that keep every photo away must stay in view to be asked less of."""
        if not result.response.hits and not result.rules:
            self.inspection.clear()
