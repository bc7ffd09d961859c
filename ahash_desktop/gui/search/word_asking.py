"""Has the words of the bar narrow what is shown and searched, and says what cannot be asked."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from ahash_desktop.core.words import Lack, Term, Topic, Word, read_words
from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.words_text import terms_text, unsaid_text
from ahash_desktop.gui.search.controller import Scope, SearchController
from ahash_desktop.gui.search.words_bar import WordsBar
from ahash_desktop.services.session import LibrarySession

NO_BIT = -1


class WordAsking(QObject):
    """Reads the bar with the words that the library can be asked for.

    These are read off the window's thread whenever the bar is looked at.

    Attributes:
        bar: Where words are written.
    """

    noted = Signal(str, int)
    """What cannot be asked, and why; empty once that is over. And the bit of a mark of which the
    model is never sure, whose likeliest photos can be shown all the same; -1 for none."""
    failed = Signal(object)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        search: SearchController,
        bar: WordsBar,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.bar = bar
        self._session = session
        self._search = search
        self._words: dict[tuple[Topic, str], Word] = {}
        self._terms: tuple[Term, ...] = ()
        self._waiting: str | None = None
        self._reading = LatestJob(runner, Lane.LOOKUP)
        bar.looked_at.connect(self.refresh)
        bar.asked.connect(self.ask)
        search.scope_changed.connect(self._on_scope_changed)

    @property
    def is_asking(self) -> bool:
        """Whether words decide what is shown."""
        return bool(self._search.state.scope.terms)

    def refresh(self) -> None:
        """Reads anew what can be asked for."""
        words = self._session.words
        job = self._reading.start(lambda _token: words.known())
        job.succeeded.connect(self._on_known)
        job.failed.connect(self.failed)

    def ask(self, text: str) -> None:
        """Asks for what a text says."""
        if text and not self._words:
            self._waiting = text
            self.refresh()
            return
        self._waiting = None
        reading = read_words(text, tuple(self._words.values()))
        model = self._session.model.name
        told = " ".join(unsaid_text(each, model) for each in reading.unsaid)
        unsure = [
            each.word.bit
            for each in reading.unsaid
            if each.lack is Lack.NEVER_SURE and each.word is not None and each.word.bit is not None
        ]
        self.noted.emit(told, unsure[0] if unsure else NO_BIT)
        self._terms = reading.terms
        self._search.narrow(replace(self._search.state.scope, terms=reading.terms))

    @property
    def asked_text(self) -> str:
        """What is asked for now, in words; empty if that is nothing."""
        return terms_text(self._search.state.scope.terms, self._words)

    def forget_words(self) -> None:
        """Another model knows other words."""
        self._words = {}
        self.bar.offer(())

    def _on_known(self, known: Sequence[Word]) -> None:
        self._words = {(word.topic, word.key): word for word in known}
        self.bar.offer(known)
        if self._waiting is not None:
            self.ask(self._waiting)
        elif self._terms and not self.bar.text():
            self.bar.show_text(self.asked_text)

    def _on_scope_changed(self, scope: Scope) -> None:
        if scope.terms != self._terms:
            self._terms = scope.terms
            self.bar.show_text(self.asked_text)
            self.noted.emit("", NO_BIT)
            if any((term.topic, term.key) not in self._words for term in scope.terms):
                self.refresh()
