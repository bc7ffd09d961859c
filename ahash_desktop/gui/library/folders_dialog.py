"""The folders of the library: add one, forget one, open one."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from ahash_desktop.core.records import Root
from ahash_desktop.gui.base.changes import Changes
from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.list_dialog import ListDialog
from ahash_desktop.gui.base.rows import chosen_rows
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.library.contents import Contents
from ahash_desktop.gui.library.root_list import RootListModel


class FoldersDialog(ListDialog):
    """Follows the catalogue's folders."""

    add_clicked = Signal()
    open_wanted = Signal(object)
    teach_wanted = Signal(object)

    def __init__(
        self, catalogue: Catalogue, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(EmptyState("folder", colours), parent)
        self.setWindowTitle(self.tr("Folders"))
        self.resize(640, 400)
        self._catalogue = catalogue
        self._root_model = RootListModel(self)
        self._list = QListView()
        self._list.setObjectName("folderList")
        self._list.setModel(self._root_model)
        self._list.setAccessibleName(self.tr("Folders of the library"))
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setSpacing(2)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._empty.show_message(
            self.tr("No folders yet"), self.tr("Add one, and its photos can be searched.")
        )
        self._add = button(self.tr("Add folder…"), "primary")
        self._open = button(self.tr("Open"))
        self._forget = button(self.tr("Forget"))
        self._teach = button(self.tr("Teach its kinds…"))
        self._teach.setToolTip(
            self.tr("A lesson about the photos of the chosen folders, a kind for each folder in it")
        )
        self._undo = button(self.tr("Not this folder"))
        self._undo.setToolTip(
            self.tr("The folder was found again here, but this is another one: it is where it was")
        )
        hint = self.tr(
            "Photos in them and below are searched. Nothing is done to the files here: only "
            "“Move to the trash” moves some, and it asks first."
        )
        self.lay_out(
            label(self.tr("Folders of the library"), "title"),
            label(hint, "soft", wraps=True),
            self._list,
            [self._add, self._open, self._teach, self._forget, self._undo],
        )
        self._add.clicked.connect(self.add_clicked)
        self._open.clicked.connect(self._on_open_clicked)
        self._forget.clicked.connect(self._on_forget_clicked)
        self._teach.clicked.connect(self._on_teach_clicked)
        self._undo.clicked.connect(self._on_undo_clicked)
        self._list.selectionModel().selectionChanged.connect(self._on_selection_changed)
        catalogue.changed.connect(self._on_changed)
        self._show_contents(catalogue.contents)

    def _all_chosen(self) -> list[Root]:
        return [self._root_model.root_at(row) for row in chosen_rows(self._list)]

    def _chosen(self) -> Root | None:
        """The chosen folder, if it is one alone."""
        chosen = self._all_chosen()
        return chosen[0] if len(chosen) == 1 else None

    def _on_changed(self, changes: Changes) -> None:
        if changes.roots:
            self._show_contents(self._catalogue.contents)

    def _show_contents(self, contents: Contents) -> None:
        self._root_model.show_roots(contents.roots)
        self.show_listing(bool(contents.roots))
        self._on_selection_changed()

    def _on_selection_changed(self) -> None:
        for control in (self._open, self._forget):
            control.setEnabled(self._chosen() is not None)
            control.setVisible(self._root_model.rowCount() > 0)
        self._teach.setVisible(self._root_model.rowCount() > 0)
        self._teach.setEnabled(bool(self._all_chosen()))
        chosen = self._chosen()
        self._undo.setVisible(chosen is not None and chosen.moved_from is not None)

    def _on_open_clicked(self) -> None:
        root = self._chosen()
        if root is not None:
            self.open_wanted.emit(root.path)

    def _on_teach_clicked(self) -> None:
        folders = [root.path for root in self._all_chosen()]
        if folders:
            self.close()
            self.teach_wanted.emit(folders)

    def _on_undo_clicked(self) -> None:
        root = self._chosen()
        if root is not None:
            self._catalogue.undo_move(root.root_id)

    def _on_forget_clicked(self) -> None:
        root = self._chosen()
        if root is None:
            return
        root_id = root.root_id
        self.ask_to_forget(
            self.tr("Forget this folder?"),
            self.tr("Forget {folder}?").format(folder=root.path),
            self.tr(
                "Its photos leave the library. The files stay where they are; "
                "adding the folder again reads them anew."
            ),
            lambda: self._catalogue.remove_folder(root_id),
        )
