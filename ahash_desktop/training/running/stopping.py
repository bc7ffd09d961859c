"""Stops a pass of a network in its middle, so that cancelling takes less than a step."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from ahash_desktop.core.jobs import CancelToken


@contextmanager
def stoppable(module: nn.Module, token: CancelToken) -> Iterator[None]:
    """Within, each block of the network looks at the token, forwards and backwards.

    `Cancelled` then comes out of the pass or of `backward`; weights are as they were, but batch
    statistics and gradients may be halfway.

    Args:
        module: The network.
        token: Asks for it.
    """

    def look(*_: Any) -> None:
        token.raise_if_cancelled()

    def watch_output(_: nn.Module, __: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.requires_grad:
            output.register_hook(look)  # type: ignore[no-untyped-call]  # torch's own

    handles = []
    for part in module.modules():
        if isinstance(part, nn.Sequential):
            for block in part:
                handles.append(block.register_forward_pre_hook(look))
                if len(list(block.children())) > 1:
                    handles.append(block.register_forward_hook(watch_output))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
