"""A window on a real library with a fake encoder."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.base.translation import install_translators
from ahash_desktop.gui.library.folder_watch import FolderWatch
from ahash_desktop.gui.window.main_window import MainWindow
from ahash_desktop.imaging.thumbnails import ThumbnailStore
from ahash_desktop.services.browsing import Browser
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.serving import Serving
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.storethread import StoreThread
from ahash_desktop.store.library import Library
from tests import patience
from tests.fake_encoder import FakeEncoder
from tests.gui.long_texts import LONG, install_long_texts
from tests.pictures import save_picture

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

N_PHOTOS = 24
ROOMY = (1280, 800)
"""A window with room for the rail and the inspector; the screen of tests has less."""
NAMES = {3: "red crown"}


class WarmEncoder(FakeEncoder):
    """A fake encoder with the manners of the engine.

    `gate` holds back encoding files until it is set, `loaded` whatever else needs the engine;
    `failure` is raised by that.
    """

    def __init__(
        self,
        keep_thumbnail: Callable[[bytes, NDArray[np.uint8]], None],
        n_bits: int = 64,
        model_id: str = "fake-model",
    ) -> None:
        super().__init__(
            n_bits,
            model_id,
            keep_thumbnail=keep_thumbnail,
            before_file=lambda _item: self._wait(),
        )
        self.gate = threading.Event()
        self.gate.set()
        self.loaded = threading.Event()
        self.loaded.set()
        self.failure: UserFacingError | None = None

    def warm_up(self) -> None:
        if self.failure is not None:
            raise self.failure

    def encode(self, source, region=None):
        patience.hold(self.loaded)
        return super().encode(source, region)

    def explain(self, source, bits, region=None):
        patience.hold(self.loaded)
        if self.failure is not None:
            raise self.failure
        return super().explain(source, bits, region)

    def close(self) -> None:
        self.gate.set()
        self.loaded.set()
        super().close()

    def _wait(self) -> None:
        patience.hold(self.gate)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of pictures, one of them damaged."""
    folder = tmp_path / "photos"
    for seed in range(N_PHOTOS):
        save_picture(folder / f"{seed % 3}" / f"photo {seed:02}.jpg", seed, (240, 180))
    (folder / "damaged.jpg").write_bytes(b"no picture at all")
    return folder


@pytest.fixture
def session(tmp_path: Path) -> Iterator[LibrarySession]:
    paths = LibraryPaths(tmp_path / "library")
    thumbnails = ThumbnailStore(paths.thumbnails)
    encoder = WarmEncoder(thumbnails.save)
    with Library.open(paths) as library, library.transaction():
        model = library.models.register(encoder.model_id, "fake-64", encoder.n_bits, "{}", 0.0)
    stores = StoreThread(paths, "browse"), StoreThread(paths, "rank")
    names = [NAMES.get(bit) for bit in range(encoder.n_bits)]
    opened = LibrarySession(
        paths=paths,
        settings=Settings(),
        shelf=ModelShelf(tmp_path / "none", paths.models),
        browser=Browser(stores[0], thumbnails),
        serving=Serving.with_model(paths, stores, encoder, model, names),
        _stores=stores,
        make_encoder=lambda _paths, _settings, info: WarmEncoder(
            thumbnails.save, info.manifest.n_bits, info.manifest.model_id
        ),
    )
    yield opened
    opened.close()


@pytest.fixture(params=["en", "zh_CN"])
def language(request, qapp):
    """Translates what is made from now on; ask for it before the window."""
    before = QLocale()
    translators = (
        install_long_texts(qapp)
        if request.param == LONG
        else install_translators(qapp, request.param)
    )
    yield request.param
    for translator in translators:
        qapp.removeTranslator(translator)
        translator.deleteLater()
    QLocale.setDefault(before)


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[ThemeController]:
    made = ThemeController(qapp, "light")
    yield made
    qapp.setStyleSheet("")
    made.deleteLater()


@pytest.fixture
def runner(qtbot) -> Iterator[JobRunner]:
    made = JobRunner()
    yield made
    assert made.shut_down(patience.SOON_S)


@pytest.fixture
def window(qtbot, session, theme, runner) -> Iterator[MainWindow]:
    """The window on an empty library, shown and started."""
    made = MainWindow(session, theme, runner)
    qtbot.addWidget(made)
    made.resize(*ROOMY)
    made.commands.newest_first.setChecked(False)  # photos are written in any order
    made.show()
    made.start()
    qtbot.waitUntil(made.library.first_run.isVisible)
    yield made
    session.encoder.gate.set()
    session.encoder.loaded.set()
    runner.cancel_all()
    assert made.thumbnails.stop(patience.SOON_S)


@pytest.fixture
def full_window(qtbot, window, photos) -> MainWindow:
    """The window on an indexed library."""
    window.catalogue.add_folders([photos])
    qtbot.waitUntil(lambda: window.catalogue.contents.counts.indexed == N_PHOTOS)
    qtbot.waitUntil(lambda: not window.catalogue.is_indexing)
    qtbot.waitUntil(lambda: window.browse.photo_model.rowCount() == N_PHOTOS)
    return window


@pytest.fixture
def follow(window, session, runner) -> Iterator[Callable[[], FolderWatch]]:
    """Makes the window follow its folders."""
    made = []

    def make() -> FolderWatch:
        watch = FolderWatch(
            session,
            runner,
            window.catalogue,
            window.choices,
            window.commands.watch_folders,
            window,
        )
        watch.note_changed.connect(window.library.status.show_watching)
        watch.start()
        made.append(watch)
        return watch

    yield make
    for watch in made:
        watch.stop()
