"""The watcher asks for updates when folders fall quiet, and follows them whatever happens."""

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from ahash_desktop.core.errors import Cancelled
from ahash_desktop.core.records import Problem, ProblemEntry, ProblemKind
from ahash_desktop.core.settings import Settings
from ahash_desktop.services.watching.news import WatchMode
from tests.services.watching.conftest import FOLDER, OTHER, Stage, root

ONE = frozenset({1})
BOTH = frozenset({1, 2})


def test_every_folder_is_looked_through_at_the_start(stage: Stage) -> None:
    stage.roots.append(root(2, OTHER))

    assert stage.step() == [BOTH]
    assert stage.events.watched == {1: FOLDER, 2: OTHER}
    assert stage.states == {FOLDER: WatchMode.EVENTS, OTHER: WatchMode.EVENTS}


def test_a_folder_is_looked_through_when_it_has_fallen_quiet(stage: Stage) -> None:
    stage.start()
    for _ in range(4):
        stage.events.touch()
        assert stage.pass_time(1) == []

    assert stage.pass_time(2) == [ONE]


def test_a_folder_that_never_falls_quiet_is_looked_through_all_the_same(stage: Stage) -> None:
    stage.start()
    wanted = []
    for _ in range(20):
        stage.events.touch()
        wanted += stage.pass_time(1)

    assert wanted == [ONE]


def test_what_happens_during_an_update_leads_to_another_one(stage: Stage) -> None:
    stage.step()
    stage.events.touch()
    assert stage.pass_time(10) == []

    stage.finish()

    assert stage.pass_time(1) == [ONE]


def test_a_slow_look_is_followed_by_a_long_rest(stage: Stage) -> None:
    stage.step()
    stage.finish(scan_seconds=3.0)
    stage.pass_time(1)
    stage.events.touch()

    assert stage.pass_time(28) == []
    assert stage.pass_time(3) == [ONE]


def test_folders_that_change_together_are_looked_through_together(stage: Stage) -> None:
    stage.roots.append(root(2, OTHER))
    stage.start()
    stage.events.touch(1)
    stage.pass_time(0.5)
    stage.events.touch(2)

    assert stage.pass_time(5) == [BOTH]


def test_files_still_being_written_are_looked_at_again(stage: Stage) -> None:
    stage.step()
    stage.finish(unsettled=1)

    assert stage.pass_time(3) == [ONE]

    stage.finish()
    assert stage.pass_time(20) == []


def test_after_a_sleep_all_folders_are_watched_anew_and_looked_through(stage: Stage) -> None:
    stage.start()
    stage.pass_time(1)

    stage.slept_s = 3600

    assert stage.pass_time(0.5) == [ONE]
    assert stage.events.n_watched == 2


def test_a_flood_of_events_has_the_folder_watched_anew_before_it_is_looked_through(
    stage: Stage,
) -> None:
    stage.start()
    stage.events.touch(times=49)
    assert stage.pass_time(3) == [ONE]
    stage.finish()
    assert stage.events.n_watched == 1

    stage.events.touch(times=50)

    assert stage.pass_time(3) == [ONE]
    assert stage.events.n_watched == 2


def test_a_watch_that_has_died_is_noticed_and_replaced(stage: Stage) -> None:
    stage.start()
    stage.events.watched.clear()

    assert stage.pass_time(31) == [ONE]
    assert stage.events.watched == {1: FOLDER}


def test_a_folder_that_goes_and_comes_back_is_followed_again(stage: Stage) -> None:
    stage.start()
    identity = stage.machine.identities.pop(FOLDER)
    assert stage.pass_time(31) == [ONE]
    assert (stage.states[FOLDER], stage.events.watched) == (WatchMode.AWAY, {})
    stage.finish()
    assert stage.pass_time(120) == []

    stage.machine.identities[FOLDER] = identity

    assert stage.pass_time(31) == [ONE]
    assert stage.states[FOLDER] is WatchMode.EVENTS


def test_another_folder_in_the_same_place_is_noticed(stage: Stage) -> None:
    stage.start()
    stage.machine.identities[FOLDER] = (7, 7)

    assert stage.pass_time(31) == [ONE]
    assert stage.events.n_watched == 2


def test_added_and_removed_folders_are_followed_and_let_go(stage: Stage) -> None:
    stage.start()
    stage.roots.append(root(2, OTHER))
    assert stage.pass_time(31) == [frozenset({2})]
    stage.finish()

    del stage.roots[0]

    assert stage.pass_time(31) == []
    assert stage.events.watched == {2: OTHER}
    assert set(stage.states) == {OTHER}


def test_a_folder_that_is_told_of_is_followed_at_once(stage: Stage) -> None:
    stage.start()
    stage.roots.append(root(2, OTHER))

    stage.watcher.note_other_folders()

    assert stage.pass_time(0.5) == [frozenset({2})]


