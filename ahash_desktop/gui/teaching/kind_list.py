"""The kinds of a lesson, one a row with three of its photos; renamed in place, merged by a drag."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QDragEnterEvent, QDragMoveEvent, QDropEvent, QFont, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import photos_text, translate
from ahash_desktop.gui.grid.photo_row import paint_photo
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.training.ask.kinds import KindSummary

Index = QModelIndex | QPersistentModelIndex

_EDGE_PX = 52
_GAP_PX = 6
_PADDING_PX = 8
_N_EXAMPLES = 3
_FEW = 4
_MIME = "application/x-ahash-kinds"


class KindListModel(QAbstractListModel):
    """A row for each kind; `renamed` carries its old and its new name."""

    renamed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kinds: tuple[KindSummary, ...] = ()
        self._shows_sides = False

    def show_kinds(self, kinds: Sequence[KindSummary], *, shows_sides: bool = False) -> None:
        """Shows these kinds, and if wanted how many photos are on each side."""
        self.beginResetModel()
        self._kinds = tuple(kinds)
        self._shows_sides = shows_sides
        self.endResetModel()

    def kind_at(self, row: int) -> KindSummary:
        """The kind in a row."""
        return self._kinds[row]

    def row_of(self, name: str) -> int | None:
        """The row of a kind, None if there is none."""
        names = [kind.name for kind in self._kinds]
        return names.index(name) if name in names else None

    def count_text(self, kind: KindSummary) -> str:
        """How many photos it has, and on which side."""
        if not self._shows_sides:
            return photos_text(kind.n_photos)
        return translate("kinds", "{learning} to learn from, {kept} kept back").format(
            learning=kind.n_learning, kept=kind.n_validating
        )

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._kinds)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        kind = self._kinds[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return kind.name
        if role == Qt.ItemDataRole.UserRole:
            return kind
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tool_tip(kind.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{kind.name}, {self.count_text(kind)}"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        old = self._kinds[index.row()].name
        new = " ".join(str(value).split())
        if not new or new == old:
            return False
        self.renamed.emit(old, new)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.isValid():
            flags |= Qt.ItemFlag.ItemIsEditable
            flags |= Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemIsDropEnabled
        return flags

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        data.setData(_MIME, b"kinds")
        return data


class KindListView(QListView):
    """The list; a kind that is dropped on another one is merged with it.

    `merge_wanted` carries the names of those that were dragged and of the one they go into.
    """

    merge_wanted = Signal(object, str)

    def __init__(
        self,
        kind_model: KindListModel,
        pictures: FilePictures,
        colours: Colours,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind_model = kind_model
        self._delegate = _KindDelegate(kind_model, pictures, colours, self)
        self.setModel(kind_model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDropIndicatorShown(True)
        pictures.arrived.connect(lambda _path: self.viewport().update())

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._delegate.set_colours(colours)
        self.viewport().update()

    def chosen_names(self) -> list[str]:
        """The names of the chosen kinds, from the top."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return [self._kind_model.kind_at(row).name for row in rows]

    def choose(self, name: str) -> None:
        """Chooses a kind, if it is there."""
        row = self._kind_model.row_of(name)
        if row is not None:
            self.setCurrentIndex(self._kind_model.index(row, 0))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.source() is self:
            event.accept()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.source() is self and self.indexAt(event.position().toPoint()).isValid():
            event.accept()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        target = self.indexAt(event.position().toPoint())
        if event.source() is not self or not target.isValid():
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)  # else the rows would be taken away
        event.accept()
        into = self._kind_model.kind_at(target.row()).name
        names = [name for name in self.chosen_names() if name != into]
        if names:
            self.merge_wanted.emit(names, into)


class _KindDelegate(QStyledItemDelegate):
    """Paints the name, the count and three photos."""

    def __init__(
        self,
        kind_model: KindListModel,
        pictures: FilePictures,
        colours: Colours,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._kind_model = kind_model
        self._pictures = pictures
        self._colours = colours

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _EDGE_PX + 2 * _PADDING_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        kind = index.data(Qt.ItemDataRole.UserRole)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        font: QFont = option.font
        colours = self._colours
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(colours.accent_soft))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(colours.hover))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(colours.accent))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        left, top = rect.left() + _PADDING_PX, rect.top() + _PADDING_PX
        for number, path in enumerate(kind.examples[:_N_EXAMPLES]):
            square = QRectF(left + number * (_EDGE_PX + _GAP_PX), top, _EDGE_PX, _EDGE_PX)
            paint_photo(painter, square, self._pictures.pixmap(path), colours)
        words = self._words_rect(rect)
        half = words.height() // 2
        bold = QFont(font)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(QColor(colours.text))
        name = painter.fontMetrics().elidedText(
            kind.name, Qt.TextElideMode.ElideRight, words.width()
        )
        low, high = Qt.AlignmentFlag.AlignBottom, Qt.AlignmentFlag.AlignTop
        painter.drawText(words.adjusted(0, 0, 0, -half - 1), low | Qt.AlignmentFlag.AlignLeft, name)
        painter.setFont(font)
        is_few = kind.n_photos < _FEW
        painter.setPen(QColor(colours.differ if is_few else colours.text_soft))
        text = self._kind_model.count_text(kind)
        if is_few:
            few = translate("kinds", "too few to keep any back")
            text = f"{photos_text(kind.n_photos)}  ·  {few}"
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words.adjusted(0, half + 1, 0, 0), high | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(translate("kinds", "Name of the kind"))
        return editor

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        words = self._words_rect(option.rect)
        height = editor.sizeHint().height()
        editor.setGeometry(words.left(), words.center().y() - height // 2, words.width(), height)

    def _words_rect(self, rect: QRect) -> QRect:
        left = rect.left() + _PADDING_PX + _N_EXAMPLES * (_EDGE_PX + _GAP_PX) + _GAP_PX
        return QRect(left, rect.top() + _PADDING_PX, rect.right() - left - _PADDING_PX, _EDGE_PX)
