"""The large pictures: one alone, two side by side, or two in turn at the same place."""

from collections.abc import Sequence

from PySide6.QtCore import QSizeF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ahash_desktop.core.records import Region
from ahash_desktop.gui.base.controls import ElidedLabel
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import number_text
from ahash_desktop.gui.pictures.facts import PhotoFacts
from ahash_desktop.gui.pictures.facts_pane import FactsPane
from ahash_desktop.gui.pictures.overlays import Overlay
from ahash_desktop.gui.pictures.pyramid import Pyramid
from ahash_desktop.gui.pictures.zoom import FITTED, Zoom
from ahash_desktop.gui.pictures.zoom_view import ZoomView

_GAP_PX = 8


class CompareStage(QWidget):
    """Two places for pictures; locked, both are zoomed and moved together."""

    zoom_changed = Signal()
    box_corrected = Signal(int, object)
    """The place, and the box that was dragged there."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views = (ZoomView(colours), ZoomView(colours))
        self._captions = (ElidedLabel("heading"), ElidedLabel("heading"))
        self._facts = (FactsPane(), FactsPane())
        self._holders = (QWidget(), QWidget())
        self._titles = ("", "")
        self._is_paired = False
        self._is_locked = True
        self._flips = False
        self._front = 0
        self._lay_out()
        for position, view in enumerate(self._views):
            view.zoom_changed.connect(lambda zoom, at=position: self._on_zoom_changed(at, zoom))
            view.box_corrected.connect(lambda box, at=position: self.box_corrected.emit(at, box))

    @property
    def is_paired(self) -> bool:
        """Whether there are two pictures to compare."""
        return self._is_paired

    @property
    def front(self) -> int:
        """Which picture is in front while they are shown in turn: 0 or 1."""
        return self._front

    @property
    def shown_alone(self) -> int | None:
        """Which of two pictures is in view while they are shown in turn; else None."""
        return self._front if self._is_paired and self._flips else None

    @property
    def views(self) -> tuple[ZoomView, ZoomView]:
        """The two places."""
        return self._views

    @property
    def active(self) -> ZoomView:
        """The place that keys and buttons act on."""
        shown = self._shown()
        return next((view for view in shown if view.hasFocus()), shown[0])

    @property
    def active_position(self) -> int:
        """Which picture that is: 0 or 1."""
        return self._views.index(self.active)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        for view in self._views:
            view.set_colours(colours)

    def make_room(self, titles: Sequence[str]) -> None:
        """Empties the places for one or two pictures, whose titles say what they are."""
        self._is_paired = len(titles) > 1
        self._titles = (titles[0], titles[-1])
        for view, facts in zip(self._views, self._facts, strict=True):
            view.show_pyramid(None)
            facts.show_facts(None)
        self._arrange()

    def show_picture(self, position: int, pyramid: Pyramid) -> None:
        """Shows a picture, or a better version of it."""
        self._views[position].show_pyramid(pyramid)
        self._refresh_captions()

    def show_facts(self, position: int, facts: PhotoFacts) -> None:
        """Shows what is known of a picture."""
        self._facts[position].show_facts(facts)
        if facts.size_px is not None:
            self._views[position].set_picture_size(QSizeF(*facts.size_px))
            self._refresh_captions()
        self._views[position].setAccessibleName(f"{self._titles[position]}: {facts.name}")

    def show_overlays(self, overlays: Sequence[Overlay]) -> None:
        """Lays evidence maps over the pictures; with none, takes them away."""
        for position, view in enumerate(self._views):
            view.show_overlay(overlays[position] if position < len(overlays) else None)

    def show_box(self, position: int, box: Region | None) -> None:
        """Draws where the subject of a picture is."""
        self._views[position].show_box(box)

    def set_opacity(self, opacity: float) -> None:
        """How strongly evidence maps cover the pictures, 0 … 1."""
        for view in self._views:
            view.set_opacity(opacity)

    def set_facts_visible(self, visible: bool) -> None:
        """Shows or hides what is known of the pictures."""
        for facts in self._facts:
            facts.setVisible(visible)

    def set_flips(self, flips: bool) -> None:
        """Whether two pictures are shown in turn rather than side by side."""
        self._flips = flips
        self._arrange()

    def flip(self) -> None:
        """Brings the other picture to the front, looked at in the same way."""
        had_focus = any(view.hasFocus() for view in self._views)
        self._front = 1 - self._front
        self._arrange()
        if had_focus:
            self.active.setFocus()

    def set_locked(self, locked: bool) -> None:
        """Whether both pictures are zoomed and moved together."""
        self._is_locked = locked
        if locked:
            self._on_zoom_changed(self._views.index(self.active), self.active.zoom)

    def fit(self) -> None:
        """Shows all of each picture."""
        for view in self._views:
            view.set_zoom(FITTED)
        self._refresh_captions()
        self.zoom_changed.emit()

    def _shown(self) -> tuple[ZoomView, ...]:
        if self._is_paired and not self._flips:
            return self._views
        return (self._views[self._front if self._is_paired else 0],)

    def _arrange(self) -> None:
        shown = self._shown()
        for view, holder in zip(self._views, self._holders, strict=True):
            holder.setVisible(view in shown)
        self._refresh_captions()

    def _refresh_captions(self) -> None:
        for title, view, caption in zip(self._titles, self._views, self._captions, strict=True):
            zoom = self.tr("{percent} %").format(percent=number_text(view.percent))
            caption.show_text(f"{title}  ·  {zoom}" if view.has_picture else title)

    def _on_zoom_changed(self, position: int, zoom: Zoom) -> None:
        if self._is_locked:
            self._views[1 - position].set_zoom(zoom)
        self._refresh_captions()
        self.zoom_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._refresh_captions()

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP_PX)
        for holder, caption, view, facts in zip(
            self._holders, self._captions, self._views, self._facts, strict=True
        ):
            column = QVBoxLayout(holder)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(4)
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(caption)
            column.addWidget(view, 1)
            column.addWidget(facts)
            layout.addWidget(holder, 1)
