"""Back and forward through what was searched, and the searches of late."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import replace_file
from ahash_desktop.gui.base.plain import menu_text
from ahash_desktop.gui.base.wording import number_text, translate
from ahash_desktop.gui.pictures.examples import HEAVIEST, QueryExample
from ahash_desktop.gui.search.controller import SearchController, SearchState, without_bits

_log = logging.getLogger(__name__)

_DEEPEST = 200
_N_RECENT = 12


class SearchHistory(QObject):
    """Steps through the states of a search as a browser steps through pages.

    Args:
        search: What is asked; every change of it is a step.
        back: Goes one step back; enabled while there is one.
        forward: Goes one step forward again.
    """

    def __init__(
        self, search: SearchController, back: QAction, forward: QAction, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._search = search
        self._back = back
        self._forward = forward
        self._states = [search.state]
        self._place = 0
        self._is_stepping = False
        search.asked.connect(self._on_asked)
        back.triggered.connect(lambda: self._step(-1))
        forward.triggered.connect(lambda: self._step(1))
        self._refresh()

    def forget_bits(self) -> None:
        """Keeps of each step only what another model can be asked too."""
        self._states = [without_bits(state) for state in self._states]

    def _on_asked(self) -> None:
        state = self._search.state
        if self._is_stepping or state == self._states[self._place]:
            return
        self._states = [*self._states[: self._place + 1], state][-_DEEPEST:]
        self._place = len(self._states) - 1
        self._refresh()

    def _step(self, by: int) -> None:
        place = self._place + by
        if not 0 <= place < len(self._states):
            return
        self._place = place
        self._is_stepping = True
        try:
            self._search.restore(self._states[place])
        finally:
            self._is_stepping = False
        self._refresh()

    def _refresh(self) -> None:
        self._back.setEnabled(self._place > 0)
        self._forward.setEnabled(self._place + 1 < len(self._states))


class RecentSearches(QObject):
    """A menu of the searches of late; those by photos and files are kept over restarts.

    Args:
        path: Where they are kept, as JSON.
    """

    def __init__(self, search: SearchController, menu: QMenu, path: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._search = search
        self._menu = menu
        self._path = path
        self._recent: list[SearchState] = [SearchState(tuple(e)) for e in _load(path)]
        search.search_succeeded.connect(self._on_search_succeeded)
        menu.aboutToShow.connect(self._fill)
        self._enable()

    def save(self) -> None:
        """Keeps them for the next start."""
        kept = [[_as_json(e) for e in state.examples if e.image is None] for state in self._recent]
        try:
            replace_file(self._path, json.dumps([each for each in kept if each]).encode())
        except (OSError, UserFacingError) as error:
            _log.warning("the searches of late were not kept: %s", error)

    def _on_search_succeeded(self, _result: object) -> None:
        state = self._search.state
        if state.examples:
            others = [each for each in self._recent if _things(each) != _things(state)]
            self._recent = [state, *others][:_N_RECENT]
            self._enable()

    def _enable(self) -> None:
        self._menu.menuAction().setEnabled(bool(self._recent))

    def _fill(self) -> None:
        self._menu.clear()
        for state in self._recent:
            action = self._menu.addAction(menu_text(self._text(state)))
            action.triggered.connect(lambda _on=False, s=state: self._search.search_by(s.examples))
        self._menu.addSeparator()
        self._menu.addAction(self.tr("Forget these")).triggered.connect(self._forget)

    def _text(self, state: SearchState) -> str:
        first = state.examples[0]
        name = first.label
        if first.photo_id is not None:
            name = self.tr("Photo {number}").format(number=number_text(first.photo_id))
        if len(state.examples) == 1:
            return name
        more = number_text(len(state.examples) - 1)
        return translate("recent", "{name} and {more} more").format(name=name, more=more)

    def _forget(self) -> None:
        self._recent = []
        self.save()
        self._enable()


def _things(state: SearchState) -> list[object]:
    return [example.identity for example in state.examples]


def _as_json(example: QueryExample) -> dict[str, object]:
    path = None if example.path is None else str(example.path)
    return {
        "photo": example.photo_id,
        "path": path,
        "minus": example.is_negative,
        "weight": example.weight,
    }


def _load(path: Path) -> Sequence[list[QueryExample]]:
    """What was kept; nothing of a missing or broken file."""
    try:
        kept = json.loads(path.read_bytes())
        return [[_example(each) for each in examples] for examples in kept if examples]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def _example(kept: dict[str, Any]) -> QueryExample:
    photo_id, path = kept["photo"], kept["path"]
    if (photo_id is None) == (path is None):
        raise ValueError("an example is either a photo or a file")
    return QueryExample(
        photo_id=None if photo_id is None else int(photo_id),
        path=None if path is None else Path(path),
        is_negative=bool(kept["minus"]),
        weight=min(max(int(kept["weight"]), 1), HEAVIEST),
    )
