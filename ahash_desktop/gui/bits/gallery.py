"""The gallery of bits: all of them in a table, and the page of the one that is chosen."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import error_text, number_text, photos_text
from ahash_desktop.gui.bits.lookup import BitLookup
from ahash_desktop.gui.bits.overview_table import (
    BitOverviewModel,
    BitOverviewProxy,
    OverviewColumn,
    OverviewRole,
)
from ahash_desktop.gui.bits.page import BitPage
from ahash_desktop.services.bits import BitOverview

_ROW_PX = 30
_BIT_PX = 64


class BitGallery(QWidget):
    """All bits of the model over the library; `photos_wanted` carries a bit, and whether on."""

    closed = Signal()
    photo_chosen = Signal(int)
    photos_wanted = Signal(int, bool)

    def __init__(
        self, lookup: BitLookup, model_name: str, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._lookup = lookup
        self._model_name = model_name
        self._model = BitOverviewModel(self)
        self._proxy = BitOverviewProxy(self)
        self._proxy.setSourceModel(self._model)
        self._back = button(self.tr("&Back to the library"))
        self._title = label(role="title")
        self._detail = label(role="soft")
        self._filter = QLineEdit(clearButtonEnabled=True)
        self._filter.setPlaceholderText(self.tr("Find a bit by number or name"))
        self._filter.setAccessibleName(self.tr("Find a bit by number or name"))
        self.table = self._make_table()
        self.page = BitPage(colours)
        self._empty = EmptyState("compare", colours)
        self._views = QStackedWidget()
        self._first_bit = 0
        self._lay_out()
        self._connect()

    @property
    def overview(self) -> BitOverview | None:
        """What is shown, None before it was read."""
        return self._model.overview

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self.page.set_colours(colours)
        self._empty.set_colours(colours)

    def refresh(self) -> None:
        """Reads the bits anew; what is shown stays meanwhile."""
        self._title.setText(self.tr("Bits of {model}").format(model=self._model_name))
        if self._model.overview is None:
            self._say(self.tr("Looking at the bits"), self.tr("It takes a moment."))
        self._lookup.load_overview()

    def show_bit(self, bit: int) -> None:
        """Chooses a bit, now or once the bits have been read."""
        self._first_bit = bit
        self._filter.clear()
        index = self._proxy.mapFromSource(self._model.index(bit, 0))
        if index.isValid():
            self.table.selectRow(index.row())
            self.table.scrollTo(index)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self.table.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._lookup.stop()

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._proxy)
        table.setSortingEnabled(True)
        table.sortByColumn(OverviewColumn.BIT, Qt.SortOrder.AscendingOrder)
        table.setAccessibleName(self.tr("All bits"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.resizeSection(OverviewColumn.BIT, _BIT_PX)
        for column in (OverviewColumn.NAME, OverviewColumn.CLOSEST):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # the correlation stands at the end
        return table

    def _fit_columns(self) -> None:
        """Once for these figures: Qt would measure every cell anew with each change of style."""
        self.table.resizeColumnToContents(OverviewColumn.SHARE_ON)

    def _connect(self) -> None:
        lookup, page = self._lookup, self.page
        self._back.clicked.connect(self.closed)
        self._filter.textChanged.connect(self._proxy.set_wanted)
        self.table.selectionModel().currentRowChanged.connect(self._on_row_chosen)
        self.table.activated.connect(lambda _index: page.edit_name())
        lookup.overview_arrived.connect(self._on_overview)
        lookup.failed.connect(self._on_failed)
        lookup.details_arrived.connect(page.show_details)
        lookup.photo_arrived.connect(page.show_photo)
        lookup.evidence_arrived.connect(page.show_evidence)
        page.name_changed.connect(lookup.name_bit)
        page.bit_clicked.connect(self.show_bit)
        page.photo_clicked.connect(self.photo_chosen)
        page.photos_wanted.connect(self.photos_wanted)
        page.evidence_toggled.connect(self._on_evidence_toggled)

    def _on_overview(self, overview: BitOverview) -> None:
        if not overview.n_photos:
            self._say(
                self.tr("No codes yet"),
                self.tr("Once photos are indexed, you see here what each bit makes of them."),
            )
            return
        self._detail.setText(
            self.tr("{n_bits} bits over {photos}").format(
                n_bits=len(overview.statistics), photos=photos_text(overview.n_photos)
            )
        )
        self._detail.setToolTip(
            self.tr("Details: mean entropy {entropy}, mean correlation {correlation}").format(
                entropy=number_text(overview.mean_entropy, 2),
                correlation=number_text(overview.mean_abs_correlation, 2),
            )
        )
        self._views.setCurrentIndex(1)
        self._model.show_overview(overview)
        self._fit_columns()
        if self.page.bit is None:
            self.show_bit(self._first_bit)
        else:
            self._show_chosen(self.page.bit)

    def _on_row_chosen(self, current: QModelIndex) -> None:
        if current.isValid():
            self._show_chosen(current.data(OverviewRole.BIT))

    def _show_chosen(self, bit: int) -> None:
        overview = self._model.overview
        if overview is None:
            return
        before = self.page.bit
        known = before == bit and overview.statistics[bit].strongest == self._shown_strongest()
        self.page.show_bit(overview, bit)
        if not known:
            self._lookup.load_bit(overview.statistics[bit], with_evidence=self.page.shows_evidence)

    def _shown_strongest(self) -> tuple[int, ...]:
        strongest = self.page.tiles[: len(self.page.tiles) // 2]
        return tuple(tile.photo_id for tile in strongest if tile.photo_id is not None)

    def _on_evidence_toggled(self, wanted: bool) -> None:
        overview = self._model.overview
        if wanted and overview is not None and self.page.bit is not None:
            self._lookup.load_evidence(overview.statistics[self.page.bit])

    def _on_failed(self, error: Exception) -> None:
        if self._model.overview is None:
            self._say(self.tr("The bits cannot be shown"), error_text(error))
        else:
            self._detail.setText(error_text(error))

    def _say(self, title: str, text: str) -> None:
        self._detail.setText("")
        self._empty.show_message(title, text)
        self._views.setCurrentIndex(0)

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setContentsMargins(16, 12, 16, 8)
        header.setSpacing(12)
        header.addWidget(self._title, 0, Qt.AlignmentFlag.AlignBaseline)
        header.addWidget(self._detail, 1, Qt.AlignmentFlag.AlignBaseline)
        header.addWidget(self._back)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(16, 0, 8, 12)
        column.addWidget(self._filter)
        column.addWidget(self.table, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(left)
        splitter.addWidget(self.page)
        splitter.setChildrenCollapsible(False)
        splitter.setSizes([500, 780])
        splitter.setStretchFactor(1, 1)
        self._views.addWidget(self._empty)
        self._views.addWidget(splitter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addWidget(self._views, 1)
