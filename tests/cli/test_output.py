"""Whatever files are called, what is printed is plain text and JSON is JSON."""

import io
import json
import os
import sys
from pathlib import Path

import pytest

from ahash_desktop.cli.main import main
from ahash_desktop.cli.output import Output, ProgressLine
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.plain_text import NOT_PLAIN, plain_line
from ahash_desktop.core.settings import Settings
from ahash_desktop.core.updates import IndexProgress
from ahash_desktop.services.models import ModelInfo
from tests.fake_encoder import FakeEncoder
from tests.pictures import save_picture

HOSTILE = [
    "\x1b[2J\x1b[1;1H.jpg",
    "\x1b]0;title\x07.jpg",
    "\x9b31m red.jpg",
    "two\nlines.jpg",
    "back\rover.jpg",
    "gpj.\u202eexe.jpg",
    "half \udc80.jpg",
]


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal, and remembers what it was sent."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="\n")

    def isatty(self) -> bool:
        return True

    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)  # type: ignore[attr-defined]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library whose root, photos and broken files have hostile names."""
    if os.name == "nt":
        pytest.skip("Windows has no such names")

    def start_fake(_: LibraryPaths, __: Settings, info: ModelInfo) -> FakeEncoder:
        return FakeEncoder(info.manifest.n_bits, info.manifest.model_id)

    monkeypatch.setattr("ahash_desktop.services.serving.start_engine", start_fake)
    root = tmp_path / "photos \x1b[31m"
    for seed, name in enumerate(HOSTILE):
        save_picture(root / name, seed, format="JPEG")
        (root / f"broken {name}").write_bytes(b"no picture")
    return tmp_path / "library"


def commands(library: Path) -> list[list[str]]:
    root = library.with_name("photos \x1b[31m")
    return [
        ["index", str(root)],
        ["status"],
        ["roots", "list"],
        ["problems"],
        ["search", str(root / HOSTILE[0])],
        ["explain", str(root / HOSTILE[1])],
        ["bits", "3"],
        ["search", str(root / "gone \x1b[2J.jpg")],
        ["models", "show", "\x1b[2J"],
        ["index", str(root / "gone \x1b[2J")],
        ["settings", "\x1b[2J"],
        ["settings", "exclude", "\x1b[2J"],
        ["roots", "remove", str(root / "\x1b[2J")],
    ]


def test_no_command_sends_a_terminal_what_names_hold(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in commands(library):
        out, err = Terminal(), Terminal()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        main(["--library", str(library), *command])
        bar = err.text().replace("\r\x1b[K", "")
        for told in (out.text(), bar):
            assert NOT_PLAIN.sub("", told.replace("\n", "")) == told.replace("\n", ""), command


def test_json_tells_names_as_they_are_without_sending_them_raw(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = library.with_name("photos \x1b[31m")
    for command in (["index", str(root)], ["problems"]):
        out = Terminal()
        monkeypatch.setattr(sys, "stdout", out)
        assert main(["--library", str(library), "--json", *command]) == 0
        assert not NOT_PLAIN.search(out.text().rstrip("\n"))
        told = {Path(each["path"]).name for each in json.loads(out.text())["problems"]}
        in_unicode = [name for name in HOSTILE if "\udc80" not in name]
        assert told == {f"broken {name}" for name in in_unicode}


def test_wrong_usage_is_told_in_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    err = Terminal()
    monkeypatch.setattr(sys, "stderr", err)
    with pytest.raises(SystemExit):
        main(["status", "--\x1b[2J"])
    assert "\x1b" not in err.text()
    assert r"\x1b[2J" in err.text()


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_json_is_json_whatever_the_stream_can_take(encoding: str) -> None:
    names = [*HOSTILE, "猫 😀 é.jpg"]
    out = Terminal(encoding)
    Output(as_json=True, out=out).result({"names": names}, [])
    assert json.loads(out.text()) == {"names": names}


def test_a_line_of_progress_is_one_line() -> None:
    err = Terminal()
    ProgressLine(err).show_text("waiting: \x1b[2J\n.jpg")
    assert err.text() == "\r\x1b[K" + plain_line("waiting: \x1b[2J\n.jpg")


@pytest.mark.parametrize(
    ("n_done", "per_second", "seconds_left", "told"),
    [
        (0, 0.0, None, "0 of 4 (0%), starting"),
        (1, 0.0, None, "1 of 4 (25%)"),
        (1, 0.0, 3.0, "1 of 4 (25%)"),
        (1, 0.24, None, "1 of 4 (25%), 0.2 photos/s"),
        (2, 8.0, 30.0, "2 of 4 (50%), 8.0 photos/s, 30 s left"),
        (4, 41.7, 0.0, "4 of 4 (100%), 42 photos/s, 0 s left"),
    ],
)
def test_pace_and_time_left_are_told_when_they_are_known(n_done, per_second, seconds_left, told):
    err = Terminal()
    progress = IndexProgress(
        phase="encoding",
        n_found=4,
        n_done=n_done,
        n_to_do=4,
        per_second=per_second,
        seconds_left=seconds_left,
    )
    ProgressLine(err).show(progress)
    assert err.text().rpartition("] ")[2] == told
