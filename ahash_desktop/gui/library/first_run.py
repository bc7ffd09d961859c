"""The first page: what the program does, and the one thing to do now."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import button, label, tool_button
from ahash_desktop.gui.base.icons import drawing, program_icon
from ahash_desktop.gui.base.theme import Colours

_ZONE_WIDTH_PX = 640
_MARK_PX = 40
BIRDS, CARS, EVERYTHING = "birds", "cars", "everything"
"""The answers to the question what is photographed."""


class FirstRunPage(QWidget):
    """Welcomes, asks what is photographed, and for a folder by button, by drop or in Pictures."""

    add_folder_clicked = Signal()
    pictures_clicked = Signal(object)
    teach_clicked = Signal()
    subject_chosen = Signal(str)
    more_clicked = Signal()

    def __init__(self, pictures: Path, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._folder_drawing = QLabel()
        self._add = button(self.tr("Add a folder of photos…"), "big")
        self._offer = button(
            self.tr("Use my Pictures folder ({folder})").format(folder=pictures), "link"
        )
        self._offer.hide()
        self._teach = button(self.tr("Teach it kinds of your own…"), "link")
        self._more = button("", "link")
        self._more.hide()
        self._more.clicked.connect(self.more_clicked)
        self._answers = QButtonGroup(self)
        self._zone = self._make_zone()
        self._add.clicked.connect(self.add_folder_clicked)
        self._teach.clicked.connect(self.teach_clicked)
        self._offer.clicked.connect(lambda: self.pictures_clicked.emit(self._pictures))
        self._lay_out()
        self.set_colours(colours)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._folder_drawing.setPixmap(drawing("folder-add", colours.text_soft, 44))

    def offer_more(self, text: str) -> None:
        """Offers another model in a line; nothing without a text."""
        self._more.setText(text)
        self._more.setVisible(bool(text))

    def set_hot(self, hot: bool) -> None:
        """Shows that a drag may be dropped."""
        self._zone.setProperty("hot", hot)
        self._zone.style().unpolish(self._zone)
        self._zone.style().polish(self._zone)

    def _make_zone(self) -> QFrame:
        zone = QFrame()
        zone.setObjectName("dropZone")
        zone.setMaximumWidth(_ZONE_WIDTH_PX)
        zone.setMinimumWidth(_ZONE_WIDTH_PX * 3 // 4)
        layout = QVBoxLayout(zone)
        layout.setContentsMargins(32, 20, 32, 20)
        layout.setSpacing(12)
        centre = Qt.AlignmentFlag.AlignHCenter
        layout.addWidget(label(self.tr("What do you photograph?"), "heading"), 0, centre)
        layout.addLayout(self._make_question())
        layout.addWidget(self._more, 0, centre)
        layout.addWidget(self._folder_drawing, 0, centre)
        layout.addWidget(self._add, 0, centre)
        layout.addWidget(label(self.tr("or drop a folder here"), "soft"), 0, centre)
        layout.addWidget(self._offer, 0, centre)
        layout.addWidget(self._teach, 0, centre)
        return zone

    def _make_question(self) -> QHBoxLayout:
        """One answer at a time; it need not be given."""
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addStretch(1)
        answers = (
            (BIRDS, self.tr("Birds"), "first"),
            (CARS, self.tr("Cars"), ""),
            (EVERYTHING, self.tr("A bit of everything"), "last"),
        )
        for subject, text, place in answers:
            made = tool_button(text, role="segment")
            made.setText(text)
            made.setCheckable(True)
            made.setProperty("place", place)
            made.clicked.connect(lambda _on=False, s=subject: self.subject_chosen.emit(s))
            self._answers.addButton(made)
            row.addWidget(made)
        row.addStretch(1)
        return row

    def _lay_out(self) -> None:
        centre = Qt.AlignmentFlag.AlignHCenter
        mark = QLabel()
        mark.setPixmap(program_icon().pixmap(_MARK_PX, _MARK_PX))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 6, 32, 6)
        layout.addStretch(2)
        layout.addWidget(mark, 0, centre)
        layout.addWidget(_centred(self.tr("Find photos that look alike, and see why"), "display"))
        layout.addWidget(
            _centred(
                self.tr(
                    "Show Ahash one picture: it finds the nearest among your photos and says what "
                    "they have in common."
                )
            )
        )
        layout.addSpacing(8)
        layout.addWidget(self._zone, 0, centre)
        layout.addSpacing(8)
        for text in (
            self.tr(
                "Next your photos appear as they are read; from the first one on you can search."
            ),
            self.tr("Photos stay where they are: nothing is moved, changed or sent anywhere."),
        ):
            layout.addWidget(_centred(text))
        layout.addStretch(3)

    def offer_pictures(self, is_there: bool) -> None:
        """Whether the user's Pictures folder is there, to begin with."""
        self._offer.setVisible(is_there)


def _centred(text: str, role: str = "soft") -> QLabel:
    """A line in the middle of the page, or more of them where it is narrow."""
    made = label(text, role, wraps=True)
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return made
