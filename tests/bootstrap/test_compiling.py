"""A checkout compiles its quick part once, and goes on without where that fails."""

import shutil
import sys
from pathlib import Path

import pytest

from ahash_desktop.bootstrap import compiling
from ahash_desktop.bootstrap.compiling import (
    COMPILERS,
    INSTALLED_FOLDER,
    SOURCE,
    library_name,
    provide_compiled,
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / SOURCE).parent.mkdir(parents=True)
    (folder / SOURCE).write_text("int ahash_answer(void) { return 42; }\n")
    (tmp_path / "packages").mkdir()
    return folder


def made_in(packages: Path) -> list[str]:
    return sorted(path.name for path in (packages / INSTALLED_FOLDER).iterdir())


@pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="there is no C compiler")
def test_another_source_is_compiled_once(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "packages"
    provide_compiled(checkout, packages)
    first = library_name((checkout / SOURCE).read_bytes())
    assert made_in(packages) == [first]
    (checkout / SOURCE).write_text("int ahash_answer(void) { return 43; }\n")
    provide_compiled(checkout, packages)
    assert set(made_in(packages)) == {first, library_name((checkout / SOURCE).read_bytes())}
    monkeypatch.setattr(compiling, "compile_scan", lambda *_: pytest.fail("compiled again"))
    provide_compiled(checkout, packages)


@pytest.mark.parametrize("compiler", [None, sys.executable], ids=["none", "one that fails"])
def test_without_a_compiler_it_is_not_tried_again(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiler: str | None
) -> None:
    packages = tmp_path / "packages"
    monkeypatch.setattr(shutil, "which", lambda name: compiler)
    provide_compiled(checkout, packages)
    name = library_name((checkout / SOURCE).read_bytes())
    assert made_in(packages) == [f"{name}.failed"]
    monkeypatch.setattr(compiling, "compile_scan", lambda *_: pytest.fail("tried again"))
    provide_compiled(checkout, packages)


def test_what_cannot_be_read_or_written_is_no_error(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "packages" / INSTALLED_FOLDER).write_text("in the way")
    provide_compiled(checkout, tmp_path / "packages")
    (checkout / SOURCE).unlink()
    provide_compiled(checkout, tmp_path / "packages")
