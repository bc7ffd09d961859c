"""Runs searches off the window's thread; a newer one silences the older."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from ahash_desktop.core.filters import PhotoFilter
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import Region
from ahash_desktop.core.words import Term, Topic
from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.wording import error_text, mark_text, speaks_chinese
from ahash_desktop.gui.pictures.examples import QueryExample, without_repeats
from ahash_desktop.gui.pictures.sources import example_picture
from ahash_desktop.gui.search.bit_rules import BitRules
from ahash_desktop.search.ranking import SHORTLIST
from ahash_desktop.services.searching import Example, SearchRequest, SearchResponse
from ahash_desktop.services.session import LibrarySession

_N_RESULTS = 200
_N_RESULTS_WITHIN = 2000
_PREVIEW_PX = 512


@dataclass(frozen=True, slots=True)
class Scope:
    """Among which photos to look, and up to how many differing bits (None: any).

    Of these all `terms` have to be true for sure.
    """

    photos: PhotoFilter = field(default_factory=PhotoFilter)
    max_distance: int | None = None
    terms: tuple[Term, ...] = ()


def ids_within(session: LibrarySession, scope: Scope) -> NDArray[np.int64] | None:
    """The photos that a scope leaves, int64 (n,), None for all.

    Those of which terms are asked come surest first.
    """
    among = session.browser.photo_ids_where(scope.photos) if scope.photos else None
    if not scope.terms:
        return among
    found = session.words.find(scope.terms)
    return found if among is None else found[np.isin(found, among)]


@dataclass(frozen=True, slots=True)
class SearchState:
    """All that a search asks."""

    examples: tuple[QueryExample, ...] = ()
    rules: BitRules = field(default_factory=BitRules)
    scope: Scope = field(default_factory=Scope)


def without_bits(state: SearchState) -> SearchState:
    """What is asked that any model can answer: no bits, no marks, any number of differing bits."""
    terms = tuple(term for term in state.scope.terms if term.topic is Topic.KIND)
    return SearchState(state.examples, scope=replace(state.scope, max_distance=None, terms=terms))


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A response together with what was asked; `response.examples` follow `examples`.

    `order` is the order of the matches, see `search.ranking`, `bit_names` what the bits are called.
    """

    examples: tuple[QueryExample, ...]
    response: SearchResponse
    rules: BitRules = field(default_factory=BitRules)
    scope: Scope = field(default_factory=Scope)
    order: str = SHORTLIST
    bit_names: Mapping[int, str] = field(default_factory=dict)

    @property
    def n_compared(self) -> int:
        """How many bits a distance counts."""
        return self.response.n_bits - len(self.rules.ignored)


