"""What a window offers whose library was encoded by a model that is gone."""

import pytest
from PySide6.QtWidgets import QWidget

from ahash_desktop.core.records import ModelRecord
from ahash_desktop.gui.models.change import ModelChanges
from ahash_desktop.gui.models.successor_offer import SuccessorOffer
from ahash_desktop.services.kept_codes import KeptCodes
from ahash_desktop.services.session import LibrarySession
from tests.fake_encoder import FakeEncoder


@pytest.fixture
def changes(qtbot, session, runner):
    window = QWidget()
    qtbot.addWidget(window)
    return ModelChanges(window, session, runner)


@pytest.fixture
def offered(qtbot, changes, monkeypatch):
    """Has it offered, and gives what is shown."""

    def offer() -> SuccessorOffer:
        shown: list[SuccessorOffer] = []

        def note(offer: SuccessorOffer) -> None:
            shown.append(offer)

        monkeypatch.setattr(SuccessorOffer, "show", note)
        changes.offer_successor()
        qtbot.waitUntil(lambda: bool(shown))
        return shown[0]

    return offer


def test_nothing_is_offered_while_the_model_is_here(changes, runner, monkeypatch) -> None:
    monkeypatch.setattr(runner, "start", lambda *_: pytest.fail("something was begun"))
    changes.offer_successor()


def test_the_offer_says_what_goes_on_and_how_long_a_change_takes(
    qtbot, offered, session, monkeypatch
) -> None:
    encoder = FakeEncoder()
    kept = KeptCodes(ModelRecord(1, "gone", "birds-48", 64), "birds-and-cars-128", lambda: encoder)
    monkeypatch.setattr(LibrarySession, "kept", property(lambda _session: kept))
    used: list[str] = []
    monkeypatch.setattr(ModelChanges, "use", lambda _changes, name: used.append(name))
    offer = offered()
    qtbot.waitUntil(lambda: "on this machine" in offer.time.text())
    assert "birds-and-cars-128" in offer.time.text()
    offer.take.click()
    assert used == ["birds-and-cars-128"]
    kept.close()


def test_later_changes_nothing(qtbot, offered, monkeypatch) -> None:
    kept = KeptCodes(ModelRecord(1, "gone", "birds-48", 64), "birds-and-cars-128", FakeEncoder)
    monkeypatch.setattr(LibrarySession, "kept", property(lambda _session: kept))
    offer = offered()
    qtbot.waitUntil(lambda: "on this machine" in offer.time.text())
    with qtbot.waitSignal(offer.finished):
        offer.later.click()
    kept.close()
