"""Searches by the chosen photos: alone, or beside what is searched by already."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from ahash_desktop.gui.pictures.examples import QueryExample
from ahash_desktop.gui.search.actions import SearchActions
from ahash_desktop.gui.search.controller import SearchController

_MOST_EXAMPLES = 20


class ExampleCommands(QObject):
    """Makes examples of what `chosen_ids` gives.

    Args:
        search: What is asked.
        actions: Trigger what is done.
        chosen_ids: Ids of the photos now chosen.
    """

    def __init__(
        self,
        search: SearchController,
        actions: SearchActions,
        chosen_ids: Callable[[], list[int]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._search = search
        self._chosen_ids = chosen_ids
        actions.find_similar.triggered.connect(self._find_similar)
        actions.add_example.triggered.connect(lambda: self._add(is_negative=False))
        actions.add_counter_example.triggered.connect(lambda: self._add(is_negative=True))

    def _find_similar(self) -> None:
        examples = self._examples(is_negative=False)
        if examples:
            self._search.search_by(examples)

    def _add(self, *, is_negative: bool) -> None:
        examples = self._examples(is_negative=is_negative)
        if examples:
            self._search.add(examples)

    def _examples(self, *, is_negative: bool) -> list[QueryExample]:
        return [
            QueryExample(photo_id=photo_id, is_negative=is_negative)
            for photo_id in self._chosen_ids()[:_MOST_EXAMPLES]
        ]
