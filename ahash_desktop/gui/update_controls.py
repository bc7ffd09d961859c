"""What the user decides about updates: pause, waiting, order; kept across restarts."""

from PySide6.QtCore import QObject

from ahash_desktop.core.settings import Settings
from ahash_desktop.gui.actions import WindowActions
from ahash_desktop.gui.catalogue import Catalogue
from ahash_desktop.gui.views.job_bar import JobBar


class UpdateControls(QObject):
    """Keeps the menu, the job bar and the settings of one mind.

    Args:
        commands: Holds the actions.
        catalogue: Changes the settings.
        job_bar: Has a pause button of its own.
        settings: As they are at the start.
    """

    def __init__(
        self,
        commands: WindowActions,
        catalogue: Catalogue,
        job_bar: JobBar,
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        toggles = {
            "paused": commands.pause_updates,
            "only_when_idle": commands.only_when_idle,
            "not_on_battery": commands.not_on_battery,
            "encode_newest_first": commands.encode_newest_first,
        }
        for name, action in toggles.items():
            action.setChecked(getattr(settings, name))
            action.triggered.connect(lambda checked, name=name: self._keep(name, checked))
        job_bar.pause_seen.connect(commands.pause_updates.setChecked)
        job_bar.pause_chosen.connect(lambda paused: self._keep("paused", paused))

    def _keep(self, name: str, value: bool) -> None:
        self._catalogue.change_settings(**{name: value})
