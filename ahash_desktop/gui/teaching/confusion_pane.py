"""Kinds that a model mixes up, with the photos themselves."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import label
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.grid.photo_row import PhotoRow, ShownPhoto
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.training.ask.lesson import Confusion

_EDGE_PX = 56
_MOST = 12
_N_PHOTOS = 6


class ConfusionPane(QScrollArea):
    """A block for each pair of kinds: photos of the one above those of the other they are near."""

    def __init__(
        self, pictures: FilePictures, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._colours = colours
        self._rows: list[PhotoRow] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours
        for row in self._rows:
            row.set_colours(colours)

    def show_confusions(self, confusions: Sequence[Confusion]) -> None:
        """Shows these."""
        self._rows = []
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(14)
        if not confusions:
            column.addWidget(
                label(self.tr("It mixes up no two kinds of the photos kept back."), "soft")
            )
        for confusion in confusions[:_MOST]:
            column.addWidget(self._block(confusion))
        column.addStretch(1)
        self.setWidget(made)

    def _block(self, confusion: Confusion) -> QWidget:
        block = QWidget()
        grid = QGridLayout(block)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(14)
        title = self.tr("{kind} taken for {other}: {now} photos, {before} before").format(
            kind=confusion.kind,
            other=confusion.taken_for,
            now=confusion.n_photos,
            before=confusion.n_before,
        )
        grid.addWidget(label(title, "heading", wraps=True), 0, 0, 1, 2)
        for number, (kind, paths) in enumerate(
            ((confusion.kind, confusion.photos), (confusion.taken_for, confusion.matches)), start=1
        ):
            row = PhotoRow(self._pictures, self._colours, _EDGE_PX, kind)
            row.show_photos([ShownPhoto(path, note=kind) for path in paths[:_N_PHOTOS]])
            name = label(kind, "soft", wraps=True)
            name.setFixedWidth(160)
            grid.addWidget(name, number, 0)
            grid.addWidget(row, number, 1)
            self._rows.append(row)
        grid.setColumnStretch(1, 1)
        return block
