"""The settings of a lesson that few need, each with a sentence on what it does."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QSpinBox, QWidget

from ahash_desktop.core.settings import DEVICES
from ahash_desktop.gui.base.controls import label
from ahash_desktop.training.ask.lesson import LessonPlan

_DEFAULT = LessonPlan("", "")


class AdvancedFields(QWidget):
    """Fields with what the plan says where nobody changes them; 0 leaves a field to the recipe."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = QGridLayout(self)
        self._form.setContentsMargins(0, 8, 0, 0)
        self._form.setVerticalSpacing(6)
        self._form.setHorizontalSpacing(16)
        self._form.setColumnStretch(1, 1)
        by_itself = self.tr("by itself")
        self._epochs = self._spin(
            self.tr("Rounds"),
            self.tr("How often it goes through all photos in a standard or thorough lesson."),
            (0, 500),
            0,
            by_itself,
        )
        self._minutes = self._spin(
            self.tr("Minutes at most"),
            self.tr("When they are over, it ends with the best it has."),
            (0, 10_000),
            0,
            self.tr("no limit"),
        )
        self._photos = self._spin(
            self.tr("Photos a kind at most"),
            self.tr("Learns from a sample of kinds that have more."),
            (0, 100_000),
            _DEFAULT.most_photos,
            by_itself,
        )
        self._others = self._spin(
            self.tr("Other photos at most"),
            self.tr(
                "Photos of the library that it does not teach, on which it keeps what it knew."
            ),
            (0, 20_000),
            _DEFAULT.most_others,
            self.tr("none"),
        )
        self._views = self._spin(
            self.tr("Views of a photo"),
            self.tr(
                "Each photo is looked at so often, cut and mirrored a little, in a quick lesson."
            ),
            (1, 8),
            _DEFAULT.views,
        )
        self._batch = self._spin(
            self.tr("Photos at a time"),
            self.tr("More learn smoother and take more memory."),
            (0, 512),
            _DEFAULT.batch_size,
            by_itself,
        )
        self._threads = self._spin(
            self.tr("Processor threads"),
            self.tr("Fewer leave more for other programs."),
            (0, 256),
            _DEFAULT.n_threads,
            by_itself,
        )
        self._device = QComboBox()
        for device in DEVICES:
            self._device.addItem(device, device)
        self._add(
            self.tr("Device"),
            self.tr("Where the network is run; auto takes the fastest."),
            self._device,
        )
        self._device.currentIndexChanged.connect(lambda _index: self.changed.emit())

    @property
    def values(self) -> dict[str, Any]:
        """What they say, by the names of the plan's fields."""
        return {
            "n_epochs": self._epochs.value() or None,
            "minutes": float(self._minutes.value()) or None,
            "most_photos": self._photos.value(),
            "most_others": self._others.value(),
            "views": self._views.value(),
            "batch_size": self._batch.value(),
            "n_threads": self._threads.value(),
            "device": str(self._device.currentData()),
        }

    def _spin(
        self, name: str, what: str, limits: Sequence[int], value: int, zero: str = ""
    ) -> QSpinBox:
        field = QSpinBox()
        field.setRange(limits[0], limits[1])
        field.setValue(value)
        if zero:
            field.setSpecialValueText(zero)
        field.valueChanged.connect(lambda _value: self.changed.emit())
        self._add(name, what, field)
        return field

    def _add(self, name: str, what: str, field: QWidget) -> None:
        field.setAccessibleName(name)
        field.setAccessibleDescription(what)
        row = self._form.rowCount()
        self._form.addWidget(label(name), row, 0)
        self._form.addWidget(field, row, 1)
        self._form.addWidget(label(what, "soft", wraps=True), row + 1, 1)
