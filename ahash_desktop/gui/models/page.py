"""The models there are: which one is in use, changing it, going back, adding and removing."""

from dataclasses import dataclass

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.services.models import ModelInfo


@dataclass(frozen=True, slots=True)
class ModelsShown:
    """The models, the names of those in use now and before, and the id of the serving one."""

    infos: tuple[ModelInfo, ...]
    used: str
    previous: str
    serving_id: str


class ModelsDialog(QDialog):
    """Says what is wanted; what is there is shown with `show_models`."""

    use_clicked = Signal(str)
    import_clicked = Signal()
    remove_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Models"))
        self.resize(640, 420)
        self._shown = ModelsShown((), "", "", "")
        self._is_changing = False
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Models"))
        self.list.setSpacing(2)
        self.note = label(role="soft", wraps=True)
        self.use = button(self.tr("Use"), "primary")
        self.back = button(self.tr("Go back"))
        self.bring = button(self.tr("Add…"))
        self.remove = button(self.tr("Remove"))
        self._close = button(self.tr("Close"))
        self._lay_out()
        self.list.currentRowChanged.connect(self._on_row_changed)
        self.use.clicked.connect(lambda: self._tell_chosen(self.use_clicked))
        self.back.clicked.connect(lambda: self.use_clicked.emit(self._shown.previous))
        self.bring.clicked.connect(self.import_clicked)
        self.remove.clicked.connect(lambda: self._tell_chosen(self.remove_clicked))
        self._close.clicked.connect(self.close)
        self._on_row_changed()

    def show_models(self, shown: ModelsShown, *, is_changing: bool) -> None:
        """Shows the models; while a change is under way, none can be started."""
        self._shown, self._is_changing = shown, is_changing
        row = max(0, self.list.currentRow())
        self.list.clear()
        for info in shown.infos:
            item = QListWidgetItem(self._text(info))
            item.setToolTip(plain_tool_tip(str(info.folder)))
            self.list.addItem(item)
        self.list.setCurrentRow(min(row, self.list.count() - 1))
        self.note.setText(self._note())
        self._on_row_changed()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for control in (self.use, self.back, self.bring, self.remove):
            buttons.addWidget(control)
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(label(self.tr("Models"), "title"))
        layout.addWidget(
            label(
                self.tr(
                    "A model turns photos into codes. Changing it reads all photos again, while "
                    "searching goes on with the old codes."
                ),
                "soft",
                wraps=True,
            )
        )
        layout.addWidget(self.list, 1)
        layout.addWidget(self.note)
        layout.addLayout(buttons)

    def _text(self, info: ModelInfo) -> str:
        text = self.tr("{name}, {n_bits} bits").format(
            name=info.manifest.name, n_bits=info.manifest.n_bits
        )
        if info.lacking is not None:
            text = self.tr("{model}, needs its base weights").format(model=text)
        if self._is_named(info, self._shown.used):
            return self.tr("{model}  (in use)").format(model=text)
        return text

    def _note(self) -> str:
        if self._is_changing:
            return self.tr("The model is being changed; the bar of the window says how far it is.")
        used = next((i for i in self._shown.infos if self._is_named(i, self._shown.used)), None)
        if used is not None and used.manifest.model_id != self._shown.serving_id:
            return self.tr("{name} searches from the next start of the program.").format(
                name=used.manifest.name
            )
        return ""

    def _chosen(self) -> ModelInfo | None:
        row = self.list.currentRow()
        return self._shown.infos[row] if 0 <= row < len(self._shown.infos) else None

    def _tell_chosen(self, signal: SignalInstance) -> None:
        chosen = self._chosen()
        if chosen is not None:
            signal.emit(chosen.manifest.name)

    def _on_row_changed(self) -> None:
        chosen = self._chosen()
        can_be_used = (
            chosen is not None
            and not self._is_changing
            and not self._is_named(chosen, self._shown.used)
        )
        self.use.setEnabled(can_be_used)
        self.remove.setEnabled(can_be_used and chosen is not None and not chosen.is_shipped)
        known = any(self._is_named(info, self._shown.previous) for info in self._shown.infos)
        self.back.setEnabled(known and not self._is_changing)

    def _is_named(self, info: ModelInfo, name: str) -> bool:
        return name in {info.manifest.name, info.manifest.model_id, info.folder.name}
