"""The first page of a lesson: which photos, and what they show."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QMenu,
    QProgressBar,
    QStackedWidget,
    QWidget,
)

from ahash_desktop.core.records import Root
from ahash_desktop.core.suffixes import PICTURE_SUFFIXES
from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.flow import FlowRow
from ahash_desktop.gui.base.plain import menu_text
from ahash_desktop.gui.base.sentences import sentence_text
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import number_text, photos_text, translate
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.gui.teaching.draft import Draft
from ahash_desktop.gui.teaching.kind_list import KindListModel, KindListView
from ahash_desktop.gui.teaching.wizard_page import WizardPage
from ahash_desktop.services.teaching.collecting import Collector, Level
from ahash_desktop.services.teaching.labels import Labels

_N_NOTICES = 3
_FEWEST_KINDS = 2


class ChoosePage(WizardPage):
    """Collects folders and tables, and shows the kinds as they come.

    Args:
        draft: Keeps the photos and their kinds.
        collecting: Reads folders and tables.
        labels: What photos were labelled with.
        pictures: Small pictures of files.
    """

    def __init__(
        self,
        draft: Draft,
        collecting: Collector,
        labels: Labels,
        pictures: FilePictures,
        colours: Colours,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(translate("choose", "What shall it learn?"), "", parent)
        self._draft = draft
        self._collecting = collecting
        self._labels = labels
        self._roots: tuple[Path, ...] = ()
        self.setAcceptDrops(True)
        self._from_library = button(self.tr("Folders of the li&brary"))
        self._menu = QMenu(self)
        self._from_library.setMenu(self._menu)
        self._from_elsewhere = button(self.tr("&Another folder…"))
        self._from_table = button(self.tr("&Table…"))
        self._from_keywords = button(self.tr("&Keywords"))
        self._from_keywords.setToolTip(
            self.tr("Photos of the library by the keywords in their sidecars or in themselves")
        )
        self._from_table.setToolTip(self.tr("A CSV with the columns path and class"))
        self._from_labels = button(self.tr("&Labels"))
        self._from_labels.setToolTip(self.tr("Photos of the library by the names they were given"))
        self._level = QComboBox()
        self._level.setAccessibleName(self.tr("What is a kind"))
        self._level.addItem(self.tr("Kinds are found by themselves"), "")
        self._level.addItem(self.tr("Each folder in it is a kind"), Level.FIRST.value)
        self._level.addItem(self.tr("Each innermost folder is a kind"), Level.LAST.value)
        self.kind_model = KindListModel(self)
        self.kinds = KindListView(self.kind_model, pictures, colours)
        self.kinds.setAccessibleName(self.tr("Kinds"))
        self._empty = EmptyState("folder-add", colours)
        self._empty.show_message(
            self.tr("Drop folders here"),
            self.tr(
                "One folder for each kind, such as a species or a model of car, with ten photos "
                "or more. Nothing in them is changed."
            ),
        )
        self._views = QStackedWidget()
        self._busy = QProgressBar(textVisible=False)
        self._busy.setRange(0, 0)
        self._busy.setFixedWidth(96)
        self._busy.setAccessibleName(self.tr("Reading folders"))
        self._summary = label(role="heading")
        self._notices = label(role="soft", wraps=True)
        self._rename = button(self.tr("&Rename"))
        self._merge = button(self.tr("&Merge…"))
        self._leave_out = button(self.tr("Leave &out"))
        self._undo = button(self.tr("&Undo"))
        self._clear = button(self.tr("Be&gin anew"))
        self._lay_out()
        self._connect()
        self._show_state()

    @property
    def may_go_on(self) -> bool:
        return len(self._draft.kinds) >= _FEWEST_KINDS and not self._draft.is_busy

    def show_roots(self, roots: Sequence[Root]) -> None:
        """Offers the folders of the library."""
        self._roots = tuple(root.path for root in roots)
        self._menu.clear()
        for path in self._roots:
            self._menu.addAction(menu_text(str(path)), partial(self.add_folders, [path]))
        self._from_library.setEnabled(bool(self._roots))

    def add_folders(self, folders: Sequence[Path]) -> None:
        """Takes in the kinds of folders."""
        chosen = str(self._level.currentData())
        level = Level(chosen) if chosen else None
        source = ", ".join(folder.name or str(folder) for folder in folders)
        collecting = self._collecting
        self._draft.collect(source, lambda token: collecting.folders(folders, token, level))

    def add_table(self, csv: Path) -> None:
        """Takes in the kinds that a table names."""
        collecting = self._collecting
        self._draft.collect(csv.name, lambda token: collecting.table(csv, token))

    def add_keywords(self) -> None:
        """Takes in the photos of the library by their keywords."""
        self._draft.collect(self.tr("keywords"), self._collecting.keywords)

    def add_labels(self) -> None:
        """Takes in the photos of the library by the labels they were given."""
        labels, collecting = self._labels, self._collecting
        self._draft.collect(self.tr("labels"), lambda _token: collecting.labels(labels.all()))

    def enter(self) -> None:
        (self.kinds if self._draft.kinds else self._from_elsewhere).setFocus()

    def set_colours(self, colours: Colours) -> None:
        self.kinds.set_colours(colours)
        self._empty.set_colours(colours)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._on_drag(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._on_drag(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = _paths_in(event.mimeData())
        if not paths:
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        tables = [path for path in paths if path.suffix.lower() in (".csv", ".tsv", ".txt")]
        folders = [path for path in paths if path not in tables]
        for table in tables:
            self.add_table(table)
        if folders:
            self.add_folders(folders)

    def _on_drag(self, event: QDragMoveEvent) -> None:
        if event.source() is None and _paths_in(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        else:
            event.ignore()

    def _lay_out(self) -> None:
        sources = (
            self._from_library,
            self._from_elsewhere,
            self._from_table,
            self._from_keywords,
            self._from_labels,
            self._level,
        )
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(self._summary)
        line.addWidget(self._busy)
        line.addStretch(1)
        tools = (self._rename, self._merge, self._leave_out, self._undo, self._clear)
        self._views.addWidget(self._empty)
        self._views.addWidget(self.kinds)
        self._body.addWidget(FlowRow(sources, gap_px=8))
        self._body.addLayout(line)
        self._body.addWidget(self._notices)
        self._body.addWidget(self._views, 1)
        self._body.addWidget(FlowRow(tools, gap_px=8))

    def _connect(self) -> None:
        draft = self._draft
        draft.changed.connect(self._on_changed)
        draft.busy_changed.connect(lambda _busy: self._show_state())
        draft.collecting.connect(self._on_collecting)
        self._from_elsewhere.clicked.connect(self._ask_for_folder)
        self._from_table.clicked.connect(self._ask_for_table)
        self._from_keywords.clicked.connect(self.add_keywords)
        self._from_labels.clicked.connect(self.add_labels)
        self._rename.clicked.connect(self._edit_name)
        self._merge.clicked.connect(self._ask_to_merge)
        self._leave_out.clicked.connect(self._on_leave_out)
        self._undo.clicked.connect(draft.undo)
        self._clear.clicked.connect(draft.clear)
        self.kind_model.renamed.connect(self._on_renamed)
        self.kinds.merge_wanted.connect(draft.merge)
        self.kinds.selectionModel().selectionChanged.connect(lambda *_: self._show_state())
        self.set_keys(
            {"Ctrl+Z": draft.undo, "Del": self._on_leave_out, "M": self._ask_to_merge}, self.kinds
        )

    def _on_changed(self) -> None:
        chosen = self.kinds.chosen_names()
        self.kind_model.show_kinds(self._draft.kinds)
        for name in chosen[:1]:
            self.kinds.choose(name)
        notices = self._draft.labelled.notices
        told = [f"{sentence_text(str(notice))}." for notice in notices[:_N_NOTICES]]
        if len(notices) > _N_NOTICES:
            told.append(self.tr("And {count} more.").format(count=len(notices) - _N_NOTICES))
        self._notices.setText(" ".join(told))
        self._show_state()

    def _on_collecting(self, record: object) -> None:
        n_photos = getattr(record, "n_photos", None)
        if isinstance(n_photos, int):
            self._summary.setText(self.tr("{photos} found").format(photos=photos_text(n_photos)))

    def _show_state(self) -> None:
        kinds, is_busy = self._draft.kinds, self._draft.is_busy
        n_photos = len(self._draft.labelled.photos)
        self._busy.setVisible(is_busy)
        if kinds and not is_busy:
            self._summary.setText(
                self.tr("{kinds} kinds, {photos}").format(
                    kinds=number_text(len(kinds)), photos=photos_text(n_photos)
                )
            )
        elif not kinds:
            self._summary.setText("")
        self._notices.setVisible(bool(self._notices.text()))
        self._views.setCurrentWidget(self.kinds if kinds else self._empty)
        chosen = self.kinds.chosen_names()
        self._rename.setEnabled(len(chosen) == 1)
        self._merge.setEnabled(len(chosen) > 1)
        self._leave_out.setEnabled(bool(chosen))
        self._undo.setEnabled(self._draft.can_undo)
        self._clear.setEnabled(bool(kinds))
        if len(kinds) == 1:
            self.say(self.tr("A lesson needs two kinds or more: add another folder."))
        else:
            self.say(
                self.tr(
                    "Double-click a kind to rename it; drop one on another to merge them. "
                    "Files are never touched."
                )
            )
        self.state_changed.emit()

    def _edit_name(self) -> None:
        index = self.kinds.currentIndex()
        if index.isValid():
            self.kinds.edit(index)

    def _on_renamed(self, old: str, new: str) -> None:
        self._draft.rename(old, new)

    def _on_leave_out(self) -> None:
        names = self.kinds.chosen_names()
        if names:
            self._draft.leave_out(names)

    def _ask_to_merge(self) -> None:
        names = self.kinds.chosen_names()
        if len(names) < _FEWEST_KINDS:
            return
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Merge kinds"))
        dialog.setLabelText(self.tr("What the kinds are called together"))
        dialog.setTextValue(names[0])
        dialog.textValueSelected.connect(lambda into: self._draft.merge(names, into or names[0]))
        dialog.open()

    def _ask_for_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("A folder with a folder for each kind"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.filesSelected.connect(lambda found: self.add_folders([Path(each) for each in found]))
        dialog.open()

    def _ask_for_table(self) -> None:
        dialog = QFileDialog(self, self.tr("A table of photos and their kinds"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Tables ({patterns})").format(patterns="*.csv *.tsv *.txt")])
        dialog.filesSelected.connect(lambda found: self.add_table(Path(found[0])))
        dialog.open()


def _paths_in(data: QMimeData) -> list[Path]:
    """The folders and tables that are dragged; photos alone name no kind."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix[1:].lower() not in PICTURE_SUFFIXES]