def test_a_network_drive_is_looked_through_from_time_to_time(stage: Stage) -> None:
    stage.machine.silent.add(FOLDER)
    stage.settings = replace(stage.settings, rescan_minutes=5)
    stage.start()

    assert stage.states[FOLDER] is WatchMode.SILENT
    assert stage.events.watched == {}
    assert stage.pass_time(299) == []
    assert stage.pass_time(2) == [ONE]


def test_a_network_drive_whose_numbers_change_is_not_looked_through_for_that(stage: Stage) -> None:
    stage.machine.silent.add(FOLDER)
    stage.start()
    stage.machine.identities[FOLDER] = (9, 9)

    assert stage.pass_time(60) == []


def test_more_folders_than_may_be_watched_are_looked_through_from_time_to_time(
    stage: Stage,
) -> None:
    stage.machine.room = 9
    stage.start()

    assert stage.states[FOLDER] is WatchMode.LIMIT
    assert stage.events.watched == {}
    assert stage.pass_time(599) == []
    assert stage.pass_time(2) == [ONE]


def test_a_folder_is_followed_once_there_is_room(stage: Stage) -> None:
    stage.machine.room = 9
    stage.start()
    stage.machine.room = 500

    assert stage.pass_time(31) == [ONE]
    assert stage.states[FOLDER] is WatchMode.EVENTS


def test_running_out_of_watches_later_is_survived(stage: Stage) -> None:
    stage.machine.room = 500
    stage.start()
    stage.machine.room = 0

    assert stage.pass_time(31) == [ONE]
    assert stage.states[FOLDER] is WatchMode.LIMIT
    assert stage.events.watched == {}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EMFILE, errno.EACCES])
def test_a_system_that_refuses_to_watch_is_survived(stage: Stage, number: int) -> None:
    stage.events.refusal = OSError(number, "refused")
    stage.start()

    assert stage.states[FOLDER] is WatchMode.REFUSED
    assert stage.pass_time(601) == [ONE]


def test_even_a_followed_folder_is_looked_through_every_few_hours(stage: Stage) -> None:
    stage.start()

    assert stage.pass_time(6 * 3600 + 1) == [ONE]


def test_how_often_folders_are_looked_through_is_told_as_it_is_now(stage: Stage) -> None:
    stage.machine.silent.add(FOLDER)
    stage.start()
    assert stage.rescan_minutes == Settings().rescan_minutes
    stage.settings = replace(stage.settings, rescan_minutes=3)
    stage.pass_time(31)
    assert stage.rescan_minutes == 3
    assert stage.pass_time(3 * 60) == [frozenset({1})]


def test_new_patterns_of_what_to_leave_out_are_followed(stage: Stage) -> None:
    stage.start()
    stage.settings = replace(stage.settings, exclude="*.psd")

    assert stage.pass_time(31) == [ONE]


def test_an_update_that_failed_is_asked_for_again_after_a_minute(stage: Stage) -> None:
    stage.step()
    stage.watcher.note_failed()

    assert stage.pass_time(59) == []
    assert stage.pass_time(2) == [ONE]


def test_an_update_that_was_cancelled_waits_for_the_next_change(stage: Stage) -> None:
    stage.step()
    stage.watcher.note_cancelled()
    assert stage.pass_time(120) == []

    stage.events.touch()

    assert stage.pass_time(3) == [ONE]


def test_a_new_file_that_cannot_be_read_is_tried_three_more_times(stage: Stage) -> None:
    old, new = problem(1), problem(2)
    stage.step()
    stage.finish(problems=(old,))
    stage.events.touch()
    assert stage.pass_time(3) == [ONE]

    for wait_s in (6, 31, 121):
        stage.finish(problems=(old, new))
        assert stage.pass_time(wait_s) == [ONE]
    stage.finish(problems=(old, new))

    assert stage.pass_time(600) == []
    assert stage.retried == [2, 2, 2]


def test_a_file_that_could_be_read_after_all_is_left_alone(stage: Stage) -> None:
    stage.start()
    stage.events.touch()
    stage.pass_time(3)
    stage.finish(problems=(problem(2),))
    stage.events.touch()
    assert stage.pass_time(3) == [ONE]
    stage.finish()

    assert stage.pass_time(60) == []
    assert stage.retried == []


def test_cancelling_ends_the_watch_and_lets_everything_go(stage: Stage) -> None:
    news = stage.watcher.run(stage.token)
    next(news)
    stage.token.cancel()

    with pytest.raises(Cancelled):
        list(news)
    assert stage.events.is_closed


def problem(photo_id: int) -> ProblemEntry:
    told = Problem(ProblemKind.BROKEN, "it ends too soon")
    return ProblemEntry(photo_id, Path("/photos/a.jpg"), told, 0.0, 1)
