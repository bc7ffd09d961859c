"""Every loss names its source and shows a use that is true."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

from ahash_desktop.training import losses

MODULES = [
    importlib.import_module(f"{losses.__name__}.{module.name}")
    for module in pkgutil.iter_modules(losses.__path__)
    if module.name != "objective"
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_loss_links_its_paper_and_its_example_holds(module: object) -> None:
    assert "https://" in inspect.getsource(module)
    told = doctest.testmod(module)
    assert told.attempted > 0
    assert told.failed == 0
