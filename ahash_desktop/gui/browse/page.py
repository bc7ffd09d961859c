"""The main page: the library's photos, or the matches of a search, below a header."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.core.closeness import NONE
from ahash_desktop.core.records import SearchHit
from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import (
    number_text,
    photos_text,
    search_time_text,
)
from ahash_desktop.gui.browse.nothing_close import NothingClose
from ahash_desktop.gui.grid.photo_grid import Chosen, PhotoGrid
from ahash_desktop.gui.grid.photo_list import HitListModel, HitOrder, PhotoListModel
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.search.controller import Scope, SearchController, SearchResult
from ahash_desktop.gui.search.filter_bar import FilterBar
from ahash_desktop.gui.search.query_strip import QueryStrip
from ahash_desktop.search.ranking import DISTANCE

_BUSY_DELAY_MS = 150

FAR_SHARE = 0.35
"""Beyond this share of differing bits the nearest photo is called no close match."""


class BrowsePage(QWidget):
    """Shows one of two grids; each keeps its own place and selection."""

    empty_button_clicked = Signal()
    all_photos_wanted = Signal()
    likeliest_wanted = Signal(int)

    def __init__(
        self,
        search: SearchController,
        thumbnails: ThumbnailLoader,
        colours: Colours,
        n_bits: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._photo_model = PhotoListModel(thumbnails.name_of, self)
        self._hit_model = HitListModel(thumbnails.name_of, self)
        self.library_grid = PhotoGrid("library", self._photo_model, thumbnails, colours)
        self.result_grid = PhotoGrid(
            "results", self._hit_model, thumbnails, colours, with_caption=True
        )
        self.library_grid.setAccessibleName(self.tr("Photos of the library"))
        self.result_grid.setAccessibleName(self.tr("Matches, nearest first"))
        self.strip = QueryStrip(search, colours)
        self.filters = FilterBar(n_bits)
        self.filters.hide()
        self._title = label(role="title")
        self._detail = label(role="soft")
        self.nothing_close = NothingClose()
        self._word_note = label(role="warning", wraps=True)
        self._word_note.hide()
        self._likeliest_bit = -1
        self._likeliest = button(self.tr("Show the likeliest all the same"), "link")
        self._likeliest.clicked.connect(lambda: self.likeliest_wanted.emit(self._likeliest_bit))
        self._likeliest.hide()
        self._month = label(role="soft")
        self._month.hide()
        self.library_grid.first_row_changed.connect(self._on_first_row_changed)
        self._busy = QProgressBar(textVisible=False)
        self._busy.setRange(0, 0)
        self._busy.setFixedWidth(96)
        self._busy.setAccessibleName(self.tr("Searching"))
        self._all_photos = button(self.tr("Show all photos"), role="link")
        self._all_photos.clicked.connect(self.all_photos_wanted)
        self._all_photos.hide()
        self._empty = EmptyState("search", colours)
        self._empty.button_clicked.connect(self.empty_button_clicked)
        self._result: SearchResult | None = None
        self._views = QStackedWidget()
        for view in (self.library_grid, self.result_grid, self._empty):
            self._views.addWidget(view)
        self._busy_timer = QTimer(self, singleShot=True, interval=_BUSY_DELAY_MS)
        self._busy_timer.timeout.connect(self._on_slow_search)
        self._lay_out()
        self._set_busy(False)

    @property
    def grids(self) -> tuple[PhotoGrid, PhotoGrid]:
        """The grid of the library and that of the matches."""
        return self.library_grid, self.result_grid

    @property
    def result(self) -> SearchResult | None:
        """The search whose outcome is shown, None while something else is."""
        return self._result

    @property
    def grid(self) -> PhotoGrid:
        """The grid in view, or the library's while a message is shown."""
        return self.result_grid if self.shows_results else self.library_grid

    def chosen_ids(self) -> list[int]:
        """Ids of the selected photos in view; none while a message is shown."""
        return [] if self._views.currentWidget() is self._empty else self.grid.chosen_ids()

    def attended_id(self) -> int | None:
        """The photo to look at: the chosen one, or of matches the nearest until one is chosen."""
        return self.grid.attended_id() if self.shows_results else self.grid.current_id()

    @property
    def shows_results(self) -> bool:
        """Whether matches are in view."""
        return self._views.currentWidget() is self.result_grid

    @property
    def photo_model(self) -> PhotoListModel:
        """The photos of the library."""
        return self._photo_model

    @property
    def hit_model(self) -> HitListModel:
        """The matches of the search."""
        return self._hit_model

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        for part in (self.library_grid, self.result_grid, self.strip, self._empty):
            part.set_colours(colours)

    def show_library(self, detail: str, title: str = "") -> None:
        """Shows the library's photos, or with a title of their own some of them."""
        self._result = None
        self._set_busy(False)
        self.nothing_close.hide()
        self._title.setText(title or self.tr("Library"))
        self._all_photos.setVisible(bool(title))
        self._detail.setText(detail)
        self._views.setCurrentWidget(self.library_grid)
        self.library_grid.tell_first_row()

    def show_message(self, title: str, text: str, button_text: str = "") -> None:
        """Shows a message in place of the library's photos."""
        self._title.setText(self.tr("Library"))
        self._say(title, text, button_text)

    def add_to_message(self, part: QWidget) -> None:
        """Has a part stand below whatever message is shown."""
        self._empty.add_part(part)

    def show_nothing_said(self) -> None:
        """Says that no photo answers what was asked in words, with a way back to all of them."""
        self.show_message(*self._why_nothing_said())
        self._all_photos.show()

    def say_of_words(self, note: str, bit: int) -> None:
        """Says what of the words cannot be asked; nothing of it without a note.

        Args:
            note: What is said.
            bit: Of the mark whose likeliest photos are offered, below 0 if there is none.
        """
        self._word_note.setText(note)
        self._word_note.setVisible(bool(note))
        self._likeliest_bit = bit
        self._likeliest.setVisible(bool(note) and bit >= 0)

    def show_no_search(self, title: str, text: str) -> None:
        """Says why there are no matches."""
        self._title.setText(self.tr("Matches"))
        self._say(title, text)

    def forget_result(self) -> None:
        """Takes the next outcome for one of another search."""
        self._result = None

    def place_text(self) -> str:
        """Where the current photo is among the others in view."""
        return self.grid.place_text()

    def step(self, by: int) -> None:
        """Selects the photo so many rows on in the grid in view."""
        self.grid.step(by)

    def chosen(self) -> Chosen:
        """What is chosen in the grid in view."""
        grid = self.grid
        return Chosen(self.attended_id(), tuple(grid.chosen_ids()), self.shows_results)

    def show_searching(self) -> None:
        """Says that a search is under way if it takes a moment; what is in view stays."""
        self.nothing_close.hide()
        self._busy_timer.start()

    def arrange_hits(self, order: HitOrder, is_grouped: bool) -> None:
        """Sorts and groups the matches; the chosen one stays so, or the first if it is hidden."""
        chosen = self.result_grid.current_id()
        self._hit_model.arrange(order, is_grouped)
        self._choose_match(chosen)

    def show_result(self, result: SearchResult, *, keeps_place: bool = False) -> None:
        """Shows the matches of a search, or says plainly that there are none."""
        response = result.response
        own_ids = frozenset(e.photo_id for e in result.examples if e.photo_id is not None)
        self._set_busy(False)
        chosen = self.result_grid.current_id() if keeps_place else None
        self._title.setText(self.tr("Matches"))
        self._all_photos.hide()
        self._hit_model.show_hits(
            response.hits, result.n_compared, own_ids, by_bits=result.order == DISTANCE
        )
        self._detail.setText(
            self.tr("{shown} nearest of {photos}  ·  {time}").format(
                shown=number_text(len(response.hits)),
                photos=photos_text(response.n_photos),
                time=search_time_text(response.seconds),
            )
        )
        if response.hits:
            others = [hit for hit in response.hits if hit.photo_id not in own_ids]
            self.nothing_close.setVisible(_is_far(others, result.n_compared))
            self._views.setCurrentWidget(self.result_grid)
            self._month.hide()
            self._choose_match(chosen)
        else:
            self.show_no_search(*self._why_nothing(result))
        self._result = result

    def _why_nothing(self, result: SearchResult) -> tuple[str, str]:
        """Why a search found nothing, and what to do about it."""
        if result.rules:
            return (
                self.tr("No photo does what is asked of the bits"),
                self.tr("Count all bits again in the inspector, or require fewer."),
            )
        if result.scope.terms:
            return self._why_nothing_said()
        if result.scope != Scope():
            return (
                self.tr("No match within the filters"),
                self.tr("Let matches differ by more bits, or reset the filters."),
            )
        return (
            self.tr("No matches"),
            self.tr("No photo of the library has a code to compare with yet."),
        )

    def _why_nothing_said(self) -> tuple[str, str]:
        return (
            self.tr("No photo has all of that for sure"),
            self.tr("Ask for less; a mark that is hard to see is not sure."),
        )

    def _on_first_row_changed(self, row: int) -> None:
        """Says of which month the first photos in view are."""
        month = self._photo_model.sections.title_of(row)
        self._month.setText(f"·  {month}" if month else "")
        self._month.setVisible(bool(month) and self._views.currentWidget() is self.library_grid)

    def _choose_match(self, photo_id: int | None) -> None:
        """Keeps a match chosen that was; without one the query is what commands act on."""
        row = None if photo_id is None else self._hit_model.row_of(photo_id)
        if row is None:
            self.result_grid.attend_to_row(0)
        else:
            self.result_grid.choose_row(row)

    def _say(self, title: str, text: str, button_text: str = "") -> None:
        self._result = None
        self._set_busy(False)
        self.nothing_close.hide()
        self._detail.setText("")
        self._all_photos.hide()
        self._empty.show_message(title, text, button_text)
        self._views.setCurrentWidget(self._empty)
        self._month.hide()

    def _set_busy(self, busy: bool) -> None:
        self._busy_timer.stop()
        self._busy.setVisible(busy)

    def _on_slow_search(self) -> None:
        self._set_busy(True)
        self._title.setText(self.tr("Searching"))
        self._detail.setText(self.tr("The network looks at your picture…"))

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setContentsMargins(16, 12, 16, 8)
        header.setSpacing(12)
        header.addWidget(self._title, 0, Qt.AlignmentFlag.AlignBaseline)
        header.addWidget(self._detail, 0, Qt.AlignmentFlag.AlignBaseline)
        header.addWidget(self._all_photos, 0, Qt.AlignmentFlag.AlignBaseline)
        header.addWidget(self._month, 0, Qt.AlignmentFlag.AlignBaseline)
        header.addWidget(self._busy, 0, Qt.AlignmentFlag.AlignVCenter)
        header.addStretch(1)
        warning_row = QVBoxLayout()
        warning_row.setContentsMargins(16, 4, 16, 4)
        warning_row.addWidget(self._word_note)
        warning_row.addWidget(self._likeliest, 0, Qt.AlignmentFlag.AlignLeft)
        warning_row.addWidget(self.nothing_close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.strip)
        layout.addLayout(header)
        layout.addWidget(self.filters)
        layout.addLayout(warning_row)
        layout.addWidget(self._views, 1)


def _is_far(hits: Sequence[SearchHit], n_compared: int) -> bool:
    """Whether there are matches, and not even the first is close.

    A model that does not say what its scores are worth is asked how many bits differ.
    """
    if not hits:
        return False
    if hits[0].closeness is not None:
        return hits[0].closeness == NONE
    return min(hit.distance for hit in hits) > FAR_SHARE * n_compared
