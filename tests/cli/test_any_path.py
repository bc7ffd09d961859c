"""Whatever is typed where a path belongs, a command says one sentence and never a traceback."""

import ctypes
import io
import logging
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from ahash_desktop.cli import main as main_module
from ahash_desktop.cli.main import main
from ahash_desktop.core.errors import Cancelled
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.plain_text import NOT_PLAIN
from ahash_desktop.core.settings import Settings
from ahash_desktop.services.models import ModelInfo
from tests.cli.command_lines import Command, all_commands
from tests.fake_encoder import FakeEncoder
from tests.pictures import save_picture, save_pictures

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="Windows has no such names"),
    pytest.mark.skipif(
        sys.platform != "linux" and os.name == "posix" and os.geteuid() == 0,
        reason="root may read everything",
    ),
]

_CAPABILITY_VERSION = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1 << 1, 1 << 2
_EVERY = 3
LONG = "n" * 300
FEW = {"sample": ("--classes", "2", "--photos", "1")}


class Hurried(CancelToken):
    """Ends what would wait for changes, or train."""

    def wait(self, timeout_s: float) -> None:
        raise Cancelled

    def wait_while_paused(self, timeout_s: float | None = None) -> bool:
        raise Cancelled


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that everybody may use, with all kinds of files."""
    folder = Path(tempfile.mkdtemp(prefix="any-path-"))
    save_pictures(folder / "photos", 4)
    (folder / "empty/kind").mkdir(parents=True)
    for name in ("half \udc80", "\x1b[2J"):
        save_picture(folder / f"{name}.jpg", 1, format="JPEG")
        (folder / name).mkdir()
    save_picture(folder / "sealed/within.jpg", 2)
    os.mkfifo(folder / "pipe.jpg")
    (folder / "loop.jpg").symlink_to(folder / "loop.jpg")
    (folder / "dangling.jpg").symlink_to(folder / "nowhere.jpg")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket.jpg"))
    (folder / "sealed").chmod(0)
    yield folder
    (folder / "sealed").chmod(0o700)
    shutil.rmtree(folder)


def odd_paths(place: Path) -> list[str]:
    """What a person, a shell or another program may type where a path belongs."""
    names = ["half \udc80", "\x1b[2J", "sealed", LONG, "gone \udc80", "gone \x1b[2J", "empty"]
    files = [f"{name}.jpg" for name in (*names, "pipe", "loop", "dangling", "socket")]
    below = ["sealed/within.jpg", "photos/0000.jpg/below.jpg", f"{LONG}/{LONG}", "sealed/new/new"]
    within = [str(place / name) for name in (*names, *files, *below)]
    return [*within, "", " ", "-", "~nobody-of-this-name/x", "/dev/full", "/dev/null", "C:\\x"]


@contextmanager
def without_privileges() -> Iterator[None]:
    """Permissions count: root gives up what lets it read and write everything, until the end."""
    if os.geteuid() != 0:
        yield
        return
    system = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    held = (ctypes.c_uint32 * 6)()
    assert system.capget(header, held) == 0
    effective = held[0]
    held[0] = effective & ~_DAC_OVERRIDE & ~_DAC_READ_SEARCH
    assert system.capset(header, held) == 0
    try:
        yield
    finally:
        held[0] = effective
        assert system.capset(header, held) == 0


def use_the_fake(patch: pytest.MonkeyPatch, place: Path) -> None:
    """From here on codes, samples and the end of what would last cost nothing."""

    def start_fake(_: LibraryPaths, __: Settings, info: ModelInfo) -> FakeEncoder:
        return FakeEncoder(info.manifest.n_bits, info.manifest.model_id)

    patch.setattr("ahash_desktop.services.serving.start_engine", start_fake)
    patch.setattr(main_module, "CancelToken", Hurried)
    blank = Image.new("RGB", (8, 8))
    patch.setattr("ahash_desktop.imaging.sample.render_photo", lambda *_: blank)
    patch.chdir(place)


@pytest.fixture(scope="module")
def indexed(place: Path) -> Path:
    """A library of a few photos, made once."""
    folder = place / "indexed"
    with pytest.MonkeyPatch.context() as patch, without_privileges():
        use_the_fake(patch, place)
        assert run(patch, ["--library", str(folder), "index", str(place / "photos")])[0] == 0
    return folder


@pytest.fixture
def library(place: Path, indexed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of it for each command."""
    use_the_fake(monkeypatch, place)
    folder = place / "library"
    shutil.copytree(indexed, folder)
    yield folder
    shutil.rmtree(folder)


