"""Fixtures of all tests, and the rules every test is held to."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from pytestqt.qtbot import QtBot

from ahash_desktop.hashing.base_weights import BIRDS
from tests import hygiene, patience
from tests.fake_encoder import FakeEncoder
from tests.pictures import Size, save_picture

# Before Qt starts: tests neither need a display nor disturb the one someone works on.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

QT_FIXTURES = {"qapp", "qtbot", "qtmodeltester", "qapp_cls"}
_LEFT_OUT = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long` runs the long tests too, `--thorough` all of them with as many cases as promised."""
    parser.addoption("--long", action="store_true", help="run the tests marked long, too")
    parser.addoption("--thorough", action="store_true", help="50 kills, 2,000 mutated files, …")


def pytest_configure(config: pytest.Config) -> None:
    """How long a test may take is said in one place, unless the command line says otherwise."""
    if config.option.timeout is None:
        config.option.timeout = patience.TEST_S


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is marked long, unless it is asked for or named on the command line."""
    if config.option.long or config.option.thorough:
        return
    named = [argument.partition("::") for argument in config.args if "::" in argument]
    asked = [(Path(file).resolve(), name.partition("[")[0]) for file, _, name in named]

    def is_asked_for(item: pytest.Item) -> bool:
        name = item.nodeid.partition("::")[2]
        return any(item.path == file and name.startswith(start) for file, start in asked)

    left_out = [
        item for item in items if item.get_closest_marker("long") and not is_asked_for(item)
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        kept_out = set(left_out)
        items[:] = [item for item in items if item not in kept_out]
        config.stash[_LEFT_OUT] = [item.nodeid for item in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test logged can be sent between processes, whatever bytes its paths are made of."""
    report = yield
    report.sections = [
        (title, text.encode("utf-8", "backslashreplace").decode())
        for title, text in report.sections
    ]
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process beside others tells the one that reports what it left out."""
    if (told := getattr(session.config, "workeroutput", None)) is not None:
        told["left_out"] = session.config.stash.get(_LEFT_OUT, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Each process left the same out."""
    if told := getattr(node, "workeroutput", {}).get("left_out"):
        node.config.stash[_LEFT_OUT] = told


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Names the long tests that were left out."""
    if left_out := config.stash.get(_LEFT_OUT, []):
        cases = Counter(name.partition("[")[0] for name in left_out)
        terminalreporter.section(f"{len(left_out)} long tests left out; --long runs them")
        for name, n_cases in cases.items():
            terminalreporter.line(f"{name} ({n_cases} cases)" if n_cases > 1 else name)


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether to try many cases rather than a few."""
    return bool(request.config.getoption("--thorough"))


class MakePicture(Protocol):
    """Renders a picture into a file below the test's own folder."""

    def __call__(
        self,
        name: str | Path,
        seed: int = 0,
        size: Size = (96, 72),
        format: str | None = None,  # noqa: A002 - Pillow's own word for it
        **options: Any,
    ) -> Path: ...


@pytest.fixture(scope="session", autouse=True)
def _quiet_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reaches the network or the user's own folders."""
    with hygiene.no_network(), pytest.MonkeyPatch.context() as patch:
        hygiene.redirect_folders(patch, tmp_path_factory.mktemp("platform"))
        yield


@pytest.fixture(autouse=True)
def _leaves_nothing_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves a thread, a process, a window or a running timer.

    What fixtures of a wider scope started is there before and may stay.
    """
    with_qt = bool(QT_FIXTURES & set(request.fixturenames))
    before = hygiene.look_around(with_qt=with_qt)
    yield
    leftovers = hygiene.find_leftovers(before, with_qt=with_qt)
    if leftovers:
        pytest.fail("left behind: " + "; ".join(leftovers), pytrace=False)


@pytest.fixture(autouse=True)
def _own_library(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Each test that has a folder of its own has its default library there."""
    if "tmp_path" in request.fixturenames:
        folder: Path = request.getfixturevalue("tmp_path")
        monkeypatch.setenv("XDG_DATA_HOME", str(folder / "xdg-data"))


class PatientBot(QtBot):
    """pytest-qt's own, which waits as long as tests wait."""

    def waitUntil(  # noqa: N802 - pytest-qt's word, as the others
        self, callback: Callable[[], object], *, timeout: int = patience.SOON_MS
    ) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(  # noqa: N802
        self, signal: Any, *, timeout: int = patience.SOON_MS, **options: Any
    ) -> Any:
        return super().waitSignal(signal, timeout=timeout, **options)

    def waitSignals(  # noqa: N802
        self, signals: Any, *, timeout: int = patience.SOON_MS, **options: Any
    ) -> Any:
        return super().waitSignals(signals, timeout=timeout, **options)


@pytest.fixture
def qtbot(qapp: Any, request: pytest.FixtureRequest) -> PatientBot:
    """What a test drives a window with."""
    return PatientBot(request)


@pytest.fixture(scope="session")
def photos_folder() -> Path:
    """The real photos that AHASH_DATA points at; without them the test is skipped."""
    named = os.environ.get("AHASH_DATA")
    if not named:
        pytest.skip("AHASH_DATA does not name a folder of real photos")
    folder = Path(named)
    if not folder.is_dir():
        pytest.skip(f"AHASH_DATA names {folder}, which is no folder")
    return folder


@pytest.fixture
def bird_file(tmp_path: Path, photos_folder: Path) -> Path:
    """The weights of the network that knows birds, in their place below the test's own folder."""
    source = photos_folder / "teachers" / BIRDS.weights.name
    if not source.is_file():
        pytest.skip(f"{source} is not there")
    place = BIRDS.weights.path
    assert tmp_path in place.parents
    place.parent.mkdir(parents=True)
    shutil.copyfile(source, place)
    return place


@pytest.fixture
def make_picture(tmp_path: Path) -> MakePicture:
    """Renders pictures below the test's own folder: `make_picture("a/b.jpg", seed=3)`."""

    def make(
        name: str | Path,
        seed: int = 0,
        size: Size = (96, 72),
        format: str | None = None,  # noqa: A002 - Pillow's own word for it
        **options: Any,
    ) -> Path:
        return save_picture(tmp_path / name, seed, size, format, **options)

    return make


@pytest.fixture
def make_pictures(make_picture: MakePicture) -> Callable[[str, int], list[Path]]:
    """Renders a folder of small JPEG pictures, each different: `make_pictures("photos", 5)`."""

    def make(folder: str, count: int) -> list[Path]:
        return [make_picture(f"{folder}/{i:05d}.jpg", seed=i) for i in range(count)]

    return make


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """Makes folders read-only, as a drive that may not be written is, until the test ends."""
    locked: list[Path] = []

    def lock(folder: Path) -> None:
        try:
            mounted = subprocess.run(["mount", "--bind", folder, folder], capture_output=True)
        except FileNotFoundError:
            pytest.skip("this system has no mount")
        if mounted.returncode:
            pytest.skip("only root may mount a folder")
        locked.append(folder)
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)

    yield lock
    for folder in locked:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def fake_encoder() -> Iterator[FakeEncoder]:
    """An encoder without a network; alike pictures get alike codes."""
    encoder = FakeEncoder()
    yield encoder
    encoder.close()
