"""The means of a walk through the real window: steps with pictures, keys, words, sliders."""

import logging
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from ahash_desktop.gui.base.translation import translations_folder
from ahash_desktop.gui.window.actions import WindowActions
from ahash_desktop.gui.window.main_window import MainWindow
from tests import patience
from tests.e2e.watchdog import Watchdog
from tests.gui.window.test_window import texts

_log = logging.getLogger(__name__)

LEFT = Qt.MouseButton.LeftButton
LANGUAGE = os.environ.get("AHASH_WALK_LANGUAGE", "en")
# Words that stay English: names of programs, models, files and licences.
SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")


class Walk:
    """One way through the window.

    Attributes:
        window: The window.
        outside: Photos that are not in the library.
        watchdog: Times the window's thread.
    """

    def __init__(
        self, qtbot: object, window: MainWindow, outside: list[Path], watchdog: Watchdog
    ) -> None:
        self.window = window
        self.outside = outside
        self.watchdog = watchdog
        self._qtbot = qtbot
        self._pictures = os.environ.get("AHASH_WALK_PICTURES")
        self._n_steps = 0
        self._words = translations(LANGUAGE)
        self.left_english: list[str] = []
        window.search.search_failed.connect(lambda error: _log.error("search: %s", error))

    @property
    def commands(self) -> WindowActions:
        """What the menus offer."""
        return self.window.commands

    @contextmanager
    def step(self, name: str, shown: Callable[[], QWidget] | None = None) -> Iterator[None]:
        """One step, with a picture at its end."""
        self._n_steps += 1
        self.watchdog.step = name
        self.watchdog.forget()
        yield
        self.watchdog.tick()
        self.rest()
        if LANGUAGE != "en":
            found = SENTENCE.findall(texts(shown() if shown else self.window))
            self.left_english += [f"{name}: {text}" for text in found]
            self.watchdog.forget()
        if self._pictures:
            self._qtbot.wait(15 * patience.TURN_MS)
            widget = shown() if shown else self.window
            widget.grab().save(str(Path(self._pictures, f"{self._n_steps:02} {name}.png")))
            self.watchdog.forget()

    def says(self, widget: QWidget, text: str) -> bool:
        """Whether a widget shows a text of the program, whatever fills its gaps, translated."""
        parts = re.split(r"\{\w+\}", self._words.get(text, text))
        return re.search(".+".join(map(re.escape, parts)), texts(widget)) is not None

    def until(self, holds: Callable[[], object]) -> None:
        """Lets the window live until something holds."""
        self._qtbot.waitUntil(holds)

    def rest(self) -> None:
        """Lets the window live until all thumbnails are there."""
        self.until(lambda: self.window.thumbnails.is_idle)
        self._qtbot.wait(patience.TURN_MS)

    @contextmanager
    def search(self) -> Iterator[None]:
        """Waits until what happens within has been searched for and shown."""
        with self._qtbot.waitSignal(self.window.search.search_succeeded):
            yield
        browse = self.window.browse
        self.until(lambda: browse.shows_results and browse.hit_model.rowCount() > 0)

    def press(self, key: Qt.Key, target: QWidget | None = None) -> None:
        """Presses a key where the keyboard is."""
        QTest.keyClick(target or QApplication.focusWidget() or self.window, key)

    def shortcut(self, action: QAction) -> None:
        """Presses the keys of a command."""
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)
        with self._qtbot.waitSignal(action.triggered):
            QTest.keySequence(QApplication.focusWidget() or self.window, action.shortcut())

    def dialog(self, kind: type[QDialog]) -> QDialog:
        """A dialog, once it is there."""
        self.until(lambda: any(each.isVisible() for each in self.window.findChildren(kind)))
        return next(each for each in self.window.findChildren(kind) if each.isVisible())


def translations(language: str) -> dict[str, str]:
    """The texts of the window in a language; none for English."""
    file = translations_folder() / f"ahash_{language}.ts"
    if not file.is_file():
        return {}
    messages = ET.parse(file).iter("message")  # noqa: S314 - our own file
    return {each.findtext("source"): each.findtext("translation") for each in messages}


def slide(slider: QSlider, share: float) -> None:
    """Drags the handle of a slider to a share of its way."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = slider.style().subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
    )
    target = QPoint(round(share * slider.width()), handle.center().y())
    QTest.mousePress(slider, LEFT, pos=handle.center())
    QTest.mouseMove(slider, target)
    QTest.mouseRelease(slider, LEFT, pos=target)
