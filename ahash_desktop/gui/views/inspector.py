"""The inspector: two pictures side by side, what each bit says of them, and where it looked."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.gui.inspection import BitEvidence, Subject
from ahash_desktop.gui.models.bit_table import BitColumn, BitOrder, BitTableModel, BitValues
from ahash_desktop.gui.theme import Colours
from ahash_desktop.gui.views.bit_delegate import ROW_PX, BitDelegate
from ahash_desktop.gui.views.empty_state import EmptyState
from ahash_desktop.gui.views.evidence_bar import EvidenceBar
from ahash_desktop.gui.views.picture_pair import PicturePair
from ahash_desktop.gui.views.texts import label, tool_button
from ahash_desktop.gui.wording import bit_text, distance_text, number_text


class Inspector(QWidget):
    """Shows a query and a match, or one picture; reports which bit is chosen."""

    bit_chosen = Signal(object)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setMinimumWidth(320)
        self._bit_model = BitTableModel(self)
        self._bit_delegate = BitDelegate(colours, self)
        self._pair = PicturePair(colours)
        self._headline = label(role="title", wraps=True)
        self._subline = label(role="soft", wraps=True)
        self._evidence_bar = EvidenceBar(colours)
        self._table = self._make_table()
        self._empty = EmptyState("compare", colours)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._make_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._evidence_bar.opacity_changed.connect(self._on_opacity_changed)
        self._on_opacity_changed(self._evidence_bar.opacity)
        self.show_nothing()

    @property
    def bit_model(self) -> BitTableModel:
        """The rows of the table of bits."""
        return self._bit_model

    @property
    def chosen_bit(self) -> int | None:
        """The bit whose evidence is wanted."""
        rows = self._table.selectionModel().selectedRows()
        return self._bit_model.bit_at(rows[0].row()) if rows else None

    @property
    def has_evidence(self) -> bool:
        """Whether the evidence of the chosen bit lies over the pictures."""
        return self._pair.has_overlays

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._bit_delegate.set_colours(colours)
        self._empty.set_colours(colours)
        self._evidence_bar.set_colours(colours)
        self._pair.set_colours(colours)
        self._table.viewport().update()

    def show_nothing(self) -> None:
        """Says what would be here."""
        self._empty.show_message(
            self.tr("Nothing to compare yet"),
            self.tr("Choose a photo to see what each bit says of it and where it looked."),
        )
        self._pages.setCurrentIndex(0)

    def show_subject(self, subject: Subject) -> None:
        """Makes room for a pair or a single picture; its values follow."""
        paired = subject.match is not None
        self._pages.setCurrentIndex(1)
        for column in (BitColumn.MATCH, BitColumn.AGREEMENT):
            self._table.setColumnHidden(column, not paired)
        self._order_buttons[BitOrder.AGREEMENT].setEnabled(paired)
        self._pair.make_room(paired=paired)
        self._evidence_bar.show_idle(self._bit_name(self.chosen_bit))

    def show_values(self, values: BitValues | None) -> None:
        """Fills the table; None means that a picture has no code yet."""
        self._bit_model.show_values(values)
        if values is None:
            self._headline.setText(self.tr("Not indexed yet"))
            self._subline.setText(self.tr("Its code appears here once the library is up to date."))
            return
        n_bits = values.query.size
        agree = values.agree
        if agree is None:
            n_on = int((values.query > 0).sum())
            self._headline.setText(self.tr("{on} of {all} bits are on").format(on=n_on, all=n_bits))
            self._subline.setText(self.tr("Choose a bit to see where it looked."))
        else:
            self._headline.setText(
                self.tr("{agreeing} of {all} bits agree").format(
                    agreeing=int(agree.sum()), all=n_bits
                )
            )
            self._subline.setText(self._strongest_text(values))
        if self._bit_model.order is not BitOrder.BIT:
            self._table.scrollToTop()

    def show_names(self, names: tuple[str, ...]) -> None:
        """Names the pictures, query first."""
        self._pair.show_names(names)

    def show_picture(self, position: int, picture: QImage) -> None:
        """Shows the query (0) or the match (1)."""
        self._pair.show_picture(position, picture)

    def show_evidence_awaited(self) -> None:
        """Says that the engine is looking."""
        self._evidence_bar.show_busy(self._bit_name(self.chosen_bit))

    def show_evidence(self, evidence: BitEvidence) -> None:
        """Lays the evidence of the chosen bit over the pictures."""
        self._pair.show_overlays(evidence.overlays)
        self._evidence_bar.show_logits(self._bit_name(evidence.bit), evidence.logits)

    def show_failure(self, message: str) -> None:
        """Says why there is no evidence."""
        self._evidence_bar.show_failure(self._bit_name(self.chosen_bit), message)

    def sort_by(self, order: BitOrder) -> None:
        """Sorts the bits as if clicked."""
        self._order_buttons[order].click()

    def choose_bit(self, bit: int) -> None:
        """Chooses a bit as if clicked."""
        row = self._bit_model.row_of(bit)
        if row is not None:
            self._table.selectRow(row)

    def _make_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(16, 16, 16, 0)
        layout.setSpacing(8)
        layout.addWidget(self._headline)
        layout.addWidget(self._subline)
        layout.addSpacing(4)
        layout.addWidget(self._pair)
        layout.addSpacing(4)
        layout.addWidget(self._evidence_bar)
        layout.addSpacing(4)
        layout.addLayout(self._make_order_row())
        table_row = QHBoxLayout()
        table_row.setContentsMargins(0, 0, 0, 0)
        table_row.addWidget(self._table)
        layout.addLayout(table_row, 1)
        return page

    def _make_order_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(label(self.tr("Sort by"), "soft"))
        row.addSpacing(8)
        group = QButtonGroup(self)
        self._order_buttons: dict[BitOrder, QToolButton] = {}
        texts = {
            BitOrder.BIT: self.tr("Number"),
            BitOrder.AGREEMENT: self.tr("Differing"),
            BitOrder.STRENGTH: self.tr("Strength"),
        }
        for order, text in texts.items():
            choice = tool_button(
                self.tr("Sort the bits by {order}").format(order=text), role="segment"
            )
            choice.setText(text)
            choice.setCheckable(True)
            choice.setChecked(order is BitOrder.BIT)
            choice.clicked.connect(lambda _on, order=order: self._on_order_clicked(order))
            group.addButton(choice)
            self._order_buttons[order] = choice
            row.addWidget(choice)
        self._order_buttons[BitOrder.BIT].setProperty("place", "first")
        self._order_buttons[BitOrder.STRENGTH].setProperty("place", "last")
        row.addStretch(1)
        return row

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setObjectName("bitTable")
        table.setAccessibleName(self.tr("Bits"))
        table.setModel(self._bit_model)
        table.setItemDelegate(self._bit_delegate)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setMouseTracking(True)
        table.setTabKeyNavigation(False)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW_PX)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(BitColumn.AGREEMENT, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(BitColumn.AGREEMENT, 48)
        table.selectionModel().selectionChanged.connect(self._on_bit_selected)
        return table

    def _strongest_text(self, values: BitValues) -> str:
        """What tells the two apart most, in a sentence."""
        differing = (~values.agree).nonzero()[0]
        if not differing.size:
            return self.tr("Every bit says the same of both.")
        gaps = abs(values.query.astype("f4") - values.match.astype("f4"))
        widest = int(differing[gaps[differing].argmax()])
        return self.tr("{distance}; most of all {bit}.").format(
            distance=distance_text(float(differing.size), values.query.size).capitalize(),
            bit=bit_text(widest, values.names.get(widest)),
        )

    def _bit_name(self, bit: int | None) -> str:
        if bit is None:
            return ""
        values = self._bit_model.values
        name = bit_text(bit, values.names.get(bit) if values else None)
        return name if name.startswith(self.tr("bit ")) else f"{name} ({number_text(bit)})"

    def _on_order_clicked(self, order: BitOrder) -> None:
        again = order is self._bit_model.order
        self._bit_model.sort_by(order, reverse=again and not self._bit_model.is_reversed)
        rows: list[QModelIndex] = self._table.selectionModel().selectedRows()
        if rows and order is BitOrder.BIT:
            self._table.scrollTo(rows[0])
        else:
            self._table.scrollToTop()

    def _on_bit_selected(self) -> None:
        self.bit_chosen.emit(self.chosen_bit)

    def _on_opacity_changed(self, opacity: float) -> None:
        self._pair.set_opacity(opacity)
