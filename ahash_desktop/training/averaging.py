"""A moving average of a network's weights, which ranks better than the weights themselves."""

import torch
from torch import Tensor, nn


class MovingAverage:
    """The exponential moving average of everything floating in a module's state.

    After n steps the average moves by `1 − min(decay, (1 + n) / (10 + n))`, so that the first
    steps, which are far from the end, are soon forgotten.

    Args:
        module: What is averaged; its state of now is the start.
        decay: 0 keeps the latest state.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self._decay = decay
        self.state: dict[str, Tensor] = {
            name: tensor.detach().clone() for name, tensor in module.state_dict().items()
        }

    @torch.no_grad()
    def update(self, module: nn.Module, n_steps: int) -> None:
        """Takes the module's state in.

        Args:
            module: As it is after a step.
            n_steps: How many steps there have been.
        """
        decay = min(self._decay, (1 + n_steps) / (10 + n_steps)) if self._decay else 0.0
        own, theirs = [], []
        for name, tensor in module.state_dict().items():
            if tensor.is_floating_point() and decay:
                own.append(self.state[name])
                theirs.append(tensor.detach())
            else:
                self.state[name].copy_(tensor)
        if own:
            torch._foreach_lerp_(own, theirs, 1 - decay)

    def load(self, state: dict[str, Tensor]) -> None:
        """Goes on from an average that was kept."""
        for name, tensor in state.items():
            self.state[name].copy_(tensor)
