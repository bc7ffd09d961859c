"""Decorrelation: every bit tells something that the others do not."""

import torch
from torch import Tensor, nn


def decorrelation_loss(u: Tensor, memory: Tensor | None = None, *, centred: bool) -> Tensor:
    """L_o of claim 4, `‖UᵀU/n − I‖²`, over k².

    Args:
        u: Activations of the batch, float (n, k).
        memory: Earlier activations, float (m, k), that count as well but learn nothing: over a
            batch of fewer than k photos `UᵀU/n` cannot be I.
        centred: Whether each bit's mean is taken off first, so that the loss is about correlation
            and not about balance.
    """
    window = u if memory is None else torch.cat([u, memory])
    if centred:
        window = window - window.mean(dim=0)
    n_bits = u.shape[1]
    gram = window.T @ window / len(window)
    identity = torch.eye(n_bits, dtype=u.dtype, device=u.device)
    return (gram - identity).square().sum() / n_bits**2


class CodeMemory(nn.Module):
    """The latest activations, a ring in buffers, so that a checkpoint holds them too.

    Args:
        size: How many activations it keeps.
        n_bits: k.
    """

    def __init__(self, size: int, n_bits: int) -> None:
        super().__init__()
        self.kept: Tensor
        self.position: Tensor
        self.register_buffer("kept", torch.zeros(size, n_bits))
        self.register_buffer("position", torch.zeros(2, dtype=torch.long))

    @torch.no_grad()
    def add(self, activations: Tensor) -> None:
        """Takes activations in, float (n, k); the oldest make room."""
        size = len(self.kept)
        next_row, n_kept = (int(value) for value in self.position)
        latest = activations[-size:]
        rows = (next_row + torch.arange(len(latest), device=latest.device)) % size
        self.kept[rows] = latest
        self.position[0] = (next_row + len(latest)) % size
        self.position[1] = min(size, n_kept + len(latest))

    def codes(self) -> Tensor:
        """A copy of what is kept so far, float (at most `size`, k), in no order."""
        return self.kept[: int(self.position[1])].clone()
