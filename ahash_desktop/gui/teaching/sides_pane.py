"""Which photos a lesson learns from and which are kept back; any photo may change sides."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.gui.teaching.kind_list import KindListModel, KindListView
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.kinds import KindSummary
from ahash_desktop.training.ask.labels import TRAIN, VALIDATION, LabelledPhoto

Index = QModelIndex | QPersistentModelIndex


class SidePhotosModel(QAbstractListModel):
    """The photos of a kind; those that are ticked are kept back."""

    side_wanted = Signal(object, str)

    def __init__(self, pictures: FilePictures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._photos: list[LabelledPhoto] = []
        pictures.arrived.connect(self._on_arrived)

    def show_photos(self, photos: Sequence[LabelledPhoto]) -> None:
        """Shows these photos."""
        self.beginResetModel()
        self._photos = sorted(photos, key=lambda photo: photo.split != VALIDATION)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._photos)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        photo = self._photos[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return photo.path.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tool_tip(str(photo.path))
        if role == Qt.ItemDataRole.DecorationRole:
            pixmap = self._pictures.pixmap(photo.path)
            return None if pixmap is None else QIcon(pixmap)
        if role == Qt.ItemDataRole.CheckStateRole:
            is_kept = photo.split == VALIDATION
            return Qt.CheckState.Checked if is_kept else Qt.CheckState.Unchecked
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        is_kept = Qt.CheckState(value) == Qt.CheckState.Checked
        self.side_wanted.emit(self._photos[index.row()].path, VALIDATION if is_kept else TRAIN)
        return True

    def _on_arrived(self, path: Path) -> None:
        for row, photo in enumerate(self._photos):
            if photo.path == path:
                index = self.index(row, 0)
                self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])
                return


class SidesPane(QWidget):
    """The kinds with their sides above, the photos of the chosen kind below."""

    anew_clicked = Signal()
    side_wanted = Signal(object, str)

    def __init__(
        self, pictures: FilePictures, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._labelled: LabelledSet | None = None
        self._kind_model = KindListModel(self)
        self.kinds = KindListView(self._kind_model, pictures, colours)
        self.kinds.setAccessibleName(self.tr("Photos learned from and kept back, by kind"))
        self.kinds.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.kinds.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.kinds.setDragDropMode(QAbstractItemView.DragDropMode.NoDragDrop)
        self.photo_model = SidePhotosModel(pictures, self)
        self._photos = QListView()
        self._photos.setModel(self.photo_model)
        self._photos.setUniformItemSizes(True)
        self._photos.setAccessibleName(self.tr("Photos of the kind; ticked ones are kept back"))
        self._anew = button(self.tr("Di&vide anew"))
        self._anew.setToolTip(self.tr("Draws anew which photos are kept back"))
        hint = label(
            self.tr(
                "It is judged by the photos kept back, which it never learns from. Tick one to "
                "keep it back."
            ),
            "soft",
            wraps=True,
        )
        head = QHBoxLayout()
        head.addWidget(hint, 1)
        head.addWidget(self._anew, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.kinds, 3)
        layout.addWidget(self._photos, 2)
        self._anew.clicked.connect(self.anew_clicked)
        self.photo_model.side_wanted.connect(self.side_wanted)
        self.kinds.selectionModel().currentChanged.connect(lambda *_: self._show_photos())

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self.kinds.set_colours(colours)

    def show_sides(self, labelled: LabelledSet, kinds: Sequence[KindSummary]) -> None:
        """Shows the division; the chosen kind stays chosen."""
        self._labelled = labelled
        chosen = self.kinds.chosen_names()
        self._kind_model.show_kinds(kinds, shows_sides=True)
        name = chosen[0] if chosen else (kinds[0].name if kinds else "")
        self.kinds.choose(name)
        self._show_photos()

    def _show_photos(self) -> None:
        names = self.kinds.chosen_names()
        photos = () if self._labelled is None else self._labelled.photos
        self.photo_model.show_photos([each for each in photos if each.class_name in names[:1]])
