"""Engine processes whose worker fails on demand."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from ahash_desktop.engine.client import EngineProcess
from ahash_desktop.engine.messages import EngineConfig
from ahash_desktop.engine.process import Process
from tests import fake_worker

MakeEngine = Callable[..., EngineProcess]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "engine.log"


@pytest.fixture
def make_engine(tmp_path: Path, log: Path) -> Iterator[MakeEngine]:
    engines: list[EngineProcess] = []

    def make(bundle: str = "good", **options: object) -> EngineProcess:
        config = EngineConfig(bundle, str(tmp_path), str(tmp_path), str(log), batch_size=4)
        engine = EngineProcess(
            config,
            model_id="fake-model",
            n_bits=8,
            spawn=partial(Process, main=fake_worker.serve),
            **options,  # type: ignore[arg-type]  # of the constructor
        )
        engines.append(engine)
        return engine

    yield make
    for engine in engines:
        engine.close()
