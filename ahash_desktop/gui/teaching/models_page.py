"""The models there are, a card each; one is used, compared, taught from, renamed, sent, deleted."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.flow import FlowRow
from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import number_text, photos_text, translate
from ahash_desktop.gui.grid.photo_row import Mark, PhotoRow, ShownPhoto
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.gui.teaching.keyed import KeyedWidget
from ahash_desktop.gui.teaching.model_cards import ModelCard, ModelsSeen
from ahash_desktop.gui.teaching.shipped_words import shipped_words

_EDGE_PX = 64
_MB = 1e6
_N_QUALITIES = 3


class CardView(QFrame):
    """One model; `wanted` carries what is to be done with it and its name."""

    wanted = Signal(str, str)

    def __init__(
        self,
        card: ModelCard,
        pictures: FilePictures,
        colours: Colours,
        *,
        is_changing: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.card = card
        self.setObjectName("modelCard")
        self.setProperty("used", card.is_used)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(", ".join([card.name, *card_lines(card)]))
        self._row = PhotoRow(pictures, colours, _EDGE_PX, self.tr("What it finds"))
        self._row.show_photos(_shown(card))
        title = QHBoxLayout()
        title.setSpacing(12)
        title.addWidget(label(card.name, "heading"))
        if card.is_used:
            title.addWidget(_chip(self.tr("in use")))
        elif card.is_previous:
            title.addWidget(_chip(self.tr("used before")))
        title.addStretch(1)
        self.use = button(self.tr("Use"), "primary")
        self.use.setEnabled(not card.is_used and not is_changing and card.info.lacking is None)
        self.use.setVisible(not card.is_used)
        self.more = button(self.tr("More"))
        self._menu = self._make_menu(card, is_changing=is_changing)
        self.more.setMenu(self._menu)
        title.addWidget(self.use)
        title.addWidget(self.more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addLayout(title)
        layout.addWidget(self._row)
        for line in card_lines(card):
            layout.addWidget(label(line, "soft", wraps=True))
        self.setToolTip(plain_tool_tip("\n".join(taught_lines(card))))
        self.use.clicked.connect(lambda: self.wanted.emit("use", card.name))

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._row.set_colours(colours)

    def entries(self) -> dict[str, bool]:
        """What its menu offers, and whether it can be done now."""
        return {str(each.data()): each.isEnabled() for each in self._menu.actions()}

    def _make_menu(self, card: ModelCard, *, is_changing: bool) -> QMenu:
        own = not card.info.is_shipped
        menu = QMenu(self)
        for what, text, may in (
            ("teach", self.tr("&Teach it more…"), card.info.lacking is None),
            ("compare", self.tr("&Compare with…"), card.info.lacking is None),
            ("duplicate", self.tr("&Duplicate…"), True),
            ("rename", self.tr("&Rename…"), own and not is_changing),
            ("export", self.tr("&Save as a file…"), True),
            ("delete", self.tr("D&elete…"), own and not card.is_used and not is_changing),
        ):
            action = menu.addAction(text, self._telling(what))
            action.setData(what)
            action.setEnabled(may)
        return menu

    def _telling(self, what: str) -> Callable[[], None]:
        return lambda: self.wanted.emit(what, self.card.name)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.use.isEnabled() and self.use.isVisible():
            self.wanted.emit("use", self.card.name)


class ModelsPage(KeyedWidget):
    """All cards below one another; `wanted` carries what is to be done and with which model."""

    closed = Signal()
    shown = Signal()
    wanted = Signal(str, str)
    import_wanted = Signal()
    back_wanted = Signal()
    teach_wanted = Signal()

    def __init__(
        self, pictures: FilePictures, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._colours = colours
        self.cards: list[CardView] = []
        self._note = label(role="heading", wraps=True)
        self._note.hide()
        self._add = button(self.tr("&Add from a file…"))
        self.back = button(self.tr("&Go back to the model before"))
        self._teach = button(self.tr("&Teach it your kinds…"), "primary")
        self._close = button(self.tr("&Back to the library"))
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(self.tr("Models"), "title"), 0, Qt.AlignmentFlag.AlignTop)
        ways = (self._teach, self._add, self.back, self._close)
        head.addWidget(FlowRow(ways, gap_px=8, ends_right=True), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 14, 20, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(
            label(
                self.tr(
                    "A model turns photos into codes. Changing it reads all photos again, while "
                    "searching goes on with the old codes."
                ),
                "soft",
                wraps=True,
            )
        )
        layout.addWidget(self._note)
        layout.addWidget(self._scroll, 1)
        self._add.clicked.connect(self.import_wanted)
        self.back.clicked.connect(self.back_wanted)
        self._teach.clicked.connect(self.teach_wanted)
        self._close.clicked.connect(self.closed)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours
        for card in self.cards:
            card.set_colours(colours)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def show_models(self, seen: ModelsSeen, changing_to: str = "") -> None:
        """Shows the cards; while the model is changed, none can be used."""
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(10)
        self.cards = []
        for card in seen.cards:
            view = CardView(card, self._pictures, self._colours, is_changing=bool(changing_to))
            view.wanted.connect(self.wanted)
            self.cards.append(view)
            column.addWidget(view)
        column.addStretch(1)
        place = self._scroll.verticalScrollBar().value()
        self._scroll.setWidget(made)
        self._scroll.verticalScrollBar().setValue(place)
        self.back.setEnabled(bool(seen.previous) and not changing_to)
        self._show_note(seen, changing_to)
        if self.isVisible() and self.cards:
            self.cards[0].setFocus()

    def card_of(self, name: str) -> CardView | None:
        """The card of a model."""
        return next((card for card in self.cards if card.card.name == name), None)

    def _show_note(self, seen: ModelsSeen, changing_to: str) -> None:
        text = ""
        if changing_to:
            text = self.tr("The photos are read for {name}; the bar below says how far it is.")
            text = text.format(name=changing_to)
        elif seen.waits_for_start:
            text = self.tr("{name} searches from the next start of the program.")
            text = text.format(name=seen.waits_for_start)
        self._note.setText(text)
        self._note.setVisible(bool(text))


def card_lines(card: ModelCard) -> list[str]:
    """What is said of a model, a line each."""
    manifest = card.info.manifest
    lines = []
    if card.info.lacking is not None:
        lines.append(translate("models", "It needs its base weights before it can be used."))
    words = shipped_words(card.name) if card.info.is_shipped else ()
    lines += words or taught_lines(card)
    if card.weak_kinds:
        lines.append(
            translate("models", "Weak at {kinds}.").format(kinds=", ".join(card.weak_kinds))
        )
    if card.quality:
        own = translate("models", "your own photos")
        measured = ", ".join(
            f"{name or own} {number_text(value, 2)}" for name, value in card.quality[:_N_QUALITIES]
        )
        lines.append(translate("models", "Quality (mAP): {measured}.").format(measured=measured))
    if card.n_named_bits:
        names = ", ".join(card.named_bits)
        lines.append(
            translate("models", "{count} of {all} bits have a name: {names}").format(
                count=card.n_named_bits, all=manifest.n_bits, names=names
            )
            + (" …" if card.n_named_bits > len(card.named_bits) else "")
        )
    lines.append(
        translate("models", "{n_bits} bits, {size} MB, {origin}, made {day}").format(
            n_bits=manifest.n_bits,
            size=number_text(card.size_bytes / _MB, 1),
            origin=translate("models", "comes with the program")
            if card.info.is_shipped
            else translate("models", "your own"),
            day=manifest.created[:10],
        )
    )
    return lines


def taught_lines(card: ModelCard) -> list[str]:
    """From how many photos of how many kinds a model was taught, and whose; none if not known."""
    if card.n_kinds:
        text = translate("models", "Knows {kinds} kinds from {photos}: {whence}.")
        kinds, photos = number_text(card.n_kinds), photos_text(card.n_photos)
        return [text.format(kinds=kinds, photos=photos, whence=card.whence)]
    if card.whence:
        return [translate("models", "Trained on {whence}.").format(whence=card.whence)]
    return []


def _shown(card: ModelCard) -> list[ShownPhoto]:
    if not card.searches:
        return [ShownPhoto(path) for path in card.shown]
    query = card.searches[0]
    return [
        ShownPhoto(query.query, Mark.ASKED, query.kind),
        *(
            ShownPhoto(path, Mark.RIGHT if right else Mark.WRONG)
            for path, right in zip(query.matches, query.right, strict=False)
        ),
    ][:9]


def _chip(text: str) -> QLabel:
    made = label(text, "chip")
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
    return made
