"""The window with tiny kinds, and lessons whose work is a script."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ahash_desktop.core.errors import Cancelled
from ahash_desktop.engine.lesson_process import CHECK, COMPARE, TEACH, TRY
from ahash_desktop.gui.teaching.tools import TeachingTools
from ahash_desktop.gui.teaching.wizard import Wizard
from ahash_desktop.gui.window.main_window import MainWindow
from ahash_desktop.services.teaching.checking import Checker
from ahash_desktop.services.teaching.collecting import Collector
from ahash_desktop.services.teaching.lessons import Lessons
from ahash_desktop.services.teaching.planning import Planner
from ahash_desktop.training.ask.findings import CheckProgress, CheckReport, Finding
from ahash_desktop.training.ask.labels import Notice
from ahash_desktop.training.ask.lesson import (
    Comparison,
    Confusion,
    CurvePoint,
    Depth,
    KindName,
    KindScore,
    LessonCost,
    LessonProgress,
    LessonReport,
    Measured,
    QueryMatches,
    RestCheck,
    Verdict,
)
from ahash_desktop.training.ask.lesson_files import MODEL, save_report
from tests import patience
from tests.pictures import save_picture
from tests.services.test_switching import make_bundle

KINDS = ("Gadwall", "Teal", "小鸊鷉 😀")
N_PHOTOS = 5


class ScriptedWorker:
    """Plays what the processes of lessons would do.

    Attributes:
        findings: What a check finds.
        fails: Raised by the next lesson, once.
        holds: Called between two records of a lesson.
    """

    def __init__(self) -> None:
        self.findings: tuple[Finding, ...] = ()
        self.fails: Exception | None = None
        self.holds: Callable[[Any], object] = lambda _token: None
        self.photos: list[Path] = []
        self.done: list[str] = []

    def records(self, work: str, arguments: tuple[Any, ...], token: Any) -> Iterator[Any]:
        self.done.append(work)
        if work == CHECK:
            yield CheckProgress("reading", 1, 2, 3.0)
            yield CheckReport(self.findings, 15, 3)
        elif work == TRY:
            yield LessonCost(180.0, 1_400_000_000, 10, 75.0, 0)
        elif work == COMPARE:
            yield LessonProgress("judging", 1, 4)
            self.holds(token)
            query = QueryMatches(self.photos[0], KINDS[0], tuple(self.photos[1:3]), (True, False))
            measured = Measured(0.5, (0.4, 0.6), 0.55, 0.4, 6, 9)
            yield Comparison(
                "older",
                "newest",
                Verdict.NO_CLEAR_DIFFERENCE,
                (Notice("It finds your kinds about as well: 0.55 before, 0.55 now, of 1.00"),),
                measured,
                measured,
                None,
                (),
                (query,),
                (query,),
                (Notice("There are 32000 photos: 5000 of each kind are compared on"),),
            )
        elif work == TEACH:
            yield from self._teach(arguments[0], token)

    def _teach(self, folder: Path, token: Any) -> Iterator[Any]:
        fails, self.fails = self.fails, None
        yield LessonProgress("reading", 0, 10, 60.0, before_map=0.5)
        self.holds(token)
        if token.is_cancelled:
            raise Cancelled
        if fails is not None:
            raise fails
        point = CurvePoint(1, {"hash": 0.4}, 0.7)
        query = QueryMatches(self.photos[0], KINDS[0], tuple(self.photos[1:4]), (True, False, True))
        yield LessonProgress(
            "learning",
            5,
            10,
            30.0,
            0,
            1,
            {"hash": 0.4},
            None,
            0.7,
            (point,),
            (query,),
            (Notice("Memory ran out: it goes on with 8 photos at a time"),),
        )
        yield LessonProgress("judging", 1, 2, 1.0)
        model = make_bundle(folder / MODEL, 8).model_id
        report = report_of(folder.name, model, self.photos, query)
        save_report(folder, report)
        yield report


def report_of(
    lesson_id: str, model_id: str, photos: list[Path], query: QueryMatches
) -> LessonReport:
    before = Measured(0.5, (0.4, 0.6), 0.55, 0.4, 6, 9)
    after = Measured(0.8, (0.7, 0.9), 0.85, 0.7, 6, 9)
    return LessonReport(
        lesson_id=lesson_id,
        name="ducks",
        model_id=model_id,
        depth=Depth.QUICK,
        verdict=Verdict.BETTER,
        why=(Notice("It finds your kinds better: 0.55 before, 0.85 now, of 1.00"),),
        before=before,
        after=after,
        difference_95=(0.2, 0.4),
        kinds=tuple(KindScore(kind, 0.5, 0.5 + n / 10, 2) for n, kind in enumerate(KINDS)),
        confusions=(Confusion(KINDS[0], KINDS[1], tuple(photos[:2]), tuple(photos[5:7]), 2, 4),),
        before_queries=(query,),
        after_queries=(query,),
        rest=RestCheck(20, 0.9, 3, 0.4, 0.39),
        names=(KindName(KINDS[0], (3, 5), (True, False), 0.97),),
        named_bits_kept=4,
        silent_bits=("red crown",),
        n_bits=8,
        n_photos=9,
        n_kinds=3,
        n_validating=6,
        seconds=130.0,
        peak_memory_bytes=10,
    )


@pytest.fixture
def kind_folders(tmp_path) -> Path:
    """Three kinds of five photos each."""
    folder = tmp_path / "my ducks"
    for number, kind in enumerate(KINDS):
        for photo in range(N_PHOTOS):
            save_picture(folder / kind / f"{photo}.png", 100 * number + photo, (60, 40))
    return folder


@pytest.fixture
def worker(kind_folders) -> ScriptedWorker:
    made = ScriptedWorker()
    made.photos = sorted(kind_folders.rglob("*.png"))
    return made


@pytest.fixture
def tools(session, worker) -> TeachingTools:
    make_bundle(session.paths.models / "fake-64", 8)
    return TeachingTools(
        Lessons(session.paths, session.shelf, worker),
        Collector(session.browser),
        Checker(session.paths, session.shelf, worker),
        Planner(session.paths, session.shelf, worker),
        session.labels,
    )


@pytest.fixture
def window(qtbot, session, theme, runner, tools) -> Iterator[MainWindow]:
    """The window on an empty library, with lessons that are a script."""
    made = MainWindow(session, theme, runner, tools)
    qtbot.addWidget(made)
    made.show()
    made.start()
    qtbot.waitUntil(made.library.first_run.isVisible)
    yield made
    session.encoder.gate.set()
    session.encoder.loaded.set()
    runner.cancel_all()
    assert made.thumbnails.stop(patience.SOON_S)


@pytest.fixture
def wizard(window) -> Wizard:
    """The wizard, turned to from the menu."""
    window.commands.teach.trigger()
    return window.teaching.wizard


@pytest.fixture
def chosen(qtbot, wizard, kind_folders) -> Wizard:
    """The wizard with the three kinds taken in."""
    wizard.choose.add_folders([kind_folders])
    qtbot.waitUntil(lambda: wizard.choose.may_go_on)
    return wizard
