"""Runs searches off the window's thread; a newer one silences the older."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.bit_rules import BitRules
from ahash_desktop.gui.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.pictures import example_picture
from ahash_desktop.gui.query import QueryExample, without_repeats
from ahash_desktop.services.searching import Example, SearchRequest, SearchResponse
from ahash_desktop.services.session import LibrarySession

_N_RESULTS = 200
_PREVIEW_PX = 512


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A response together with what was asked; `response.examples` follow `examples`."""

    examples: tuple[QueryExample, ...]
    response: SearchResponse
    rules: BitRules = field(default_factory=BitRules)

    @property
    def n_compared(self) -> int:
        """How many bits a distance counts."""
        return self.response.n_bits - len(self.rules.ignored)


class SearchController(QObject):
    """Holds the examples of the search and keeps the results up with them."""

    examples_changed = Signal()
    rules_changed = Signal(object)
    search_started = Signal()
    search_succeeded = Signal(object)
    search_failed = Signal(object)
    preview_arrived = Signal(int, QImage)

    def __init__(
        self, session: LibrarySession, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._searching = LatestJob(runner, Lane.SEARCH)
        self._examples: tuple[QueryExample, ...] = ()
        self._rules = BitRules()
        self._previews: dict[int, QImage] = {}

    @property
    def examples(self) -> tuple[QueryExample, ...]:
        """The examples, those with + first."""
        return self._examples

    @property
    def rules(self) -> BitRules:
        """What is asked of single bits."""
        return self._rules

    def preview(self, key: int) -> QImage | None:
        """The picture of an example, once it is there."""
        return self._previews.get(key)

    def search_by(self, examples: Sequence[QueryExample]) -> None:
        """Searches by these examples alone."""
        self._set_rules(BitRules())
        self._change(examples)

    def add(self, examples: Sequence[QueryExample]) -> None:
        """Searches by these examples as well."""
        self._change(without_repeats(self._examples, examples))

    def remove(self, key: int) -> None:
        """Searches without one of the examples."""
        self._change([example for example in self._examples if example.key != key])

    def flip_sign(self, key: int) -> None:
        """Turns an example into a counter-example, or back."""
        self._change(
            [
                replace(example, is_negative=not example.is_negative)
                if example.key == key
                else example
                for example in self._examples
            ]
        )

    def clear(self) -> None:
        """Ends the search."""
        self._set_rules(BitRules())
        self._change([])

    def steer(self, rules: BitRules) -> None:
        """Asks something else of single bits; a new search begins without rules."""
        if rules != self._rules:
            self._set_rules(rules)
            self.repeat()

    def repeat(self) -> None:
        """Searches again, for a library that has changed."""
        if self.can_search:
            self._start()

    @property
    def can_search(self) -> bool:
        """Whether there is an example to search by; counter-examples alone do not do."""
        return any(not example.is_negative for example in self._examples)

    def _change(self, examples: Sequence[QueryExample]) -> None:
        self._examples = tuple(sorted(examples, key=lambda example: example.is_negative))
        keys = {example.key for example in self._examples}
        self._previews = {key: image for key, image in self._previews.items() if key in keys}
        self.examples_changed.emit()
        if self.can_search:
            self._start()
        else:
            self._searching.stop()
        for example in self._examples:
            if example.key not in self._previews:
                self._load_preview(example)

    def _set_rules(self, rules: BitRules) -> None:
        if rules != self._rules:
            self._rules = rules
            self.rules_changed.emit(rules)

    def _start(self) -> None:
        examples, rules = self._examples, self._rules
        session = self._session

        def work(token: CancelToken) -> SearchResult:
            request = _request(session, examples, rules)
            token.raise_if_cancelled()
            return SearchResult(examples, session.searcher.search(request), rules)

        self.search_started.emit()
        asks_engine = any(example.needs_engine for example in examples)
        job = self._searching.start(work, Lane.ENGINE if asks_engine else Lane.SEARCH)
        job.succeeded.connect(self.search_succeeded)
        job.failed.connect(self.search_failed)

    def _load_preview(self, example: QueryExample) -> None:
        session = self._session
        job = self._runner.start(
            lambda _token: example_picture(session, example, _PREVIEW_PX),
            Lane.ENGINE if example.needs_engine else Lane.LOOKUP,
        )
        job.succeeded.connect(lambda image: self._on_preview_loaded(example.key, image))

    def _on_preview_loaded(self, key: int, image: QImage | None) -> None:
        if image is not None and any(example.key == key for example in self._examples):
            self._previews[key] = image
            self.preview_arrived.emit(key, image)


def _request(
    session: LibrarySession, examples: Sequence[QueryExample], rules: BitRules
) -> SearchRequest:
    """The service's request for some examples; encodes pasted pictures, so it may be slow."""
    made = [(example.is_negative, _service_example(session, example)) for example in examples]
    return SearchRequest(
        positives=tuple(example for is_negative, example in made if not is_negative),
        negatives=tuple(example for is_negative, example in made if is_negative),
        required_bits=tuple(rules.required),
        ignored_bits=tuple(rules.ignored),
        inverted_bits=tuple(rules.inverted),
        top_k=_N_RESULTS,
    )


def _service_example(session: LibrarySession, example: QueryExample) -> Example:
    if example.photo_id is not None:
        return Example(photo_id=example.photo_id)
    if example.path is not None:
        return session.searcher.example_of(example.path)
    return Example(source=example.picture_bytes())
