"""Settings survive a round trip, other versions and damage."""

import errno
import json
import os
import subprocess
import sys
import threading
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from ahash_desktop.core.errors import ShortageError
from ahash_desktop.core.settings import (
    AT_NEXT_START,
    CHOICES,
    RANGES,
    Settings,
    change_settings,
    edit_settings,
    load_settings,
    save_settings,
    settings_in_effect,
)

OTHER_PROCESS = """
import sys
from pathlib import Path
from ahash_desktop.core.settings import change_settings
for number in range(1, 41):
    change_settings(Path(sys.argv[1]), **{sys.argv[2]: number})
"""
OTHER_VALUES = {
    **dict.fromkeys(("model", "previous_model", "next_model", "exclude"), "other"),
    **dict.fromkeys(("thumbnails_folder", "thumbnails_earlier"), "/elsewhere"),
    **dict.fromkeys(("threads", "rescan_minutes", "keep_missing_days"), 7),
    **dict.fromkeys(("paused", "only_when_idle", "not_on_battery"), True),
    **dict.fromkeys(("encode_newest_first", "follow_links"), True),
    **dict.fromkeys(("max_memory_mb", "recycle_after", "thumbnails_max_mb"), 2000),
    "device": "cpu",
    "theme": "dark",
    "language": "en",
    "rank_by": "strength",
    "double_click": "find",
    "max_pixels": 2_000_000,
    "decode_timeout_s": 3.0,
    "watch": False,
    "sidecar_naming": "stem",
}
"""For each setting a value that is not its default."""


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


def test_changes_made_at_the_same_time_are_all_kept(path: Path) -> None:
    names = sorted(OTHER_VALUES)
    for first, second in zip(names, names[1:] + names[:1], strict=True):
        save_settings(path, Settings())
        together = threading.Barrier(2)

        def change(name: str, together: threading.Barrier = together) -> None:
            together.wait()
            change_settings(path, **{name: OTHER_VALUES[name]})

        threads = [threading.Thread(target=change, args=(name,)) for name in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        kept = load_settings(path)
        changed = {name: getattr(kept, name) for name in (first, second)}
        assert changed == {name: OTHER_VALUES[name] for name in (first, second)}


def test_processes_do_not_undo_each_others_changes(path: Path) -> None:
    save_settings(path, Settings())
    started = [
        subprocess.Popen([sys.executable, "-c", OTHER_PROCESS, str(path), name])
        for name in ("threads", "rescan_minutes", "keep_missing_days")
    ]
    for days in range(1, 41):
        change_settings(path, thumbnails_max_mb=10 * days)
    assert [process.wait() for process in started] == [0, 0, 0]
    kept = load_settings(path)
    numbers = (kept.threads, kept.rescan_minutes, kept.keep_missing_days, kept.thumbnails_max_mb)
    assert numbers == (40, 40, 40, 400)


def test_a_change_that_depends_on_what_is_there_counts_every_time(path: Path) -> None:
    def add_one() -> None:
        for _ in range(25):
            edit_settings(path, lambda settings: {"threads": settings.threads + 1})

    threads = [threading.Thread(target=add_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert load_settings(path).threads == 100


def test_a_value_of_another_version_stays_until_it_is_changed(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"theme": "sepia", "threads": 3}), encoding="utf-8")
    change_settings(path, paused=True)
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored == {"theme": "sepia", "threads": 3, "paused": True}
    change_settings(path, theme="system")
    assert json.loads(path.read_text(encoding="utf-8"))["theme"] == "system"


def test_a_change_keeps_a_damaged_file_beside(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("{ half", encoding="utf-8")
    assert change_settings(path, threads=4) == Settings(threads=4)
    assert path.with_suffix(".json.bad").read_text(encoding="utf-8") == "{ half"


@pytest.mark.parametrize("name", [each.name for each in fields(Settings)])
def test_what_counts_from_the_next_start_stays_as_it_was_at_the_start(
    path: Path, name: str
) -> None:
    at_start = Settings()
    change_settings(path, **{name: OTHER_VALUES[name]})
    followed = settings_in_effect(path, at_start)
    waits = name in AT_NEXT_START
    assert getattr(followed, name) == getattr(at_start if waits else load_settings(path), name)
    assert load_settings(path).differing(followed) == ({name} if waits else frozenset())


def test_every_place_where_thumbnails_may_still_lie_is_known(path: Path) -> None:
    for place in ("/first", "/second", "", "/third", "/second"):
        settings = change_settings(path, thumbnails_folder=place)
    assert set(settings.thumbnails_earlier.splitlines()) >= {"/first", "/third"}
    assert settings == load_settings(path)


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
        ("double_click", "jump"),
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


def test_each_number_and_choice_is_told_with_what_it_can_be():
    numbers = {
        each.name
        for each in fields(Settings)
        if type(getattr(Settings(), each.name)) in (int, float)
    }
    assert numbers == set(RANGES)
    for name, values in CHOICES.items():
        for value in values:
            assert getattr(replace(Settings(), **{name: value}), name) == value
