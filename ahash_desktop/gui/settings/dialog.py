"""The settings: appearance, encoding, when updates may work."""

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.core.paths import typed_path
from ahash_desktop.core.settings import (
    AT_NEXT_START,
    DEVICES,
    DOUBLE_CLICKS,
    LANGUAGES,
    RANKINGS,
    THEMES,
    Settings,
)
from ahash_desktop.gui.base.controls import button, label, level_labels

_MOST_THREADS = 256
_MOST_DAYS = 3650
_MOST_CACHE_MB = 1_000_000
_LEAST_CACHE_MB = 10
_BESIDE_TEXT_PX = 56
_TEXT_MARGIN_PX = 6


class SettingsDialog(QDialog):
    """Edits a copy of the settings; `accepted_settings` carries the fields that changed.

    Args:
        settings: As they are now. The model is changed in its own dialog, which encodes the
            library with another one before that is put into use.
        watched: Folders of photos, in which thumbnails cannot lie.
    """

    accepted_settings = Signal(dict)
    folders_clicked = Signal()
    models_clicked = Signal()

    def __init__(
        self,
        settings: Settings,
        parent: QWidget | None = None,
        *,
        watched: Sequence[Path] = (),
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(520)
        self._before = settings
        self._watched = tuple(watched)
        self._theme = _choice(self._theme_texts(), settings.theme)
        self._language = _choice(self._language_texts(), settings.language)
        self._ranking = _choice(self._ranking_texts(), settings.rank_by)
        self._double_click = _choice(self._double_click_texts(), settings.double_click)
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
        self._exclude = QLineEdit(settings.exclude)
        self._exclude.setPlaceholderText("*.psd; Export; 2019/raw")
        self._exclude.setToolTip(
            self.tr(
                "Names of files and folders with * and ?, or paths with a slash;"
                " semicolons between them"
            )
        )
        self._links = QCheckBox(self.tr("Look into folders that links le&ad to, too"))
        self._links.setChecked(settings.follow_links)
        self._place = QLineEdit(settings.thumbnails_folder)
        self._place.setPlaceholderText(self.tr("beside the library"))
        hint_px = self._place.fontMetrics().horizontalAdvance(self._place.placeholderText())
        self._place.setMinimumWidth(hint_px + _BESIDE_TEXT_PX)
        self._place.setClearButtonEnabled(True)
        for box in (self._keep_days, self._cache_mb):
            box.lineEdit().setTextMargins(_TEXT_MARGIN_PX, 0, 0, 0)
        self._note = label(role="soft", wraps=True)
        self._lay_out()
        for part in (self._device, self._language):
            part.currentIndexChanged.connect(self._tell)
        self._place.textChanged.connect(self._tell)
        self._threads.valueChanged.connect(self._tell)
        self._tell()

    def changes(self) -> dict[str, object]:
        """The fields that differ from what they were."""
        chosen = {
            "theme": self._theme.currentData(),
            "language": self._language.currentData(),
            "rank_by": self._ranking.currentData(),
            "double_click": self._double_click.currentData(),
            "device": self._device.currentData(),
            "threads": self._threads.value(),
            "only_when_idle": self._idle.isChecked(),
            "not_on_battery": self._battery.isChecked(),
            "encode_newest_first": self._newest.isChecked(),
            "exclude": self._exclude.text().strip(),
            "follow_links": self._links.isChecked(),
            "keep_missing_days": self._keep_days.value(),
            "thumbnails_folder": self._place.text().strip(),
            "thumbnails_max_mb": self._chosen_cache_mb(),
        }
        return {
            name: value for name, value in chosen.items() if value != getattr(self._before, name)
        }

    def _chosen_cache_mb(self) -> int:
        chosen = self._cache_mb.value()
        return max(_LEAST_CACHE_MB, chosen) if chosen else 0

    def accept(self) -> None:
        problem = self._problem_of_place()
        if problem:
            self._note.setText(problem)
            self._place.setFocus()
            return
        changes = self.changes()
        if changes:
            self.accepted_settings.emit(changes)
        super().accept()

    def _problem_of_place(self) -> str:
        """Why thumbnails cannot lie where they should, if they are to move."""
        chosen = self._place.text().strip()
        if not chosen or chosen == self._before.thumbnails_folder:
            return ""
        place = typed_path(chosen)
        if not place.is_absolute() or not place.is_dir():
            return self.tr("There is no folder {folder}. Choose one that is there.").format(
                folder=chosen
            )
        if not os.access(place, os.W_OK | os.X_OK):
            return self.tr("The folder {folder} may not be written. Choose another one.").format(
                folder=chosen
            )
        if any(place.resolve().is_relative_to(folder) for folder in self._watched):
            return self.tr(
                "Thumbnails in {folder} would be taken for photos. Choose a folder outside of "
                "those that are searched."
            ).format(folder=chosen)
        return ""

    def _choose_place(self) -> None:
        dialog = QFileDialog(
            self, self.tr("Folder for thumbnails"), self._place.text() or str(Path.home())
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._place.setText)
        dialog.open()

    def _tell(self) -> None:
        at_next_start = AT_NEXT_START & self.changes().keys()
        self._note.setText(
            self.tr(
                "Device, threads, language and the place of thumbnails change when the program "
                "starts next."
            )
            if at_next_start
            else ""
        )

    def _lay_out(self) -> None:
        pages = QTabWidget()
        pages.setDocumentMode(True)
        for page, title in (
            (self._window_page(), self.tr("Window")),
            (self._encoding_page(), self.tr("Reading")),
            (self._photos_page(), self.tr("Photos")),
        ):
            pages.addTab(page, title)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(14)
        layout.addWidget(label(self.tr("Settings"), role="title"))
        layout.addWidget(pages, 1)
        layout.addWidget(self._note)
        layout.addWidget(buttons)

    def _window_page(self) -> QWidget:
        page, form = _page()
        form.addRow(self.tr("&Theme"), self._theme)
        form.addRow(self.tr("&Language"), self._language)
        form.addRow(self.tr("&Order matches by"), self._ranking)
        form.addRow(self.tr("Do&uble click"), self._double_click)
        level_labels(form)
        return page

    def _encoding_page(self) -> QWidget:
        page, form = _page()
        models = button(self.tr("&Models…"))
        models.clicked.connect(self.models_clicked)
        form.addRow(self.tr("Model"), _at_the_left(models))
        form.addRow(self.tr("&Device"), self._device)
        form.addRow(self.tr("T&hreads"), self._threads)
        form.addRow(label(self.tr("Updates"), role="heading"))
        for box in (self._idle, self._battery, self._newest):
            form.addRow("", box)
        level_labels(form)
        return page

    def _photos_page(self) -> QWidget:
        page, form = _page()
        folders = button(self.tr("&Folders…"))
        folders.clicked.connect(self.folders_clicked)
        form.addRow(self.tr("Photos"), _at_the_left(folders))
        form.addRow(self.tr("Lea&ve out"), self._exclude)
        form.addRow("", self._links)
        form.addRow(self.tr("&Keep missing photos for"), self._keep_days)
        form.addRow(self.tr("Thumbna&ils may take up"), self._cache_mb)
        choose = button(self.tr("&Choose…"))
        choose.clicked.connect(self._choose_place)
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self._place, 1)
        place.addWidget(choose)
        place_label = QLabel(self.tr("&Place of thumbnails"))
        place_label.setBuddy(self._place)
        form.addRow(place_label, place)
        level_labels(form)
        return page

    def _theme_texts(self) -> dict[str, str]:
        texts = (self.tr("As the system"), self.tr("Light"), self.tr("Dark"))
        return dict(zip(THEMES, texts, strict=True))

    def _language_texts(self) -> dict[str, str]:
        return dict(zip(LANGUAGES, (self.tr("As the system"), "English", "简体中文"), strict=True))

    def _ranking_texts(self) -> dict[str, str]:
        texts = (
            self.tr("How alike the nearest are"),
            self.tr("How many bits differ"),
            self.tr("How alike the strengths of their bits are"),
        )
        return dict(zip(RANKINGS, texts, strict=True))

    def _double_click_texts(self) -> dict[str, str]:
        texts = (self.tr("Looks at the photo large"), self.tr("Finds similar photos"))
        return dict(zip(DOUBLE_CLICKS, texts, strict=True))

    def _device_texts(self) -> dict[str, str]:
        texts = (
            self.tr("The fastest there is"),
            self.tr("Processor"),
            self.tr("NVIDIA graphics (CUDA)"),
            self.tr("Apple graphics (MPS)"),
        )
        return dict(zip(DEVICES, texts, strict=True))


def _page() -> tuple[QWidget, QFormLayout]:
    """A page of the dialog and where its rows go."""
    page = QWidget()
    form = QFormLayout(page)
    form.setContentsMargins(0, 16, 0, 8)
    form.setHorizontalSpacing(24)
    form.setVerticalSpacing(10)
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return page, form


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
