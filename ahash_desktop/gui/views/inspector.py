"""The inspector: two pictures side by side, what each bit says of them, and where it looked."""

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ahash_desktop.gui.inspection import BitEvidence, Subject
from ahash_desktop.gui.models.bit_table import BitValues
from ahash_desktop.gui.theme import Colours
from ahash_desktop.gui.views.bit_panel import BitPanel
from ahash_desktop.gui.views.empty_state import EmptyState
from ahash_desktop.gui.views.evidence_bar import EvidenceBar
from ahash_desktop.gui.views.picture_pair import PicturePair
from ahash_desktop.gui.views.texts import label
from ahash_desktop.gui.wording import bit_text, distance_text, numbered_bit_text


class Inspector(QWidget):
    """Shows a query and a match, or one picture; `bits` reports which bit is chosen."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setMinimumWidth(320)
        self.bits = BitPanel(colours)
        self._pair = PicturePair(colours)
        self._headline = label(role="title", wraps=True)
        self._subline = label(role="soft", wraps=True)
        self._evidence_bar = EvidenceBar(colours)
        self._empty = EmptyState("compare", colours)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._make_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._evidence_bar.opacity_changed.connect(self._on_opacity_changed)
        self._on_opacity_changed(self._evidence_bar.opacity)
        self.show_nothing()

    @property
    def has_evidence(self) -> bool:
        """Whether the evidence of the chosen bit lies over the pictures."""
        return self._pair.has_overlays

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self.bits.set_colours(colours)
        self._empty.set_colours(colours)
        self._evidence_bar.set_colours(colours)
        self._pair.set_colours(colours)

    def show_nothing(self) -> None:
        """Says what would be here."""
        self._empty.show_message(
            self.tr("Nothing to compare yet"),
            self.tr("Choose a photo to see what each bit says of it and where it looked."),
        )
        self._pages.setCurrentIndex(0)

    def show_subject(self, subject: Subject) -> None:
        """Makes room for a pair or a single picture; its values follow."""
        paired = subject.match is not None
        self._pages.setCurrentIndex(1)
        self.bits.make_room(paired=paired)
        self._pair.make_room(paired=paired)
        self._evidence_bar.show_idle(self._bit_name(self.bits.chosen_bit))

    def show_values(self, values: BitValues | None) -> None:
        """Fills the table; None means that a picture has no code yet."""
        self.bits.show_values(values)
        if values is None:
            self._headline.setText(self.tr("Not indexed yet"))
            self._subline.setText(self.tr("Its code appears here once the library is up to date."))
            return
        n_bits = values.query.size
        agree = values.agree
        if agree is None:
            n_on = int((values.query > 0).sum())
            self._headline.setText(self.tr("{on} of {all} bits are on").format(on=n_on, all=n_bits))
            self._subline.setText(self.tr("Choose a bit to see where it looked."))
        else:
            self._headline.setText(
                self.tr("{agreeing} of {all} bits agree").format(
                    agreeing=int(agree.sum()), all=n_bits
                )
            )
            self._subline.setText(self._strongest_text(values))

    def show_names(self, names: tuple[str, ...]) -> None:
        """Names the pictures, query first."""
        self._pair.show_names(names)

    def show_picture(self, position: int, picture: QImage) -> None:
        """Shows the query (0) or the match (1)."""
        self._pair.show_picture(position, picture)

    def show_evidence_awaited(self) -> None:
        """Says that the engine is looking."""
        self._evidence_bar.show_busy(self._bit_name(self.bits.chosen_bit))

    def show_evidence(self, evidence: BitEvidence) -> None:
        """Lays the evidence of the chosen bit over the pictures."""
        self._pair.show_overlays(evidence.overlays)
        self._evidence_bar.show_logits(self._bit_name(evidence.bit), evidence.logits)

    def show_failure(self, message: str) -> None:
        """Says why there is no evidence."""
        self._evidence_bar.show_failure(self._bit_name(self.bits.chosen_bit), message)

    def _make_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(16, 16, 16, 0)
        layout.setSpacing(8)
        layout.addWidget(self._headline)
        layout.addWidget(self._subline)
        layout.addSpacing(4)
        layout.addWidget(self._pair)
        layout.addSpacing(4)
        layout.addWidget(self._evidence_bar)
        layout.addSpacing(4)
        layout.addWidget(self.bits, 1)
        return page

    def _strongest_text(self, values: BitValues) -> str:
        """What tells the two apart most, in a sentence."""
        differing = (~values.agree).nonzero()[0]
        if not differing.size:
            return self.tr("Every bit says the same of both.")
        gaps = abs(values.query.astype("f4") - values.match.astype("f4"))
        widest = int(differing[gaps[differing].argmax()])
        return self.tr("{distance}; most of all {bit}.").format(
            distance=distance_text(float(differing.size), values.query.size),
            bit=bit_text(widest, values.names.get(widest)),
        )

    def _bit_name(self, bit: int | None) -> str:
        values = self.bits.bit_model.values
        if bit is None:
            return ""
        return numbered_bit_text(bit, values.names.get(bit) if values else None)

    def _on_opacity_changed(self, opacity: float) -> None:
        self._pair.set_opacity(opacity)
