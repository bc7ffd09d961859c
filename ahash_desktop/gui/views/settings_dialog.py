"""The settings: appearance, encoding, when updates may work."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.core.settings import DEVICES, LANGUAGES, RANKINGS, THEMES, Settings
from ahash_desktop.gui.views.texts import button, label

_MOST_THREADS = 256
_MOST_DAYS = 3650
_MOST_CACHE_MB = 1_000_000
_LEAST_CACHE_MB = 10
_TEXT_MARGIN_PX = 6
_TEXT_MARGIN_PX = 6


class SettingsDialog(QDialog):
    """Edits a copy of the settings; `accepted_settings` carries the fields that changed.

    Args:
        settings: As they are now. The model is changed in its own dialog, which encodes the
            library with another one before that is put into use.
    """

    accepted_settings = Signal(dict)
    folders_clicked = Signal()
    models_clicked = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(520)
        self._before = settings
        self._theme = _choice(self._theme_texts(), settings.theme)
        self._language = _choice(self._language_texts(), settings.language)
        self._ranking = _choice(self._ranking_texts(), settings.rank_by)
        self._device = _choice(self._device_texts(), settings.device)
        self._threads = QSpinBox(minimum=0, maximum=_MOST_THREADS, value=settings.threads)
        self._threads.lineEdit().setTextMargins(_TEXT_MARGIN_PX, 0, 0, 0)
        self._threads.setSpecialValueText(self.tr("as many as there are cores"))
        self._idle = QCheckBox(self.tr("Only while no other program is &busy"))
        self._idle.setChecked(settings.only_when_idle)
        self._battery = QCheckBox(self.tr("Not on batter&y"))
        self._battery.setChecked(settings.not_on_battery)
        self._newest = QCheckBox(self.tr("&Newest photos first"))
        self._newest.setChecked(settings.encode_newest_first)
        self._keep_days = QSpinBox(
            minimum=1, maximum=_MOST_DAYS, value=min(settings.keep_missing_days, _MOST_DAYS)
        )
        self._keep_days.setSuffix(self.tr(" days"))
        self._cache_mb = QSpinBox(minimum=0, maximum=_MOST_CACHE_MB, singleStep=100)
        self._cache_mb.setSuffix(self.tr(" MB"))
        self._cache_mb.setSpecialValueText(self.tr("as much as they need"))
        self._cache_mb.setValue(settings.thumbnails_max_mb)
        for box in (self._keep_days, self._cache_mb):
            box.lineEdit().setTextMargins(_TEXT_MARGIN_PX, 0, 0, 0)
        self._note = label(role="soft", wraps=True)
        self._lay_out()
        for part in (self._device, self._language):
            part.currentIndexChanged.connect(self._tell)
        self._threads.valueChanged.connect(self._tell)
        self._tell()

    def changes(self) -> dict[str, object]:
        """The fields that differ from what they were."""
        chosen = {
            "theme": self._theme.currentData(),
            "language": self._language.currentData(),
            "rank_by": self._ranking.currentData(),
            "device": self._device.currentData(),
            "threads": self._threads.value(),
            "only_when_idle": self._idle.isChecked(),
            "not_on_battery": self._battery.isChecked(),
            "encode_newest_first": self._newest.isChecked(),
            "keep_missing_days": self._keep_days.value(),
            "thumbnails_max_mb": self._chosen_cache_mb(),
        }
        return {
            name: value for name, value in chosen.items() if value != getattr(self._before, name)
        }

    def _chosen_cache_mb(self) -> int:
        chosen = self._cache_mb.value()
        return max(_LEAST_CACHE_MB, chosen) if chosen else 0

    def accept(self) -> None:
        changes = self.changes()
        if changes:
            self.accepted_settings.emit(changes)
        super().accept()

    def _tell(self) -> None:
        at_next_start = {"device", "threads", "language"} & set(self.changes())
        self._note.setText(
            self.tr("Device, threads and language change when the program starts next.")
            if at_next_start
            else ""
        )

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(10)
        form.addRow(label(self.tr("Window"), role="heading"))
        form.addRow(self.tr("&Theme"), self._theme)
        form.addRow(self.tr("&Language"), self._language)
        form.addRow(label(self.tr("Search"), role="heading"))
        form.addRow(self.tr("&Order matches by"), self._ranking)
        form.addRow(label(self.tr("Encoding"), role="heading"))
        models = button(self.tr("&Models…"))
        models.clicked.connect(self.models_clicked)
        form.addRow(self.tr("Model"), _at_the_left(models))
        form.addRow(self.tr("&Device"), self._device)
        form.addRow(self.tr("T&hreads"), self._threads)
        form.addRow(label(self.tr("Updates"), role="heading"))
        for box in (self._idle, self._battery, self._newest):
            form.addRow("", box)
        folders = button(self.tr("&Folders…"))
        folders.clicked.connect(self.folders_clicked)
        form.addRow(self.tr("Photos"), _at_the_left(folders))
        form.addRow(self.tr("&Keep missing photos for"), self._keep_days)
        form.addRow(self.tr("Thumbna&ils may take up"), self._cache_mb)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(14)
        layout.addWidget(label(self.tr("Settings"), role="title"))
        layout.addLayout(form)
        layout.addWidget(self._note)
        layout.addStretch(1)
        layout.addWidget(buttons)

    def _theme_texts(self) -> dict[str, str]:
        texts = (self.tr("As the system"), self.tr("Light"), self.tr("Dark"))
        return dict(zip(THEMES, texts, strict=True))

    def _language_texts(self) -> dict[str, str]:
        return dict(zip(LANGUAGES, (self.tr("As the system"), "English", "简体中文"), strict=True))

    def _ranking_texts(self) -> dict[str, str]:
        texts = (
            self.tr("How many bits differ"),
            self.tr("How alike the strengths of their bits are"),
        )
        return dict(zip(RANKINGS, texts, strict=True))

    def _device_texts(self) -> dict[str, str]:
        texts = (
            self.tr("The fastest there is"),
            self.tr("Processor"),
            self.tr("NVIDIA graphics (CUDA)"),
            self.tr("Apple graphics (MPS)"),
        )
        return dict(zip(DEVICES, texts, strict=True))


def _choice(texts: dict[str, str], chosen: str) -> QComboBox:
    made = QComboBox()
    for value, text in texts.items():
        made.addItem(text, value)
    made.setCurrentIndex(made.findData(chosen))
    return made


def _at_the_left(part: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(part)
    row.addStretch(1)
    return row
