"""The scripts of `benchmarks/` and `docs/` name what is there."""

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import patience

CHECKOUT = Path(__file__).resolve().parent.parent
SCRIPTS = [
    script.relative_to(CHECKOUT)
    for folder in ("benchmarks", "docs")
    for script in sorted((CHECKOUT / folder).rglob("*.py"))
]


@pytest.mark.parametrize("script", SCRIPTS, ids=str)
def test_what_a_script_takes_from_the_program_is_there(script: Path) -> None:
    tree = ast.parse((CHECKOUT / script).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            if node.module.partition(".")[0] != "ahash_desktop":
                continue
            module = importlib.import_module(node.module)
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                if not hasattr(module, name.name):
                    importlib.import_module(whole)
                    assert whole in sys.modules


def run_script(script: str, *words: str) -> str:
    """What a script prints."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, str(CHECKOUT / "benchmarks" / script), *words]
    return subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        timeout=patience.TEST_S,
    ).stdout


def test_each_thing_is_measured_in_a_large_library_which_is_used_again(tmp_path: Path) -> None:
    size = ("--photos", "60", "--bits", "64", "--work", str(tmp_path))
    told = run_script("scale.py", *size, "--only", "fill", "search", "rescan", "model", "draw")
    for what in ("files made", "later searches", "update of unchanged files", "change back"):
        assert what in told
    assert "ended with" not in told
    again = run_script("scale.py", *size, "--only", "fill")
    assert "the library was there already" in again


def test_rows_alone_are_measured(tmp_path: Path) -> None:
    told = run_script("scale.py", "--rows", "30", "--work", str(tmp_path))
    assert "ids that wait for codes" in told
    assert "ended with" not in told
