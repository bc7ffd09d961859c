"""The bar that narrows what is shown: filters, how far matches may be, their order and groups."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QDate, QDateTime, QSignalBlocker, Qt, QTime, QTimeZone, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.core.filters import FilterChoices, Orientation, PhotoFilter
from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.dates import month_text, taken_within
from ahash_desktop.gui.base.flow import FlowLayout, FlowRow
from ahash_desktop.gui.base.wording import number_text
from ahash_desktop.gui.grid.photo_list import HitOrder
from ahash_desktop.gui.search.controller import Scope
from ahash_desktop.gui.search.day_edit import EARLIEST, DayEdit

_SLIDER_PX = 160


class FilterBar(QFrame):
    """Shows a scope and tells of changes; the order and groups are of the matches only.

    Args:
        n_bits: Bits of a code, the farthest a match can be.
    """

    scope_changed = Signal(object)
    order_changed = Signal(object, bool)

    def __init__(self, n_bits: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filterBar")
        self._n_bits = n_bits
        self._scope = Scope()
        self.folder = self._combo(self.tr("Folder"))
        self.label = self._combo(
            self.tr("Kind: what the folder that holds the photo is named after")
        )
        self.camera = self._combo(self.tr("Camera"))
        self.shape = self._combo(self.tr("Orientation"))
        self.kind = self._combo(self.tr("Kind of file"))
        self.months = self._combo(self.tr("Year or month"))
        self.since = DayEdit(self.tr("Taken from"))
        self.until = DayEdit(self.tr("Taken until"))
        self.farthest = QSlider(Qt.Orientation.Horizontal)
        self.farthest.setRange(0, n_bits)
        self.farthest.setTracking(False)
        self.farthest.setAccessibleName(self.tr("Most bits that may differ"))
        self._farthest_text = label(role="soft")
        self.order = self._combo(self.tr("Order of the matches"))
        self.grouped = QCheckBox(self.tr("Group alike"))
        self.grouped.setToolTip(self.tr("One photo stands for shots of the same and RAW pairs"))
        self.reset = button(self.tr("Reset filters"), "link")
        self._of_matches = QWidget()
        self._fill_fixed()
        self.show_choices(FilterChoices())
        self._connect()
        self._lay_out()
        self._keep_room()
        self.show_scope(self._scope)

    def set_n_bits(self, n_bits: int) -> None:
        """Goes up to another number of bits; what is asked must be shown after that."""
        self._n_bits = n_bits
        with QSignalBlocker(self.farthest):
            self.farthest.setRange(0, n_bits)
        self._keep_room()
        self.show_scope(self._scope)

    def show_choices(self, choices: FilterChoices) -> None:
        """Offers what there is in the library; what is chosen stays chosen."""
        texts = (self.tr("All folders"), self.tr("All kinds"), self.tr("All cameras"))
        offered = (
            choices.folders,
            [(name, name) for name in choices.labels],
            [(name, name) for name in choices.cameras],
        )
        for combo, text, values in zip(
            (self.folder, self.label, self.camera), texts, offered, strict=True
        ):
            with QSignalBlocker(combo):
                combo.clear()
                combo.addItem(text, None)
                for value, shown in values:
                    combo.addItem(shown, value)
        self._offer_months(choices.months)
        self.show_scope(self._scope)

    def set_is_searching(self, is_searching: bool) -> None:
        """Shows what concerns the matches of a search only while there is one."""
        self._of_matches.setVisible(is_searching)

    def choose_order(self, order: HitOrder) -> None:
        """Sorts the matches so, as if chosen."""
        self.order.setCurrentIndex(_place_of(self.order, order))
        self._tell_order()

    def show_scope(self, scope: Scope) -> None:
        """Shows what is asked without asking it again."""
        self._scope = scope
        wanted = scope.photos
        pairs = (
            (self.folder, wanted.folder),
            (self.label, wanted.label),
            (self.camera, wanted.camera),
            (self.shape, wanted.orientation),
            (self.kind, wanted.is_raw),
        )
        for combo, value in pairs:
            with QSignalBlocker(combo):
                combo.setCurrentIndex(_place_of(combo, value))
        for edit, seconds, back in (
            (self.since, wanted.since_s, 0),
            (self.until, wanted.until_s, 1),
        ):
            with QSignalBlocker(edit):
                edit.setDate(EARLIEST if seconds is None else _day(seconds).addDays(-back))
        within = (wanted.since_s, wanted.until_s)
        with QSignalBlocker(self.months):
            self.months.setCurrentIndex(_place_of(self.months, within))
        farthest = self._n_bits if scope.max_distance is None else scope.max_distance
        with QSignalBlocker(self.farthest):
            self.farthest.setValue(farthest)
        self._say_farthest(farthest)
        self.reset.setEnabled(scope != Scope())

    def _fill_fixed(self) -> None:
        for text, value in (
            (self.tr("Any shape"), None),
            (self.tr("Landscape"), Orientation.LANDSCAPE),
            (self.tr("Portrait"), Orientation.PORTRAIT),
            (self.tr("Square"), Orientation.SQUARE),
        ):
            self.shape.addItem(text, value)
        for text, is_raw in (
            (self.tr("All files"), None),
            (self.tr("RAW only"), True),
            (self.tr("No RAW"), False),
        ):
            self.kind.addItem(text, is_raw)
        for text, order in (
            (self.tr("Nearest first"), HitOrder.DISTANCE),
            (self.tr("Newest first"), HitOrder.DATE),
            (self.tr("By name"), HitOrder.NAME),
        ):
            self.order.addItem(text, order)

    def _connect(self) -> None:
        for combo in (self.folder, self.label, self.camera, self.shape, self.kind):
            combo.activated.connect(self._tell_scope)
        self.months.activated.connect(self._take_month)
        for edit in (self.since, self.until):
            edit.setKeyboardTracking(False)
            edit.dateChanged.connect(self._tell_scope)
        self.farthest.valueChanged.connect(self._tell_scope)
        self.farthest.sliderMoved.connect(self._say_farthest)
        self.order.activated.connect(self._tell_order)
        self.grouped.toggled.connect(self._tell_order)
        self.reset.clicked.connect(lambda: self.scope_changed.emit(Scope()))

    def _tell_scope(self) -> None:
        farthest = self.farthest.value()
        wanted = PhotoFilter(
            folder=self.folder.currentData(),
            label=self.label.currentData(),
            camera=self.camera.currentData(),
            orientation=self.shape.currentData(),
            is_raw=self.kind.currentData(),
            since_s=_seconds(self.since.date()),
            until_s=_seconds(self.until.date(), days_on=1),
            is_favourite=self._scope.photos.is_favourite,
        )
        most = None if farthest == self._n_bits else farthest
        self.scope_changed.emit(replace(self._scope, photos=wanted, max_distance=most))

    def _offer_months(self, months: Sequence[tuple[int, int]]) -> None:
        """Each year with its months, newest first."""
        with QSignalBlocker(self.months):
            self.months.clear()
            self.months.addItem(self.tr("Any date"), (None, None))
            year_before = None
            for year, month in months:
                if year != year_before:
                    self._add_dates(str(year), taken_within(year))
                    year_before = year
                self._add_dates("    " + month_text(year, month), taken_within(year, month))
        if months:
            for edit in (self.since, self.until):
                edit.set_newest(QDate(*months[0], 1))

    def _add_dates(self, text: str, dates: PhotoFilter) -> None:
        self.months.addItem(text, (dates.since_s, dates.until_s))

    def _take_month(self) -> None:
        since_s, until_s = self.months.currentData()
        dates = ((self.since, since_s, 0), (self.until, until_s, 1))
        for edit, seconds, back in dates:
            with QSignalBlocker(edit):
                edit.setDate(EARLIEST if seconds is None else _day(seconds).addDays(-back))
        self._tell_scope()

    def _tell_order(self) -> None:
        self.order_changed.emit(self.order.currentData(), self.grouped.isChecked())

    def _say_farthest(self, n_bits: int) -> None:
        self._farthest_text.setText(self._farthest_words(n_bits))

    def _farthest_words(self, n_bits: int) -> str:
        if n_bits == self._n_bits:
            return self.tr("any distance")
        return self.tr("up to {count} bits").format(count=number_text(n_bits))

    def _combo(self, name: str) -> QComboBox:
        combo = QComboBox()
        combo.setAccessibleName(name)
        combo.setToolTip(name)
        combo.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        return combo

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 4, 16, 8)
        layout.setSpacing(8)
        upper = QHBoxLayout()
        upper.setSpacing(6)
        for part in (self.folder, self.label, self.camera, self.months):
            upper.addWidget(part, 1)
        for part in (self.shape, self.kind):
            part.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
            part.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        lower = (self.shape, self.kind, self.since, self.until, self.reset)
        layout.addLayout(upper)
        layout.addWidget(FlowRow(lower))
        layout.addWidget(self._of_matches)
        self._lay_out_matches()

    def _lay_out_matches(self) -> None:
        row = FlowLayout(self._of_matches)
        self.order.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.order.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.farthest.setMinimumWidth(_SLIDER_PX)
        row.addWidget(label(self.tr("Differs by")))
        for control in (self.farthest, self._farthest_text, self.order, self.grouped):
            row.addWidget(control)
        self._of_matches.hide()

    def _keep_room(self) -> None:
        """Gives the distance the room its widest words take: the slider stays while it is moved."""
        width_of = self._farthest_text.fontMetrics().horizontalAdvance
        words = map(self._farthest_words, (self._n_bits - 1, self._n_bits))
        self._farthest_text.setMinimumWidth(max(map(width_of, words)))


def _place_of(combo: QComboBox, value: object) -> int:
    """Where a value is, the first place if it is not offered; Qt compares only its own types."""
    places = [place for place in range(combo.count()) if combo.itemData(place) == value]
    return places[0] if places else 0


def _day(seconds: int) -> QDate:
    return QDateTime.fromSecsSinceEpoch(seconds, QTimeZone.utc()).date()


def _seconds(day: QDate, days_on: int = 0) -> int | None:
    if day == EARLIEST:
        return None
    return QDateTime(day.addDays(days_on), QTime(0, 0), QTimeZone.utc()).toSecsSinceEpoch()
