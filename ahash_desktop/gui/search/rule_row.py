"""What a search asks beside its pictures, each as a chip that a click takes away again."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from ahash_desktop.core.words import Term, Topic
from ahash_desktop.gui.base.controls import label, tool_button
from ahash_desktop.gui.base.flow import FlowLayout
from ahash_desktop.gui.base.plain import menu_text
from ahash_desktop.gui.base.wording import bit_text
from ahash_desktop.gui.search.bit_rules import BitRule, BitRules
from ahash_desktop.gui.search.controller import SearchController

_Act = Callable[[], None]


class RuleRow(QWidget):
    """Follows what is asked of marks and bits; hidden while that is nothing."""

    def __init__(self, search: SearchController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._search = search
        self._chips = QWidget()
        self._shown: list[str] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(16)
        self._row.addWidget(label(self.tr("And"), "heading"))
        self._row.addWidget(self._chips, 1)
        search.rules_changed.connect(lambda _rules: self._refresh())
        search.scope_changed.connect(lambda _scope: self._refresh())
        search.search_succeeded.connect(lambda _result: self._refresh())
        self._refresh()

    @property
    def chips(self) -> list[QToolButton]:
        """One for each thing that is asked."""
        return self._chips.findChildren(QToolButton)

    def _refresh(self) -> None:
        asked = [*self._marks(), *self._bits(self._search.rules)]
        self.setVisible(bool(asked))
        texts = [text for text, _ in asked]
        if texts == self._shown:
            return
        self._shown = texts
        had_focus = any(chip.hasFocus() for chip in self.chips)
        fresh = QWidget()
        flow = FlowLayout(fresh)
        for text, take_away in asked:
            flow.addWidget(self._chip(text, take_away))
        self._row.replaceWidget(self._chips, fresh)
        self._chips.hide()
        self._chips.deleteLater()
        self._chips = fresh
        fresh.show()
        if had_focus and self.chips:
            self.chips[0].setFocus()

    def _marks(self) -> Iterator[tuple[str, _Act]]:
        """Each mark that matches must surely have, or not have, and what asks it no more."""
        for term in self._search.state.scope.terms:
            if term.topic is Topic.MARK:
                surely = (
                    self.tr("surely not {mark}") if term.is_denied else self.tr("surely {mark}")
                )
                name = self._search.mark_name(term.key)
                yield surely.format(mark=name), partial(self._ask_no_more, term)

    def _ask_no_more(self, term: Term) -> None:
        scope = self._search.state.scope
        left = tuple(each for each in scope.terms if each != term)
        self._search.narrow(replace(scope, terms=left))

    def _bits(self, rules: BitRules) -> Iterator[tuple[str, _Act]]:
        """The same of single bits."""
        texts = {
            BitRule.REQUIRED: self.tr("{bit} as in the query"),
            BitRule.IGNORED: self.tr("{bit} ignored"),
            BitRule.INVERTED: self.tr("{bit} inverted"),
        }
        for rule, text in texts.items():
            for bit in sorted(getattr(rules, rule)):
                name = bit_text(bit, self._search.bit_names.get(bit))
                without = rules.toggled(bit, rule)
                yield text.format(bit=name), partial(self._search.steer, without)

    def _chip(self, text: str, take_away: _Act) -> QToolButton:
        made = tool_button(self.tr("Ask no more: {what}").format(what=text), role="mark")
        made.setText(menu_text(f"{text}  ×"))
        made.clicked.connect(lambda _on: take_away())
        return made
