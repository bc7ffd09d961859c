"""The problems list: which files could not be read, why, and what to do about it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ahash_desktop.gui.base.changes import Changes
from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.list_dialog import ListDialog
from ahash_desktop.gui.base.rows import chosen_rows, table_of
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import problems_text
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.library.contents import Contents
from ahash_desktop.gui.library.problem_table import ProblemColumn, problem_rows


class ProblemsDialog(ListDialog):
    """Follows the catalogue's problems; stays open beside the window."""

    reveal_wanted = Signal(object)

    def __init__(
        self, catalogue: Catalogue, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(EmptyState("check", colours), parent)
        self._catalogue = catalogue
        self._model = problem_rows(self)
        self._table = table_of(
            self._model,
            self.tr("Files that could not be read"),
            {ProblemColumn.FILE: 232, ProblemColumn.KIND: 128, ProblemColumn.NOTED: 144},
            ProblemColumn.REASON,
        )
        self._table.setSortingEnabled(True)
        self._table.sortByColumn(ProblemColumn.NOTED, Qt.SortOrder.DescendingOrder)
        self.setWindowTitle(self.tr("Problems"))
        self.resize(960, 560)
        self._title = label(role="title")
        self._hint = label(
            self.tr("These files could not be read. All others are in the library."),
            "soft",
            wraps=True,
        )
        self._retry = button(self.tr("Try again"), "primary")
        self._ignore = button(self.tr("Ignore"))
        self._reveal = button(self.tr("Show in folder"))
        self._empty.show_message(
            self.tr("No problems"), self.tr("Every file of the library could be read.")
        )
        self.lay_out(
            self._title, self._hint, self._table, [self._retry, self._ignore, self._reveal]
        )
        self._retry.clicked.connect(lambda: catalogue.retry(self._chosen_or_all()))
        self._ignore.clicked.connect(lambda: catalogue.ignore(self._chosen_or_all()))
        self._reveal.clicked.connect(self._on_reveal_clicked)
        catalogue.changed.connect(self._on_changed)
        self._table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self._show_contents(catalogue.contents)

    def _chosen_or_all(self) -> list[int]:
        rows = chosen_rows(self._table) or range(self._model.rowCount())
        return [self._model.entry_at(row).photo_id for row in rows]

    def _on_changed(self, changes: Changes) -> None:
        if changes.problems:
            self._show_contents(self._catalogue.contents)

    def _show_contents(self, contents: Contents) -> None:
        self._model.show_entries(contents.problems)
        n_problems = len(contents.problems)
        self._title.setText(problems_text(n_problems))
        self.show_listing(n_problems > 0)
        self._on_selection_changed()

    def _on_selection_changed(self) -> None:
        any_problem = self._model.rowCount() > 0
        n_chosen = len(chosen_rows(self._table))
        for control in (self._retry, self._ignore, self._reveal):
            control.setVisible(any_problem)
        self._retry.setText(self.tr("Try again") if n_chosen else self.tr("Try all again"))
        self._ignore.setText(self.tr("Ignore") if n_chosen else self.tr("Ignore all"))
        self._reveal.setEnabled(n_chosen == 1)

    def _on_reveal_clicked(self) -> None:
        rows = chosen_rows(self._table)
        if rows:
            self.reveal_wanted.emit(self._model.entry_at(rows[0]).path)
