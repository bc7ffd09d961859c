import threading
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QImage, QPixmap

from ahash_desktop.gui.grid.thumbnails import PixmapCache, ThumbnailLoader
from ahash_desktop.gui.pictures.sources import scaled_jpeg
from tests import patience


def jpeg(width: int, height: int) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPEG")
    return bytes(data.data())


class FakeBrowser:
    """Thumbnails of even ids; `gate` holds reading back, `read` remembers what was asked."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.read: list[int] = []

    def photos(self, photo_ids):
        patience.hold(self.gate)
        return [SimpleNamespace(photo_id=id_, relative_path=f"{id_}.jpg") for id_ in photo_ids]

    def thumbnails(self, photo_ids):
        self.read += photo_ids
        return {id_: jpeg(400, 300) for id_ in photo_ids if id_ % 2 == 0}


@pytest.fixture
def browser() -> FakeBrowser:
    return FakeBrowser()


@pytest.fixture
def store(qtbot, browser):
    made = ThumbnailLoader(browser)
    yield made
    browser.gate.set()
    assert made.stop(patience.SOON_S)


def test_a_wanted_thumbnail_arrives_in_its_size(qtbot, store):
    with qtbot.waitSignal(store.arrived) as arrived:
        store.set_wanted("grid", [4], 100)
    assert arrived.args == [4]
    assert (store.pixmap(4).width(), store.pixmap(4).height()) == (100, 75)
    assert store.name_of(4) == "4.jpg"


def test_a_photo_without_a_thumbnail_is_asked_for_once(qtbot, store, browser):
    with qtbot.waitSignal(store.arrived):
        store.set_wanted("grid", [5], 100)
    assert store.is_absent(5)
    store.set_wanted("grid", [5], 100)
    assert store.is_idle
    assert browser.read == [5]
    store.retry_absent()
    with qtbot.waitSignal(store.arrived):
        store.set_wanted("grid", [5], 100)
    assert browser.read == [5, 5]


def test_what_was_scrolled_away_is_never_read(qtbot, store, browser):
    browser.gate.clear()
    store.set_wanted("grid", list(range(2, 1000, 2)), 64)
    store.set_wanted("grid", [2000], 64)
    browser.gate.set()
    qtbot.waitUntil(lambda: store.pixmap(2000) is not None)
    qtbot.waitUntil(lambda: store.is_idle)
    assert len(browser.read) < 50


def test_views_do_not_take_each_others_wishes(qtbot, store):
    store.set_wanted("library", [2, 4], 64)
    store.set_wanted("results", [6], 64)
    qtbot.waitUntil(lambda: all(store.pixmap(id_) for id_ in (2, 4, 6)))


def test_another_size_is_read_anew_and_the_old_one_shown_meanwhile(qtbot, store, browser):
    with qtbot.waitSignal(store.arrived):
        store.set_wanted("grid", [4], 64)
    browser.gate.clear()
    store.set_wanted("grid", [4], 128)
    assert store.pixmap(4).width() == 64
    with qtbot.waitSignal(store.arrived):
        browser.gate.set()
    assert store.pixmap(4).width() == 128


def test_a_reader_that_fails_leaves_a_placeholder(qtbot, store, browser, monkeypatch, caplog):
    def fail(_ids):
        raise OSError("the drive is gone")

    monkeypatch.setattr(browser, "thumbnails", fail)
    with qtbot.waitSignal(store.arrived):
        store.set_wanted("grid", [4], 64)
    assert store.is_absent(4)
    assert "the drive is gone" in caplog.text


def test_the_cache_keeps_to_its_bytes_and_drops_the_oldest(qapp):
    cache = PixmapCache(3 * 10 * 10 * 4)
    for photo_id in (1, 2, 3):
        cache.keep(photo_id, 10, QPixmap(10, 10))
    assert cache.find(1) is not None
    cache.keep(4, 10, QPixmap(10, 10))
    assert cache.find(2) is None
    assert cache.find(1) is not None
    assert cache.size_bytes == 3 * 10 * 10 * 4


def test_keeping_a_photo_again_replaces_it(qapp):
    cache = PixmapCache(10_000)
    cache.keep(1, 10, QPixmap(10, 10))
    cache.keep(1, 20, QPixmap(20, 20))
    assert cache.find(1)[0] == 20
    assert cache.size_bytes == 20 * 20 * 4


def test_small_thumbnails_are_not_enlarged(qapp):
    assert scaled_jpeg(jpeg(40, 30), 200).width() == 40


@pytest.mark.qt_log_ignore("Not a JPEG file")
def test_a_damaged_thumbnail_is_null(qapp):
    assert scaled_jpeg(b"no JPEG at all", 64).isNull()


def test_a_wish_for_another_size_is_kept_while_the_first_is_read(qtbot, store, browser):
    browser.gate.clear()
    store.set_wanted("grid", [4], 100)
    qtbot.waitUntil(lambda: not store.is_idle and not any(store._wanted.values()))
    store.set_wanted("preview", [4], 200)
    browser.gate.set()
    qtbot.waitUntil(lambda: store.is_idle)
    assert browser.read == [4, 4]


def test_a_thumbnail_that_was_made_while_it_was_looked_for_is_shown(qtbot, store, browser):
    """It was read before it was there, and asked for after: nobody has to scroll to see it."""
    read, held = threading.Event(), threading.Event()
    made = set()

    def thumbnails(photo_ids):
        found = {id_: jpeg(400, 300) for id_ in photo_ids if id_ in made}
        read.set()
        patience.hold(held)
        return found

    browser.thumbnails = thumbnails
    store.set_wanted("grid", [5], 100)
    patience.wait_for(read)  # looked for, and not there
    made.add(5)
    store.retry([5])
    qtbot.waitUntil(lambda: not any(store._wanted.values()))
    held.set()
    qtbot.waitUntil(lambda: store.pixmap(5) is not None)
    assert not store.is_absent(5)


def test_wishes_said_again_and_again_are_read_once(qtbot, store, browser):
    browser.gate.clear()
    for _ in range(20):
        store.set_wanted("grid", [2, 4, 6], 100)
        qtbot.waitUntil(lambda: not any(store._wanted.values()))
    browser.gate.set()
    qtbot.waitUntil(lambda: store.is_idle)
    assert sorted(browser.read) == [2, 4, 6]
