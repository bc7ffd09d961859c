"""What can be done with the bit chosen in the inspector: steer the search by it, list photos."""

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from ahash_desktop.gui.inspector.bit_panel import BitPanel
from ahash_desktop.gui.search.bit_photos import BitPhotos
from ahash_desktop.gui.search.bit_rules import BitRule, BitRules
from ahash_desktop.gui.search.controller import SearchController


class BitCommands(QObject):
    """Carries out what is asked of a bit by switch, menu or key; `page_wanted` carries a bit."""

    page_wanted = Signal(int)

    def __init__(
        self,
        search: SearchController,
        bit_photos: BitPhotos,
        panel: BitPanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._search = search
        self._bit_photos = bit_photos
        self._panel = panel
        self._rules = {
            BitRule.REQUIRED: self._action(self.tr("&Require this bit"), "R"),
            BitRule.IGNORED: self._action(self.tr("&Ignore this bit"), "I"),
            BitRule.INVERTED: self._action(self.tr("In&vert this bit"), "V"),
        }
        self._reset = self._action(self.tr("&Count all bits again"), "Shift+R")
        self._photos_on = self._action(self.tr("Photos with this bit &on, strongest first"), "O")
        self._photos_off = self._action(
            self.tr("Photos with this bit o&ff, weakest first"), "Shift+O"
        )
        self._page = self._action(self.tr("&Page of this bit"), "P")
        self._connect()
        self._refresh()

    def show_menu(self, place: QPoint) -> QMenu:
        """Opens the menu of the chosen bit at a place on the screen."""
        self._refresh()
        menu = QMenu(self._panel)
        menu.addActions(list(self._rules.values()))
        menu.addAction(self._reset)
        menu.addSeparator()
        menu.addActions([self._photos_on, self._photos_off, self._page])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)
        return menu

    def _connect(self) -> None:
        for rule, action in self._rules.items():
            action.setCheckable(True)
            action.triggered.connect(lambda _on, rule=rule: self._toggle_chosen(rule))
        self._reset.triggered.connect(lambda: self._search.steer(BitRules()))
        self._photos_on.triggered.connect(lambda: self._list_photos(on=True))
        self._photos_off.triggered.connect(lambda: self._list_photos(on=False))
        self._page.triggered.connect(lambda: self.page_wanted.emit(self._panel.chosen_bit))
        self._panel.rule_clicked.connect(self._toggle)
        self._panel.reset_clicked.connect(self._reset.trigger)
        self._panel.menu_wanted.connect(self.show_menu)
        self._panel.bit_chosen.connect(self._refresh)
        self._search.rules_changed.connect(self._on_rules_changed)
        self._search.examples_changed.connect(self._refresh)

    def _refresh(self) -> None:
        bit = self._panel.chosen_bit
        rules = self._search.rules
        asked = rules.of(bit) if bit is not None else frozenset()
        for rule, action in self._rules.items():
            action.setEnabled(bit is not None and self._search.can_search)
            action.setChecked(rule in asked)
        self._reset.setEnabled(bool(rules))
        for action in (self._photos_on, self._photos_off, self._page):
            action.setEnabled(bit is not None)

    def _toggle_chosen(self, rule: BitRule) -> None:
        if self._panel.chosen_bit is not None:
            self._toggle(self._panel.chosen_bit, rule)

    def _toggle(self, bit: int, rule: BitRule) -> None:
        if self._search.can_search:
            self._search.steer(self._search.rules.toggled(bit, rule))

    def _list_photos(self, *, on: bool) -> None:
        if self._panel.chosen_bit is not None:
            self._bit_photos.find(self._panel.chosen_bit, on=on)

    def _on_rules_changed(self, rules: BitRules) -> None:
        self._panel.show_rules(rules)
        self._refresh()

    def _action(self, text: str, keys: str) -> QAction:
        """An action whose key works while the table of bits has the keyboard."""
        action = QAction(text, self)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._panel.add_table_action(action)
        return action
