"""A lesson in the real window on real photos, from the menu to the names of the rest.

With `AHASH_WALK_PICTURES` set to a folder, a picture of each step is saved there; see `test_walk`.
"""

import csv
import logging
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings, save_settings
from ahash_desktop.gui.base.translation import install_translators
from ahash_desktop.gui.teaching.step_rail import Step
from ahash_desktop.training.ask.findings import Remedy
from tests import patience
from tests.e2e.conftest import real_window
from tests.e2e.walk import LANGUAGE, Walk
from tests.e2e.watchdog import Watchdog

_log = logging.getLogger(__name__)

THEME = os.environ.get("AHASH_WALK_THEME", "light")
LONGEST_S = 0.05
N_KINDS = 6
N_OTHER_KINDS = 3


def copy_kinds(data: Path, into: Path, first: int, n_kinds: int) -> Path:
    """Some kinds of birds of the world, a folder each."""
    paths = defaultdict(list)
    with (data / "world_birds" / "labels.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            if not row["cub200_class"]:
                paths[row["class"]].append(data / "world_birds" / row["path"])
    kinds = [kind for kind, found in sorted(paths.items()) if len(found) >= 5]
    for kind in kinds[first : first + n_kinds]:
        folder = into / kind
        folder.mkdir(parents=True)
        for path in paths[kind]:
            shutil.copy(path, folder)
    return into


@pytest.fixture
def walk(qtbot, qapp, tmp_path) -> Iterator[Walk]:
    data = Path(os.environ["AHASH_DATA"])
    copy_kinds(data, tmp_path / "photos" / "taught", 0, N_KINDS)
    copy_kinds(data, tmp_path / "photos" / "others", N_KINDS, N_OTHER_KINDS)
    paths = LibraryPaths(tmp_path / "library")
    paths.folder.mkdir()
    save_settings(paths.settings, Settings(watch=False, theme=THEME, language=LANGUAGE))
    translators = install_translators(qapp, LANGUAGE)
    with real_window(qtbot, qapp, paths, THEME) as window:
        window.resize(1280, 720)
        window.show()
        window.start()
        with Watchdog(LONGEST_S) as watchdog:
            yield Walk(qtbot, window, [tmp_path / "photos"], watchdog)
        for stretch in watchdog.stretches:
            _log.warning("%s", stretch)
    for translator in translators:
        qapp.removeTranslator(translator)


@pytest.mark.photos
@pytest.mark.long
@pytest.mark.timeout(patience.minutes(60))
def test_a_lesson_on_real_photos_from_the_menu_to_names_for_the_rest(qtbot, walk):
    window, photos = walk.window, walk.outside[0]
    walk.until(window.library.first_run.isVisible)
    window.catalogue.add_folders([photos])
    qtbot.waitUntil(
        lambda: window.catalogue.contents.counts.indexed > 0 and not window.catalogue.is_indexing,
        timeout=patience.LATER_MS,
    )
    with walk.step("choose"):
        walk.commands.teach.trigger()
        wizard = window.teaching.wizard
        wizard.choose.add_folders([photos / "taught"])
        walk.until(lambda: wizard.choose.may_go_on)
        assert len(window.teaching.draft.kinds) == N_KINDS
    with walk.step("check"):
        wizard._next.click()
        qtbot.waitUntil(
            lambda: wizard.check.may_go_on or wizard.check.finding_model.rowCount() > 0,
            timeout=patience.LATER_MS,
        )
    while not wizard.check.may_go_on:
        wizard.check._deal(Remedy.EXCLUDE)
        walk.rest()
    with walk.step("set up"):
        wizard._next.click()
        walk.until(lambda: wizard.set_up.may_go_on)
        wizard.set_up.name.selectAll()
        QTest.keyClicks(wizard.set_up.name, "my birds")
        walk.until(wizard._next.isEnabled)
    control = window.teaching.control
    with walk.step("learning"):
        wizard._next.click()
        qtbot.waitUntil(
            lambda: control.latest is not None and bool(control.latest.queries),
            timeout=patience.LATER_MS,
        )
    qtbot.waitUntil(lambda: wizard.step == Step.JUDGE, timeout=patience.LATER_MS)
    for number in range(wizard.judge.tabs.count()):
        with walk.step(f"judge {number}"):
            wizard.judge.tabs.setCurrentIndex(number)
    report = control.report
    assert report.after.as_shown >= report.before.as_shown - 0.02
    with walk.step("adopt"):
        wizard._next.click()
        QTest.keyClick(wizard.adopt._adopt, Qt.Key.Key_Space)
        qtbot.waitUntil(wizard.adopt._rest.isVisible, timeout=patience.LATER_MS)
    assert window._session.model.name == "my birds"
    with walk.step("name the rest"):
        wizard.adopt._rest.click()
        page = window.teaching.review.page
        qtbot.waitUntil(lambda: page.group_model.rowCount() > 0, timeout=patience.LATER_MS)
        names = {page.group_model.group_at(row)[0] for row in range(page.group_model.rowCount())}
        assert names <= {kind.name for kind in window.teaching.draft.kinds}
        assert page.photo_model.rowCount() <= 5 * N_OTHER_KINDS
    assert len(window._session.labels.species()) == N_KINDS
    with walk.step("models"):
        walk.commands.models.trigger()
        models = window.teaching.models.page
        walk.until(lambda: bool(models.cards) and models.cards[0].card.name == "my birds")
        assert models.cards[0].card.searches
    with qtbot.waitSignal(window.models.changes.changed, timeout=patience.LATER_MS):
        models.back.click()
    assert window._session.model.name == Settings().model
