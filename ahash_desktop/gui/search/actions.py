"""What can be asked of a search, as the window offers it."""

from dataclasses import dataclass

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu


@dataclass(frozen=True)
class SearchActions:
    """Bring pictures in, search by them, and go back to what was searched before."""

    add_folder: QAction
    open_picture: QAction
    paste: QAction
    find_by_words: QAction
    find_similar: QAction
    add_example: QAction
    add_counter_example: QAction
    history_back: QAction
    history_forward: QAction
    recent: QMenu
