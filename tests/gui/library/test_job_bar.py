"""The bar shows the job whose turn it is, and its buttons act on that one."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QAbstractButton

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.updates import IndexProgress, IndexSummary, ModelChange
from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane
from ahash_desktop.gui.base.theme import LIGHT
from ahash_desktop.gui.library.job_bar import JobBar
from tests import patience
from tests.gui.window.test_window import texts

PAUSE, RESUME, CANCEL = "Pause", "Resume", "Cancel the update"


class Work:
    """A job that reads photos until it is told to end."""

    def __init__(self, runner: JobRunner, outcome: object, n_to_do: int = 9) -> None:
        self.begun = threading.Event()
        self.end = threading.Event()
        self.outcome = outcome
        self.n_to_do = n_to_do
        self.job: Job = runner.start(self._run, Lane.LIBRARY)
        self.ended: list[str] = []
        for name in ("succeeded", "cancelled", "failed"):
            getattr(self.job, name).connect(lambda *_, name=name: self.ended.append(name))

    def _run(self, token: CancelToken) -> Iterator[object]:
        self.begun.set()
        while not self.end.is_set():
            yield IndexProgress("encoding", 9, 0, self.n_to_do, 1.0, None, "")
            token.wait(patience.TICK_S)
        yield self.outcome


@pytest.fixture
def bar(qtbot) -> JobBar:
    made = JobBar(LIGHT)
    qtbot.addWidget(made)
    return made


@pytest.fixture
def change(runner) -> Iterator[Work]:
    made = Work(runner, ModelChange("new", "id", "old", 3, 0))
    yield made
    made.end.set()


@pytest.fixture
def update(change, runner) -> Iterator[Work]:
    """An update that waits for a change of the model."""
    made = Work(runner, IndexSummary(found=4))
    yield made
    made.end.set()


def button(bar: JobBar, name: str) -> QAbstractButton:
    return next(b for b in bar.findChildren(QAbstractButton) if b.accessibleName() == name)


def test_pausing_acts_on_the_job_that_runs(qtbot, bar, change, update):
    bar.follow(change.job)
    bar.follow(update.job)
    button(bar, PAUSE).click()
    assert (change.job.is_paused, update.job.is_paused) == (True, False)
    button(bar, RESUME).click()
    assert not change.job.is_paused


def test_cancelling_acts_on_the_job_that_runs_and_then_on_the_next(qtbot, bar, change, update):
    bar.follow(change.job)
    bar.follow(update.job)
    button(bar, CANCEL).click()
    qtbot.waitUntil(lambda: change.ended == ["cancelled"])
    qtbot.waitUntil(lambda: "Reading photos" in texts(bar))
    assert update.ended == []
    button(bar, CANCEL).click()
    qtbot.waitUntil(lambda: update.ended == ["cancelled"])
    qtbot.waitUntil(lambda: "Cancelled" in texts(bar))


def test_the_end_of_one_job_leaves_the_buttons_to_the_next(qtbot, bar, change, update):
    bar.follow(change.job)
    bar.follow(update.job)
    change.end.set()
    qtbot.waitUntil(update.begun.is_set)
    qtbot.waitUntil(lambda: change.ended == ["succeeded"])
    qtbot.waitUntil(lambda: "Reading photos" in texts(bar))
    button(bar, PAUSE).click()
    assert update.job.is_paused
    button(bar, RESUME).click()
    update.end.set()
    qtbot.waitUntil(lambda: "Library up to date" in texts(bar))
    assert button(bar, "Close this message").isVisible()


def test_a_quiet_job_without_work_leaves_the_last_outcome_in_view(qtbot, bar, change, runner):
    bar.follow(change.job)
    quiet = Work(runner, IndexSummary(found=4), n_to_do=0)
    bar.follow(quiet.job, quietly=True)
    change.end.set()
    qtbot.waitUntil(lambda: "Model changed" in texts(bar))
    quiet.end.set()
    qtbot.waitUntil(lambda: quiet.ended == ["succeeded"])
    assert "Model changed" in texts(bar)
    assert bar.isVisible()


def test_a_quiet_job_shows_itself_once_it_has_something_to_do(qtbot, bar, change, update):
    bar.follow(change.job)
    bar.follow(update.job, quietly=True)
    change.end.set()
    qtbot.waitUntil(lambda: "Reading photos" in texts(bar))
    button(bar, CANCEL).click()
    qtbot.waitUntil(lambda: update.ended == ["cancelled"])
