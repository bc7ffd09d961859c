"""Asks what XMP sidecars are to say, and shows what is written where before it is."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.gui.base.controls import button, label, level_labels
from ahash_desktop.gui.base.rows import table_of
from ahash_desktop.gui.base.wording import number_text, photos_text, sidecars_text, stars_text
from ahash_desktop.gui.files.sidecar_table import SidecarColumn, sidecar_rows
from ahash_desktop.imaging.xmp import RATINGS, joined
from ahash_desktop.services.sidecars import (
    SidecarName,
    SidecarPlan,
    SidecarProgress,
    SidecarWish,
)

_TYPING_MS = 250


class SidecarDialog(QDialog):
    """Edits a wish; `wish_changed` asks for its preview, `write_wanted` for the writing.

    Args:
        n_photos: How many photos it is about.
        naming: How sidecars were called last.
        words: Keywords to begin with.
    """

    wish_changed = Signal(object)
    write_wanted = Signal(object)

    def __init__(
        self,
        n_photos: int,
        naming: SidecarName,
        parent: QWidget | None = None,
        words: Sequence[str] = (),
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("XMP sidecars"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(880, 600)
        self._n_photos = n_photos
        self._rating = self._make_rating()
        self._bit_names = QCheckBox(self.tr("What the model is &sure of"))
        self._label = QCheckBox(self.tr("Name of the photo's &folder"))
        self._words = QLineEdit(", ".join(words), placeholderText=self.tr("heron, lake at dusk"))
        self._naming = self._make_naming(naming)
        self._plan_model = sidecar_rows(self)
        self._table = table_of(
            self._plan_model,
            self.tr("What is written"),
            {SidecarColumn.FILE: 240, SidecarColumn.RATING: 104, SidecarColumn.KEYWORDS: 240},
            SidecarColumn.FATE,
        )
        self._note = label(role="soft", wraps=True)
        self._write = button(self.tr("&Write"), "primary")
        self._close = button(self.tr("Close"))
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._lay_out()
        self._connect()
        self._write.setEnabled(False)

    def wish(self) -> SidecarWish:
        """What is asked for now."""
        return SidecarWish(
            rating=self._rating.currentData(),
            words=joined(self._words.text().replace("，", ",").split(",")),
            bit_names=self._bit_names.isChecked(),
            label=self._label.isChecked(),
            naming=SidecarName(self._naming.currentData()),
        )

    def show_plans(self, plans: list[SidecarPlan]) -> None:
        """Shows what would be written, of the first photos if there are many."""
        self._plan_model.show_entries(plans)
        n_changed = sum(plan.changes for plan in plans)
        self._write.setEnabled(n_changed > 0)
        if self._n_photos > len(plans):
            self._note.setText(
                self.tr("The first {shown} of {photos} are shown.").format(
                    shown=number_text(len(plans)), photos=photos_text(self._n_photos)
                )
            )

    def show_progress(self, progress: SidecarProgress) -> None:
        """Shows how far writing is."""
        self._write.setEnabled(False)
        self._note.setText(
            self.tr("{done} of {photos} done").format(
                done=number_text(progress.n_done), photos=photos_text(progress.n_to_do)
            )
        )

    def show_end(self, progress: SidecarProgress) -> None:
        """Shows how writing ended."""
        told = self.tr("{sidecars} written.").format(sidecars=sidecars_text(progress.n_written))
        if progress.refusals:
            told += " " + self.tr("{sidecars} left alone.").format(
                sidecars=sidecars_text(len(progress.refusals))
            )
        self._note.setText(told)

    def _make_rating(self) -> QComboBox:
        made = QComboBox()
        made.addItem(self.tr("as it is"), None)
        for rating in RATINGS:
            made.addItem(stars_text(rating), rating)
        return made

    def _make_naming(self, naming: SidecarName) -> QComboBox:
        made = QComboBox()
        made.addItem(self.tr("photo.jpg.xmp, for digiKam and darktable"), SidecarName.WHOLE.value)
        made.addItem(
            self.tr("photo.xmp, for Lightroom and other programs of Adobe"), SidecarName.STEM.value
        )
        made.setCurrentIndex(made.findData(naming.value))
        return made

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(10)
        form.addRow(self.tr("&Rating"), self._rating)
        form.addRow(self.tr("Add the &keywords"), self._words)
        form.addRow("", self._bit_names)
        form.addRow("", self._label)
        form.addRow(self.tr("&Name of the files"), self._naming)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._note, 1)
        buttons.addWidget(self._close)
        buttons.addWidget(self._write)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(14)
        layout.addWidget(label(self.tr("XMP sidecars"), role="title"))
        layout.addWidget(
            label(
                self.tr(
                    "Rating and keywords for other programs, in small files beside the photos. "
                    "The photos are never changed, and what a sidecar says already stays in it."
                ),
                "soft",
                wraps=True,
            )
        )
        layout.addLayout(form)
        level_labels(form)
        layout.addWidget(self._table, 1)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        for choice in (self._rating, self._naming):
            choice.currentIndexChanged.connect(self._on_changed)
        for box in (self._bit_names, self._label):
            box.toggled.connect(self._on_changed)
        self._words.textChanged.connect(self._on_typed)
        self._typing.timeout.connect(self._on_changed)
        self._write.clicked.connect(self._on_write_clicked)
        self._close.clicked.connect(self.close)

    def _on_typed(self) -> None:
        self._write.setEnabled(False)
        self._typing.start()

    def _on_changed(self) -> None:
        self._typing.stop()
        self._note.setText("")
        self._write.setEnabled(False)
        self.wish_changed.emit(self.wish())

    def _on_write_clicked(self) -> None:
        self._write.setEnabled(False)
        self.write_wanted.emit(self.wish())
