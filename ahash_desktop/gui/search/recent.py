"""The searches of late, each with its picture and its name; those by photos and files are kept."""

import base64
import binascii
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QMenu

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import replace_file
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.jobs import JobRunner, Lane
from ahash_desktop.gui.base.plain import menu_text
from ahash_desktop.gui.base.wording import number_text, translate
from ahash_desktop.gui.pictures.examples import HEAVIEST, QueryExample
from ahash_desktop.gui.pictures.fitting import fitted
from ahash_desktop.gui.pictures.sources import photo_picture
from ahash_desktop.gui.search.controller import SearchController
from ahash_desktop.services.session import LibrarySession

_log = logging.getLogger(__name__)

_N_RECENT = 12
_PICTURE_PX = 48
_MOST_PICTURE_BYTES = 40_000


@dataclass(frozen=True, slots=True)
class Recent:
    """A search of late: its examples, what the first is called, and a small picture of it."""

    examples: tuple[QueryExample, ...]
    name: str = ""
    picture: QImage | None = None

    @property
    def things(self) -> tuple[object, ...]:
        """What tells it from other searches."""
        return tuple(example.identity for example in self.examples)

    @property
    def text(self) -> str:
        """What it is called."""
        first = self.examples[0]
        name = self.name or first.label or translate("recent", "Photo")
        if len(self.examples) == 1:
            return name
        more = number_text(len(self.examples) - 1)
        return translate("recent", "{name} and {more} more").format(name=name, more=more)


class RecentSearches(QObject):
    """A menu of the searches of late.

    Args:
        session: Knows the photos' names and pictures.
        path: Where they are kept, as JSON.
    """

    changed = Signal()

    def __init__(
        self,
        search: SearchController,
        session: LibrarySession,
        runner: JobRunner,
        menu: QMenu,
        path: Path,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._search = search
        self._session = session
        self._runner = runner
        self._menu = menu
        self._path = path
        self._recent: list[Recent] = _load(path)
        search.search_succeeded.connect(self._on_search_succeeded)
        menu.aboutToShow.connect(self._fill)
        self._enable()

    @property
    def all(self) -> tuple[Recent, ...]:
        """The latest first."""
        return tuple(self._recent)

    def repeat(self, recent: Recent) -> None:
        """Searches once more by what was searched by."""
        self._search.search_by(recent.examples)

    def save(self) -> None:
        """Keeps them for the next start."""
        kept = [entry for each in self._recent if (entry := _as_json(each)) is not None]
        try:
            replace_file(self._path, json.dumps(kept).encode())
        except (OSError, UserFacingError) as error:
            _log.warning("the searches of late were not kept: %s", error)

    def _on_search_succeeded(self, _result: object) -> None:
        examples = self._search.state.examples
        if not examples:
            return
        preview = self._search.preview(examples[0].key)
        picture = None if preview is None else fitted(preview, _PICTURE_PX)
        new = Recent(examples, picture=picture)
        known = next((each for each in self._recent if each.things == new.things), None)
        if known is not None:
            new = replace(new, name=known.name, picture=known.picture or picture)
        self._recent = [new, *(each for each in self._recent if each.things != new.things)]
        self._recent = self._recent[:_N_RECENT]
        self._enable()
        self.changed.emit()
        if not new.name or new.picture is None:
            self._look_up(new)

    def _look_up(self, recent: Recent) -> None:
        """Finds out what a photo is called and looks like, off the window's thread."""
        photo_id, session = recent.examples[0].photo_id, self._session
        if photo_id is None:
            return

        def work(_token: CancelToken) -> tuple[str, QImage | None]:
            photos = session.browser.photos([photo_id])
            name = photos[0].path.name if photos else ""
            return name, photo_picture(session, photo_id, _PICTURE_PX)

        job = self._runner.start(work, Lane.LOOKUP)
        job.succeeded.connect(lambda found: self._on_looked_up(recent.things, *found))

    def _on_looked_up(self, things: tuple[object, ...], name: str, picture: QImage | None) -> None:
        self._recent = [
            replace(each, name=name, picture=picture or each.picture)
            if each.things == things
            else each
            for each in self._recent
        ]
        self.changed.emit()

    def _enable(self) -> None:
        self._menu.menuAction().setEnabled(bool(self._recent))

    def _fill(self) -> None:
        self._menu.clear()
        for recent in self._recent:
            action = self._menu.addAction(menu_text(recent.text))
            if recent.picture is not None:
                action.setIcon(QIcon(QPixmap.fromImage(recent.picture)))
            action.triggered.connect(lambda _on=False, r=recent: self.repeat(r))
        self._menu.addSeparator()
        self._menu.addAction(self.tr("Forget these")).triggered.connect(self._forget)

    def _forget(self) -> None:
        self._recent = []
        self.save()
        self._enable()
        self.changed.emit()


def _as_json(recent: Recent) -> dict[str, object] | None:
    """A search as it is kept; None of one by pasted pictures alone."""
    examples = [
        {
            "photo": example.photo_id,
            "path": None if example.path is None else str(example.path),
            "minus": example.is_negative,
            "weight": example.weight,
        }
        for example in recent.examples
        if example.image is None
    ]
    if not examples:
        return None
    return {"examples": examples, "name": recent.name, "picture": _as_text(recent.picture)}


def _as_text(picture: QImage | None) -> str:
    if picture is None:
        return ""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "JPG", 85)  # type: ignore[call-overload] # the stubs want bytes
    return base64.b64encode(bytes(data.data())).decode("ascii")


def _load(path: Path) -> list[Recent]:
    """What was kept; nothing of a missing or broken file."""
    try:
        kept = json.loads(path.read_bytes())
        return [_recent(each) for each in kept if each][:_N_RECENT]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return []


def _recent(kept: Any) -> Recent:
    """A search that was kept; by an earlier version, without name and picture."""
    if isinstance(kept, list):
        kept = {"examples": kept, "name": "", "picture": ""}
    examples: Sequence[dict[str, Any]] = kept["examples"]
    if not examples:
        raise ValueError("a search needs an example")
    return Recent(
        tuple(_example(each) for each in examples), str(kept["name"]), _picture(kept["picture"])
    )


def _picture(text: str) -> QImage | None:
    """A picture that was kept; it is small, so nothing larger is decoded."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if not 0 < len(data) <= _MOST_PICTURE_BYTES:
        return None
    picture = QImage.fromData(data, "JPG")  # type: ignore[arg-type] # the stubs want bytes
    return None if picture.isNull() else fitted(picture, _PICTURE_PX)


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
