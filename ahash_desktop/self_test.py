"""Tries every part of the program once on pictures it renders: `ahash-desktop --self-test`.

An installer whose program passes has left nothing out that people need.
"""

import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from ahash_desktop import __version__
from ahash_desktop.core.jobs import CancelToken, FinishToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.plain_text import plain_lines
from ahash_desktop.core.records import SearchHit
from ahash_desktop.core.settings import Settings
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.window.main_window import MainWindow
from ahash_desktop.imaging.sample import render_sample
from ahash_desktop.services.mapping import MapLayout
from ahash_desktop.services.searching import Example, SearchRequest
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.teaching.collecting import Collector
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.lesson import LessonPlan, LessonReport

_log = logging.getLogger(__name__)

_N_KINDS = 3
_N_PHOTOS = 6
_LESSON_MINUTES = 10 / 60
_WINDOW_SIZE = QSize(1000, 700)
_FEWEST_COLOURS = 20
_PAINT_S = 60.0

Check = Callable[[], str]


def main() -> int:
    """Runs all checks, each told in a line on stdout; returns 0 only if every one passes."""
    _tell(f"ahash-desktop {__version__}, self-test")
    with tempfile.TemporaryDirectory(prefix="ahash-self-test-") as scratch:
        return SelfTest(Path(scratch)).run()


class SelfTest:
    """The checks, in the order in which they stand on one another.

    Args:
        scratch: A folder for pictures and a library of its own.
        tell: Takes a line for a person.
        open_session: Opens the library; with the engine process by default.
    """

    def __init__(
        self,
        scratch: Path,
        tell: Callable[[str], None] | None = None,
        open_session: Callable[[LibraryPaths], LibrarySession] | None = None,
    ) -> None:
        self._pictures = scratch / "pictures"
        self._paths = LibraryPaths(scratch / "library")
        self._tell = tell or _tell
        self._open_session = open_session or (lambda paths: LibrarySession.open(paths, Settings()))

    def run(self) -> int:
        """Runs them all; returns 0 only if every one passes."""
        n_failed = self._try("pictures are rendered", self._render)
        session = self._open_session(self._paths)
        checks: dict[str, Check] = {
            "the model loads": lambda: _load(session),
            "photos are encoded": lambda: self._index(session),
            "a photo finds its like": lambda: self._search(session),
            "bits are explained": lambda: self._explain(session),
            "the library is laid out": lambda: _lay_out(session),
            "a lesson learns": lambda: self._teach(session),
            "the window paints": lambda: _paint(session),
        }
        try:
            n_failed += sum(self._try(name, check) for name, check in checks.items())
        finally:
            session.close()
        self._tell("all passed" if not n_failed else f"{n_failed} FAILED")
        return int(n_failed > 0)

    def _try(self, name: str, check: Check) -> int:
        """1 if a check fails: whatever happens in it is its outcome, and the others go on."""
        began = time.monotonic()
        try:
            found, verdict = check(), "ok"
        except Exception as error:  # noqa: BLE001 - the outcome of this check
            _log.debug("%s: failed", name, exc_info=True)
            found, verdict = f"{type(error).__name__}: {error}", "FAILED"
        self._tell(f"{verdict:6} {name} ({time.monotonic() - began:.1f} s): {found}")
        return int(verdict != "ok")

    def _render(self) -> str:
        made = render_sample(self._pictures, n_classes=_N_KINDS, n_photos=_N_PHOTOS)
        return f"{made.n_photos} of {made.n_classes} kinds"

    def _index(self, session: LibrarySession) -> str:
        session.browser.add_root(self._pictures)
        for _progress in session.updater.index(CancelToken()):
            pass
        found = session.browser.photo_ids()
        _expect(len(found) == _N_KINDS * _N_PHOTOS, f"{len(found)} photos in the library")
        return f"{len(found)} photos, codes of {session.model.n_bits} bits"

    def _search(self, session: LibrarySession) -> str:
        asked = self._one_picture()
        hits = _nearest(session, asked)
        _expect(bool(hits) and hits[0].distance == 0, "a photo is not nearest to itself")
        return f"{len(hits)} matches, the photo itself first"

    def _explain(self, session: LibrarySession) -> str:
        evidence = session.explain(str(self._one_picture()), range(8))
        means = evidence.maps.mean(axis=(1, 2))
        _expect(np.allclose(means, evidence.logits, atol=1e-3), "maps do not add up to the bits")
        return f"{len(evidence.bits)} maps, each with its bit as its mean"

    def _teach(self, session: LibrarySession) -> str:
        *_, labelled = Collector(session.browser).folders([self._pictures], CancelToken())
        if not isinstance(labelled, LabelledSet):
            raise TypeError("collecting ends with what was collected")
        plan = LessonPlan(
            "self-test",
            session.model.name,
            minutes=_LESSON_MINUTES,
            validation_share=0.34,
            views=1,
        )
        lesson = session.lessons.begin(plan, labelled)
        *_, report = session.lessons.run(lesson.lesson_id, FinishToken())
        if not isinstance(report, LessonReport) or report.after is None:
            raise TypeError("a lesson ends with its report")
        return f"{report.n_kinds} kinds from {report.n_photos} photos, {report.verdict.value}"

    def _one_picture(self) -> Path:
        return min(self._pictures.rglob("*.jpg"))


def _load(session: LibrarySession) -> str:
    session.encoder.warm_up()
    return f"{session.model.name}, {session.encoder.note}"


def _nearest(session: LibrarySession, picture: Path) -> tuple[SearchHit, ...]:
    """The photos most like a file, asked as one that the library does not know."""
    example = Example(source=picture.read_bytes())
    request = SearchRequest(positives=(example,), top_k=_N_PHOTOS, order="bits")
    return tuple(session.searcher.search(request).hits)


def _lay_out(session: LibrarySession) -> str:
    *_, layout = session.library_map.make(CancelToken())
    _expect(isinstance(layout, MapLayout), "there is no map")
    return "a map of all photos"


def _paint(session: LibrarySession) -> str:
    """Shows the window with the library until its photos are painted, and closes it."""
    running = QApplication.instance()
    application = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
    theme = ThemeController(application, "light")
    runner = JobRunner()
    window = MainWindow(session, theme, runner)
    window.resize(_WINDOW_SIZE)
    window.show()
    window.start(updates=False)
    n_colours = 0
    until = time.monotonic() + _PAINT_S
    while n_colours < _FEWEST_COLOURS and time.monotonic() < until:
        application.processEvents()
        time.sleep(0.05)
        if window.browse.photo_model.rowCount():
            n_colours = _colours_of(window.grab().toImage())
    window.close()
    runner.shut_down(_PAINT_S)
    window.thumbnails.stop()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    _expect(n_colours >= _FEWEST_COLOURS, f"only {n_colours} colours in it")
    return f"{_WINDOW_SIZE.width()} x {_WINDOW_SIZE.height()}, {n_colours} colours"


def _colours_of(image: QImage) -> int:
    """How many colours a picture has, looked at every few pixels and roughly."""
    small = image.convertToFormat(QImage.Format.Format_RGB888)
    data = np.frombuffer(small.constBits(), np.uint8).reshape(small.height(), -1)
    pixels = data[::4, : small.width() * 3].reshape(-1, 3)[::4] // 16
    return len(np.unique(pixels @ np.array([256, 16, 1], np.int32)))


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def _tell(line: str) -> None:
    if sys.stdout is not None:
        sys.stdout.write(f"{plain_lines(line)}\n")
        sys.stdout.flush()
