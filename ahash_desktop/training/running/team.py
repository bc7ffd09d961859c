"""Several processes that train one network together, as torchrun starts them."""

import os
from collections.abc import Generator, Mapping
from datetime import timedelta
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed, nn

Record = TypeVar("Record")
Result = TypeVar("Result")

_LONGEST_WAIT = timedelta(days=7)


class Team:
    """The processes of a run; one alone unless torchrun started several.

    Each takes its part of every batch; `DistributedDataParallel` averages the gradients, so all
    networks stay the same. The first process alone writes files and tells of progress.

    Args:
        rank: Which one this is, 0 … size − 1.
        size: How many there are.
        local_rank: Which accelerator of this machine is this one's.
    """

    def __init__(self, rank: int = 0, size: int = 1, local_rank: int = 0) -> None:
        self.rank = rank
        self.size = size
        self.local_rank = local_rank

    @classmethod
    def join(cls, environ: Mapping[str, str] = os.environ) -> "Team":
        """The team torchrun's environment variables tell of; joins it."""
        size = int(environ.get("WORLD_SIZE", "1"))
        if size < 2:
            return cls()
        local_rank = int(environ.get("LOCAL_RANK", "0"))
        if not distributed.is_initialized():
            has_cuda = torch.cuda.is_available()
            if has_cuda:
                torch.cuda.set_device(local_rank)
            # The others wait while the first one decodes and finishes, which may take hours.
            distributed.init_process_group(
                "cpu:gloo,cuda:nccl" if has_cuda else "gloo", timeout=_LONGEST_WAIT
            )
        return cls(int(environ["RANK"]), size, local_rank)

    @property
    def is_first(self) -> bool:
        """Whether this process writes and tells."""
        return self.rank == 0

    def part(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """This process's part of a batch; all parts have the same length.

        Rows at the start are repeated where the batch cannot be divided evenly.
        """
        if self.size == 1:
            return rows
        missing = -len(rows) % self.size
        return np.concatenate([rows, rows[:missing]])[self.rank :: self.size]

    def wrap(self, module: nn.Module) -> nn.Module:
        """The module with gradients averaged over the team."""
        if self.size == 1:
            return module
        device = next(module.parameters()).device
        ids = [self.local_rank] if device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(
            module, device_ids=ids, broadcast_buffers=True, find_unused_parameters=True
        )

    def gather(self, mine: Tensor) -> Tensor:
        """What all processes have, one after the other; each must bring the same shape."""
        if self.size == 1:
            return mine
        parts = [torch.empty_like(mine) for _ in range(self.size)]
        distributed.all_gather(parts, mine.contiguous())
        return torch.cat(parts)

    def agree(self, number: float) -> float:
        """The first process's number, for all."""
        return float(self.gather(torch.tensor([number], dtype=torch.float64))[0])

    def in_turn(self, work: Generator[Record, None, Result]) -> Generator[Record, None, Result]:
        """Work that leaves files for the others: the first process does it, then they find them."""
        if not self.is_first:
            self.wait()
        result = yield from work
        if self.is_first:
            self.wait()
        return result

    def wait(self) -> None:
        """Until all are here."""
        if self.size > 1:
            distributed.barrier()

    def leave(self) -> None:
        """Ends the connection; calling it alone does nothing."""
        if self.size > 1 and distributed.is_initialized():
            distributed.destroy_process_group()
