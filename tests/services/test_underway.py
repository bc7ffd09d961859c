"""Files that the engine has, and those that wait for one of them."""

from pathlib import Path

from ahash_desktop.core.records import WorkItem
from ahash_desktop.services.underway import UnderWay


def item(photo_id: int) -> WorkItem:
    return WorkItem(photo_id, 1, Path(f"{photo_id}.jpg"), 1, 1)


def test_twins_wait_for_the_file_with_the_same_content_and_come_out_with_it() -> None:
    under_way = UnderWay()
    assert not under_way.wait_for_twin(item(1), b"a")
    under_way.add(item(1), b"a")
    under_way.add(item(2), b"b")
    assert under_way.wait_for_twin(item(3), b"a")
    assert len(under_way) == 3
    assert under_way.end(1) == (item(1), [item(3)])
    assert (len(under_way), bool(under_way)) == (1, True)
    assert not under_way.wait_for_twin(item(4), b"a")


def test_all_are_taken_out_in_the_order_they_were_sent_off() -> None:
    under_way = UnderWay()
    for photo_id, key in ((5, b"a"), (2, b"b"), (7, b"c")):
        under_way.add(item(photo_id), key)
    assert under_way.wait_for_twin(item(1), b"b")
    assert under_way.take_all() == [5, 2, 1, 7]
    assert (len(under_way), bool(under_way)) == (0, False)
    assert not under_way.wait_for_twin(item(5), b"a")
