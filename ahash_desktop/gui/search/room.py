"""The room of the search: what is asked, how it comes in, and what was asked before."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QWidget

from ahash_desktop.core.errors import LibraryLostError
from ahash_desktop.gui.base.changes import Changes
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.pictures.examples import QueryExample
from ahash_desktop.gui.search.actions import SearchActions
from ahash_desktop.gui.search.bit_photos import BitPhotos
from ahash_desktop.gui.search.controller import SearchController
from ahash_desktop.gui.search.example_commands import ExampleCommands
from ahash_desktop.gui.search.history import SearchHistory
from ahash_desktop.gui.search.incoming import Incoming
from ahash_desktop.gui.search.recent import RecentSearches
from ahash_desktop.gui.search.word_asking import WordAsking
from ahash_desktop.gui.search.words_bar import WordsBar
from ahash_desktop.gui.settings.choices import Choices
from ahash_desktop.services.session import LibrarySession


class SearchRoom(QObject):
    """Keeps the search, its history and the ways into it together.

    Args:
        window: Takes drops.
        words_bar: Where words are written.
        actions: Trigger what is done.
        chosen_ids: Ids of the photos now chosen.
        adds_at: Whether a drop at a place of the window adds to the search.
    """

    failed = Signal(object)

    def __init__(
        self,
        window: QWidget,
        session: LibrarySession,
        runner: JobRunner,
        choices: Choices,
        words_bar: WordsBar,
        actions: SearchActions,
        chosen_ids: Callable[[], list[int]],
        adds_at: Callable[[QPoint], bool],
    ) -> None:
        super().__init__(window)
        self._choices = choices
        self.controller = SearchController(session, runner, self)
        self.bit_photos = BitPhotos(session, runner, self)
        self.incoming = Incoming(window, adds_at, runner)
        self.history = SearchHistory(
            self.controller, actions.history_back, actions.history_forward, self
        )
        recent = session.paths.folder / "recent.json"
        self.recent = RecentSearches(self.controller, session, runner, actions.recent, recent, self)
        self.words = WordAsking(session, runner, self.controller, words_bar, self)
        self._commands = ExampleCommands(self.controller, actions, chosen_ids, self)
        actions.add_folder.triggered.connect(self.incoming.ask_for_folder)
        actions.open_picture.triggered.connect(self.incoming.ask_for_pictures)
        actions.find_by_words.triggered.connect(self._write_words)
        actions.paste.triggered.connect(self.incoming.paste)
        self.incoming.examples_brought.connect(self._on_examples_brought)
        self.controller.search_failed.connect(self._on_search_failed)
        choices.changed.connect(self._on_choices_changed)
        for part in (self.controller, self.incoming, self.bit_photos, self.words):
            part.failed.connect(self.failed)

    def search_by_photo(self, photo_id: int) -> None:
        """Searches by a photo of the library."""
        self.controller.search_by([QueryExample.of_photo(photo_id)])

    def _write_words(self) -> None:
        self.words.bar.setFocus()
        self.words.bar.selectAll()

    def on_noted(self, changes: Changes) -> None:
        """Asks nothing of another model that only the old one can answer."""
        if changes.model:
            self.words.forget_words()
            self.history.forget_bits()
            self.controller.forget_bits()

    def on_changed(self, changes: Changes) -> None:
        """Searches again where something else may be found now."""
        if changes.codes:
            self.controller.repeat()

    def _on_examples_brought(self, examples: Sequence[QueryExample], adds: bool) -> None:
        if adds:
            self.controller.add(examples)
        else:
            self.controller.search_by(examples)

    def _on_search_failed(self, error: Exception) -> None:
        """The page says what went wrong; a library that is gone is everyone's matter."""
        if isinstance(error, LibraryLostError):
            self.failed.emit(error)

    def _on_choices_changed(self, names: frozenset[str]) -> None:
        if "rank_by" in names:
            self.controller.rank_by(self._choices.values.rank_by)
