"""The examples of a search as small pictures, each with its sign and a way to remove it."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QActionGroup, QImage
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import Region, Subject
from ahash_desktop.gui.base.controls import ElidedLabel, button, label, tool_button
from ahash_desktop.gui.base.icons import icon
from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import translate
from ahash_desktop.gui.pictures.examples import HEAVIEST, QueryExample
from ahash_desktop.gui.pictures.picture_view import PictureView
from ahash_desktop.gui.search.controller import SearchController, SearchResult
from ahash_desktop.gui.search.region_dialog import RegionDialog
from ahash_desktop.gui.search.rule_row import RuleRow

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
        self._subjects: dict[int, Subject] = {}
        self._just = button("", "link")
        self._just.clicked.connect(self._on_just_clicked)
        self._just.hide()
        self._clear = button(self.tr("Clear search"))
        self._clear.setToolTip(self.tr("Back to the library (Esc)"))
        self._clear.clicked.connect(search.clear)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._lay_out()
        search.examples_changed.connect(self._on_examples_changed)
        search.preview_arrived.connect(self._on_preview_arrived)
        search.preview_failed.connect(self._on_preview_failed)
        search.search_succeeded.connect(self._on_search_succeeded)
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
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(label(self.tr("Looks like"), "heading"))
        line.addWidget(scroll, 1)
        line.addWidget(self._just)
        line.addWidget(self._clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 8)
        layout.setSpacing(6)
        layout.addLayout(line)
        layout.addWidget(RuleRow(self._search))

    def _on_examples_changed(self) -> None:
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._chips.clear()
        hint = ElidedLabel("soft", Qt.TextElideMode.ElideRight)  # nothing to scroll to
        hint.show_text(self.tr("Drop more pictures here to refine"))
        for example in self._search.examples:
            chip = ExampleChip(example, self._colours)
            chip.changed.connect(lambda key, what: self._search.change(key, **what))
            chip.region_clicked.connect(self._on_region_clicked)
            chip.remove_clicked.connect(self._search.remove)
            preview = self._search.preview(example.key)
            if preview is not None:
                chip.show_preview(preview)
            elif why := self._search.why_no_preview(example.key):
                chip.show_no_preview(why)
            self._chips[example.key] = chip
            self._row.addWidget(chip)
        self._row.addWidget(hint, 1)
        self.setVisible(bool(self._search.examples))
        keys = {example.key for example in self._search.examples}
        self._subjects = {key: kept for key, kept in self._subjects.items() if key in keys}
        self._offer_part()

    def _on_search_succeeded(self, result: SearchResult) -> None:
        """Draws where the subjects are that the pictures were found to show."""
        for example, encoded in zip(result.examples, result.response.examples, strict=True):
            chip, subject = self._chips.get(example.key), encoded.subject
            if chip is None or example.region is not None:
                continue
            if subject is not None:
                self._subjects[example.key] = subject
            chip.show_box(subject.box if subject is not None else None)
        self._offer_part()

    def _offer_part(self) -> None:
        """Offers to search by the subject of the one picture alone, and back by all of it."""
        examples = self._search.examples
        subject = self._subjects.get(examples[0].key) if len(examples) == 1 else None
        offered = bool(examples) and len(examples) == 1 and examples[0].region is not None
        if offered:
            self._just.setText(self.tr("Search the whole picture"))
        elif subject is not None and subject.box is not None:
            offered = True
            self._just.setText(just_text(subject.domain))
        self._just.setVisible(offered)

    def _on_just_clicked(self) -> None:
        example = self._search.examples[0]
        subject = self._subjects.get(example.key)
        region = subject.box if subject is not None and example.region is None else None
        self._search.change(example.key, region=region)

    def _on_region_clicked(self, key: int) -> None:
        """Asks for the part on the whole picture, which the search may not have shown so far."""
        example = next(each for each in self._search.examples if each.key == key)
        self._chips[key].set_region_checked(example.region is not None)
        job = self._search.load_whole(example)
        job.succeeded.connect(lambda picture: self._ask_for_region(example, picture))

    def _ask_for_region(self, example: QueryExample, picture: QImage | None) -> None:
        if picture is None:
            self._search.failed.emit(
                UserFacingError(
                    self.tr("This photo has no thumbnail yet"),
                    remedy=self.tr("Look at it in the library, and try again"),
                )
            )
            return
        subject = self._subjects.get(example.key)
        dialog = RegionDialog(
            picture,
            example.region,
            self._colours,
            self.window(),
            subject=None if subject is None else subject.box,
        )
        dialog.region_chosen.connect(lambda region: self._search.change(example.key, region=region))
        dialog.open()

    def _on_preview_arrived(self, key: int, preview: QImage) -> None:
        if key in self._chips:
            self._chips[key].show_preview(preview)

    def _on_preview_failed(self, key: int, why: str) -> None:
        if key in self._chips:
            self._chips[key].show_no_preview(why)


def just_text(domain: str) -> str:
    """The offer to search by the subject alone, without what is around it."""
    return {
        "bird": translate("query", "Search just the bird"),
        "car": translate("query", "Search just the car"),
    }.get(domain, translate("query", "Search just the subject"))


class ExampleChip(QFrame):
    """One example: its picture, whether it attracts or repels, and a cross."""

    changed = Signal(int, dict)
    region_clicked = Signal(int)
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
        self.setToolTip(plain_tool_tip(example.label))
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
        self._flip.clicked.connect(
            lambda: self.changed.emit(example.key, {"is_negative": not example.is_negative})
        )
        self._weight = tool_button(
            self.tr("Weight of {name}: {weight}").format(name=name, weight=example.weight),
            tool_tip=self.tr("How much this picture counts, from 1 to {most}").format(
                most=HEAVIEST
            ),
        )
        self._weight.setText(f"×{example.weight}")
        self._weight.setMenu(self._weight_menu())
        self._weight.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._region = tool_button(
            self.tr("Search by a part of {name}").format(name=name),
            tool_tip=self.tr("Search by a part of this picture"),
        )
        self._region.setCheckable(True)
        self._region.setChecked(example.region is not None)
        self._region.clicked.connect(lambda: self.region_clicked.emit(example.key))
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
        self._region.setIcon(icon("region", colours, _ICON_PX))

    def set_region_checked(self, checked: bool) -> None:
        """Whether only a part of the picture counts."""
        self._region.setChecked(checked)

    def show_preview(self, preview: QImage) -> None:
        """Shows the picture."""
        self._picture.show_picture(preview)

    def show_box(self, box: Region | None) -> None:
        """Draws where the subject is."""
        self._picture.show_box(box)

    def show_no_preview(self, why: str) -> None:
        """Says why there is no picture."""
        self._picture.show_message(why)

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(5, 5, 3, 5)
        layout.setSpacing(2)
        layout.addWidget(self._picture)
        for upper, lower in ((self._flip, self._weight), (self._remove, self._region)):
            column = QVBoxLayout()
            column.setSpacing(0)
            for control in (upper, lower):
                control.setIconSize(QSize(_ICON_PX, _ICON_PX))
                column.addWidget(control)
            layout.addLayout(column)

    def _weight_menu(self) -> QMenu:
        menu = QMenu(self)
        group = QActionGroup(menu)
        for weight in range(1, HEAVIEST + 1):
            action = group.addAction(menu.addAction(f"× {weight}"))
            action.setCheckable(True)
            action.setChecked(weight == self._example.weight)
            action.triggered.connect(
                lambda _on=False, w=weight: self.changed.emit(self._example.key, {"weight": w})
            )
        return menu
