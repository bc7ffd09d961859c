"""The photos whose files are gone: what is known of them is kept, until the user forgets them."""

from PySide6.QtWidgets import QWidget

from ahash_desktop.gui.base.changes import Changes
from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.list_dialog import ListDialog
from ahash_desktop.gui.base.rows import chosen_rows, table_of
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import number_text, photos_text
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.library.contents import Contents
from ahash_desktop.gui.library.missing_table import MissingColumn, missing_rows


class MissingDialog(ListDialog):
    """Follows the catalogue's missing photos; stays open beside the window."""

    def __init__(
        self, catalogue: Catalogue, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(EmptyState("check", colours), parent)
        self._model = missing_rows(self)
        self._table = table_of(
            self._model,
            self.tr("Missing photos"),
            {MissingColumn.FILE: 232, MissingColumn.SINCE: 160},
            MissingColumn.FOLDER,
        )
        self.setWindowTitle(self.tr("Missing photos"))
        self.resize(860, 520)
        self._catalogue = catalogue
        self._title = label(role="title")
        self._hint = label(role="soft", wraps=True)
        self._forget = button("")
        self._keep = button("", "primary")
        self._empty.show_message(
            self.tr("No photo is missing"),
            self.tr("Photos on drives that are away are not missing; they wait for their drive."),
        )
        self.lay_out(self._title, self._hint, self._table, [self._keep, self._forget])
        self._forget.clicked.connect(self._ask_to_forget)
        self._keep.clicked.connect(lambda: catalogue.keep_missing(self._chosen_or_all()))
        catalogue.changed.connect(self._on_changed)
        self._table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self._show_contents(catalogue.contents)

    def _chosen_or_all(self) -> list[int]:
        rows = chosen_rows(self._table) or range(self._model.rowCount())
        return [self._model.entry_at(row).photo_id for row in rows]

    def _on_changed(self, changes: Changes) -> None:
        if changes.missing:
            self._show_contents(self._catalogue.contents)

    def _show_contents(self, contents: Contents) -> None:
        self._model.show_entries(contents.missing)
        self._title.setText(
            self.tr("{photos} missing").format(photos=photos_text(len(contents.missing)))
        )
        self._hint.setText(self._hint_text(contents))
        self.show_listing(bool(contents.missing))
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
        is_some = bool(chosen_rows(self._table))
        days = number_text(self._catalogue.contents.keep_days)
        keep = self.tr("Keep for {days} days") if is_some else self.tr("Keep all for {days} days")
        self._keep.setText(keep.format(days=days))
        self._forget.setText(self.tr("Forget…") if is_some else self.tr("Forget all…"))

    def _ask_to_forget(self) -> None:
        photo_ids = self._chosen_or_all()
        self.ask_to_forget(
            self.tr("Forget missing photos?"),
            self.tr("Forget {photos}?").format(photos=photos_text(len(photo_ids))),
            self.tr("Their codes leave the library. Photos that come back are read anew."),
            lambda: self._catalogue.forget_missing(photo_ids),
        )
