"""The kinds that photos of the library are labelled with: how many, since when; as a CSV."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from ahash_desktop.core.labels import Species
from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.list_dialog import ListDialog
from ahash_desktop.gui.base.rows import Column, RowsModel, chosen_rows, table_of
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import number_text
from ahash_desktop.gui.teaching.naming import Naming


class SpeciesDialog(ListDialog):
    """Lists kinds; `show_wanted` carries the name of one whose photos are to be shown."""

    show_wanted = Signal(str)

    def __init__(self, naming: Naming, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(EmptyState("check", colours), parent)
        self.setWindowTitle(self.tr("Kinds"))
        self.resize(640, 480)
        self._naming = naming
        self.model: RowsModel[Species] = RowsModel(
            (
                Column(
                    self.tr("Kind"),
                    lambda each: each.name,
                    lambda each: each.name,
                    lambda each: each.name.casefold(),
                ),
                Column(
                    self.tr("Photos"),
                    lambda each: number_text(each.n_photos),
                    sort_key=lambda each: each.n_photos,
                ),
                Column(self.tr("First"), lambda each: each.first, sort_key=lambda e: e.first),
                Column(self.tr("Last"), lambda each: each.last, sort_key=lambda e: e.last),
            ),
            lambda each: each.name,
            (0, False),
            self,
        )
        self._table = table_of(
            self.model, self.tr("Kinds of the library"), {1: 90, 2: 120, 3: 120}, 0
        )
        self._table.setSortingEnabled(True)
        self._table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self._show = button(self.tr("Show its photos"), "primary")
        self._rename = button(self.tr("Rename…"))
        self._keyword = button(self.tr("Keyword in sidecars…"))
        self._csv = button(self.tr("Save as CSV…"))
        self._empty.show_message(
            self.tr("No photo has a name yet"),
            self.tr("Accept a suggestion, and it is listed here."),
        )
        hint = self.tr(
            "What you said that photos show. It is kept in the library and stays with a photo "
            "wherever it goes; the files are never changed."
        )
        self._title = label(self.tr("Kinds of the library"), "title")
        self.lay_out(
            self._title,
            label(hint, "soft", wraps=True),
            self._table,
            [self._show, self._rename, self._keyword, self._csv],
        )
        self._show.clicked.connect(self._on_show)
        self._rename.clicked.connect(self._on_rename)
        self._keyword.clicked.connect(self._on_keyword)
        self._csv.clicked.connect(self._on_csv)
        self._table.selectionModel().selectionChanged.connect(lambda *_: self._show_state())
        naming.species_read.connect(self._on_read)
        naming.labelled.connect(naming.list_species)
        naming.list_species()
        self._show_state()

    def _on_read(self, species: list[Species]) -> None:
        self.model.show_entries(species)
        self.show_listing(bool(species))
        self._title.setText(
            self.tr("{count} kinds of the library").format(count=number_text(len(species)))
        )
        self._show_state()

    def _chosen(self) -> Species | None:
        rows = chosen_rows(self._table)
        return self.model.entry_at(rows[0]) if rows else None

    def _show_state(self) -> None:
        for control in (self._show, self._rename, self._keyword):
            control.setEnabled(self._chosen() is not None)
        self._csv.setEnabled(self.model.rowCount() > 0)

    def _on_show(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.close()
            self.show_wanted.emit(chosen.name)

    def _on_rename(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        old = chosen.name
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Rename a kind"))
        dialog.setLabelText(self.tr("Its name for all its photos"))
        dialog.setTextValue(old)
        dialog.textValueSelected.connect(
            lambda new: self._naming.rename(old, new) if new.strip() else None
        )
        dialog.open()

    def _on_keyword(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._naming.find_photos(chosen.name)

    def _on_csv(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the list of kinds"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setNameFilters([self.tr("Tables ({patterns})").format(patterns="*.csv")])
        dialog.fileSelected.connect(lambda path: self._naming.write_csv(Path(path)))
        dialog.open()
