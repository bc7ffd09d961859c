import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject

from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane, LatestJob

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
    assert made.shut_down(5)


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


def test_cancelling_lets_the_last_record_through(qtbot, runner):
    begun = threading.Event()

    def work(token: CancelToken) -> Iterator[str]:
        try:
            begun.set()
            while True:
                token.raise_if_cancelled()
                token.wait_while_paused(0.01)
        except Cancelled:
            yield "what was done"
            raise

    job = runner.start(work, Lane.LIBRARY)
    recorder = Recorder(job)
    begun.wait(5)
    with qtbot.waitSignal(job.finished):
        job.cancel()
    assert recorder.heard == ["progressed", "cancelled", "finished"]
    assert recorder.values == ["what was done"]


def test_a_superseded_job_says_nothing_more(qtbot, runner):
    begun, go_on = threading.Event(), threading.Event()

    def wait(_token: CancelToken) -> None:
        begun.set()
        go_on.wait(5)

    latest = LatestJob(runner, Lane.SEARCH)
    older = latest.start(wait)
    silent = Recorder(older)
    begun.wait(5)
    newer = latest.start(lambda _token: "new")
    with qtbot.waitSignal(newer.finished):
        pass
    with qtbot.waitSignal(older.settled):
        go_on.set()
    assert silent.heard == []


def test_a_result_on_its_way_is_silenced_too(qtbot, runner):
    done = threading.Event()

    def work(_token: CancelToken) -> str:
        done.set()
        return "late"

    latest = LatestJob(runner, Lane.SEARCH)
    job = latest.start(work)
    silent = Recorder(job)
    done.wait(5)
    with qtbot.waitSignal(job.settled):
        latest.stop()
    assert silent.heard == []


def test_library_jobs_run_one_at_a_time_and_searches_do_not_wait(qtbot, runner):
    release = threading.Event()
    running: list[str] = []

    def hold(_token: CancelToken) -> None:
        running.append("first")
        release.wait(5)
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


def test_pausing_holds_the_work_and_says_so(qtbot, runner):
    held, resumed = threading.Event(), threading.Event()

    def work(token: CancelToken) -> Iterator[str]:
        while not token.is_paused:
            token.raise_if_cancelled()
            resumed.wait(0.001)
        held.set()
        token.wait_while_paused()
        yield "resumed"

    job = runner.start(work, Lane.LIBRARY)
    changes: list[bool] = []
    job.pause_changed.connect(changes.append)
    job.pause()
    held.wait(5)
    assert job.is_paused
    with qtbot.waitSignal(job.finished):
        job.resume()
    assert changes == [True, False]


def test_a_queued_job_that_is_cancelled_never_runs(qtbot, runner):
    release, ran = threading.Event(), []
    first = runner.start(lambda _token: release.wait(5), Lane.LIBRARY)
    queued = runner.start(lambda _token: ran.append(1), Lane.LIBRARY)
    recorder = Recorder(queued)
    queued.cancel()
    with qtbot.waitSignals([first.finished, queued.finished]):
        release.set()
    assert recorder.heard == ["cancelled", "finished"]
    assert ran == []


def test_shutting_down_cancels_and_leaves_no_thread(qtbot):
    runner = JobRunner()
    begun = threading.Event()

    def work(token: CancelToken) -> Iterator[int]:
        begun.set()
        while True:
            token.raise_if_cancelled()
            yield 1

    silent = Recorder(runner.start(work, Lane.LIBRARY))
    begun.wait(5)
    silent.heard.clear()
    assert runner.shut_down(5)
    qtbot.wait(1)
    assert silent.heard == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("job-")]


def test_shutting_down_does_not_wait_for_ever(qtbot):
    runner = JobRunner()
    begun, release = threading.Event(), threading.Event()

    def work(_token: CancelToken) -> None:
        begun.set()
        release.wait(10)

    runner.start(work, Lane.LOOKUP)
    begun.wait(5)
    assert not runner.shut_down(0.05)
    release.set()
    assert runner.shut_down(5)


def test_finished_jobs_are_let_go(qtbot, runner):
    for _ in range(5):
        job = runner.start(lambda _token: None, Lane.LOOKUP)
        with qtbot.waitSignal(job.finished):
            pass
    qtbot.waitUntil(lambda: runner.n_live == 0)
    qtbot.waitUntil(lambda: not runner.findChildren(Job))
