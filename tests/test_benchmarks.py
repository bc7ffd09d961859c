"""The scripts of `benchmarks/` and `docs/` name what is there."""

import ast
import importlib
import sys
from pathlib import Path

import pytest

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
