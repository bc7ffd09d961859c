"""The status bar: how much is in the library, which model looks at it and where, problems."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStatusBar, QWidget

from ahash_desktop.core.records import LibraryCounts
from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.wording import number_text, photos_text, problems_text


class StatusLine(QStatusBar):
    """Says in a few words what the window works with."""

    problems_clicked = Signal()
    missing_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._photos = label()
        self._engine = label()
        self._watch = label()
        self._model = label()
        self._problems = button("", "link")
        self._problems.clicked.connect(self.problems_clicked)
        self._missing = button("", "link")
        self._missing.clicked.connect(self.missing_clicked)
        self.setContentsMargins(8, 0, 8, 0)
        self.addWidget(self._photos)
        self.addWidget(self._missing)
        self.addWidget(self._problems)
        self.addPermanentWidget(self._watch)
        self.addPermanentWidget(self._model)
        self.addPermanentWidget(self._engine)
        self._problems.hide()
        self._missing.hide()

    def show_counts(self, counts: LibraryCounts) -> None:
        """How many photos can be searched, and how many files are in trouble."""
        text = photos_text(counts.indexed)
        if counts.pending:
            text = self.tr("{photos}  ·  {waiting} waiting").format(
                photos=text, waiting=number_text(counts.pending)
            )
        self._photos.setText(text if counts.total else "")
        self._problems.setText(problems_text(counts.problem))
        self._problems.setVisible(counts.problem > 0)

    def show_missing(self, n_missing: int, n_overdue: int) -> None:
        """How many photos' files are gone, and whether it is time to decide about some."""
        text = self.tr("{photos} missing").format(photos=photos_text(n_missing))
        if n_overdue:
            text = self.tr("{photos} missing for long: keep or forget?").format(
                photos=photos_text(n_overdue)
            )
        self._missing.setText(text)
        self._missing.setVisible(n_missing > 0)

    def show_model(self, name: str, n_bits: int) -> None:
        """Which model's codes are compared."""
        self._model.setText(self.tr("Model {name}").format(name=name))
        self._model.setToolTip(self.tr("{n_bits} bits a photo").format(n_bits=n_bits))

    def show_engine(self, text: str, tool_tip: str = "") -> None:
        """That the model is loaded, or what keeps it from working; empty while all is well."""
        self._engine.setText(text)
        self._engine.setVisible(bool(text))
        self._engine.setToolTip(plain_tool_tip(tool_tip))

    def show_watching(self, text: str, tool_tip: str = "") -> None:
        """How the folders are followed."""
        self._watch.setText(text)
        self._watch.setToolTip(plain_tool_tip(tool_tip))