class SearchController(QObject):
    """Holds the examples of the search and keeps the results up with them."""

    examples_changed = Signal()
    rules_changed = Signal(object)
    scope_changed = Signal(object)
    asked = Signal()
    search_started = Signal()
    search_succeeded = Signal(object)
    search_failed = Signal(object)
    preview_arrived = Signal(int, QImage)
    preview_failed = Signal(int, str)
    failed = Signal(object)

    def __init__(
        self, session: LibrarySession, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._searching = LatestJob(runner, Lane.SEARCH)
        self._examples: tuple[QueryExample, ...] = ()
        self._rules = BitRules()
        self._scope = Scope()
        self._rank_by = session.settings.rank_by
        self._result: SearchResult | None = None
        self._previews: dict[int, QImage] = {}
        self._loading: dict[int, tuple[Region | None, Job]] = {}
        self._without_preview: dict[int, str] = {}

    @property
    def examples(self) -> tuple[QueryExample, ...]:
        """The examples, those with + first."""
        return self._examples

    @property
    def state(self) -> SearchState:
        """All that is asked now."""
        return SearchState(self._examples, self._rules, self._scope)

    @property
    def rules(self) -> BitRules:
        """What is asked of single bits."""
        return self._rules

    @property
    def result(self) -> SearchResult | None:
        """What was found last, None if nothing can be searched by or the search failed."""
        return self._result

    @property
    def bit_names(self) -> Mapping[int, str]:
        """What the bits are called, as far as a search has told."""
        return {} if self._result is None else self._result.bit_names

    def preview(self, key: int) -> QImage | None:
        """The picture of an example, once it is there."""
        return self._previews.get(key)

    def why_no_preview(self, key: int) -> str:
        """Why there is no picture of an example, once that is known."""
        return self._without_preview.get(key, "")

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

    def change(self, key: int, **changes: Any) -> None:
        """Searches with another sign, weight or region of one example."""
        if "region" in changes:
            self._previews.pop(key, None)
            self._without_preview.pop(key, None)
        self._change(
            [
                replace(example, **changes) if example.key == key else example
                for example in self._examples
            ]
        )

    def rank_by(self, ranking: str) -> None:
        """Orders matches in another way of `core.settings.RANKINGS`, those shown included."""
        if ranking != self._rank_by:
            self._rank_by = ranking
            self.repeat()

    def narrow(self, scope: Scope) -> None:
        """Looks among other photos, or no farther than so many bits."""
        if scope != self._scope:
            self._scope = scope
            self.scope_changed.emit(scope)
            self.asked.emit()
            self.repeat()

    def restore(self, state: SearchState) -> None:
        """Asks again what was asked before."""
        self._set_rules(state.rules)
        if state.scope != self._scope:
            self._scope = state.scope
            self.scope_changed.emit(state.scope)
        self._previews = {
            example.key: self._previews[example.key]
            for example in state.examples
            if example in self._examples and example.key in self._previews
        }
        self._without_preview.clear()
        self._change(state.examples)

    def clear(self) -> None:
        """Ends the search, the words of it included."""
        self._set_rules(BitRules())
        if self._scope.terms:
            self._scope = replace(self._scope, terms=())
            self.scope_changed.emit(self._scope)
        self._change([])

    def steer(self, rules: BitRules) -> None:
        """Asks something else of single bits; a new search begins without rules."""
        if rules != self._rules:
            self._set_rules(rules)
            self.asked.emit()
            self.repeat()

    def mark_name(self, attribute: str) -> str:
        """What the model calls a mark, in the window's language."""
        for meaning in self._session.bits.meanings:
            if meaning.attribute == attribute:
                return mark_text(meaning)
        return attribute

    def forget_bits(self) -> None:
        """Searches again with another model, without what was asked of the bits of the old one."""
        state = without_bits(self.state)
        self._result = None
        self._set_rules(state.rules)
        if state.scope != self._scope:
            self._scope = state.scope
            self.scope_changed.emit(state.scope)
        self._without_preview.clear()
        for _, job in self._loading.values():
            job.supersede()  # it may wait for the engine of the old model
        self._loading.clear()
        self._load_previews()
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
        for key in self._loading.keys() - keys:
            self._loading.pop(key)[1].supersede()
        for key in self._without_preview.keys() - keys:
            del self._without_preview[key]
        if not self.can_search:
            self._result = None
        self.examples_changed.emit()
        self.asked.emit()
        if self.can_search:
            self._start()
        else:
            self._searching.stop()
        self._load_previews()

    def _set_rules(self, rules: BitRules) -> None:
        if rules != self._rules:
            self._rules = rules
            self.rules_changed.emit(rules)

    def _start(self) -> None:
        state = self.state
        examples, rules = state.examples, state.rules
        session, order = self._session, self._rank_by

        def work(token: CancelToken) -> SearchResult:
            request = replace(_request(session, state), order=order)
            token.raise_if_cancelled()
            response = session.searcher.search(request)
            names = session.bits.names(in_chinese=speaks_chinese())
            return SearchResult(examples, response, rules, state.scope, order, names)

        self.search_started.emit()
        asks_engine = any(example.needs_engine for example in examples)
        job = self._searching.start(work, Lane.ENGINE if asks_engine else Lane.SEARCH)
        job.succeeded.connect(self._on_succeeded)
        job.failed.connect(self._on_failed)

    def _on_succeeded(self, result: SearchResult) -> None:
        self._result = result
        self.search_succeeded.emit(result)

    def _on_failed(self, error: Exception) -> None:
        self._result = None
        self.search_failed.emit(error)

    def load_whole(self, example: QueryExample) -> Job:
        """A job that gives the whole picture of an example, None if it has no thumbnail."""
        job = self._load_picture(replace(example, region=None))
        job.failed.connect(self.failed)
        return job

    def _load_picture(self, example: QueryExample) -> Job:
        session = self._session
        return self._runner.start(
            lambda _token: example_picture(session, example, _PREVIEW_PX),
            Lane.ENGINE if example.needs_engine else Lane.LOOKUP,
        )

    def _load_previews(self) -> None:
        """Loads what is lacking; a picture of another part than is asked for now never arrives."""
        for example in self._examples:
            key, region = example.key, example.region
            if key in self._previews or key in self._without_preview:
                continue
            under_way = self._loading.get(key)
            if under_way is not None:
                if under_way[0] == region:
                    continue
                under_way[1].supersede()
            job = self._load_picture(example)
            self._loading[key] = region, job
            job.succeeded.connect(lambda image, key=key: self._on_preview_loaded(key, image))
            job.failed.connect(lambda error, key=key: self._on_no_preview(key, error_text(error)))

    def _on_preview_loaded(self, key: int, image: QImage | None) -> None:
        if image is None:
            self._on_no_preview(key, self.tr("This photo has no thumbnail yet."))
            return
        del self._loading[key]
        self._previews[key] = image
        self.preview_arrived.emit(key, image)

    def _on_no_preview(self, key: int, why: str) -> None:
        del self._loading[key]
        self._without_preview[key] = why
        self.preview_failed.emit(key, why)


def _request(session: LibrarySession, state: SearchState) -> SearchRequest:
    """The service's request for some examples; encodes pasted pictures, so it may be slow."""
    rules, scope = state.rules, state.scope
    made = [(example.is_negative, _service_example(session, example)) for example in state.examples]
    return SearchRequest(
        positives=tuple(example for is_negative, example in made if not is_negative),
        negatives=tuple(example for is_negative, example in made if is_negative),
        required_bits=tuple(rules.required),
        ignored_bits=tuple(rules.ignored),
        inverted_bits=tuple(rules.inverted),
        top_k=_N_RESULTS if scope.max_distance is None else _N_RESULTS_WITHIN,
        max_distance=scope.max_distance,
        only_ids=ids_within(session, scope),
    )


def _service_example(session: LibrarySession, example: QueryExample) -> Example:
    if example.photo_id is not None:
        made = Example(photo_id=example.photo_id)
    elif example.path is not None:
        made = session.searcher.example_of(example.path)
    else:
        made = Example(source=example.picture_bytes())
    return replace(made, region=example.region, weight=example.weight)
