"""Everything the menus offer, with its text and shortcut."""

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from ahash_desktop.core.settings import THEMES
from ahash_desktop.gui.files.file_commands import FileActions
from ahash_desktop.gui.files.trash import TrashActions
from ahash_desktop.gui.library.room import LibraryActions
from ahash_desktop.gui.library.update_controls import UpdateToggles
from ahash_desktop.gui.search.actions import SearchActions

Keys = QKeySequence.StandardKey | str | None

ALSO_CALLED = "alsoCalled"
"""The property of an action that holds other words by which it is found."""


class WindowActions(QObject):
    """The actions of the window; whoever owns what they do connects to them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        key = QKeySequence.StandardKey
        self.add_folder = self._action(self.tr("Add &folder…"), "Ctrl+Shift+O")
        self.open_picture = self._action(self.tr("&Open picture…"), key.Open)
        self.paste = self._action(self.tr("&Paste picture"), key.Paste)
        self.find_by_words = self._action(self.tr("Find by &words"), key.Find)
        self.settings = self._action(self.tr("Se&ttings…"), key.Preferences)
        self.palette = self._action(self.tr("&Commands…"), "Ctrl+K")
        self.quit = self._action(self.tr("&Quit"), key.Quit)
        self.find_similar = self._action(self.tr("&Find similar"))
        self.view_large = self._action(self.tr("&View large"), "Ctrl+L")
        self.add_example = self._action(self.tr("Add as &example"), "Ctrl+E")
        self.add_counter_example = self._action(self.tr("Add as &counter-example"), "Ctrl+Shift+E")
        self.show_in_folder = self._action(self.tr("&Show in folder"), "Ctrl+Shift+R")
        self.copy_path = self._action(self.tr("Copy pa&th"), key.Copy)
        self.back = self._action(self.tr("&Back to the library"), key.Cancel)
        self.open_file = self._action(self.tr("Open in another &program"), "Ctrl+Return")
        self.copy_files = self._action(self.tr("Copy f&iles"), "Ctrl+Shift+C")
        self.export = self._action(self.tr("Copy to a f&older…"), "Ctrl+Shift+S")
        self.favourite = self._action(self.tr("Favou&rite"), "Ctrl+D")
        self.sidecars = self._action(self.tr("&XMP sidecars…"), "Ctrl+Shift+X")
        self.trash = self._action(self.tr("&Move to the trash…"), key.Delete)
        self.undo_trash = self._action(self.tr("&Undo moving to the trash"), key.Undo)
        self.filters = self._toggle(self.tr("Filte&rs"), "Ctrl+Shift+L")
        self.history_back = self._action(self.tr("&Previous search"), key.Back)
        self.history_forward = self._action(self.tr("Ne&xt search"), key.Forward)
        self.larger = self._action(self.tr("&Larger photos"), key.ZoomIn)
        self.smaller = self._action(self.tr("&Smaller photos"), key.ZoomOut)
        self.fill_tiles = self._toggle(self.tr("&Cut photos to fill their tiles"))
        self.captions = self._toggle(self.tr("N&ames below the photos"))
        self.newest_first = self._toggle(self.tr("&Newest photos first"))
        self.rail = self._toggle(self.tr("Wa&ys into the library"), "F9")
        self.inspector = self._toggle(self.tr("&Inspector"), "Ctrl+I")
        self.inspector_bits = self._toggle(self.tr("Bits in the inspect&or"), "Ctrl+Shift+B")
        self.bits = self._action(self.tr("Bi&ts"), "Ctrl+B")
        self.map = self._action(self.tr("&Map"), "Ctrl+M")
        self.full_screen = self._toggle(self.tr("&Full screen"), key.FullScreen)
        self.update_now = self._action(self.tr("&Update now"), key.Refresh)
        self.watch_folders = self._toggle(self.tr("Follow &changes of folders"))
        self.pause_updates = self._toggle(self.tr("P&ause updates"))
        self.only_when_idle = self._toggle(self.tr("Wait while other programs are &busy"))
        self.not_on_battery = self._toggle(self.tr("Wait while on batter&y"))
        self.encode_newest_first = self._toggle(self.tr("Read the &newest photos first"))
        self.problems = self._action(self.tr("&Problems…"), "Ctrl+Shift+P")
        self.missing = self._action(self.tr("Missin&g photos…"), "Ctrl+Shift+G")
        self.folders = self._action(self.tr("&Folders…"), "Ctrl+Shift+F")
        self.models = self._action(self.tr("&Models"))
        self.teach = self._action(self.tr("&Teach it your kinds…"))
        self.teach.setProperty(
            ALSO_CALLED, self.tr("teach train learn lesson species kinds fine-tune")
        )
        self.name_rest = self._action(self.tr("Name the &rest"))
        self.species = self._action(self.tr("&Kinds…"))
        for action in (self.name_rest, self.species):
            action.setProperty(ALSO_CALLED, self.tr("name label species kinds suggest review"))
        self.guide = self._action(self.tr("&Guide"), key.HelpContents)
        self.shortcuts = self._action(self.tr("&Keyboard shortcuts"), "Ctrl+F1")
        self.about = self._action(self.tr("&About Ahash Desktop"))
        self.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.recent = QMenu(self.tr("R&ecent searches"), parent)
        self.themes = self._theme_actions()

    def all(self) -> list[QAction]:
        """Every action, in the order of the menus."""
        return [action for action in self.findChildren(QAction) if action.text()]

    def photo_actions(self) -> list[QAction]:
        """What can be done with the chosen photos."""
        return [
            self.find_similar,
            self.view_large,
            self.favourite,
            self.add_example,
            self.add_counter_example,
            self.show_in_folder,
            self.copy_path,
            self.open_file,
            self.copy_files,
            self.export,
            self.sidecars,
            self.trash,
        ]

    def of_searching(self) -> SearchActions:
        """Those that ask something of the search."""
        return SearchActions(
            add_folder=self.add_folder,
            open_picture=self.open_picture,
            paste=self.paste,
            find_by_words=self.find_by_words,
            find_similar=self.find_similar,
            add_example=self.add_example,
            add_counter_example=self.add_counter_example,
            history_back=self.history_back,
            history_forward=self.history_forward,
            recent=self.recent,
        )

    def of_files(self) -> FileActions:
        """Those that need files."""
        return FileActions(
            open_file=self.open_file,
            show_in_folder=self.show_in_folder,
            copy_path=self.copy_path,
            copy_files=self.copy_files,
            export=self.export,
            favourite=self.favourite,
        )

    def of_trash(self) -> TrashActions:
        """Those that need the system's trash."""
        return TrashActions(self.trash, self.undo_trash)

    def of_library(self) -> LibraryActions:
        """Those that ask something of the library."""
        toggles = UpdateToggles(
            paused=self.pause_updates,
            only_when_idle=self.only_when_idle,
            not_on_battery=self.not_on_battery,
            encode_newest_first=self.encode_newest_first,
        )
        return LibraryActions(
            update_now=self.update_now,
            newest_first=self.newest_first,
            folders=self.folders,
            problems=self.problems,
            missing=self.missing,
            toggles=toggles,
        )

    def enable_for(self, n_chosen: int, *, has_query: bool) -> None:
        """Enables what makes sense for so many chosen photos, beside a search or without one."""
        for action in self.photo_actions():
            action.setEnabled(n_chosen > 0)
        self.show_in_folder.setEnabled(n_chosen == 1)
        self.add_counter_example.setEnabled(n_chosen > 0 and has_query)

    def show_photo_menu(self, place: QPoint, parent: QWidget) -> QMenu:
        """Opens the menu of the chosen photos at a place on the screen."""
        menu = QMenu(parent)
        self.fill_photo_menu(menu)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)
        return menu

    def fill_menu_bar(self, bar: QMenuBar) -> None:
        """Puts the actions into menus."""
        _fill(
            bar.addMenu(self.tr("&File")),
            [
                self.add_folder,
                None,
                self.open_picture,
                self.paste,
                self.find_by_words,
                None,
                self.settings,
                None,
                self.quit,
            ],
        )
        self.fill_photo_menu(bar.addMenu(self.tr("&Photo")))
        view = bar.addMenu(self.tr("&View"))
        _fill(view, [self.back, self.history_back, self.history_forward, None])
        view.addMenu(self.recent)
        view.addSeparator()
        theme = view.addMenu(self.tr("T&heme"))
        _fill(theme, list(self.themes.values()))
        _fill(
            view,
            [
                None,
                self.larger,
                self.smaller,
                self.fill_tiles,
                self.captions,
                self.newest_first,
                self.filters,
                None,
                self.rail,
                self.inspector,
                self.inspector_bits,
                self.bits,
                self.map,
                self.full_screen,
            ],
        )
        _fill(
            bar.addMenu(self.tr("&Library")),
            [
                self.update_now,
                self.watch_folders,
                self.pause_updates,
                self.only_when_idle,
                self.not_on_battery,
                self.encode_newest_first,
                None,
                self.folders,
                self.models,
                self.teach,
                self.name_rest,
                self.species,
                self.problems,
                self.missing,
            ],
        )
        _fill(bar.addMenu(self.tr("&Help")), [self.guide, self.palette, self.shortcuts, self.about])

    def fill_photo_menu(self, menu: QMenu) -> None:
        """Puts what can be done with photos into a menu."""
        similar, view, favourite, example, counter, *files, trash = self.photo_actions()
        _fill(
            menu,
            [
                similar,
                view,
                favourite,
                None,
                example,
                counter,
                None,
                *files,
                None,
                trash,
                self.undo_trash,
            ],
        )

    def _action(self, text: str, keys: Keys = None) -> QAction:
        action = QAction(text, self)
        if isinstance(keys, QKeySequence.StandardKey):
            action.setShortcuts(QKeySequence.keyBindings(keys))
        elif keys is not None:
            action.setShortcut(QKeySequence(keys))
        return action

    def _toggle(self, text: str, keys: Keys = None) -> QAction:
        action = self._action(text, keys)
        action.setCheckable(True)
        return action

    def _theme_actions(self) -> dict[str, QAction]:
        texts = {
            "system": self.tr("&As the system"),
            "light": self.tr("&Light"),
            "dark": self.tr("&Dark"),
        }
        group = QActionGroup(self)
        made = {}
        for theme in THEMES:
            made[theme] = self._toggle(texts[theme])
            group.addAction(made[theme])
        return made


def _fill(menu: QMenu, actions: list[QAction | None]) -> None:
    for action in actions:
        if action is None:
            menu.addSeparator()
        else:
            menu.addAction(action)
