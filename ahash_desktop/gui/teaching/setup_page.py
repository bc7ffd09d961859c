"""How a lesson is taught: how thoroughly, from which model, with how many bits, on which photos."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.sentences import sentence_text
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import duration_text, translate
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.gui.teaching.advanced_fields import AdvancedFields
from ahash_desktop.gui.teaching.sides_pane import SidesPane
from ahash_desktop.gui.teaching.wizard_page import WizardPage
from ahash_desktop.services.models import ModelInfo
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.kinds import KindSummary
from ahash_desktop.training.ask.lesson import Depth, LessonCost, LessonPlan

_PERCENT = 100
_GB = 1e9
_TOLD_DISK_BYTES = 50_000_000
_BITS = (32, 64, 128, 256)
_FORM_PX = 470
_INDENT_PX = 24
AS_BASE = 0


class SetupPage(WizardPage):
    """Gives a plan; `plan_changed` follows every change of it.

    `divide_wanted` carries the share that is kept back and the seed of the choice, and whether what
    is divided already is divided anew; `name_changed` the name to check.
    """

    plan_changed = Signal()
    divide_wanted = Signal(float, int, bool)
    side_wanted = Signal(object, str)
    name_changed = Signal(str)

    def __init__(
        self, pictures: FilePictures, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(translate("setup", "How shall it learn?"), "", parent)
        self._seed = 0
        self._preferred = ""
        self._name_fault: str | None = None
        self.labelled: LabelledSet | None = None
        self.name = QLineEdit()
        self.name.setAccessibleName(self.tr("Name of the model"))
        self._name_note = label(role="soft", wraps=True)
        self._name_note.hide()
        self._depths: dict[Depth, QRadioButton] = {}
        self._costs: dict[Depth, QLabel] = {}
        self._samples: dict[Depth, int] = {}
        self._group = QButtonGroup(self)
        self.base = QComboBox()
        self.base.setAccessibleName(self.tr("Start from"))
        self.bits = QComboBox()
        self.bits.setAccessibleName(self.tr("Bits of a code"))
        self._bits_note = label(role="soft", wraps=True)
        self.keeps = QCheckBox(self.tr("Keep what the model kno&ws already"))
        self.keeps.setChecked(True)
        self.share = QSpinBox()
        self.share.setRange(5, 50)
        self.share.setSingleStep(5)
        self.share.setValue(15)
        self.share.setSuffix(" %")
        self.share.setAccessibleName(self.tr("Kept back for judging"))
        self._more = button(self.tr("More &settings"), "link")
        self.advanced = AdvancedFields()
        self.advanced.hide()
        self.sides = SidesPane(pictures, colours)
        self._lay_out()
        self._connect()
        self._show_bits_note()

    @property
    def may_go_on(self) -> bool:
        return bool(self.name.text().strip()) and self._name_fault is None and bool(self.labelled)

    @property
    def next_text(self) -> str:
        return self.tr("&Teach")

    @property
    def plan(self) -> LessonPlan:
        """What is asked for."""
        n_bits = int(self.bits.currentData() or AS_BASE)
        plan = LessonPlan(
            name=self.name.text().strip(),
            base=str(self.base.currentData() or ""),
            depth=self.chosen_depth,
            n_bits=n_bits or None,
            keep_knowledge=self.keeps.isChecked(),
            validation_share=self.share.value() / _PERCENT,
            seed=self._seed,
        )
        return replace(plan, **self.advanced.values)

    @property
    def taught_plan(self) -> LessonPlan:
        """The same, from the sample that it told of where all photos would take too long."""
        plan = self.plan
        return replace(plan, most_photos=plan.most_photos or self._samples.get(plan.depth, 0))

    @property
    def chosen_depth(self) -> Depth:
        """How much of the network learns."""
        return next(depth for depth, radio in self._depths.items() if radio.isChecked())

    def enter(self) -> None:
        self._ask_to_divide(anew=False)
        self._depths[self.chosen_depth].setFocus()

    def set_colours(self, colours: Colours) -> None:
        self.sides.set_colours(colours)

    def choose_depth(self, depth: Depth) -> None:
        """Chooses how thoroughly it learns."""
        self._depths[depth].setChecked(True)

    def show_models(self, infos: Sequence[ModelInfo], used: str) -> None:
        """Offers the models that it can start from; the one in use comes first."""
        chosen = self.base.currentData()
        self.base.blockSignals(True)
        self.base.clear()
        for info in sorted(infos, key=lambda info: info.manifest.model_id != used):
            if info.lacking is not None:
                continue
            text = self.tr("{name}, {n_bits} bits").format(
                name=info.manifest.name, n_bits=info.manifest.n_bits
            )
            if info.manifest.model_id == used:
                text = self.tr("{model} (in use)").format(model=text)
            self.base.addItem(text, info.manifest.name)
        chosen, self._preferred = self._preferred or chosen, ""
        found = self.base.findData(chosen) if chosen is not None else 0
        self.base.setCurrentIndex(max(0, found))
        self.base.blockSignals(False)
        self._on_base_changed()

    def prefer_base(self, name: str) -> None:
        """Starts from a model, once the models are known."""
        self._preferred = name
        if self.base.findData(name) >= 0:
            self.base.setCurrentIndex(self.base.findData(name))

    def show_sides(self, labelled: LabelledSet, kinds: Sequence[KindSummary]) -> None:
        """Shows which photos are learned from and which are kept back."""
        self.labelled = labelled
        self.sides.show_sides(labelled, kinds)
        self.state_changed.emit()

    def show_name_fault(self, fault: str | None) -> None:
        """Says why the name does not do."""
        self._name_fault = fault
        self._name_note.setText(f"{sentence_text(fault)}." if fault else "")
        self._name_note.setVisible(bool(fault))
        self.state_changed.emit()

    def show_cost(self, depth: Depth, cost: LessonCost) -> None:
        """Says what it takes on this machine."""
        text = self.tr("about {time}, {memory} GB of memory").format(
            time=duration_text(cost.seconds), memory=f"{cost.memory_bytes / _GB:.1f}"
        )
        if cost.disk_bytes >= _TOLD_DISK_BYTES:
            disk = self.tr("{size} GB on the disk").format(size=f"{cost.disk_bytes / _GB:.1f}")
            text = f"{text}, {disk}"
        self._samples[depth] = cost.sample
        if cost.sample:
            sampled = self.tr("from a sample of {count} photos a kind").format(count=cost.sample)
            text = f"{text}, {sampled}"
        self._costs[depth].setText(text)
        self._costs[depth].show()

    def forget_costs(self) -> None:
        """Says nothing of time any more."""
        self._samples.clear()
        for note in self._costs.values():
            note.hide()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 12, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        _add_row(grid, self.tr("Na&me"), self.name, self._name_note)
        for depth in Depth:
            self._add_depth(grid, depth)
        keeps_note = label(
            self.tr(
                "The model it starts from teaches beside your labels, on other photos of the "
                "library, so that new kinds do not cost the old ones."
            ),
            "soft",
            wraps=True,
        )
        _add_row(grid, self.tr("Start &from"), self.base)
        _add_row(grid, self.tr("B&its"), self.bits, self._bits_note)
        _add_row(grid, "", self.keeps, keeps_note)
        _add_row(grid, self.tr("Kept bac&k"), self.share)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 4, 0)
        column.addLayout(grid)
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.advanced)
        column.addStretch(1)
        left = QWidget()
        left.setLayout(column)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(left)
        scroll.setMinimumWidth(_FORM_PX)
        row = QHBoxLayout()
        row.setSpacing(20)
        row.addWidget(scroll, 3)
        row.addWidget(self.sides, 2)
        self._body.addLayout(row, 1)

    def _add_depth(self, grid: QGridLayout, depth: Depth) -> None:
        name, what = {
            Depth.QUICK: (
                self.tr("&Quick"),
                self.tr("Sees as before, and learns which differences count. Some minutes."),
            ),
            Depth.STANDARD: (
                self.tr("Stan&dard"),
                self.tr("Also learns to see finer, in the last stages of the network."),
            ),
            Depth.THOROUGH: (
                self.tr("Thoroug&h"),
                self.tr("The whole network learns: for subjects unlike birds and cars. Hours."),
            ),
        }[depth]
        row = grid.rowCount()
        if not self._depths:
            grid.addWidget(label(self.tr("Depth")), row, 0)
        radio, cost = QRadioButton(name), label(role="heading", wraps=True)
        radio.setAccessibleDescription(what)
        cost.hide()
        note = label(what, "soft", wraps=True)
        for number, part in enumerate((radio, note, cost)):
            grid.addWidget(part, row + number, 1)
        note.setIndent(_INDENT_PX)
        cost.setIndent(_INDENT_PX)
        self._depths[depth], self._costs[depth] = radio, cost
        self._group.addButton(radio)
        radio.setChecked(depth == Depth.QUICK)

    def _connect(self) -> None:
        self.name.textEdited.connect(self.name_changed)
        self.name.textChanged.connect(lambda _text: self.state_changed.emit())
        for radio in self._depths.values():
            radio.toggled.connect(lambda on: self.plan_changed.emit() if on else None)
        self.base.currentIndexChanged.connect(lambda _index: self._on_base_changed())
        self.bits.currentIndexChanged.connect(lambda _index: self._on_bits_changed())
        self.keeps.toggled.connect(lambda _on: self.plan_changed.emit())
        self.share.valueChanged.connect(lambda _value: self._ask_to_divide(anew=False))
        self._more.clicked.connect(self._on_more_clicked)
        self.advanced.changed.connect(self.plan_changed)
        self.sides.anew_clicked.connect(self._on_anew_clicked)
        self.sides.side_wanted.connect(self.side_wanted)

    def _on_more_clicked(self) -> None:
        self.advanced.setVisible(self.advanced.isHidden())
        shows = not self.advanced.isHidden()
        self._more.setText(self.tr("Fewer &settings") if shows else self.tr("More &settings"))

    def _on_anew_clicked(self) -> None:
        self._seed += 1
        self._ask_to_divide(anew=True)

    def _ask_to_divide(self, *, anew: bool) -> None:
        self.divide_wanted.emit(self.share.value() / _PERCENT, self._seed, anew)

    def _on_base_changed(self) -> None:
        chosen = self.bits.currentData()
        self.bits.blockSignals(True)
        self.bits.clear()
        if self.base.currentData():
            self.bits.addItem(self.tr("As many as the model it starts from"), AS_BASE)
        for n_bits in _BITS:
            self.bits.addItem(self.tr("{n_bits} bits").format(n_bits=n_bits), n_bits)
        default = chosen if chosen is not None else (AS_BASE if self.base.currentData() else 128)
        self.bits.setCurrentIndex(max(0, self.bits.findData(default)))
        self.bits.blockSignals(False)
        self.keeps.setEnabled(bool(self.base.currentData()))
        self._on_bits_changed()

    def _on_bits_changed(self) -> None:
        self._show_bits_note()
        self.plan_changed.emit()

    def _show_bits_note(self) -> None:
        n_bits = self.bits.currentData()
        texts = {
            AS_BASE: self.tr("Named bits stay what they are where they stay true."),
            32: self.tr("4 bytes a photo: fast for millions, coarse between kinds that are alike."),
            64: self.tr("8 bytes a photo: enough for some dozens of kinds."),
            128: self.tr("16 bytes a photo: for a hundred kinds and more."),
            256: self.tr("32 bytes a photo: the finest order, twice the time of 128 to compare."),
        }
        self._bits_note.setText(texts.get(n_bits if isinstance(n_bits, int) else AS_BASE, ""))


def _add_row(grid: QGridLayout, name: str, field: QWidget, note: QWidget | None = None) -> None:
    row = grid.rowCount()
    if name:
        named = label(name)
        named.setBuddy(field)
        grid.addWidget(named, row, 0, Qt.AlignmentFlag.AlignVCenter)
    grid.addWidget(field, row, 1)
    if note is not None:
        grid.addWidget(note, row + 1, 1)


def name_for(kinds: Sequence[KindSummary], sources: Sequence[str]) -> str:
    """A name to begin with: that of the place the photos come from, else of the first kind."""
    named = Path(sources[0]).name if sources else (kinds[0].name if kinds else "")
    return " ".join(named.replace(",", " ").split())[:40]
