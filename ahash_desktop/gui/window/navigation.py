"""Which page is shown, and every way from one to another."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from ahash_desktop.core.filters import PhotoFilter
from ahash_desktop.gui.browse.room import BrowseRoom
from ahash_desktop.gui.inspector.room import InspectorRoom
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.search.controller import Scope
from ahash_desktop.gui.search.room import SearchRoom
from ahash_desktop.gui.settings.choices import Choices
from ahash_desktop.gui.viewer.viewing import Viewing
from ahash_desktop.gui.window.actions import WindowActions
from ahash_desktop.gui.window.layout import WindowLayout
from ahash_desktop.gui.window.pages import Pages


class Navigation(QObject):
    """Leads between the library, a search, the large view and the side pages.

    Args:
        commands: The actions of the window.
        pages: Where the pages lie.
        layout: What lies around them.
        rooms: Browsing, searching and the inspector.
        viewing: The large view.
        catalogue: What the library holds.
        choices: What the user has chosen.
        parent: The window.
    """

    def __init__(
        self,
        commands: WindowActions,
        pages: Pages,
        layout: WindowLayout,
        rooms: tuple[BrowseRoom, SearchRoom, InspectorRoom],
        viewing: Viewing,
        catalogue: Catalogue,
        choices: Choices,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._commands, self._pages, self._layout = commands, pages, layout
        self._browsing, self._searching, self._inspecting = rooms
        self._viewing, self._catalogue, self._choices = viewing, catalogue, choices
        self._search = self._searching.controller
        self._browse = self._browsing.page
        self._connect()

    @property
    def shows_photos(self) -> bool:
        """Whether the chosen photos are in view, in the grid or large."""
        return self._pages.shows_browse or self._viewing.is_open

    def chosen_ids(self) -> list[int]:
        """The photos that commands act on: none while a side page lies over them."""
        return self._browsing.acted_on_ids() if self.shows_photos else []

    def refresh_actions(self) -> None:
        """Enables the actions that have something to act on."""
        n_chosen = len(self.chosen_ids())
        self._commands.enable_for(n_chosen, has_query=bool(self._search.examples))

    def show_label(self, name: str) -> None:
        """Shows the photos that are labelled so."""
        self._pages.show_browse()
        self._search.narrow(Scope(PhotoFilter(label=name)))
        self._commands.filters.setChecked(True)

    def go_back(self) -> None:
        """One step towards the whole library."""
        if self._pages.shows_side_page or self._viewing.is_open:
            self._pages.show_browse()
            self._turn_from_the_start()
        elif self._search.examples or self._search.state.scope.terms:
            self._search.clear()
        elif self._browsing.photos.is_part:
            self._browsing.show_all()

    def go_back_by_mouse(self) -> None:
        """Closes a page that lies over the photos, else goes to the search before."""
        if self._pages.shows_side_page or self._viewing.is_open:
            self.go_back()
        else:
            self._commands.history_back.trigger()

    def _connect(self) -> None:
        commands, pages, browsing = self._commands, self._pages, self._browsing
        viewing, inspecting, search = self._viewing, self._inspecting, self._search
        commands.back.triggered.connect(self.go_back)
        commands.bits.triggered.connect(pages.show_gallery)
        commands.map.triggered.connect(pages.show_map)
        commands.view_large.triggered.connect(self._view_large)
        self._catalogue.changed.connect(self._turn_from_the_start)
        browsing.chosen_changed.connect(self.refresh_actions)
        browsing.chosen_changed.connect(inspecting.inspect_soon)
        browsing.activated.connect(commands.find_similar.trigger)
        browsing.double_clicked.connect(self._on_double_clicked)
        browsing.similar_wanted.connect(self._searching.search_by_photo)
        browsing.view_wanted.connect(self._view_large)
        search.examples_changed.connect(self._on_examples_changed)
        search.search_succeeded.connect(lambda _result: self.refresh_actions())
        inspecting.pictures_activated.connect(self._view_large)
        inspecting.bit_page_wanted.connect(pages.show_bit)
        bit_photos = self._searching.bit_photos
        self._browse.likeliest_wanted.connect(lambda bit: bit_photos.find(bit, on=True))
        bit_photos.found.connect(self._show_chosen)
        pages.turned.connect(self._on_page_turned)
        pages.photo_chosen.connect(self._searching.search_by_photo)
        pages.photos_chosen.connect(self._show_chosen)
        viewing.closed.connect(pages.show_browse)
        viewing.step_wanted.connect(self._browse.step)
        viewing.boxes.part_wanted.connect(
            lambda example, part: search.change(example.key, region=part)
        )
        viewing.similar_wanted.connect(lambda example: search.search_by([example]))

    def _show_chosen(self, photo_ids: NDArray[np.int64], title: str) -> None:
        self._pages.show_browse()
        self._browsing.show_chosen(photo_ids, title)

    def _turn_from_the_start(self) -> None:
        """To the first page while there is no library, and on from it once there is one."""
        if self._pages.shows_side_page:
            return
        if not self._catalogue.contents.has_library and not self._search.examples:
            self._pages.show_first_run()
        elif self._pages.is_starting:
            self._pages.show_browse()

    def _on_page_turned(self) -> None:
        shows_browse = self._pages.shows_browse
        self._layout.fit(shows_browse=shows_browse, shows_photos=self.shows_photos)
        self._inspecting.view.set_pictures_visible(not self._viewing.is_open)
        if not self._viewing.is_open:
            self._viewing.stop()
        if shows_browse:
            self._browse.grid.setFocus()

    def _on_examples_changed(self) -> None:
        self.refresh_actions()
        if self._search.examples:
            self._pages.show_browse()
        else:
            self._turn_from_the_start()

    def _on_double_clicked(self) -> None:
        if self._choices.values.double_click == "find":
            self._commands.find_similar.trigger()
        else:
            self._view_large()

    def _view_large(self) -> None:
        if self._browse.attended_id() is not None and self.shows_photos:
            self._inspecting.inspect_now()
            self._pages.show(self._viewing.page)
            self._viewing.open()