def run(monkeypatch: pytest.MonkeyPatch, line: list[str]) -> tuple[int, str, str]:
    """Runs a command; its exit code, and what it said on stdout and on stderr."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        try:
            code = main(line)
        except SystemExit as left:
            code = int(left.code or 0)
    out.flush()
    err.flush()
    return code, out.buffer.getvalue().decode(), err.buffer.getvalue().decode()


def faults(code: int, out: str, err: str) -> list[str]:
    """What is wrong with how a command ended."""
    said = err.removesuffix("\n").split("\n")
    wrong = []
    if code not in (0, 1, 2, 130):
        wrong.append(f"it ended with {code}")
    if "Traceback" in err + out or "Errno" in err:
        wrong.append("it spoke as programs do")
    if code == 1 and not (said[-1].endswith(".") and len(said) <= 3):
        wrong.append(f"it said no sentence, but {err!r}")
    if any(map(NOT_PLAIN.search, (out + err).split("\n"))):
        wrong.append("it sent commands to the terminal")
    return wrong


def with_marks() -> list[object]:
    """All commands; those that need the network itself take long."""
    slow = {"train", "evaluate"}
    return [
        pytest.param(each, id=str(each), marks=[pytest.mark.long] if str(each) in slow else [])
        for each in all_commands()
    ]


@pytest.mark.parametrize("command", with_marks())
def test_any_path_ends_in_a_sentence(
    command: Command,
    place: Path,
    library: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """Each command with every third of the paths, others for its neighbour; with all if asked."""
    usual = {
        **dict.fromkeys(("images", "image", "photo"), str(place / "photos/00000.jpg")),
        **dict.fromkeys(("folders", "folder", "sources", "source"), str(place / "empty")),
        **dict.fromkeys(("model", "bundle"), Settings().model),
        "file": "new.zip",
        "out": "new-model",
        "to": "new.csv",
        "bit": "3",
        **dict.fromkeys(("name", "old", "new"), "crown"),
        **dict.fromkeys(("first", "second"), Settings().model),
        "photos": str(place / "photos/00000.jpg"),
    }
    few = FEW.get(str(command), ())
    # Once as usual: what it imports may lie where only root may read.
    run(monkeypatch, ["--library", str(library), *command.usual(usual), *few])
    found = []
    everything = request.config.getoption("--long") or request.config.getoption("--thorough")
    first = [str(each) for each in all_commands()].index(str(command)) % _EVERY
    for odd in odd_paths(place) if everything else odd_paths(place)[first::_EVERY]:
        lines = [["--library", str(library), *line, *few] for line in command.lines(usual, odd)]
        lines.append(["--library", odd, *command.usual(usual), *few])
        for line in lines:
            try:
                with without_privileges():
                    wrong = faults(*run(monkeypatch, line))
            except Exception as error:  # noqa: BLE001 - that is what must not happen
                wrong = [f"{type(error).__name__}: {error}"]
            found += [f"{' '.join(line[2:])!r} in {line[1]!r}: {each}" for each in wrong]
    if found:
        told = "\n".join(found).encode("utf-8", "backslashreplace").decode()
        pytest.fail(told, pytrace=False)


def test_what_is_logged_of_any_path_can_be_sent_between_processes() -> None:
    """Beside others, a test whose log could not be sent would end the whole run."""
    logging.getLogger(__name__).warning("left out half \udc80.jpg")
