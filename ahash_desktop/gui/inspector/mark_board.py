"""What the model says of one photo, or of two, as chips that can be looked at and asked for."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QToolButton, QVBoxLayout, QWidget

from ahash_desktop.core.marks import Unlike, compare
from ahash_desktop.core.statements import HAS, Statement
from ahash_desktop.gui.base.controls import label, tool_button
from ahash_desktop.gui.base.flow import FlowRow
from ahash_desktop.gui.base.wording import mark_text
from ahash_desktop.gui.inspector.mark_chip import MarkChip, MarkKind
from ahash_desktop.gui.search.bit_rules import BitRule

_MOST_SHOWN = 9

RulesOf = Callable[[Statement], tuple[frozenset[BitRule], str]]
"""What the search asks of a mark, and the same in words."""


class MarkBoard(QScrollArea):
    """A row of chips for each kind of thing that is said, and a line where nothing is.

    The signals are those of the chips.
    """

    pointed_at = Signal(object)
    menu_wanted = Signal(object, QPoint)
    rule_wanted = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspectorScroll")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("What the model says in words"))
        self._rules_of: RulesOf = lambda _mark: (frozenset(), "")
        self._chips: list[MarkChip] = []
        self._said: tuple[tuple[Statement, ...], ...] | None = None
        self._body = QWidget()
        self.show_note("")

    @property
    def chips(self) -> tuple[MarkChip, ...]:
        """The chips, in order."""
        return tuple(self._chips)

    def name_of(self, bit: int) -> str | None:
        """What the mark in view that a bit stands for is called."""
        return next((mark_text(each.mark) for each in self._chips if each.mark.bit == bit), None)

    def ask_rules_of(self, rules_of: RulesOf) -> None:
        """Says where to ask what the search asks of a mark."""
        self._rules_of = rules_of

    def refresh_rules(self, *_what: object) -> None:
        """Shows what the search asks now."""
        for chip in self._chips:
            chip.show_rules(*self._rules_of(chip.mark))

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.pointed_at.emit(None)

    def show_note(self, text: str) -> None:
        """Says why there are no marks, or nothing yet."""
        self._said = None
        rows = self._begin()
        if text:
            rows.addWidget(label(text, "soft", wraps=True))
        rows.addStretch(1)

    def show_one(self, said: Sequence[Statement]) -> None:
        """Shows what is said of one photo."""
        if self._is_shown((tuple(said),)):
            return
        rows = self._begin()
        for kind, title in (
            (MarkKind.HAS, self.tr("It has")),
            (MarkKind.HAS_NOT, self.tr("It has not")),
        ):
            marks = [each for each in said if (each.says == HAS) == (kind is MarkKind.HAS)]
            self._add(rows, title, [self._sure(kind, each, title) for each in marks])
        self._end(rows)

    def show_two(self, first: Sequence[Statement], second: Sequence[Statement]) -> None:
        """Shows what two photos have in common, and in what they are unlike."""
        if self._is_shown((tuple(first), tuple(second))):
            return
        told = compare(first, second)
        rows = self._begin()
        titles = (self.tr("Both"), self.tr("Unlike"), self.tr("Neither"))
        both = [self._sure(MarkKind.HAS, each, titles[0]) for each in told.both]
        unlike = [self._contrary(each) for each in told.unlike]
        neither = [self._sure(MarkKind.HAS_NOT, each, titles[2]) for each in told.neither]
        for title, chips in zip(titles, (both, unlike, neither), strict=True):
            self._add(rows, title, chips)
        self._end(rows)

    def _is_shown(self, said: tuple[tuple[Statement, ...], ...]) -> bool:
        is_shown, self._said = said == self._said, said
        return is_shown

    def _begin(self) -> QVBoxLayout:
        self._chips = []
        self._body = QWidget()
        rows = QVBoxLayout(self._body)
        rows.setContentsMargins(0, 8, 4, 8)
        rows.setSpacing(4)
        self.setWidget(self._body)
        self.pointed_at.emit(None)  # chips that are taken away tell no end of it
        return rows

    def _end(self, rows: QVBoxLayout) -> None:
        if not self._chips:
            rows.addWidget(
                label(self.tr("Nothing that the model is sure of in words."), "soft", wraps=True)
            )
        rows.addStretch(1)
        for chip in self._chips:
            chip.pointed_at.connect(self.pointed_at)
            chip.menu_wanted.connect(self.menu_wanted)
            chip.rule_wanted.connect(self.rule_wanted)
        self.refresh_rules()

    def _add(self, rows: QVBoxLayout, title: str, chips: list[MarkChip]) -> None:
        if not chips:
            return
        rows.addWidget(label(title, "heading"))
        flow = FlowRow(chips)
        hidden = chips[_MOST_SHOWN:]
        if len(hidden) > 1:
            flow.add(self._more(hidden))
        rows.addWidget(flow)
        rows.addSpacing(6)
        self._chips += chips

    def _more(self, hidden: list[MarkChip]) -> QToolButton:
        text = self.tr("{n} more").format(n=len(hidden))
        made = tool_button(text, role="more")
        made.setText(text)
        for chip in hidden:
            chip.hide()

        def show_all() -> None:
            made.hide()
            for chip in hidden:
                chip.show()
            hidden[0].setFocus()

        made.clicked.connect(show_all)
        return made

    def _sure(self, kind: MarkKind, mark: Statement, title: str) -> MarkChip:
        name = mark_text(mark)
        hint = self.tr("{title}: {mark}. Such words were right of {percent} % of other photos.")
        told = hint.format(title=title, mark=name, percent=round(100 * mark.confidence))
        return MarkChip(kind, mark, name, told, self._body)

    def _contrary(self, unlike: Unlike) -> MarkChip:
        name = mark_text(unlike.mark)
        other = self.tr("not so") if unlike.instead is None else mark_text(unlike.instead)
        order = (name, other) if unlike.first_has else (other, name)
        text = self.tr("{first} / {second}").format(first=order[0], second=order[1])
        hint = self.tr("Unlike: the first {first}, the second {second}")
        told = hint.format(first=order[0], second=order[1])
        return MarkChip(MarkKind.UNLIKE, unlike.mark, text, told, self._body)
