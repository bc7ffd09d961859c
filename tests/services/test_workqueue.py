from collections.abc import Sequence
from pathlib import Path

from ahash_desktop.core.records import WorkItem
from ahash_desktop.services.workqueue import Wishes, WorkQueue


def load(photo_ids: Sequence[int]) -> list[WorkItem]:
    """All files but those whose id is a multiple of 100, which are gone."""
    return [WorkItem(i, 1, Path(f"{i}.jpg"), 1, 1) for i in photo_ids if i % 100]


def drain(queue: WorkQueue) -> list[int]:
    taken = []
    while (item := queue.take()) is not None:
        taken.append(item.photo_id)
    return taken


def test_files_come_in_order_and_only_once() -> None:
    queue = WorkQueue(range(1, 100), load, Wishes())
    assert len(queue) == 99
    assert drain(queue) == list(range(1, 100))
    assert len(queue) == 0


def test_what_someone_looks_at_comes_first_and_the_latest_look_counts_most() -> None:
    wishes = Wishes()
    queue = WorkQueue(range(1, 500), load, wishes)
    first = queue.take()
    assert first is not None
    wishes.prefer([300, 301])
    wishes.prefer([401, 402, 9999])
    order = [first.photo_id, *drain(queue)]
    assert order[1:4] == [401, 402, 301]
    assert sorted(order) == [i for i in range(1, 500) if i % 100]


def test_a_wish_for_a_file_that_has_had_its_turn_changes_nothing() -> None:
    wishes = Wishes()
    queue = WorkQueue([1, 2, 3], load, wishes)
    queue.take()
    wishes.prefer([1, 1, 3])
    assert drain(queue) == [2, 3]


def test_files_that_no_longer_wait_leave_the_count() -> None:
    queue = WorkQueue([100, 200, 5], load, Wishes())
    item = queue.take()
    assert item is not None
    assert (item.photo_id, len(queue)) == (5, 0)


def test_files_put_back_are_next() -> None:
    queue = WorkQueue([1, 2, 3], load, Wishes())
    queue.put_back(load([8, 9]))
    assert len(queue) == 5
    assert drain(queue) == [8, 9, 1, 2, 3]


def test_files_whose_turn_is_taken_back_come_first_again_and_only_once() -> None:
    wishes = Wishes()
    queue = WorkQueue([1, 2, 3, 4, 100, 5], load, wishes)
    wishes.prefer([4])
    assert [item.photo_id for item in (queue.take(), queue.take()) if item is not None] == [4, 1]
    queue.take_back([4, 1])
    assert len(queue) >= 5
    assert drain(queue) == [4, 1, 2, 3, 5]
    assert len(queue) == 0
