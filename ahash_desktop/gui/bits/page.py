"""The page of one bit: its name, what it does, the photos that fire it most and least."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.core.records import BitStatistics
from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.flow import FlowRow
from ahash_desktop.gui.base.plain import menu_text
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import bit_text, number_text, numbered_bit_text, signed_text
from ahash_desktop.gui.bits.activation_chart import ActivationChart
from ahash_desktop.gui.bits.example_tile import ExampleTile
from ahash_desktop.gui.bits.lookup import BitDetails, ExampleEvidence, ExamplePhoto
from ahash_desktop.gui.bits.overview_table import share_text
from ahash_desktop.search.bit_relations import closest_bits
from ahash_desktop.services.bits import BitOverview

N_EXAMPLES = 6
_N_CLOSEST = 4
_LONGEST_NAME = 80


class BitPage(QScrollArea):
    """Shows one bit of an overview; what it shows more arrives piece by piece."""

    name_changed = Signal(int, str)
    bit_clicked = Signal(int)
    photo_clicked = Signal(int)
    photos_wanted = Signal(int, bool)
    evidence_toggled = Signal(bool)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._statistics: BitStatistics | None = None
        self._suggested = ""
        self._title = label(role="title")
        self._facts = label(role="soft", wraps=True)
        self._name = QLineEdit(maxLength=_LONGEST_NAME)
        self._name.setAccessibleName(self.tr("Name of the bit"))
        self._name.setPlaceholderText(self.tr("Give it a name"))
        self._suggestion = button("", role="link")
        self._chart = ActivationChart(colours)
        self._evidence = QCheckBox(self.tr("Show where it &looked"))
        self._strongest = [ExampleTile(colours) for _ in range(N_EXAMPLES)]
        self._weakest = [ExampleTile(colours) for _ in range(N_EXAMPLES)]
        self._closest = [button("", role="link") for _ in range(_N_CLOSEST)]
        self._show_on = button(self.tr("Show the photos that have it o&n"))
        self._show_off = button(self.tr("Show the photos that have it o&ff"))
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidget(self._make_content())
        self._connect()

    @property
    def bit(self) -> int | None:
        """The bit shown."""
        return None if self._statistics is None else self._statistics.bit

    @property
    def shows_evidence(self) -> bool:
        """Whether evidence is wanted over the photos."""
        return self._evidence.isChecked()

    @property
    def tiles(self) -> list[ExampleTile]:
        """The photos that fire the bit most, then those that fire it least."""
        return [*self._strongest, *self._weakest]

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._chart.set_colours(colours)
        for tile in self.tiles:
            tile.set_colours(colours)

    def show_bit(self, overview: BitOverview, bit: int) -> None:
        """Shows a bit; the same bit again keeps its photos."""
        statistics = overview.statistics[bit]
        is_same = self._statistics is not None and (
            (self._statistics.bit, self._statistics.strongest, self._statistics.weakest)
            == (bit, statistics.strongest, statistics.weakest)
        )
        self._statistics = statistics
        self._title.setText(numbered_bit_text(bit, statistics.name))
        self._facts.setText(
            self.tr("On in {share} of {count} photos.").format(
                share=share_text(statistics.share_on),
                count=number_text(overview.n_photos),
            )
        )
        if not (self._name.hasFocus() and is_same):
            self._name.setText(statistics.name or "")
        self._suggested = overview.suggested.get(bit, "")
        self._suggestion.setText(menu_text(self.tr("Use “{name}”").format(name=self._suggested)))
        self._suggestion.setVisible(bool(self._suggested) and self._suggested != statistics.name)
        self._show_closest(overview, bit)
        if not is_same:
            for tiles, photo_ids in (
                (self._strongest, statistics.strongest),
                (self._weakest, statistics.weakest),
            ):
                for position, tile in enumerate(tiles):
                    tile.show_photo(photo_ids[position] if position < len(photo_ids) else None)

    def show_details(self, details: BitDetails) -> None:
        """Shows the spread of the activations."""
        if details.bit == self.bit:
            self._chart.show_counts(details.histogram)

    def show_photo(self, photo: ExamplePhoto) -> None:
        """Shows a photo in its place."""
        for tile in self._tiles_of(photo.photo_id):
            tile.show_picture(photo.picture, photo.name, signed_text(photo.activation))

    def show_evidence(self, evidence: ExampleEvidence) -> None:
        """Lays evidence over its photo."""
        if self.shows_evidence:
            for tile in self._tiles_of(evidence.photo_id):
                tile.show_overlay(evidence.overlay)

    def edit_name(self) -> None:
        """Puts the cursor into the name."""
        self._name.setFocus()
        self._name.selectAll()

    def _tiles_of(self, photo_id: int) -> list[ExampleTile]:
        return [tile for tile in self.tiles if tile.photo_id == photo_id]

    def _show_closest(self, overview: BitOverview, bit: int) -> None:
        closest = closest_bits(overview.correlations, bit, _N_CLOSEST)
        for position, link in enumerate(self._closest):
            link.setVisible(position < len(closest))
            if position < len(closest):
                other, correlation = closest[position]
                name = bit_text(other, overview.statistics[other].name)
                link.setText(menu_text(f"{name}  {signed_text(correlation)}"))
                link.setProperty("bit", other)

    def _connect(self) -> None:
        self._name.editingFinished.connect(self._on_name_edited)
        self._suggestion.clicked.connect(lambda: self.name_changed.emit(self.bit, self._suggested))
        self._evidence.toggled.connect(self._on_evidence_toggled)
        self._show_on.clicked.connect(lambda: self._want_photos(on=True))
        self._show_off.clicked.connect(lambda: self._want_photos(on=False))
        for link in self._closest:
            link.clicked.connect(lambda _on, link=link: self.bit_clicked.emit(link.property("bit")))
        for tile in self.tiles:
            tile.chosen.connect(self.photo_clicked)

    def _want_photos(self, *, on: bool) -> None:
        if self._statistics is not None:
            self.photos_wanted.emit(self._statistics.bit, on)

    def _on_name_edited(self) -> None:
        if self._statistics is None:
            return
        name = self._name.text().strip()
        if name != (self._statistics.name or ""):
            self.name_changed.emit(self._statistics.bit, name)

    def _on_evidence_toggled(self, wanted: bool) -> None:
        if not wanted:
            for tile in self.tiles:
                tile.show_overlay(None)
        self.evidence_toggled.emit(wanted)

    def _make_content(self) -> QWidget:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(20, 16, 20, 20)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addWidget(self._facts)
        naming = QHBoxLayout()
        name_label = label(self.tr("Na&me"))
        name_label.setTextFormat(Qt.TextFormat.AutoText)
        name_label.setBuddy(self._name)
        naming.addWidget(name_label)
        naming.addWidget(self._name, 1)
        naming.addWidget(self._suggestion)
        layout.addLayout(naming)
        layout.addSpacing(8)
        layout.addWidget(label(self.tr("Activations over the library"), role="heading"))
        layout.addWidget(self._chart)
        layout.addSpacing(8)
        layout.addWidget(self._evidence)
        for text, tiles in (
            (self.tr("Fires most"), self._strongest),
            (self.tr("Fires least"), self._weakest),
        ):
            layout.addWidget(label(text, role="heading"))
            layout.addWidget(FlowRow(tiles, gap_px=4))
        layout.addSpacing(8)
        layout.addWidget(
            label(self.tr("Bits that go with it (+) or against it (−)"), role="heading")
        )
        layout.addWidget(FlowRow(self._closest, gap_px=4))
        layout.addSpacing(8)
        layout.addWidget(FlowRow((self._show_on, self._show_off), gap_px=4))
        layout.addStretch(1)
        return content
