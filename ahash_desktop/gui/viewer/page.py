"""The page for looking at photos large: one alone, or two compared."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import ElidedLabel, button, label, separator
from ahash_desktop.gui.base.icons import icon
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.viewer.compare_stage import CompareStage

_ICON_PX = 18


class Viewer(QWidget):
    """A row of controls above the pictures; every control has a key of its own."""

    closed = Signal()
    step_wanted = Signal(int)
    similar_wanted = Signal()
    box_wanted = Signal(int)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stage = CompareStage(colours)
        self._icons: dict[QAction, str] = {}
        self._note = label(role="warning", wraps=True)
        self._place = ElidedLabel("soft", Qt.TextElideMode.ElideRight)
        self.find_similar = self._action(self.tr("Find similar"), "Return", "search")
        self.previous = self._action(self.tr("Previous photo"), "PgUp", "previous")
        self.next = self._action(self.tr("Next photo"), "PgDown", "next")
        self.side_by_side = self._toggle(self.tr("Side by side"), "S", "side-by-side")
        self.in_turn = self._toggle(self.tr("In turn, at the same place"), "T", "in-turn")
        self.flip = self._action(self.tr("Flip to the other photo"), "F")
        self.locked = self._toggle(self.tr("Zoom and move both together"), "L", "locked")
        self.fit = self._action(self.tr("Fit"), "0", "fit")
        self.actual = self._action(self.tr("Actual size"), "1")
        self.smaller = self._action(self.tr("Zoom out"), "-", "minus")
        self.larger = self._action(self.tr("Zoom in"), "+", "plus")
        self.box = self._action(self.tr("Correct where the subject is…"), "B", "region")
        self.facts = self._toggle(self.tr("What is known of the photo"), "I", "facts")
        self.locked.setChecked(True)
        self.facts.setChecked(True)
        self.side_by_side.setChecked(True)
        self._connect()
        self._lay_out()
        self.set_colours(colours)
        self.show_note("")

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self.stage.set_colours(colours)
        for action, name in self._icons.items():
            action.setIcon(icon(name, colours, _ICON_PX))

    def make_room(self, titles: list[str], place: str) -> None:
        """Empties the page for one or two pictures.

        Args:
            titles: What the pictures are, one or two.
            place: Where among the others the last one is.
        """
        self.stage.make_room(titles)
        self._place.show_text(place)
        self.show_note("")
        for action in (self.side_by_side, self.in_turn, self.flip, self.locked):
            action.setEnabled(self.stage.is_paired)

    def show_note(self, text: str) -> None:
        """Says what went wrong; nothing if the text is empty."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def zoom_in_if_shown(self) -> None:
        """Zooms in while the page is in view."""
        if self.isVisible():
            self.larger.trigger()

    def zoom_out_if_shown(self) -> None:
        """Zooms out while the page is in view."""
        if self.isVisible():
            self.smaller.trigger()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps and not event.modifiers():
            self.step_wanted.emit(steps[event.key()])
        elif event.key() == Qt.Key.Key_Space:
            self.flip.trigger()
        else:
            super().keyPressEvent(event)

    def _connect(self) -> None:
        stage = self.stage
        self.find_similar.triggered.connect(self.similar_wanted)
        self.box.triggered.connect(lambda: self.box_wanted.emit(self.stage.active_position))
        self.previous.triggered.connect(lambda: self.step_wanted.emit(-1))
        self.next.triggered.connect(lambda: self.step_wanted.emit(1))
        self.side_by_side.triggered.connect(lambda: self._set_flips(False))
        self.in_turn.triggered.connect(lambda: self._set_flips(True))
        self.flip.triggered.connect(self._on_flip)
        self.locked.toggled.connect(stage.set_locked)
        self.facts.toggled.connect(stage.set_facts_visible)
        self.fit.triggered.connect(stage.fit)
        self.actual.triggered.connect(self._on_actual)
        self.smaller.triggered.connect(lambda: stage.active.zoom_by_steps(-1))
        self.larger.triggered.connect(lambda: stage.active.zoom_by_steps(1))

    def _set_flips(self, flips: bool) -> None:
        self.in_turn.setChecked(flips)
        self.side_by_side.setChecked(not flips)
        self.stage.set_flips(flips)

    def _on_flip(self) -> None:
        if not self.in_turn.isChecked():
            self._set_flips(True)
        self.stage.flip()

    def _on_actual(self) -> None:
        self.stage.active.show_actual_size()

    def _action(self, text: str, keys: str, icon_name: str = "") -> QAction:
        """An action whose key works wherever on this page the keyboard is."""
        action = QAction(text, self)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.addAction(action)
        if icon_name:
            self._icons[action] = icon_name
        return action

    def _toggle(self, text: str, keys: str, icon_name: str) -> QAction:
        action = self._action(text, keys, icon_name)
        action.setCheckable(True)
        return action

    def _button(self, action: QAction) -> QToolButton:
        made = QToolButton()
        made.setDefaultAction(action)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setIconSize(QSize(_ICON_PX, _ICON_PX))
        made.setAccessibleName(action.text())
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{action.text()} ({keys})")
        return made

    def _lay_out(self) -> None:
        bar = QFrame()
        bar.setObjectName("topBar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(4)
        back = button(self.tr("Back"))
        back.clicked.connect(self.closed)
        row.addWidget(back)
        row.addSpacing(8)
        for action in (self.previous, self.next):
            row.addWidget(self._button(action))
        row.addWidget(self._place, 1)
        find = self._button(self.find_similar)
        find.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        row.addWidget(find)
        groups = (
            (self.side_by_side, self.in_turn, self.flip, self.locked),
            (self.fit, self.actual, self.smaller, self.larger),
            (self.box, self.facts),
        )
        self.flip.setIconText(self.tr("Flip"))
        self.actual.setIconText(self.tr("100 %"))
        for group in groups:
            row.addWidget(separator())
            for action in group:
                row.addWidget(self._button(action))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        inner = QVBoxLayout()
        inner.setContentsMargins(16, 8, 16, 8)
        inner.addWidget(self._note)
        inner.addWidget(self.stage, 1)
        layout.addLayout(inner, 1)
