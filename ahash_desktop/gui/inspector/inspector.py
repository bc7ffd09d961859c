"""The inspector: two pictures side by side, what each bit says of them, and where it looked."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import error_text, numbered_bit_text
from ahash_desktop.gui.inspector.bit_evidence import BitEvidence, BitGroup, EvidenceChoice
from ahash_desktop.gui.inspector.bit_panel import BitPanel
from ahash_desktop.gui.inspector.bit_table import BitValues
from ahash_desktop.gui.inspector.evidence_bar import EvidenceBar
from ahash_desktop.gui.inspector.inspection import Inspection, Subject
from ahash_desktop.gui.inspector.picture_pair import PicturePair
from ahash_desktop.gui.inspector.reason_rows import ReasonRows


class Inspector(QWidget):
    """Shows a query and a match, or one picture, and reports whose evidence is wanted."""

    evidence_chosen = Signal(object)
    opacity_changed = Signal(float)
    pictures_activated = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setMinimumWidth(320)
        self.bits = BitPanel(colours)
        self._pair = PicturePair(colours)
        self._headline = label(role="title", wraps=True)
        self._subline = label(role="soft", wraps=True)
        self._reasons = ReasonRows()
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
        self._pair.activated.connect(self.pictures_activated)
        self._evidence_bar.opacity_changed.connect(self.opacity_changed)
        self._reasons.group_chosen.connect(self._on_group_chosen)
        self.bits.bit_chosen.connect(self._on_bit_chosen)
        self.show_nothing()

    @property
    def has_evidence(self) -> bool:
        """Whether evidence lies over the pictures."""
        return self._pair.has_overlays

    def follow(self, inspection: Inspection) -> None:
        """Shows what is inspected, and tells the inspection what is looked at."""
        inspection.cleared.connect(self.show_nothing)
        inspection.subject_changed.connect(self.show_subject)
        inspection.names_arrived.connect(self.show_names)
        inspection.values_arrived.connect(self.show_values)
        inspection.picture_arrived.connect(self.show_picture)
        inspection.picture_failed.connect(self.show_no_picture)
        inspection.evidence_awaited.connect(self.show_evidence_awaited)
        inspection.evidence_arrived.connect(self.show_evidence)
        inspection.evidence_cleared.connect(self.show_no_evidence)
        inspection.failed.connect(lambda error: self.show_failure(error_text(error)))
        self.evidence_chosen.connect(inspection.choose)
        self.bits.bit_pointed_at.connect(inspection.point_at)

    def set_pictures_visible(self, visible: bool) -> None:
        """Shows or hides the small pictures, for a page that shows them large."""
        self._pair.setVisible(visible)

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
        self.bits.make_room(paired=paired, steers=subject.is_search)
        self._pair.make_room(subject.titles)
        self._reasons.setVisible(paired)
        self._subline.setVisible(not paired)
        self._evidence_bar.show_idle()

    def show_values(self, values: BitValues | None) -> None:
        """Fills the table; None means that a picture has no code yet."""
        self.bits.show_values(values)
        agree = None if values is None else values.agree
        paired = agree is not None
        self._reasons.setVisible(paired)
        self._subline.setVisible(not paired)
        if values is None:
            self._headline.setText(self.tr("Not indexed yet"))
            self._subline.setText(self.tr("Its code appears here once the library is up to date."))
            return
        n_bits = values.query.size
        if agree is not None:
            text, n_counted = self.tr("{n} of {all} bits agree"), int(agree.sum())
            self._reasons.show_values(values)
        else:
            text, n_counted = self.tr("{n} of {all} bits are on"), int((values.query > 0).sum())
            self._subline.setText(self.tr("Choose a bit to see where it looked."))
        self._headline.setText(text.format(n=n_counted, all=n_bits))

    def show_names(self, names: tuple[str, ...]) -> None:
        """Names the pictures, query first."""
        self._pair.show_names(names)

    def show_picture(self, position: int, picture: QImage) -> None:
        """Shows the query (0) or the match (1)."""
        self._pair.show_picture(position, picture)

    def show_no_picture(self, position: int, why: str) -> None:
        """Says why there is no picture of the query (0) or the match (1)."""
        self._pair.show_message(position, why)

    def show_evidence_awaited(self) -> None:
        """Says that the engine is looking."""
        self._evidence_bar.show_busy()

    def show_evidence(self, evidence: BitEvidence) -> None:
        """Lays evidence over the pictures."""
        self._pair.show_overlays(evidence.overlays)
        if isinstance(evidence.choice, BitGroup):
            title = self._group_title(evidence.choice, evidence.n_bits)
            self._evidence_bar.show_sums(title, evidence.sums)
        else:
            self._evidence_bar.show_logits(self._bit_title(evidence.choice), evidence.sums)

    def show_no_evidence(self) -> None:
        """Takes the evidence away."""
        self._pair.show_overlays(())
        self._evidence_bar.show_idle()

    def show_failure(self, message: str) -> None:
        """Says why there is no evidence."""
        self._evidence_bar.show_failure(message)

    def _make_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(16, 16, 16, 0)
        layout.setSpacing(8)
        layout.addWidget(self._headline)
        layout.addWidget(self._subline)
        layout.addWidget(self._reasons)
        layout.addSpacing(4)
        layout.addWidget(self._pair)
        layout.addSpacing(4)
        layout.addWidget(self._evidence_bar)
        layout.addSpacing(4)
        layout.addWidget(self.bits, 1)
        return page

    def _group_title(self, group: BitGroup, n_bits: int) -> str:
        if group is BitGroup.AGREEING:
            return self.tr("{n} agreeing bits, as the query has them").format(n=n_bits)
        return self.tr("{n} differing bits, as the query has them").format(n=n_bits)

    def _bit_title(self, bit: int) -> str:
        values = self.bits.bit_model.values
        return numbered_bit_text(bit, values.names.get(bit) if values else None)

    def _on_group_chosen(self, group: BitGroup | None) -> None:
        choice: EvidenceChoice = group if group is not None else self.bits.chosen_bit
        self.evidence_chosen.emit(choice)

    def _on_bit_chosen(self, bit: int | None) -> None:
        self._reasons.release()
        self.evidence_chosen.emit(bit)

    def _on_opacity_changed(self, opacity: float) -> None:
        self._pair.set_opacity(opacity)
