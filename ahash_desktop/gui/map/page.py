"""The page of the map: what it is coloured by, its legend, its making, and what is selected."""

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.core.records import ModelRecord
from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.jobs import Job
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import bit_text, error_text, number_text, photos_text
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.map.lookup import Grouping, MapContents, MapLookup
from ahash_desktop.gui.map.raster import CROSS, DOT, FULL
from ahash_desktop.gui.map.view import MapColours, MapView
from ahash_desktop.services.mapping import MapProgress

_BY_NOTHING, _BY_FOLDER = -2, -1
_SWATCH_PX = 12
_WIDEST_CHOICE_PX = 280
_LIGHT_GROUPS = (
    "#8b8d88", "#0b6e66", "#b04a00", "#3566a8", "#8a4fa3",
    "#a3721a", "#b0305a", "#4f7d1f", "#5b5bd0",
)  # fmt: skip
_DARK_GROUPS = (
    "#757b82", "#4cc2b4", "#f0a25c", "#86b1ee", "#cf9be3",
    "#e6c264", "#f08aa8", "#a8d46f", "#b3b0ff",
)  # fmt: skip


class MapPage(QWidget):
    """Shows the map; `photos_chosen` carries ids and a title."""

    closed = Signal()
    photo_chosen = Signal(int)
    photos_chosen = Signal(object, str)

    def __init__(
        self,
        lookup: MapLookup,
        model: ModelRecord,
        thumbnails: ThumbnailLoader,
        colours: Colours,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._lookup = lookup
        self._model = model
        self._colours = colours
        self._grouping: Grouping | None = None
        self._n_photos = 0
        self.view = MapView(thumbnails, colours)
        self._title = label(self.tr("Map"), role="title")
        self._detail = label(role="soft")
        self._back = button(self.tr("&Back to the library"))
        self._colour_by = QComboBox()
        self._colour_by.setAccessibleName(self.tr("Colour by"))
        self._colour_by.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._colour_by.setMaximumWidth(_WIDEST_CHOICE_PX)
        self._thumbnails = QCheckBox(self.tr("&Thumbnails"))
        self._thumbnails.setChecked(True)
        self._show_selected = button(self.tr("&Show in the grid"), role="primary")
        self._fit = button(self.tr("Show &everything"))
        self._make = button(self.tr("&Update the map"))
        self._cancel = button(self.tr("&Cancel"))
        self._progress = QProgressBar(textVisible=False)
        self._progress.setFixedWidth(160)
        self._progress.setAccessibleName(self.tr("Making the map"))
        self._legend = QHBoxLayout()
        self._empty = EmptyState("grid-small", colours)
        self._views = QStackedWidget()
        self._lay_out()
        self._connect()
        self._show_names({})
        self._set_making(False)
        self._on_selection_changed()

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours
        self._empty.set_colours(colours)
        self.view.set_colours(colours)
        self._paint_groups()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.view.setFocus()
        self._lookup.load_names()
        if not self._lookup.is_making:
            self._lookup.load()

    def colour_by_bit(self, bit: int) -> None:
        """Colours the map by a bit."""
        self._colour_by.setCurrentIndex(self._colour_by.findData(bit))

    def _connect(self) -> None:
        lookup = self._lookup
        lookup.contents_arrived.connect(self._on_contents)
        lookup.making_started.connect(self._on_making_started)
        lookup.grouping_arrived.connect(self._on_grouping)
        lookup.names_arrived.connect(self._show_names)
        lookup.failed.connect(self._on_failed)
        self._back.clicked.connect(self.closed)
        self._make.clicked.connect(lookup.make)
        self._empty.button_clicked.connect(lookup.make)
        self._cancel.clicked.connect(lookup.cancel_making)
        self._fit.clicked.connect(self.view.fit)
        self._thumbnails.toggled.connect(self.view.set_shows_thumbnails)
        self._colour_by.currentIndexChanged.connect(lambda _index: self._group())
        self._show_selected.clicked.connect(self._on_show_selected)
        self.view.selection_changed.connect(self._on_selection_changed)
        self.view.photo_activated.connect(self.photo_chosen)

    def _on_contents(self, contents: MapContents) -> None:
        layout = contents.layout
        if layout is None or not len(layout.photo_ids):
            self._say(
                self.tr("No map yet"),
                self.tr("A map puts photos with like codes close to one another."),
                self.tr("Make the map"),
            )
            return
        self._n_photos = len(layout.photo_ids)
        self._views.setCurrentWidget(self.view)
        self.view.show_map(layout.photo_ids, layout.places)
        self._tell(contents.n_unplaced)
        self._group()

    def _tell(self, n_unplaced: int) -> None:
        text = photos_text(self._n_photos)
        if n_unplaced:
            text = self.tr("{photos}  ·  {new} new, not on the map yet").format(
                photos=text, new=number_text(n_unplaced)
            )
        self._detail.setText(text)

    def _on_making_started(self, job: Job) -> None:
        self._set_making(True)
        self._progress.setRange(0, 0)
        if self._n_photos == 0:
            self._say(self.tr("Making the map"), self.tr("It may take some minutes."))
        job.progressed.connect(self._on_progressed)
        job.finished.connect(lambda: self._set_making(False))
        job.cancelled.connect(self._lookup.load)

    def _on_progressed(self, record: object) -> None:
        if isinstance(record, MapProgress):
            self._progress.setRange(0, record.n_to_do)
            self._progress.setValue(record.n_done)

    def _set_making(self, making: bool) -> None:
        self._make.setVisible(not making)
        self._cancel.setVisible(making)
        self._progress.setVisible(making)

    def _on_failed(self, error: Exception) -> None:
        if self._n_photos:
            self._detail.setText(error_text(error))
        else:
            self._say(self.tr("There is no map"), error_text(error), self.tr("Try again"))

    def _show_names(self, names: Mapping[int, str]) -> None:
        chosen = self._colour_by.currentData()
        self._colour_by.blockSignals(True)
        self._colour_by.clear()
        self._colour_by.addItem(self.tr("One colour"), _BY_NOTHING)
        self._colour_by.addItem(self.tr("Folder"), _BY_FOLDER)
        for bit in range(self._model.n_bits):
            name = names.get(bit)
            text = bit_text(bit, None)
            self._colour_by.addItem(f"{text}: {name}" if name else text, bit)
        self._colour_by.setCurrentIndex(max(0, self._colour_by.findData(chosen)))
        self._colour_by.blockSignals(False)

    def _group(self) -> None:
        by = self._colour_by.currentData()
        photo_ids = self.view.photo_ids
        if by is None or by == _BY_NOTHING or not len(photo_ids):
            self._lookup.stop_grouping()
            self._on_grouping(Grouping(np.zeros(len(photo_ids), dtype=np.uint8), ()))
        elif by == _BY_FOLDER:
            self._lookup.group_by_folder(photo_ids, self.tr("other folders"))
        else:
            self._lookup.group_by_bit(photo_ids, by, (self.tr("off"), self.tr("on")))

    def _on_grouping(self, grouping: Grouping) -> None:
        if len(grouping.groups) == len(self.view.photo_ids):
            self._grouping = grouping
            self._paint_groups()

    def _paint_groups(self) -> None:
        grouping = self._grouping
        if grouping is None:
            return
        palette = _DARK_GROUPS if self._colours.is_dark else _LIGHT_GROUPS
        if not grouping.names:
            self.view.show_looks(MapColours(grouping.groups, [palette[1]], [DOT]))
        else:
            n_groups = len(grouping.names)
            stamps = [CROSS, *([FULL] * (n_groups - 1))]
            self.view.show_looks(MapColours(grouping.groups, list(palette[:n_groups]), stamps))
        self._show_legend(grouping, palette)

    def _show_legend(self, grouping: Grouping, palette: tuple[str, ...]) -> None:
        while (item := self._legend.takeAt(0)) is not None:
            part = item.widget()
            if part is not None:
                part.deleteLater()
        counts = np.bincount(grouping.groups, minlength=len(grouping.names))
        for number, name in enumerate(grouping.names):
            if counts[number]:
                self._legend.addWidget(_swatch(palette[number], is_cross=number == 0))
                self._legend.addWidget(
                    label(f"{name} ({number_text(int(counts[number]))})", role="soft")
                )
        self._legend.addStretch(1)

    def _on_selection_changed(self) -> None:
        n_selected = len(self.view.selected_ids())
        self._show_selected.setEnabled(n_selected > 0)
        self._show_selected.setText(
            self.tr("&Show {photos} in the grid").format(photos=photos_text(n_selected))
            if n_selected
            else self.tr("&Show in the grid")
        )

    def _on_show_selected(self) -> None:
        self.photos_chosen.emit(self.view.selected_ids(), self.tr("Chosen on the map"))

    def _say(self, title: str, text: str, button_text: str = "") -> None:
        self._detail.setText("")
        self._empty.show_message(title, text, button_text)
        self._views.setCurrentWidget(self._empty)

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setContentsMargins(16, 12, 16, 4)
        header.setSpacing(12)
        header.addWidget(self._title, 0, Qt.AlignmentFlag.AlignBaseline)
        header.addWidget(self._detail, 1, Qt.AlignmentFlag.AlignBaseline)
        for part in (self._progress, self._cancel, self._make, self._back):
            header.addWidget(part)
        tools = QHBoxLayout()
        tools.setContentsMargins(16, 4, 16, 8)
        tools.setSpacing(12)
        by = QLabel(self.tr("C&olour by"))
        by.setBuddy(self._colour_by)
        for tool in (by, self._colour_by, self._thumbnails, self._fit):
            tools.addWidget(tool)
        hint = label(self.tr("Shift and drag to select"), role="soft")
        tools.addWidget(hint)
        tools.addStretch(1)
        tools.addWidget(self._show_selected)
        legend = QHBoxLayout()
        legend.setContentsMargins(16, 0, 16, 6)
        legend.addLayout(self._legend, 1)
        self._legend.setSpacing(6)
        self._views.addWidget(self.view)
        self._views.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addLayout(tools)
        layout.addLayout(legend)
        layout.addWidget(self._views, 1)


def _swatch(colour: str, *, is_cross: bool) -> QLabel:
    """The dot of a group: a cross for what is off or of other folders, else a square."""
    pixmap = QPixmap(_SWATCH_PX, _SWATCH_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    third = _SWATCH_PX // 3
    if is_cross:
        painter.fillRect(third, 0, third, _SWATCH_PX, QColor(colour))
        painter.fillRect(0, third, _SWATCH_PX, third, QColor(colour))
    else:
        painter.fillRect(0, 0, _SWATCH_PX, _SWATCH_PX, QColor(colour))
    painter.end()
    made = QLabel()
    made.setPixmap(pixmap)
    return made
