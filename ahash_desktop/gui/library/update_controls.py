"""What the user decides about updates: pause, waiting, order; kept across restarts."""

from dataclasses import dataclass, fields

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from ahash_desktop.gui.library.job_bar import JobBar
from ahash_desktop.gui.settings.choices import Choices


@dataclass(frozen=True)
class UpdateToggles:
    """The actions that switch settings of updates; each field has the setting's name."""

    paused: QAction
    only_when_idle: QAction
    not_on_battery: QAction
    encode_newest_first: QAction


class UpdateControls(QObject):
    """Keeps the menu, the job bar and the settings of one mind.

    Args:
        toggles: Switch the settings.
        choices: Keeps them.
        job_bar: Has a pause button of its own.
    """

    def __init__(
        self,
        toggles: UpdateToggles,
        choices: Choices,
        job_bar: JobBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._choices = choices
        self._actions = {field.name: getattr(toggles, field.name) for field in fields(toggles)}
        self._show(frozenset(self._actions))
        for name, action in self._actions.items():
            action.triggered.connect(lambda on, name=name: choices.change(**{name: on}))
        choices.changed.connect(self._show)
        job_bar.pause_seen.connect(toggles.paused.setChecked)
        job_bar.pause_chosen.connect(lambda paused: choices.change(paused=paused))

    def _show(self, names: frozenset[str]) -> None:
        for name in names & self._actions.keys():
            self._actions[name].setChecked(getattr(self._choices.values, name))
