import socket
import subprocess
import sys
import threading

import pytest

from tests import hygiene


def test_a_thread_that_stays_is_found(monkeypatch):
    monkeypatch.setattr(hygiene, "GRACE_S", 0.05)
    before = hygiene.look_around(with_qt=False)
    may_end = threading.Event()
    thread = threading.Thread(target=may_end.wait, name="stays")
    thread.start()
    assert hygiene.find_leftovers(before, with_qt=False) == ["thread 'stays'"]
    may_end.set()
    thread.join()
    assert hygiene.find_leftovers(before, with_qt=False) == []


@pytest.mark.skipif(sys.platform != "linux", reason="children are listed by /proc")
def test_a_process_that_stays_is_found(monkeypatch):
    monkeypatch.setattr(hygiene, "GRACE_S", 0.05)
    before = hygiene.look_around(with_qt=False)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        (found,) = hygiene.find_leftovers(before, with_qt=False)
        assert found.startswith(f"process {process.pid}:")
        process.communicate(b"\n")
    assert hygiene.find_leftovers(before, with_qt=False) == []


def test_a_window_and_a_timer_that_stay_are_found(qapp):
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QWidget

    before = hygiene.look_around(with_qt=True)
    window = QWidget()
    timer = QTimer()
    timer.start(60_000)
    window_found, timer_found = hygiene.find_leftovers(before, with_qt=True)
    assert window_found == "window QWidget ''"
    assert "every 60000 ms" in timer_found
    timer.stop()
    window.deleteLater()
    assert hygiene.find_leftovers(before, with_qt=True) == []


def test_other_machines_cannot_be_reached():
    with pytest.raises(RuntimeError, match="reached for the network"):
        socket.create_connection(("192.0.2.1", 80))


def test_this_machine_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
