"""What can be done with a field mark that is said of a photo: steer the search, list photos."""

from dataclasses import replace

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu

from ahash_desktop.core.statements import HAS, Statement
from ahash_desktop.core.words import Term, Topic
from ahash_desktop.gui.inspector.bit_table import rule_text
from ahash_desktop.gui.inspector.mark_board import MarkBoard
from ahash_desktop.gui.search.bit_rules import BitRule
from ahash_desktop.gui.search.controller import SearchController


class MarkCommands(QObject):
    """Carries out what is asked of a mark by menu or key; `page_wanted` carries a bit."""

    page_wanted = Signal(int)

    def __init__(
        self,
        search: SearchController,
        board: MarkBoard,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._search = search
        self._board = board
        board.ask_rules_of(self._asked_of)
        board.menu_wanted.connect(self.show_menu)
        board.rule_wanted.connect(self._toggle)
        for changed in (search.rules_changed, search.scope_changed, search.examples_changed):
            changed.connect(board.refresh_rules)

    def show_menu(self, mark: Statement, place: QPoint) -> QMenu:
        """Opens the menu of a mark at a place on the screen."""
        menu = QMenu(self._board)
        asked, _ = self._asked_of(mark)
        for rule, text in self._rule_texts(mark).items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(rule in asked)
            action.setEnabled(rule is BitRule.REQUIRED or self._search.can_search)
            action.triggered.connect(lambda _on, rule=rule: self._toggle(mark, rule))
        menu.addSeparator()
        has = mark.says == HAS
        text = self.tr("&All photos that have it") if has else self.tr("&All photos without it")
        menu.addAction(text).triggered.connect(lambda: self._list_photos(mark))
        menu.addAction(self.tr("Pa&ge of its bit")).triggered.connect(
            lambda: self.page_wanted.emit(mark.bit)
        )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)
        return menu

    def _rule_texts(self, mark: Statement) -> dict[BitRule, str]:
        if mark.says == HAS:
            require = self.tr("&Require: only photos that surely have it")
            invert = self.tr("In&vert: rather photos without it")
        else:
            require = self.tr("&Require: only photos that surely have it not")
            invert = self.tr("In&vert: rather photos with it")
        ignore = self.tr("&Ignore: it does not count")
        return {BitRule.REQUIRED: require, BitRule.IGNORED: ignore, BitRule.INVERTED: invert}

    def _asked_of(self, mark: Statement) -> tuple[frozenset[BitRule], str]:
        asked = self._search.rules.of(mark.bit) - {BitRule.REQUIRED}
        if _term(mark) in self._search.state.scope.terms:
            asked |= {BitRule.REQUIRED}
        return asked, ", ".join(rule_text(rule) for rule in BitRule if rule in asked)

    def _toggle(self, mark: Statement, rule: BitRule) -> None:
        """Marks are required in words: a bit speaks beyond thresholds, its sign says less."""
        if rule is BitRule.REQUIRED:
            scope, term = self._search.state.scope, _term(mark)
            others = tuple(each for each in scope.terms if each.key != term.key)
            terms = others if term in scope.terms else (*others, term)
            self._search.narrow(replace(scope, terms=terms))
        elif self._search.can_search:
            self._search.steer(self._search.rules.toggled(mark.bit, rule))

    def _list_photos(self, mark: Statement) -> None:
        self._search.clear()
        scope = self._search.state.scope
        self._search.narrow(replace(scope, terms=(_term(mark),)))


def _term(mark: Statement) -> Term:
    return Term(mark.attribute, Topic.MARK, is_denied=mark.says != HAS)
