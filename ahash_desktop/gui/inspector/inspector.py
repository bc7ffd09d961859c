"""The inspector: two pictures side by side, in words what they share, and the bits behind that."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from ahash_desktop.core.records import WHOLE_PICTURE
from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import alike_text, error_text, numbered_bit_text
from ahash_desktop.gui.inspector.bit_evidence import BitEvidence, BitGroup, EvidenceChoice
from ahash_desktop.gui.inspector.bit_panel import BitPanel
from ahash_desktop.gui.inspector.bit_table import BitValues, count_text
from ahash_desktop.gui.inspector.evidence_bar import EvidenceBar
from ahash_desktop.gui.inspector.inspection import Inspection, Subject
from ahash_desktop.gui.inspector.mark_board import MarkBoard
from ahash_desktop.gui.inspector.picture_pair import PicturePair
from ahash_desktop.gui.inspector.reason_rows import ReasonRows

_MARKS_TAB, _BITS_TAB = 0, 1


class Inspector(QWidget):
    """Shows a query and a match, or one picture, and reports whose evidence is wanted."""

    evidence_chosen = Signal(object)
    opacity_changed = Signal(float)
    pictures_activated = Signal()
    find_similar_clicked = Signal()
    bits_shown = Signal(bool)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setMinimumWidth(320)
        self.bits = BitPanel(colours)
        self.marks = MarkBoard()
        self._pair = PicturePair(colours)
        self._headline = label(role="title", wraps=True)
        self._find = button(self.tr("Find similar"))
        self._count = label(role="soft", wraps=True)
        self._reasons = ReasonRows()
        self._evidence_bar = EvidenceBar(colours)
        self._empty = EmptyState("compare", colours)
        self._tabs = QTabBar()
        self._wants_bits = False
        self._speaks = True
        self._evidence: BitEvidence | None = None
        self._sheets = QStackedWidget()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._make_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._connect()
        self._on_opacity_changed(self._evidence_bar.opacity)
        self._show_tab()
        self.show_nothing()

    @property
    def has_evidence(self) -> bool:
        """Whether evidence lies over the pictures."""
        return self._pair.has_overlays

    @property
    def evidence_of(self) -> int | BitGroup | None:
        """Whose evidence was told last: a bit, several, or none."""
        return self._evidence.choice if self._evidence is not None else None

    @property
    def shows_bits(self) -> bool:
        """Whether the table of bits is in view rather than the field marks."""
        return self._tabs.currentIndex() == _BITS_TAB

    def show_bits(self, shown: bool) -> None:
        """Brings the table of bits into view, or the field marks."""
        self._wants_bits = shown
        self._show_tab()

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
        inspection.said_failed.connect(lambda error: self.marks.show_note(error_text(error)))
        inspection.failed.connect(lambda error: self.show_failure(error_text(error)))
        self.evidence_chosen.connect(inspection.choose)
        self.bits.bit_pointed_at.connect(inspection.point_at)
        self.marks.pointed_at.connect(inspection.point_at)

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
            self.tr("Choose a photo to see what the model says of it and where it looked."),
        )
        self._pages.setCurrentIndex(0)

    def show_subject(self, subject: Subject) -> None:
        """Makes room for a pair or a single picture; its values follow."""
        paired = subject.match is not None
        self._pages.setCurrentIndex(1)
        self.bits.make_room(paired=paired, steers=subject.is_search)
        self._pair.make_room(subject.titles)
        self.marks.show_note("")
        self._reasons.setVisible(paired)
        self._find.setToolTip(
            self.tr("Find photos similar to {photo}").format(photo=subject.titles[-1])
        )
        self._evidence = None
        self._evidence_bar.show_idle()

    def show_values(self, values: BitValues | None) -> None:
        """Says what is known of the pictures; None means that one has no code yet."""
        self.bits.show_values(values)
        self._reasons.setVisible(values is not None and values.agree is not None)
        if values is None:
            self._headline.setText(self.tr("Not read yet"))
            self._count.setText("")
            text = self.tr("What the model says appears here once the library is up to date.")
            self.marks.show_note(text)
            return
        if values.match is None:
            self._headline.setText(self.tr("This photo"))
        elif values.closeness is None:
            self._headline.setText(self.tr("Compared"))
        else:
            self._headline.setText(alike_text(values.closeness))
        self._count.setText(count_text(values))
        self._reasons.show_values(values)
        self._show_marks(values)

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
        self._evidence = None
        self._evidence_bar.show_busy()

    def show_evidence(self, evidence: BitEvidence) -> None:
        """Lays evidence over the pictures."""
        self._pair.show_overlays(evidence.overlays)
        seen = {overlay.seen for overlay in evidence.overlays}
        self._evidence_bar.tell_unseen(bool(seen - {WHOLE_PICTURE}))
        self._evidence = evidence
        self._tell_evidence()

    def show_no_evidence(self) -> None:
        """Takes the evidence away."""
        self._evidence = None
        self._pair.show_overlays(())
        self._evidence_bar.tell_unseen(False)
        self._evidence_bar.show_idle()

    def show_failure(self, message: str) -> None:
        """Says why there is no evidence."""
        self._evidence = None
        self._evidence_bar.show_failure(message)

    def _show_marks(self, values: BitValues) -> None:
        self._speaks = values.speaks
        self._tabs.setTabEnabled(_MARKS_TAB, values.speaks)
        self._show_tab()
        if values.said is None:
            self.marks.show_note(self.tr("Looking at the pictures…"))
        elif values.match is None:
            self.marks.show_one(values.said[0])
        else:
            self.marks.show_two(*values.said)

    def _connect(self) -> None:
        self._evidence_bar.opacity_changed.connect(self._on_opacity_changed)
        self._evidence_bar.opacity_changed.connect(self.opacity_changed)
        self._pair.activated.connect(self.pictures_activated)
        self._find.clicked.connect(self.find_similar_clicked)
        self._reasons.group_chosen.connect(self._on_group_chosen)
        self.bits.bit_chosen.connect(self._on_bit_chosen)
        self._tabs.currentChanged.connect(self._on_tab_changed)

    def _make_page(self) -> QWidget:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._headline, 1)
        head.addWidget(self._find)
        self._tabs.addTab(self.tr("Field marks"))
        self._tabs.addTab(self.tr("Bits"))
        self._tabs.setAccessibleName(self.tr("What to show of the photos"))
        self._tabs.setDocumentMode(True)
        self._tabs.setExpanding(False)
        self._sheets.addWidget(self.marks)
        self._sheets.addWidget(self._make_bits_sheet())
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(16, 12, 16, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self._pair)
        layout.addWidget(self._evidence_bar)
        layout.addWidget(self._tabs)
        layout.addWidget(self._sheets, 1)
        return page

    def _make_bits_sheet(self) -> QWidget:
        sheet = QWidget()
        layout = QVBoxLayout(sheet)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._count)
        layout.addWidget(self._reasons)
        layout.addWidget(self.bits, 1)
        return sheet

    def _tell_evidence(self) -> None:
        """Names what the evidence is of; a number says something beside the table of bits only."""
        evidence = self._evidence
        if evidence is None:
            return
        if isinstance(evidence.choice, BitGroup):
            title = self._group_title(evidence.choice, evidence.n_bits)
            self._evidence_bar.show_sums(title, evidence.sums)
        else:
            self._evidence_bar.show_logits(self._bit_title(evidence.choice), evidence.sums)

    def _group_title(self, group: BitGroup, n_bits: int) -> str:
        if not self.shows_bits:
            return self.tr("Where it looked")
        if group is BitGroup.AGREEING:
            return self.tr("{n} agreeing bits, as the query has them").format(n=n_bits)
        return self.tr("{n} differing bits, as the query has them").format(n=n_bits)

    def _bit_title(self, bit: int) -> str:
        values = self.bits.bit_model.values
        name = values.names.get(bit) if values else None
        if self.shows_bits:
            return numbered_bit_text(bit, name)
        return self.marks.name_of(bit) or name or self.tr("Where it looked")

    def _show_tab(self) -> None:
        """The one that was chosen last, but of a model that does not speak its bits."""
        shown = _BITS_TAB if self._wants_bits or not self._speaks else _MARKS_TAB
        self._tabs.setCurrentIndex(shown)
        self._sheets.setCurrentIndex(shown)
        self._evidence_bar.show_details(self.shows_bits)
        self._tell_evidence()

    def _on_tab_changed(self) -> None:
        if self._speaks and self.shows_bits != self._wants_bits:
            self._wants_bits = self.shows_bits
            self.bits_shown.emit(self.shows_bits)
        self._show_tab()

    def _on_group_chosen(self, group: BitGroup | None) -> None:
        choice: EvidenceChoice = group if group is not None else self.bits.chosen_bit
        self.evidence_chosen.emit(choice)

    def _on_bit_chosen(self, bit: int | None) -> None:
        self._reasons.release()
        self.evidence_chosen.emit(bit)

    def _on_opacity_changed(self, opacity: float) -> None:
        self._pair.set_opacity(opacity)
