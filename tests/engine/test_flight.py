"""Who is blamed when the engine dies."""

from pathlib import Path

from ahash_desktop.core.records import EncodeOutcome, ProblemKind, WorkItem
from ahash_desktop.engine.flight import Death, Flight


def item(photo_id: int) -> WorkItem:
    return WorkItem(photo_id, 1, Path(f"/photos/{photo_id}.jpg"), 10, 20)


def flight_of(*photo_ids: int) -> Flight:
    flight = Flight(timeout_s=60.0)
    for photo_id in photo_ids:
        flight.hold(item(photo_id))
    return flight


def ids(items: list[WorkItem]) -> list[int]:
    return [item.photo_id for item in items]


def test_held_files_are_sent_once() -> None:
    flight = flight_of(1, 2, 3)
    assert ids(flight.take_sendable()) == [1, 2, 3]
    assert flight.take_sendable() == []
    assert len(flight) == 3


def test_only_wanted_outcomes_come_back() -> None:
    flight = flight_of(1)
    flight.take_sendable()
    assert len(flight.finish([EncodeOutcome(1), EncodeOutcome(99)])) == 1
    assert len(flight) == 0


def test_a_single_file_being_read_is_blamed_for_a_crash() -> None:
    flight = flight_of(1, 2)
    flight.take_sendable()
    flight.decode_began(2, now=0.0)
    verdicts = flight.process_died(now=1.0)
    assert [(v.photo_id, v.problem and v.problem.kind) for v in verdicts] == [
        (2, ProblemKind.CRASHED)
    ]
    assert ids(flight.take_sendable()) == [1]


def test_a_file_is_to_blame_for_a_kill_only_if_it_happens_again() -> None:
    flight = flight_of(1, 2)
    flight.take_sendable()
    flight.decode_began(2, now=0.0)
    assert flight.process_died(1.0, Death.KILLED) == []
    assert ids(flight.take_sendable()) == [2]
    flight.decode_began(2, now=2.0)
    assert [verdict.photo_id for verdict in flight.process_died(3.0, Death.KILLED)] == [2]
    assert ids(flight.take_sendable()) == [1]


def test_several_suspects_are_tried_alone() -> None:
    flight = flight_of(1, 2, 3)
    flight.take_sendable()
    flight.decode_began(1, now=0.0)
    flight.decode_began(3, now=0.0)
    assert flight.process_died(now=1.0) == []
    assert ids(flight.take_sendable()) == [1]
    assert flight.take_sendable() == []
    flight.finish([EncodeOutcome(1)])
    assert ids(flight.take_sendable()) == [3]
    verdicts = flight.process_died(now=2.0)
    assert [v.photo_id for v in verdicts] == [3]
    assert ids(flight.take_sendable()) == [2]


def test_an_overdue_file_is_blamed_and_its_neighbours_are_not() -> None:
    flight = flight_of(1, 2)
    flight.take_sendable()
    flight.decode_began(1, now=0.0)
    flight.decode_began(2, now=59.0)
    assert not flight.is_overdue(now=60.0)
    assert flight.is_overdue(now=61.0)
    verdicts = flight.process_died(now=61.0)
    assert [(v.photo_id, v.problem and v.problem.kind) for v in verdicts] == [
        (1, ProblemKind.TOO_SLOW)
    ]
    assert ids(flight.take_sendable()) == [2]


def test_a_death_with_nothing_being_read_blames_no_file() -> None:
    flight = flight_of(1, 2)
    flight.take_sendable()
    assert flight.process_died(now=1.0) == []
    assert ids(flight.take_sendable()) == [1, 2]


def test_a_forgotten_file_does_not_come_back() -> None:
    flight = flight_of(1)
    flight.take_sendable()
    flight.clear()
    assert flight.finish([EncodeOutcome(1)]) == []
    assert len(flight) == 0


def test_a_file_is_not_to_blame_if_the_process_was_ended_for_another_reason() -> None:
    flight = flight_of(1, 2)
    flight.take_sendable()
    flight.decode_began(1, now=0.0)
    assert flight.process_died(1.0, Death.ENDED) == []
    assert ids(flight.take_sendable()) == [1, 2]


def test_a_suspect_stays_one_if_the_process_was_ended_for_another_reason() -> None:
    flight = flight_of(1, 2, 3)
    flight.take_sendable()
    flight.decode_began(1, now=0.0)
    flight.decode_began(2, now=0.0)
    flight.process_died(1.0)
    assert ids(flight.take_sendable()) == [1]
    assert flight.process_died(2.0, Death.ENDED) == []
    alone = [ids(flight.take_sendable())]
    flight.finish([EncodeOutcome(alone[0][0])])
    alone.append(ids(flight.take_sendable()))
    assert sorted(alone) == [[1], [2]]


def test_a_file_that_takes_too_long_is_to_blame_however_the_process_ended() -> None:
    flight = flight_of(1)
    flight.take_sendable()
    flight.decode_began(1, now=0.0)
    (verdict,) = flight.process_died(61.0, Death.ENDED)
    assert verdict.problem is not None
    assert verdict.problem.kind is ProblemKind.TOO_SLOW
