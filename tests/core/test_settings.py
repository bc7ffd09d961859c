"""Settings survive a round trip, other versions and damage."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from ahash_desktop.core.errors import ShortageError
from ahash_desktop.core.settings import Settings, change_settings, load_settings, save_settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library" / "settings.json"


def test_a_missing_file_gives_the_defaults(path: Path) -> None:
    assert load_settings(path) == Settings()


def test_settings_come_back_as_they_were_saved(path: Path) -> None:
    settings = Settings(model="mine", device="cpu", threads=2, theme="dark", decode_timeout_s=5.0)
    save_settings(path, settings)
    assert load_settings(path) == settings


def test_keys_of_other_versions_are_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"from_the_future": [1, 2], "threads": 3}), encoding="utf-8")
    save_settings(path, Settings(threads=4))
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert (stored["from_the_future"], stored["threads"]) == ([1, 2], 4)


def test_a_change_leaves_all_else_as_it_is(path: Path) -> None:
    save_settings(path, Settings(model="mine", threads=3))
    assert change_settings(path, threads=4) == Settings(model="mine", threads=4)
    assert load_settings(path) == Settings(model="mine", threads=4)
    with pytest.raises(ValueError, match="device"):
        change_settings(path, device="abacus")
    assert change_settings(path.with_name("new.json"), paused=True) == Settings(paused=True)


def test_settings_that_cannot_be_read_now_are_not_replaced_by_defaults(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_settings(path, Settings(model="mine", threads=3))

    def refuse(*_: object, **__: object) -> str:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(ShortageError, match=r"cannot be read .*settings\.json"):
        change_settings(path, threads=4)
    monkeypatch.undo()
    assert load_settings(path) == Settings(model="mine", threads=3)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_settings_that_cannot_be_written_are_told_and_the_old_ones_stay(
    path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    save_settings(path, Settings(threads=3))

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("ahash_desktop.core.files.tempfile.mkstemp", refuse)
    with pytest.raises(ShortageError, match=r"settings cannot be kept .*settings\.json"):
        save_settings(path, Settings(threads=4))
    monkeypatch.undo()
    assert load_settings(path).threads == 3
    save_settings(path, Settings(threads=4))
    assert load_settings(path).threads == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", ""),
        ("model", 7),
        ("device", "abacus"),
        ("device", ["cpu"]),
        ("threads", -1),
        ("threads", True),
        ("threads", "2"),
        ("theme", None),
        ("max_pixels", 10),
        ("max_pixels", 1e9),
        ("decode_timeout_s", 0),
        ("decode_timeout_s", "long"),
    ],
)
def test_a_value_that_does_not_fit_falls_back_alone(
    path: Path, caplog: pytest.LogCaptureFixture, name: str, value: Any
) -> None:
    with pytest.raises(ValueError, match=name):
        Settings(**{name: value})
    other = "theme" if name != "theme" else "device"
    chosen = {"theme": "dark", "device": "cpu"}[other]
    path.parent.mkdir()
    path.write_text(json.dumps({name: value, other: chosen}), encoding="utf-8")
    assert load_settings(path) == Settings(**{other: chosen})
    assert name in caplog.text


@pytest.mark.parametrize("text", ["", "{", "\x00\x01", "[" * 100])
def test_a_damaged_file_is_kept_beside(
    path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    assert load_settings(path) == Settings()
    assert path.with_suffix(".json.bad").read_text(encoding="utf-8") == text
    assert "no JSON" in caplog.text
    save_settings(path, Settings(threads=1))
    assert load_settings(path).threads == 1


@pytest.mark.parametrize("text", ["[1, 2]", '"dark"', "null"])
def test_json_that_is_no_object_gives_the_defaults(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    assert load_settings(path) == Settings()


def test_a_file_that_cannot_be_read_gives_the_defaults(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.mkdir(parents=True)
    assert load_settings(path) == Settings()
    assert "cannot be read" in caplog.text
