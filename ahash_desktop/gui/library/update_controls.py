"""What the user decides about updates: pause, waiting, order; kept across restarts."""

from dataclasses import dataclass, fields

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from ahash_desktop.core.settings import Settings
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.library.job_bar import JobBar


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
        catalogue: Changes the settings.
        job_bar: Has a pause button of its own.
        settings: As they are at the start.
    """

    def __init__(
        self,
        toggles: UpdateToggles,
        catalogue: Catalogue,
        job_bar: JobBar,
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        for field in fields(toggles):
            name, action = field.name, getattr(toggles, field.name)
            action.setChecked(getattr(settings, name))
            action.triggered.connect(lambda checked, name=name: self._keep(name, checked))
        job_bar.pause_seen.connect(toggles.paused.setChecked)
        job_bar.pause_chosen.connect(lambda paused: self._keep("paused", paused))

    def _keep(self, name: str, value: bool) -> None:
        self._catalogue.change_settings(**{name: value})
