"""The room of the settings: where they are kept, the dialog that changes them, the theme."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.settings.choices import Choices
from ahash_desktop.gui.settings.dialog import SettingsDialog


class SettingsRoom(QObject):
    """Opens the dialog, and has the window look as was chosen.

    Args:
        window: The dialog lies over it.
        choices: Keeps the settings.
        theme: Follows what is chosen.
        opens: Opens the dialog.
        themes: Choose a theme each.
        watched: The folders of the library.
    """

    folders_clicked = Signal()
    models_clicked = Signal()

    def __init__(
        self,
        window: QWidget,
        choices: Choices,
        theme: ThemeController,
        opens: QAction,
        themes: Mapping[str, QAction],
        watched: Callable[[], Sequence[Path]],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._choices = choices
        self._theme = theme
        self._themes = themes
        self._watched = watched
        self._is_wanted = False
        themes[theme.theme].setChecked(True)
        opens.triggered.connect(self.open_dialog)
        for name, action in themes.items():
            action.triggered.connect(lambda _on, name=name: choices.change(theme=name))
        choices.changed.connect(self._on_choices_changed)
        choices.refreshed.connect(self._on_refreshed)

    def open_dialog(self) -> None:
        """Opens the settings, as they are in the file by then."""
        self._is_wanted = True
        self._choices.refresh()

    def _on_refreshed(self) -> None:
        if not self._is_wanted:
            return
        self._is_wanted = False
        dialog = SettingsDialog(self._choices.values, self._window, watched=self._watched())
        dialog.accepted_settings.connect(lambda changes: self._choices.change(**changes))
        dialog.folders_clicked.connect(self.folders_clicked)
        dialog.models_clicked.connect(self.models_clicked)
        dialog.open()

    def _on_choices_changed(self, names: frozenset[str]) -> None:
        if "theme" in names:
            chosen = self._choices.values.theme
            self._theme.choose(chosen)
            self._themes[chosen].setChecked(True)
