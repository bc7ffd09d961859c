"""The table of bits with its choice of order."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.gui.base.controls import button, label, tool_button
from ahash_desktop.gui.base.flow import FlowRow
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.inspector.bit_delegate import ROW_PX, RULES_PX, TALL_ROW_PX, BitDelegate
from ahash_desktop.gui.inspector.bit_table import BitColumn, BitOrder, BitTableModel, BitValues
from ahash_desktop.gui.search.bit_rules import BitRules

_WIDE_PX = 560


class BitPanel(QWidget):
    """One row a bit; the chosen bit stays chosen whatever is shown.

    In a narrow place the names have the width, and the bars stand below them.
    """

    bit_chosen = Signal(object)
    bit_pointed_at = Signal(object)
    rule_clicked = Signal(int, object)
    reset_clicked = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bit_model = BitTableModel(self)
        self._bit_delegate = BitDelegate(colours, self)
        self._chosen_bit: int | None = None
        self._order_buttons: dict[BitOrder, QToolButton] = {}
        self._table = self._make_table()
        self._is_paired = False
        self._rules_row = QWidget()
        self._rules_text = label(role="heading", wraps=True)
        self._bit_delegate.rule_clicked.connect(self.rule_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._make_order_row())
        layout.addWidget(self._fill_rules_row())
        layout.addWidget(self._table, 1)
        self.show_rules(BitRules())

    @property
    def bit_model(self) -> BitTableModel:
        """The rows of the table."""
        return self._bit_model

    @property
    def chosen_bit(self) -> int | None:
        """The bit whose evidence is wanted."""
        return self._chosen_bit

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._bit_delegate.set_colours(colours)
        self._table.viewport().update()

    def add_table_action(self, action: QAction) -> None:
        """Lets an action's key work while the table has the keyboard."""
        self._table.addAction(action)

    def make_room(self, *, paired: bool, steers: bool) -> None:
        """Shows the columns for two pictures or for one, and switches where there is a search."""
        self._is_paired = paired
        self._table.setColumnHidden(BitColumn.AGREEMENT, not paired)
        self._show_bars()
        self._table.setColumnHidden(BitColumn.RULES, not steers)
        self._order_buttons[BitOrder.AGREEMENT].setEnabled(paired)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_bars()

    def _show_bars(self) -> None:
        """Beside the names where there is room for them, else below."""
        below = self.width() < _WIDE_PX
        self._bit_delegate.set_tall(below)
        self._table.setColumnHidden(BitColumn.QUERY, below)
        self._table.setColumnHidden(BitColumn.MATCH, below or not self._is_paired)
        self._table.verticalHeader().setDefaultSectionSize(TALL_ROW_PX if below else ROW_PX)

    def show_values(self, values: BitValues | None) -> None:
        """Fills the table; None empties it."""
        self._bit_model.show_values(values)
        if self._chosen_bit is not None and not self._table.selectionModel().hasSelection():
            self.choose_bit(self._chosen_bit)
        if self._bit_model.order is not BitOrder.BIT:
            self._table.scrollToTop()

    def show_rules(self, rules: BitRules) -> None:
        """Shows what the search asks of single bits."""
        self._bit_model.show_rules(rules)
        parts = [
            text.format(n=len(bits))
            for bits, text in (
                (rules.required, self.tr("{n} required")),
                (rules.ignored, self.tr("{n} ignored")),
                (rules.inverted, self.tr("{n} inverted")),
            )
            if bits
        ]
        self._rules_text.setText(self.tr("Bits: {rules}").format(rules=", ".join(parts)))
        self._rules_row.setVisible(bool(rules))

    def sort_by(self, order: BitOrder) -> None:
        """Sorts the bits as if clicked."""
        self._order_buttons[order].click()

    def choose_bit(self, bit: int) -> None:
        """Chooses a bit as if clicked."""
        row = self._bit_model.row_of(bit)
        if row is not None:
            self._table.selectRow(row)

    def choose_none(self) -> None:
        """Takes the choice back."""
        self._table.clearSelection()

    def _make_order_row(self) -> FlowRow:
        row = FlowRow(gap_px=0)
        group = QButtonGroup(self)
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
            row.add(choice)
        self._order_buttons[BitOrder.BIT].setProperty("place", "first")
        self._order_buttons[BitOrder.STRENGTH].setProperty("place", "last")
        self._menu_button = tool_button(self.tr("More for the chosen bit"))
        self._menu_button.setText("⋯")
        self._menu_button.clicked.connect(self._on_menu_clicked)
        row.add(self._menu_button)
        return row

    def _fill_rules_row(self) -> QWidget:
        layout = QHBoxLayout(self._rules_row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._rules_text, 1)
        reset = button(self.tr("Count all again"), role="link")
        reset.clicked.connect(self.reset_clicked)
        layout.addWidget(reset)
        return self._rules_row

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
        header.setMinimumSectionSize(28)
        for column, width_px in ((BitColumn.AGREEMENT, 32), (BitColumn.RULES, RULES_PX)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width_px)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._on_menu_asked)
        table.selectionModel().selectionChanged.connect(self._on_bit_selected)
        table.entered.connect(self._on_row_entered)
        table.viewportEntered.connect(lambda: self.bit_pointed_at.emit(None))
        table.viewport().installEventFilter(self)
        return table

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Leave, QEvent.Type.Hide):
            self.bit_pointed_at.emit(None)
        return super().eventFilter(watched, event)

    def _on_row_entered(self, index: QModelIndex) -> None:
        self.bit_pointed_at.emit(self._bit_model.bit_at(index.row()))

    def _on_menu_asked(self, place: QPoint) -> None:
        index = self._table.indexAt(place)
        if not index.isValid():
            index = self._table.currentIndex()
            place = self._table.visualRect(index).center()
        if index.isValid():
            self._table.selectRow(index.row())
            self.menu_wanted.emit(self._table.viewport().mapToGlobal(place))

    def _on_menu_clicked(self) -> None:
        below = QPoint(0, self._menu_button.height())
        self.menu_wanted.emit(self._menu_button.mapToGlobal(below))

    def _on_order_clicked(self, order: BitOrder) -> None:
        again = order is self._bit_model.order
        self._bit_model.sort_by(order, reverse=again and not self._bit_model.is_reversed)
        rows = self._table.selectionModel().selectedRows()
        if rows and order is BitOrder.BIT:
            self._table.scrollTo(rows[0])
        else:
            self._table.scrollToTop()

    def _on_bit_selected(self) -> None:
        rows = self._table.selectionModel().selectedRows()
        self._chosen_bit = self._bit_model.bit_at(rows[0].row()) if rows else None
        self.bit_chosen.emit(self._chosen_bit)
