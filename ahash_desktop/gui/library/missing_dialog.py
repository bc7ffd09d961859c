"""The photos whose files are gone: what is known of them is kept, until the user forgets them."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QMessageBox,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import number_text, photos_text
from ahash_desktop.gui.library.catalogue import Catalogue, Contents
from ahash_desktop.gui.library.missing_table import MissingColumn, MissingTableModel


class MissingDialog(QDialog):
    """Follows the catalogue's missing photos; stays open beside the window."""

    def __init__(
        self, catalogue: Catalogue, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Missing photos"))
        self.resize(860, 520)
        self._catalogue = catalogue
        self._model = MissingTableModel(self)
        self._title = label(role="title")
        self._hint = label(role="soft", wraps=True)
        self._table = self._make_table()
        self._forget = button("")
        self._keep = button("", "primary")
        self._close = button(self.tr("Close"))
        self._empty = EmptyState("check", colours)
        self._empty.show_message(
            self.tr("No photo is missing"),
            self.tr("Photos on drives that are away are not missing; they wait for their drive."),
        )
        self._pages = QStackedWidget()
        self._lay_out()
        self._forget.clicked.connect(self._ask_to_forget)
        self._keep.clicked.connect(lambda: catalogue.keep_missing(self._chosen_or_all()))
        self._close.clicked.connect(self.close)
        catalogue.contents_changed.connect(self._on_contents_changed)
        self._table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self._on_contents_changed(catalogue.contents)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._empty.set_colours(colours)

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setAccessibleName(self.tr("Missing photos"))
        table.setModel(self._model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(32)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.resizeSection(MissingColumn.FILE, 232)
        header.resizeSection(MissingColumn.SINCE, 160)
        header.setSectionResizeMode(MissingColumn.FOLDER, QHeaderView.ResizeMode.Stretch)
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
        buttons.addWidget(self._keep)
        buttons.addWidget(self._forget)
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
        rows = self._chosen_rows() or range(self._model.rowCount())
        return [self._model.entry_at(row).photo_id for row in rows]

    def _on_contents_changed(self, contents: Contents) -> None:
        self._model.show_missing(contents.missing)
        self._title.setText(
            self.tr("{photos} missing").format(photos=photos_text(len(contents.missing)))
        )
        self._hint.setText(self._hint_text(contents))
        self._pages.setCurrentIndex(1 if contents.missing else 0)
        self._on_selection_changed()

    def _hint_text(self, contents: Contents) -> str:
        kept = self.tr(
            "Their files are gone from their folders. Their codes are kept, so that a photo that "
            "comes back, here or elsewhere, need not be read again."
        )
        if not contents.n_overdue:
            return kept
        overdue = self.tr("Gone for {days} days or more: {photos}.").format(
            photos=photos_text(contents.n_overdue), days=number_text(contents.keep_days)
        )
        return f"{kept} {overdue}"

    def _on_selection_changed(self) -> None:
        any_missing = self._model.rowCount() > 0
        for control in (self._forget, self._keep):
            control.setVisible(any_missing)
        is_some = bool(self._chosen_rows())
        days = number_text(self._catalogue.contents.keep_days)
        keep = self.tr("Keep for {days} days") if is_some else self.tr("Keep all for {days} days")
        self._keep.setText(keep.format(days=days))
        self._forget.setText(self.tr("Forget…") if is_some else self.tr("Forget all…"))

    def _ask_to_forget(self) -> None:
        photo_ids = self._chosen_or_all()
        question = QMessageBox(self)
        question.setIcon(QMessageBox.Icon.NoIcon)
        question.setWindowTitle(self.tr("Forget missing photos?"))
        question.setText(self.tr("Forget {photos}?").format(photos=photos_text(len(photo_ids))))
        question.setInformativeText(
            self.tr("Their codes leave the library. Photos that come back are read anew.")
        )
        forget = question.addButton(self.tr("Forget"), QMessageBox.ButtonRole.AcceptRole)
        keep = question.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        question.setDefaultButton(keep)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.buttonClicked.connect(
            lambda clicked: self._catalogue.forget_missing(photo_ids) if clicked is forget else None
        )
        question.open()
