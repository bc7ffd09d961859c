"""Name the rest: photos by the name that is suggested for them, accepted or refused by a key."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QListView,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.core.labels import LabelDeed, LabelStep
from ahash_desktop.gui.base.controls import ElidedLabel, button, label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import photos_text, translate
from ahash_desktop.gui.grid.photo_grid import PhotoGrid
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.teaching.keyed import KeyedWidget
from ahash_desktop.gui.teaching.naming import Naming
from ahash_desktop.gui.teaching.suggestion_list import (
    GroupListModel,
    SuggestedPhotosModel,
    suggestion_text,
)
from ahash_desktop.services.teaching.suggesting import Suggestion, Suggestions, SuggestProgress

_LIST_PX = 260


class ReviewPage(KeyedWidget):
    """Shows what is suggested; `similar_wanted` carries a photo, `teach_wanted` asks for a lesson.

    Args:
        naming: Suggests, and keeps what is decided.
    """

    closed = Signal()
    similar_wanted = Signal(int)
    species_wanted = Signal()
    teach_wanted = Signal()

    def __init__(
        self,
        naming: Naming,
        thumbnails: ThumbnailLoader,
        colours: Colours,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._naming = naming
        self._all: tuple[Suggestion, ...] = ()
        self._n_labelled = 0
        self._decided: set[int] = set()
        self.group_model = GroupListModel(self)
        self.groups = QListView()
        self.groups.setModel(self.group_model)
        self.groups.setObjectName("folderList")
        self.groups.setAccessibleName(self.tr("Suggested names"))
        self.photo_model = SuggestedPhotosModel(thumbnails.name_of, self)
        self.grid = PhotoGrid("review", self.photo_model, thumbnails, colours)
        self.grid.set_names(True)
        self.grid.setAccessibleName(self.tr("Photos of the suggested name"))
        self._why = ElidedLabel("soft", Qt.TextElideMode.ElideRight)
        self._title = label(self.tr("Name the rest"), "title")
        self._hint = label(
            self.tr(
                "A accepts the chosen photos, or all it is sure of where none is chosen; R "
                "refuses; N names them otherwise; Ctrl+Z takes back, also after a restart."
            ),
            "soft",
            wraps=True,
        )
        self._progress = QProgressBar(textVisible=False)
        self._progress.setFixedWidth(120)
        self._progress.setAccessibleName(self.tr("Looking for names"))
        self._done = label(role="soft")
        self._unsure = QCheckBox(self.tr("Also those it is &not sure of"))
        self._unsure.setChecked(True)
        self._accept = button(self.tr("&Accept"), "primary")
        self._refuse = button(self.tr("&Refuse"))
        self._rename = button(self.tr("An&other name…"))
        self._undo = button(self.tr("&Undo"))
        self._species = button(self.tr("&Kinds there are…"))
        self._teach = button(self.tr("&Teach these kinds…"))
        self._close = button(self.tr("&Back to the library"))
        self._empty = EmptyState("check", colours)
        self._views = QStackedWidget()
        self._lay_out()
        self._connect()
        self._show_state()

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self.grid.set_colours(colours)
        self._empty.set_colours(colours)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self.groups.setFocus()

    def refresh(self) -> None:
        """Asks again what to suggest."""
        self._progress.setRange(0, 0)
        self._progress.show()
        self._naming.suggest()

    def _connect(self) -> None:
        naming = self._naming
        naming.suggested.connect(self._on_suggested)
        naming.progressed.connect(self._on_progressed)
        naming.step_done.connect(self._on_step_done)
        self.groups.selectionModel().currentChanged.connect(lambda *_: self._show_group())
        self.grid.chosen_changed.connect(self._show_state)
        self.grid.similar_wanted.connect(self.similar_wanted)
        self._unsure.toggled.connect(lambda _on: self._arrange())
        self._accept.clicked.connect(self.accept)
        self._refuse.clicked.connect(self.refuse)
        self._rename.clicked.connect(self._ask_for_name)
        self._undo.clicked.connect(naming.undo)
        self._species.clicked.connect(self.species_wanted)
        self._teach.clicked.connect(self.teach_wanted)
        self._empty.button_clicked.connect(self.teach_wanted)
        self._close.clicked.connect(self.closed)
        self.set_keys(
            {
                "A": self.accept,
                "Return": self.accept,
                "Enter": self.accept,
                "R": self.refuse,
                "Del": self.refuse,
                "N": self._ask_for_name,
                "Ctrl+Z": naming.undo,
                "Ctrl+Shift+Z": naming.redo,
            },
            self.groups,
            self.grid,
        )

    def accept(self) -> None:
        """Labels the chosen photos with the suggested name; all that are sure if none is chosen."""
        self._decide(self._naming.give, self._acted_on())

    def refuse(self) -> None:
        """Notes that the chosen photos are of another kind."""
        self._decide(self._naming.refuse, self.grid.chosen_ids())

    def _decide(self, deed: Callable[[Sequence[int], str], None], photo_ids: Sequence[int]) -> None:
        name = self._name()
        if name is None or not photo_ids:
            return
        deed(photo_ids, name)
        self._take_out(photo_ids)

    def _take_out(self, photo_ids: Sequence[int]) -> None:
        """What is decided goes from view at once."""
        self._decided.update(photo_ids)
        self._arrange()

    def _acted_on(self) -> list[int]:
        chosen = self.grid.chosen_ids()
        if chosen:
            return chosen
        row = self.groups.currentIndex().row()
        if row < 0:
            return []
        return [each.photo_id for each in self.group_model.group_at(row)[1] if each.is_sure]

    def _name(self) -> str | None:
        index = self.groups.currentIndex()
        return self.group_model.group_at(index.row())[0] if index.isValid() else None

    def _on_progressed(self, record: object) -> None:
        if isinstance(record, SuggestProgress):
            self._progress.setRange(0, max(1, record.n_to_do))
            self._progress.setValue(record.n_done)

    def _on_suggested(self, found: Suggestions) -> None:
        self._progress.hide()
        self._all, self._n_labelled = found.suggestions, found.n_labelled
        self._decided.clear()
        self._arrange()

    def _on_step_done(self, step: LabelStep | None, is_back: bool) -> None:
        if step is None:
            if is_back:
                self._done.setText(self.tr("There is nothing to take back."))
            return
        self._done.setText(_step_text(step, is_back=is_back))
        if is_back and self.isVisible():
            self.refresh()

    def _arrange(self) -> None:
        """Shows what is left by name; the name in view stays, or the one in its place."""
        before, row = self._name(), self.groups.currentIndex().row()
        left = [
            each
            for each in self._all
            if each.photo_id not in self._decided and (each.is_sure or self._unsure.isChecked())
        ]
        groups = Suggestions(tuple(left), self._n_labelled, 0.0).groups()
        self.group_model.show_groups(groups)
        n_rows = self.group_model.rowCount()
        place = None if before is None else self.group_model.row_of(before)
        if place is None:
            place = min(max(row, 0), n_rows - 1)
        if n_rows:
            self.groups.setCurrentIndex(self.group_model.index(place, 0))
        self._show_group()

    def _show_group(self) -> None:
        index = self.groups.currentIndex()
        group = self.group_model.group_at(index.row())[1] if index.isValid() else ()
        self.photo_model.show_suggestions(group)
        self._show_state()

    def _show_state(self) -> None:
        chosen = self.grid.chosen_ids()
        found = self.photo_model.find(chosen[0]) if chosen else None
        if found is not None:
            why = suggestion_text(found)
            self._why.show_text(why[:1].upper() + why[1:] + ".")
        else:
            self._why.show_text(self._count_text())
        acted_on = self._acted_on()
        self._accept.setEnabled(bool(acted_on))
        self._accept.setText(
            self.tr("&Accept {photos}").format(photos=photos_text(len(acted_on)))
            if acted_on
            else self.tr("&Accept")
        )
        self._refuse.setEnabled(bool(chosen))
        self._rename.setEnabled(bool(chosen))
        self._show_emptiness()

    def _count_text(self) -> str:
        name = self._name()
        if name is None:
            return ""
        n_photos = self.photo_model.rowCount()
        return self.tr("{photos} may be {name}.").format(photos=photos_text(n_photos), name=name)

    def _show_emptiness(self) -> None:
        if self.group_model.rowCount():
            self._views.setCurrentIndex(1)
            return
        self._views.setCurrentWidget(self._empty)
        if not self._progress.isHidden():
            self._empty.show_message(self.tr("Looking for names"), "")
        elif not self._n_labelled:
            self._empty.show_message(
                self.tr("No photo has a name yet"),
                self.tr("Teach it some kinds first, or label photos; then the rest can be named."),
                self.tr("Teach it your kinds…"),
            )
        else:
            self._empty.show_message(
                self.tr("Nothing is left to name"),
                self.tr("Every photo has a name, or its suggestion was refused."),
            )

    def _ask_for_name(self) -> None:
        photo_ids = self.grid.chosen_ids()
        if not photo_ids:
            return
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Another name"))
        dialog.setLabelText(self.tr("What the photos show"))
        dialog.setTextValue(self._name() or "")
        dialog.textValueSelected.connect(lambda name: self._give(photo_ids, name))
        dialog.open()

    def _give(self, photo_ids: Sequence[int], name: str) -> None:
        if name.strip():
            self._naming.give(photo_ids, name)
            self._take_out(photo_ids)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._title)
        head.addWidget(self._progress)
        head.addStretch(1)
        for control in (self._species, self._teach, self._close):
            head.addWidget(control)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        for control in (self._accept, self._refuse, self._rename, self._undo):
            tools.addWidget(control)
        tools.addWidget(self._done, 1)
        left = _column(self._unsure, self.groups)
        right = _column(self._why, self.grid)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(right)
        split.setStretchFactor(1, 1)
        split.setSizes([_LIST_PX, 4 * _LIST_PX])
        split.setChildrenCollapsible(False)
        self._views.addWidget(self._empty)
        self._views.addWidget(split)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self._hint)
        layout.addWidget(self._views, 1)
        layout.addLayout(tools)


def _column(*parts: QWidget) -> QWidget:
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    for part in parts:
        column.addWidget(part, 0 if isinstance(part, QLabel | QCheckBox) else 1)
    return made


def _step_text(step: LabelStep, *, is_back: bool) -> str:
    texts = {
        LabelDeed.GIVE: translate("labels", "{photos} named {name}"),
        LabelDeed.CLEAR: translate("labels", "Name taken from {photos}"),
        LabelDeed.REFUSE: translate("labels", "{name} refused for {photos}"),
        LabelDeed.RENAME: translate("labels", "{photos} renamed to {name}"),
    }
    text = texts[step.deed].format(photos=photos_text(step.n_photos), name=step.name)
    return translate("labels", "Taken back: {what}").format(what=text) if is_back else text
