"""The engine process as the services see it, with a worker that fails on demand."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import EncodeOutcome, ProblemKind, WorkItem
from ahash_desktop.engine.client import EngineProcess
from tests import patience

HANGS_AFTER_S = 2.0 * patience.FACTOR
"""Long enough for a file that does not hang, however busy the machine."""

MakeEngine = Callable[..., EngineProcess]


def item(photo_id: int, name: str = "good.jpg") -> WorkItem:
    return WorkItem(photo_id, 1, Path("/photos") / name, 10, 20)


def collect_all(engine: EngineProcess) -> dict[int, EncodeOutcome]:
    outcomes: dict[int, EncodeOutcome] = {}
    for _ in patience.looks():
        if not engine.n_in_flight:
            break
        for outcome in engine.collect(patience.TICK_S):
            assert outcome.photo_id not in outcomes
            outcomes[outcome.photo_id] = outcome
    return outcomes


def n_starts(log: Path) -> int:
    return log.read_text(encoding="utf-8").count("start")


def test_every_file_comes_back_once(make_engine: MakeEngine) -> None:
    engine = make_engine()
    for photo_id in range(20):
        engine.submit(item(photo_id))
    outcomes = collect_all(engine)
    assert sorted(outcomes) == list(range(20))
    assert all(outcome.encoded is not None for outcome in outcomes.values())


def test_a_crashing_file_costs_one_restart_and_becomes_a_problem(
    make_engine: MakeEngine, log: Path
) -> None:
    engine = make_engine()
    for photo_id in range(6):
        engine.submit(item(photo_id, "crash.jpg" if photo_id == 3 else "good.jpg"))
    outcomes = collect_all(engine)
    problem = outcomes.pop(3).problem
    assert problem is not None
    assert problem.kind is ProblemKind.CRASHED
    assert all(outcome.encoded is not None for outcome in outcomes.values())
    assert n_starts(log) == 2


def test_a_hanging_file_is_given_up_after_its_time(make_engine: MakeEngine) -> None:
    engine = make_engine(decode_timeout_s=HANGS_AFTER_S)
    engine.submit(item(1, "hang.jpg"))
    engine.submit(item(2))
    outcomes = collect_all(engine)
    problem = outcomes[1].problem
    assert problem is not None
    assert problem.kind is ProblemKind.TOO_SLOW
    assert outcomes[2].encoded is not None


@pytest.mark.skipif(os.name == "nt", reason="there is no signal that writes a trace")
def test_a_hanging_file_leaves_a_trace_of_where_it_hung(make_engine: MakeEngine, log: Path) -> None:
    engine = make_engine(decode_timeout_s=HANGS_AFTER_S)
    engine.submit(item(1, "hang.jpg"))
    collect_all(engine)
    assert "in _suffer" in log.with_suffix(".crash.log").read_text(encoding="utf-8")


def test_a_file_that_takes_up_too_much_memory_is_isolated(
    make_engine: MakeEngine, log: Path
) -> None:
    engine = make_engine(max_memory_bytes=400e6)
    for photo_id in range(6):
        engine.submit(item(photo_id, "swell.jpg" if photo_id == 3 else "good.jpg"))
    outcomes = collect_all(engine)
    problem = outcomes.pop(3).problem
    assert problem is not None
    assert problem.kind is ProblemKind.OUT_OF_MEMORY
    assert all(outcome.encoded is not None for outcome in outcomes.values())
    assert n_starts(log) == 2


def test_the_process_is_replaced_after_so_many_files(make_engine: MakeEngine, log: Path) -> None:
    engine = make_engine(recycle_after=5)
    for photo_id in range(12):
        engine.submit(item(photo_id))
        if photo_id % 3 == 2:
            collect_all(engine)
    assert n_starts(log) >= 2


def test_a_picture_is_encoded_ahead_of_files(make_engine: MakeEngine) -> None:
    engine = make_engine()
    assert engine.encode("/photos/query.jpg").code.tolist() == [1]


def test_a_picture_is_shown_in_the_size_asked_for(make_engine: MakeEngine) -> None:
    assert make_engine().show("/photos/large.jpg", 700).shape == (2, 700, 3)


def test_an_unreadable_picture_is_told_to_the_one_who_asked(make_engine: MakeEngine) -> None:
    with pytest.raises(UserFacingError, match=r"cannot read this picture: .*unreadable\.jpg"):
        make_engine().encode("/photos/unreadable.jpg")


def test_a_picture_that_crashes_the_engine_twice_is_refused(
    make_engine: MakeEngine, log: Path
) -> None:
    engine = make_engine()
    with pytest.raises(UserFacingError, match="crashes the decoder"):
        engine.encode("/photos/crash.jpg")
    assert engine.encode("/photos/good.jpg").code.tolist() == [1]
    assert n_starts(log) == 3


def test_a_model_that_cannot_be_loaded_is_told_once_asked(make_engine: MakeEngine) -> None:
    engine = make_engine("refuse")
    with pytest.raises(UserFacingError, match="the model is broken"):
        engine.warm_up()
    with pytest.raises(UserFacingError, match="the model is broken"):
        engine.encode("/photos/good.jpg")


def test_an_engine_that_never_starts_is_given_up(make_engine: MakeEngine) -> None:
    engine = make_engine("die")
    engine.submit(item(1))
    with pytest.raises(UserFacingError, match="keeps ending"):
        collect_all(engine)


def test_warming_up_loads_the_model(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.warm_up()
    assert engine.note == "CPU, float32"


def test_abandoned_files_do_not_come_back(make_engine: MakeEngine) -> None:
    engine = make_engine()
    for photo_id in range(4):
        engine.submit(item(photo_id))
    engine.abandon()
    assert engine.n_in_flight == 0
    engine.submit(item(9))
    assert sorted(collect_all(engine)) == [9]


def test_closing_releases_a_thread_that_waits(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.warm_up()
    errors: list[Exception] = []

    def ask() -> None:
        try:
            engine.encode("/photos/hang.jpg")
        except UserFacingError as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    patience.until(lambda: engine._urgent.n_sent)
    engine.close()
    patience.join(thread)
    assert len(errors) == 1
    with pytest.raises(UserFacingError, match="closing"):
        engine.submit(item(1))
    with pytest.raises(UserFacingError, match="closing"):
        engine.collect(0.1)


def test_where_no_process_could_serve_none_is_started_and_the_reason_is_told(
    make_engine: MakeEngine, log: Path
) -> None:
    lacks = [True]

    def check() -> None:
        if lacks[0]:
            raise UserFacingError("something is missing")

    engine = make_engine(check=check)
    for use in (engine.warm_up, lambda: engine.encode("a.jpg"), lambda: engine.submit(item(1))):
        with pytest.raises(UserFacingError, match="something is missing"):
            use()
    assert not log.exists()
    lacks[0] = False
    engine.submit(item(1))
    assert collect_all(engine)[1].encoded is not None
