"""Nothing but what a picture did is told of a picture, and nobody waits for ever."""

import threading
from pathlib import Path

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import ProblemKind
from ahash_desktop.engine.client import EngineProcess
from tests import patience
from tests.engine.conftest import MakeEngine
from tests.engine.test_client import collect_all, item, n_starts


def ask_aside(engine: EngineProcess, source: str | bytes) -> "tuple[threading.Thread, list[str]]":
    """Has a picture encoded by another thread; what it was told comes into the list."""
    told: list[str] = []

    def ask() -> None:
        try:
            engine.encode(source)
            told.append("encoded")
        except UserFacingError as error:
            told.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    return thread, told


def wait_until_read(engine: EngineProcess) -> None:
    patience.until(lambda: engine._flight._decoding_since)


def collect_for_ever(engine: EngineProcess) -> None:
    """Waits until the engine gives up, without having told anything of a file."""
    while True:
        assert engine.collect(patience.SOON_S) == []


def test_a_file_that_is_read_while_an_urgent_picture_crashes_is_not_to_blame(
    make_engine: MakeEngine, log: Path
) -> None:
    engine = make_engine()
    engine.submit(item(1, "linger.jpg"))
    wait_until_read(engine)
    thread, told = ask_aside(engine, "/photos/crash.jpg")
    outcomes = collect_all(engine)
    patience.join(thread)
    assert outcomes[1].problem is None
    assert len(told) == 1
    assert told[0].startswith("this picture crashes the decoder or takes too long: /photos/crash")
    assert n_starts(log) == 3


def test_an_urgent_picture_gets_its_whole_time_again_after_a_restart(
    make_engine: MakeEngine, log: Path
) -> None:
    engine = make_engine(decode_timeout_s=4.0)
    engine.warm_up()
    engine.submit(item(1, "hang.jpg"))
    wait_until_read(engine)
    thread, told = ask_aside(engine, "/photos/dwell 3.jpg")
    patience.join(thread)
    assert told == ["encoded"]
    assert collect_all(engine)[1].problem is not None
    assert n_starts(log) >= 2


@pytest.mark.parametrize("bundle", ["die over a file", "damn a file"])
def test_an_engine_that_never_was_ready_blames_no_file(
    make_engine: MakeEngine, bundle: str
) -> None:
    engine = make_engine(bundle)
    for photo_id in range(3):
        engine.submit(item(photo_id))
    with pytest.raises(UserFacingError, match="keeps ending"):
        collect_for_ever(engine)


def test_an_engine_that_never_may_have_enough_memory_says_so_and_blames_no_file(
    make_engine: MakeEngine,
) -> None:
    engine = make_engine("deaf", max_memory_bytes=1e6)
    engine.submit(item(1))
    with pytest.raises(UserFacingError, match="more memory than the 1 MB"):
        collect_for_ever(engine)


def test_a_crashing_file_is_found_even_if_every_start_reads_it(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.submit(item(1, "crash.jpg"))
    engine.submit(item(2))
    outcomes = collect_all(engine)
    assert outcomes[1].problem is not None
    assert outcomes[1].problem.kind is ProblemKind.CRASHED
    assert outcomes[2].encoded is not None


def test_memory_that_does_not_do_for_a_batch_is_told_and_blames_no_file(
    make_engine: MakeEngine,
) -> None:
    engine = make_engine("exhausted")
    engine.submit(item(1))
    with pytest.raises(UserFacingError, match="memory does not do for one picture"):
        collect_for_ever(engine)


def test_closing_does_not_wait_for_a_process_that_does_not_read(make_engine: MakeEngine) -> None:
    engine = make_engine("deaf")
    engine.warm_up()
    asking, told = ask_aside(engine, bytes(20_000_000))
    closing = threading.Thread(target=engine.close, daemon=True)
    patience.until(lambda: engine._urgent.n_sent)
    closing.start()
    patience.join(closing)
    patience.join(asking)
    assert told == ["the program is closing."]


def test_a_process_that_does_not_read_holds_nobody_up(make_engine: MakeEngine) -> None:
    engine = make_engine("deaf")
    engine.warm_up()
    asking, told = ask_aside(engine, bytes(20_000_000))
    begun = threading.Thread(target=lambda: (engine.submit(item(1)), engine.abandon()), daemon=True)
    begun.start()
    patience.join(begun)
    assert engine.n_in_flight == 0
    engine.close()
    patience.join(asking)
    assert told == ["the program is closing."]


def test_a_file_that_hangs_when_its_run_is_cancelled_holds_up_no_other_run(
    make_engine: MakeEngine, log: Path
) -> None:
    engine = make_engine(decode_timeout_s=1.0)
    engine.submit(item(1, "hang.jpg"))
    wait_until_read(engine)
    engine.abandon()
    engine.submit(item(1))
    engine.submit(item(2))
    outcomes = collect_all(engine)
    assert [outcomes[photo_id].problem for photo_id in (1, 2)] == [None, None]
    assert n_starts(log) == 2
