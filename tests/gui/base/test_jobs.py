import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject

from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane, LatestJob
from tests import patience

SIGNALS = ("progressed", "succeeded", "failed", "cancelled", "finished")


class Recorder(QObject):
    """Remembers a job's signals in the order they came."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.values: list[object] = []
        for name in SIGNALS:
            getattr(job, name).connect(lambda *values, name=name: self._hear(name, values))

    def _hear(self, name: str, values: tuple[object, ...]) -> None:
        assert threading.current_thread() is threading.main_thread()
        self.heard.append(name)
        self.values += values


@pytest.fixture
def runner(qtbot) -> Iterator[JobRunner]:
    made = JobRunner()
    yield made
    assert made.shut_down(patience.SOON_S)


@pytest.fixture
def event(runner) -> Iterator[Callable[[], threading.Event]]:
    """Makes events, which let go whoever still waits for them when the test is over."""
    made: list[threading.Event] = []

    def make() -> threading.Event:
        made.append(threading.Event())
        return made[-1]

    yield make
    for each in made:
        each.set()


def count_to_three(token: CancelToken) -> Iterator[int]:
    yield from (1, 2, 3)


def test_a_generator_progresses_then_succeeds_then_finishes(qtbot, runner):
    job = runner.start(count_to_three, Lane.LIBRARY)
    recorder = Recorder(job)
    with qtbot.waitSignal(job.finished):
        pass
    assert recorder.heard == ["progressed"] * 3 + ["succeeded", "finished"]
    assert recorder.values == [1, 2, 3, 3]


def test_a_function_succeeds_with_what_it_returns(qtbot, runner):
    job = runner.start(lambda _token: [7], Lane.LOOKUP)
    recorder = Recorder(job)
    with qtbot.waitSignal(job.finished):
        pass
    assert recorder.heard == ["succeeded", "finished"]
    assert recorder.values == [[7]]


def test_an_error_to_act_on_fails_the_job(qtbot, runner):
    def work(_token: CancelToken) -> Iterator[int]:
        yield 1
        raise UserFacingError("the disk is full")

    job = runner.start(work, Lane.LIBRARY)
    recorder = Recorder(job)
    with qtbot.waitSignal(job.finished):
        pass
    assert recorder.heard == ["progressed", "failed", "finished"]
    assert str(recorder.values[-1]) == "the disk is full."


def test_a_bug_fails_the_job_and_reaches_the_log(qtbot, runner, caplog):
    job = runner.start(lambda _token: 1 // 0, Lane.LOOKUP)
    recorder = Recorder(job)
    with qtbot.waitSignal(job.finished):
        pass
    assert recorder.heard == ["failed", "finished"]
    assert "ZeroDivisionError" in caplog.text


def test_cancelling_lets_the_last_record_through(qtbot, runner, event):
    begun = event()

    def work(token: CancelToken) -> Iterator[str]:
        try:
            begun.set()
            while True:
                token.raise_if_cancelled()
                token.wait_while_paused(patience.TICK_S)
        except Cancelled:
            yield "what was done"
            raise

    job = runner.start(work, Lane.LIBRARY)
    recorder = Recorder(job)
    patience.wait_for(begun)
    with qtbot.waitSignal(job.finished):
        job.cancel()
    assert recorder.heard == ["progressed", "cancelled", "finished"]
    assert recorder.values == ["what was done"]


def test_a_superseded_job_says_nothing_more(qtbot, runner, event):
    begun, go_on = event(), event()

    def wait(_token: CancelToken) -> None:
        begun.set()
        patience.hold(go_on)

    latest = LatestJob(runner, Lane.SEARCH)
    older = latest.start(wait)
    silent = Recorder(older)
    patience.wait_for(begun)
    newer = latest.start(lambda _token: "new")
    with qtbot.waitSignal(newer.finished):
        pass
    with qtbot.waitSignal(older.settled):
        go_on.set()
    assert silent.heard == []


def test_a_result_on_its_way_is_silenced_too(qtbot, runner, event):
    done = event()

    def work(_token: CancelToken) -> str:
        done.set()
        return "late"

    latest = LatestJob(runner, Lane.SEARCH)
    job = latest.start(work)
    silent = Recorder(job)
    patience.wait_for(done)
    with qtbot.waitSignal(job.settled):
        latest.stop()
    assert silent.heard == []


def test_library_jobs_run_one_at_a_time_and_searches_do_not_wait(qtbot, runner, event):
    release = event()
    running: list[str] = []

    def hold(_token: CancelToken) -> None:
        running.append("first")
        patience.hold(release)
        running.append("first done")

    first = runner.start(hold, Lane.LIBRARY)
    second = runner.start(lambda _token: running.append("second"), Lane.LIBRARY)
    search = runner.start(lambda _token: running.append("search"), Lane.SEARCH)
    with qtbot.waitSignal(search.finished):
        pass
    assert "second" not in running
    with qtbot.waitSignals([first.finished, second.finished], order="strict"):
        release.set()
    assert running[-2:] == ["first done", "second"]


def test_pausing_holds_the_work_and_says_so(qtbot, runner, event):
    held = event()

    def work(token: CancelToken) -> Iterator[str]:
        patience.until(lambda: token.is_paused)
        held.set()
        token.wait_while_paused()
        yield "resumed"

    job = runner.start(work, Lane.LIBRARY)
    changes: list[bool] = []
    job.pause_changed.connect(changes.append)
    job.pause()
    patience.wait_for(held)
    assert job.is_paused
    with qtbot.waitSignal(job.finished):
        job.resume()
    assert changes == [True, False]


def test_a_queued_job_that_is_cancelled_never_runs(qtbot, runner, event):
    release, ran = event(), []
    first = runner.start(lambda _token: patience.hold(release), Lane.LIBRARY)
    queued = runner.start(lambda _token: ran.append(1), Lane.LIBRARY)
    recorder = Recorder(queued)
    queued.cancel()
    with qtbot.waitSignals([first.finished, queued.finished]):
        release.set()
    assert recorder.heard == ["cancelled", "finished"]
    assert ran == []


def test_shutting_down_cancels_and_leaves_no_thread(qtbot, event):
    runner = JobRunner()
    begun = event()

    def work(token: CancelToken) -> Iterator[int]:
        begun.set()
        while True:
            token.raise_if_cancelled()
            yield 1

    silent = Recorder(runner.start(work, Lane.LIBRARY))
    patience.wait_for(begun)
    silent.heard.clear()
    assert runner.shut_down(patience.SOON_S)
    qtbot.wait(patience.TURN_MS)
    assert silent.heard == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("job-")]


def test_shutting_down_does_not_wait_for_ever(qtbot, event):
    runner = JobRunner()
    begun, release = event(), event()

    def work(_token: CancelToken) -> None:
        begun.set()
        patience.hold(release)

    runner.start(work, Lane.LOOKUP)
    patience.wait_for(begun)
    assert not runner.shut_down(patience.TICK_S)
    release.set()
    assert runner.shut_down(patience.SOON_S)


def test_finished_jobs_are_let_go(qtbot, runner):
    for _ in range(5):
        job = runner.start(lambda _token: None, Lane.LOOKUP)
        with qtbot.waitSignal(job.finished):
            pass
    qtbot.waitUntil(lambda: runner.n_live == 0)
    qtbot.waitUntil(lambda: not runner.findChildren(Job))
