"""How a batch is divided among processes; `tests/e2e/test_train.py` starts real ones."""

import numpy as np
import pytest
import torch

from ahash_desktop.training.running import team as team_module
from ahash_desktop.training.running.team import Team


def test_alone_nothing_is_shared():
    team = Team.join({})
    rows = np.arange(5)
    assert team.is_first
    assert team.part(rows) is rows
    assert team.agree(7) == 7
    tensor = torch.ones(2)
    assert team.gather(tensor) is tensor
    module = torch.nn.Linear(1, 1)
    assert team.wrap(module) is module


@pytest.mark.parametrize(("has_cuda", "backend"), [(True, "cpu:gloo,cuda:nccl"), (False, "gloo")])
def test_processes_speak_over_every_device_and_wait_for_days(has_cuda, backend, monkeypatch):
    begun, devices = [], []
    monkeypatch.setattr(team_module.torch.cuda, "is_available", lambda: has_cuda)
    monkeypatch.setattr(team_module.torch.cuda, "set_device", devices.append)
    monkeypatch.setattr(
        team_module.distributed,
        "init_process_group",
        lambda name, timeout: begun.append((name, timeout.days)),
    )
    team = Team.join({"WORLD_SIZE": "4", "RANK": "3", "LOCAL_RANK": "1"})
    assert (team.rank, team.size, team.local_rank) == (3, 4, 1)
    assert begun == [(backend, 7)]
    assert devices == ([1] if has_cuda else [])


@pytest.mark.parametrize("n_rows", [4, 5, 7, 8])
def test_parts_have_the_same_length_and_hold_every_photo(n_rows):
    rows = np.arange(n_rows)
    parts = [Team(rank, 3).part(rows) for rank in range(3)]
    assert len({len(part) for part in parts}) == 1
    assert set(np.concatenate(parts)) == set(rows)


def test_work_in_turn_is_done_at_once_when_alone():
    def work():
        yield 1
        return "result"

    def take():
        result = yield from Team().in_turn(work())
        assert result == "result"

    assert list(take()) == [1]
