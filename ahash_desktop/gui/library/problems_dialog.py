"""The problems list: which files could not be read, why, and what to do about it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import problems_text
from ahash_desktop.gui.library.catalogue import Catalogue, Contents
from ahash_desktop.gui.library.problem_table import ProblemColumn, ProblemTableModel


class ProblemsDialog(QDialog):
    """Follows the catalogue's problems; stays open beside the window."""

    reveal_wanted = Signal(object)

    def __init__(
        self, catalogue: Catalogue, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Problems"))
        self.resize(960, 560)
        self._catalogue = catalogue
        self._problem_model = ProblemTableModel(self)
        self._title = label(role="title")
        self._hint = label(
            self.tr("These files could not be read. All others are in the library."),
            "soft",
            wraps=True,
        )
        self._table = self._make_table()
        self._retry = button(self.tr("Try again"), "primary")
        self._ignore = button(self.tr("Ignore"))
        self._reveal = button(self.tr("Show in folder"))
        self._close = button(self.tr("Close"))
        self._empty = EmptyState("check", colours)
        self._empty.show_message(
            self.tr("No problems"), self.tr("Every file of the library could be read.")
        )
        self._pages = QStackedWidget()
        self._lay_out()
        self._retry.clicked.connect(lambda: catalogue.retry(self._chosen_or_all()))
        self._ignore.clicked.connect(lambda: catalogue.ignore(self._chosen_or_all()))
        self._reveal.clicked.connect(self._on_reveal_clicked)
        self._close.clicked.connect(self.close)
        catalogue.contents_changed.connect(self._on_contents_changed)
        self._table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self._on_contents_changed(catalogue.contents)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._empty.set_colours(colours)

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setAccessibleName(self.tr("Files that could not be read"))
        table.setModel(self._problem_model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(32)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.resizeSection(ProblemColumn.FILE, 232)
        header.resizeSection(ProblemColumn.KIND, 128)
        header.resizeSection(ProblemColumn.NOTED, 144)
        header.setSectionResizeMode(ProblemColumn.REASON, QHeaderView.ResizeMode.Stretch)
        table.setSortingEnabled(True)
        table.sortByColumn(ProblemColumn.NOTED, Qt.SortOrder.DescendingOrder)
        return table

    def _lay_out(self) -> None:
        listing = QWidget()
        column = QVBoxLayout(listing)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._hint)
        column.addSpacing(8)
        column.addWidget(self._table, 1)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(listing)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._retry)
        buttons.addWidget(self._ignore)
        buttons.addWidget(self._reveal)
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        layout.addWidget(self._pages, 1)
        layout.addLayout(buttons)

    def _chosen_rows(self) -> list[int]:
        return sorted(index.row() for index in self._table.selectionModel().selectedRows())

    def _chosen_or_all(self) -> list[int]:
        rows = self._chosen_rows() or range(self._problem_model.rowCount())
        return [self._problem_model.entry_at(row).photo_id for row in rows]

    def _on_contents_changed(self, contents: Contents) -> None:
        self._problem_model.show_problems(contents.problems)
        n_problems = len(contents.problems)
        self._title.setText(problems_text(n_problems))
        self._pages.setCurrentIndex(1 if n_problems else 0)
        self._on_selection_changed()

    def _on_selection_changed(self) -> None:
        any_problem = self._problem_model.rowCount() > 0
        n_chosen = len(self._chosen_rows())
        for control in (self._retry, self._ignore, self._reveal):
            control.setVisible(any_problem)
        self._retry.setText(self.tr("Try again") if n_chosen else self.tr("Try all again"))
        self._ignore.setText(self.tr("Ignore") if n_chosen else self.tr("Ignore all"))
        self._reveal.setEnabled(n_chosen == 1)

    def _on_reveal_clicked(self) -> None:
        rows = self._chosen_rows()
        if rows:
            self.reveal_wanted.emit(self._problem_model.entry_at(rows[0]).path)
