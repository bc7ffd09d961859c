import pytest

from ahash_desktop.bootstrap.environment import Environment
from ahash_desktop.bootstrap.requirements import Checkout


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path / "checkout", ("torch>=2.6",), {"dev": ("ruff",)})


@pytest.fixture
def environment(tmp_path):
    return Environment(tmp_path / "cache" / "env")
