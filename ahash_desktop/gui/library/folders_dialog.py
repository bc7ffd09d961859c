"""The folders of the library: add one, forget one, open one."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListView,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.core.records import Root
from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.library.catalogue import Catalogue, Contents
from ahash_desktop.gui.library.root_list import RootListModel


class FoldersDialog(QDialog):
    """Follows the catalogue's folders."""

    add_clicked = Signal()
    open_wanted = Signal(object)

    def __init__(
        self, catalogue: Catalogue, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
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
        self._empty = EmptyState("folder", colours)
        self._empty.show_message(
            self.tr("No folders yet"), self.tr("Add one, and its photos can be searched.")
        )
        self._pages = QStackedWidget()
        self._add = button(self.tr("Add folder…"), "primary")
        self._open = button(self.tr("Open"))
        self._forget = button(self.tr("Forget"))
        self._close = button(self.tr("Close"))
        self._lay_out()
        self._add.clicked.connect(self.add_clicked)
        self._open.clicked.connect(lambda: self.open_wanted.emit(self._chosen().path))
        self._forget.clicked.connect(self._on_forget_clicked)
        self._close.clicked.connect(self.close)
        self._list.selectionModel().selectionChanged.connect(self._on_selection_changed)
        catalogue.contents_changed.connect(self._on_contents_changed)
        self._on_contents_changed(catalogue.contents)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._empty.set_colours(colours)

    def _lay_out(self) -> None:
        listing = QWidget()
        column = QVBoxLayout(listing)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(self.tr("Folders of the library"), "title"))
        column.addWidget(
            label(
                self.tr("Photos in them and below are searched. The files are never changed."),
                "soft",
                wraps=True,
            )
        )
        column.addSpacing(8)
        column.addWidget(self._list, 1)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(listing)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for control in (self._add, self._open, self._forget):
            buttons.addWidget(control)
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        layout.addWidget(self._pages, 1)
        layout.addLayout(buttons)

    def _chosen(self) -> Root | None:
        rows = self._list.selectionModel().selectedRows()
        return self._root_model.root_at(rows[0].row()) if rows else None

    def _on_contents_changed(self, contents: Contents) -> None:
        self._root_model.show_roots(contents.roots)
        self._pages.setCurrentIndex(1 if contents.roots else 0)
        self._on_selection_changed()

    def _on_selection_changed(self) -> None:
        for control in (self._open, self._forget):
            control.setEnabled(self._chosen() is not None)
            control.setVisible(self._root_model.rowCount() > 0)

    def _on_forget_clicked(self) -> None:
        root = self._chosen()
        question = QMessageBox(self)
        question.setIcon(QMessageBox.Icon.NoIcon)
        question.setWindowTitle(self.tr("Forget this folder?"))
        question.setText(self.tr("Forget {folder}?").format(folder=root.path))
        question.setInformativeText(
            self.tr(
                "Its photos leave the library. The files stay where they are; "
                "adding the folder again reads them anew."
            )
        )
        forget = question.addButton(self.tr("Forget"), QMessageBox.ButtonRole.AcceptRole)
        keep = question.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        question.setDefaultButton(keep)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.buttonClicked.connect(
            lambda clicked: (
                self._catalogue.remove_folder(root.root_id) if clicked is forget else None
            )
        )
        question.open()
