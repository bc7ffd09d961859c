"""A date that may be left open; its calendar opens where the newest photos are."""

from PySide6.QtCore import QDate, QEvent, QObject, QSize
from PySide6.QtWidgets import QCalendarWidget, QDateEdit, QSizePolicy, QWidget

EARLIEST = QDate(1899, 12, 31)
"""Stands for no date."""
_CELL_PX = 34
_WEEKS_AND_HEAD = 8
_N_COLUMNS = 8


class DayEdit(QDateEdit):
    """Takes a day, or none: then it shows its name."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._newest = QDate.currentDate()
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setCalendarPopup(True)
        self.setDisplayFormat("yyyy-MM-dd")
        self.setMinimumDate(EARLIEST)
        self.setSpecialValueText(name)
        self.setDate(EARLIEST)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        calendar = self.calendarWidget()
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        calendar.setMinimumSize(QSize(_N_COLUMNS * _CELL_PX, _WEEKS_AND_HEAD * _CELL_PX))
        calendar.installEventFilter(self)

    def set_newest(self, day: QDate) -> None:
        """Opens the calendar there while no day is chosen."""
        self._newest = day

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        width = self.fontMetrics().horizontalAdvance(self.specialValueText()) + 2 * _CELL_PX
        return QSize(max(hint.width(), width), hint.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and self.date() == EARLIEST:
            self.calendarWidget().setCurrentPage(self._newest.year(), self._newest.month())
        return super().eventFilter(watched, event)
