"""The examples of a search as small pictures, each with its sign and a way to remove it."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from ahash_desktop.gui.icons import icon
from ahash_desktop.gui.query import QueryExample
from ahash_desktop.gui.search_controller import SearchController
from ahash_desktop.gui.theme import Colours
from ahash_desktop.gui.views.picture_view import PictureView
from ahash_desktop.gui.views.texts import button, label, tool_button

_CHIP_PX = 72
_ICON_PX = 14


class QueryStrip(QFrame):
    """Follows the examples of a search controller."""

    def __init__(
        self, search: SearchController, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("queryStrip")
        self._search = search
        self._colours = colours
        self._chips: dict[int, ExampleChip] = {}
        self._clear = button(self.tr("Clear search"))
        self._clear.setToolTip(self.tr("Back to the library (Esc)"))
        self._clear.clicked.connect(search.clear)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self._lay_out()
        search.examples_changed.connect(self._on_examples_changed)
        search.preview_arrived.connect(self._on_preview_arrived)
        self._on_examples_changed()

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours
        for chip in self._chips.values():
            chip.set_colours(colours)

    def _lay_out(self) -> None:
        chips = QWidget()
        chips.setLayout(self._row)
        chips.setObjectName("exampleRow")
        scroll = QScrollArea()
        scroll.setObjectName("exampleScroll")
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(chips)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFixedHeight(_CHIP_PX + 8)
        scroll.viewport().setAutoFillBackground(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 8)
        layout.setSpacing(16)
        layout.addWidget(label(self.tr("Looks like"), "heading"))
        layout.addWidget(scroll, 1)
        layout.addWidget(self._clear)

    def _on_examples_changed(self) -> None:
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            widget.hide()
            widget.deleteLater()
        self._chips.clear()
        hint = label(self.tr("Drop more pictures here to refine"), "soft")
        for example in self._search.examples:
            chip = ExampleChip(example, self._colours)
            chip.flip_clicked.connect(self._search.flip_sign)
            chip.remove_clicked.connect(self._search.remove)
            preview = self._search.preview(example.key)
            if preview is not None:
                chip.show_preview(preview)
            self._chips[example.key] = chip
            self._row.addWidget(chip)
        self._row.addWidget(hint)
        self.setVisible(bool(self._search.examples))

    def _on_preview_arrived(self, key: int, preview: QImage) -> None:
        if key in self._chips:
            self._chips[key].show_preview(preview)


class ExampleChip(QFrame):
    """One example: its picture, whether it attracts or repels, and a cross."""

    flip_clicked = Signal(int)
    remove_clicked = Signal(int)

    def __init__(
        self, example: QueryExample, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("exampleChip")
        self.setProperty("negative", "true" if example.is_negative else "false")
        self._example = example
        self._picture = PictureView(colours)
        self._picture.setMinimumSize(_CHIP_PX - 12, _CHIP_PX - 12)
        self._picture.setFixedSize(_CHIP_PX - 12, _CHIP_PX - 12)
        name = example.label or self.tr("photo of the library")
        self._picture.setAccessibleName(name)
        self.setToolTip(example.label)
        self._flip = tool_button(
            self.tr("Turn {name} into a counter-example").format(name=name)
            if not example.is_negative
            else self.tr("Turn {name} into an example").format(name=name),
            tool_tip=self.tr("Find photos unlike this one instead")
            if not example.is_negative
            else self.tr("Find photos like this one instead"),
        )
        self._remove = tool_button(
            self.tr("Remove {name}").format(name=name), tool_tip=self.tr("Remove")
        )
        self._flip.clicked.connect(lambda: self.flip_clicked.emit(example.key))
        self._remove.clicked.connect(lambda: self.remove_clicked.emit(example.key))
        self._lay_out()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_colours(colours)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._picture.set_colours(colours)
        sign = "minus" if self._example.is_negative else "plus"
        self._flip.setIcon(icon(sign, colours, _ICON_PX))
        self._remove.setIcon(icon("close", colours, _ICON_PX))

    def show_preview(self, preview: QImage) -> None:
        """Shows the picture."""
        self._picture.show_picture(preview)

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(5, 5, 3, 5)
        layout.setSpacing(2)
        layout.addWidget(self._picture)
        column = QVBoxLayout()
        column.setSpacing(0)
        for control in (self._remove, self._flip):
            control.setIconSize(QSize(_ICON_PX, _ICON_PX))
            column.addWidget(control)
        layout.addLayout(column)
