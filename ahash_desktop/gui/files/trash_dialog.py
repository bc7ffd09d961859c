"""Asks before photos are moved to the trash, and shows which ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import ElidedLabel, button, label
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import number_text, photos_text
from ahash_desktop.gui.pictures.picture_view import PictureView

MOST_PICTURES = 4
_MOST_NAMES = 8
_PICTURE_PX = 148


@dataclass(frozen=True, slots=True)
class Doomed:
    """A photo that is to go, by its picture if it has one."""

    photo_id: int
    path: Path
    picture: QImage | None = None


class TrashDialog(QDialog):
    """Shows the first photos and the names of some more; Enter leaves them where they are."""

    move_clicked = Signal()

    def __init__(
        self, photos: Sequence[Doomed], colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Move to the trash"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.cancel = button(self.tr("Cancel"), "primary")
        self.confirm = button(self.tr("Move to the trash"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        question = self.tr("Move {photos} to the trash?").format(photos=photos_text(len(photos)))
        layout.addWidget(label(question, "heading", wraps=True))
        layout.addLayout(self._pictures(photos[:MOST_PICTURES], colours))
        if len(photos) > 1:
            layout.addWidget(label(self._names(photos), "soft", wraps=True))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.confirm)
        buttons.addWidget(self.cancel)
        layout.addLayout(buttons)
        self.cancel.setDefault(True)
        self.cancel.setFocus()
        self.cancel.clicked.connect(self.reject)
        self.confirm.clicked.connect(self.accept)
        self.accepted.connect(self.move_clicked)

    def _pictures(self, photos: Sequence[Doomed], colours: Colours) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for photo in photos:
            view, name = PictureView(colours), ElidedLabel("soft")
            view.setFixedSize(_PICTURE_PX, _PICTURE_PX)
            view.setAccessibleName(photo.path.name)
            if photo.picture is None:
                view.show_message(self.tr("This photo has no thumbnail yet."))
            else:
                view.show_picture(photo.picture)
            name.setFixedWidth(_PICTURE_PX)
            name.show_text(photo.path.name)
            column = QVBoxLayout()
            column.setSpacing(4)
            column.addWidget(view)
            column.addWidget(name)
            row.addLayout(column)
        row.addStretch(1)
        return row

    def _names(self, photos: Sequence[Doomed]) -> str:
        names = [str(photo.path) for photo in photos[:_MOST_NAMES]]
        n_more = len(photos) - len(names)
        if n_more:
            names.append(self.tr("and {n} more").format(n=number_text(n_more)))
        return "\n".join(names)
