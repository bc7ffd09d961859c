"""Photos of kinds that differ in colour, and a tiny model that sees them."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.teaching.lessons import Lessons
from tests.pictures import save_picture
from tests.training.conftest import _save_tiny

KINDS = ("Gadwall", "Teal", "小鸊鷉 😀")


@pytest.fixture
def library(tmp_path) -> LibraryPaths:
    paths = LibraryPaths(tmp_path / "library")
    paths.folder.mkdir()
    return paths


@pytest.fixture
def shelf(library, tmp_path) -> ModelShelf:
    shipped = tmp_path / "shipped"
    _save_tiny(shipped / "tiny", n_local=0)
    return ModelShelf(shipped, library.models)


class HereWorker:
    """Does the work in the process of the test."""

    def records(self, work: str, arguments: tuple[Any, ...], token: CancelToken) -> Iterator[Any]:
        module, _, function = work.partition(":")
        yield from getattr(importlib.import_module(module), function)(*arguments, token=token)


@pytest.fixture(autouse=True)
def _keep_memory_settings(monkeypatch) -> None:
    """The test's process goes on to do other things than run the network."""
    monkeypatch.setattr("ahash_desktop.training.running.lesson_run.keep_freed_memory", lambda: True)


@pytest.fixture
def lessons(library, shelf) -> Lessons:
    """Lessons whose work is done here, for processes take long to start."""
    return Lessons(library, shelf, HereWorker())


@pytest.fixture
def lessons_apart(library, shelf) -> Lessons:
    """Lessons in the processes they really run in."""
    return Lessons(library, shelf)


@pytest.fixture
def kind_folders(tmp_path) -> Path:
    """Three kinds of eight photos each; pictures of one kind share most of their pixels."""
    folder = tmp_path / "kinds of mine"
    for number, kind in enumerate(KINDS):
        for photo in range(8):
            save_picture(folder / kind / f"{photo}.png", seed=100 * number + photo)
    return folder
