"""Decorrelation: every bit tells something that the others do not."""

import torch
from torch import Tensor, nn


def decorrelation_loss(u: Tensor, memory: Tensor | None = None, *, centred: bool) -> Tensor:
    """L_o of claim 4, `‖UᵀU/n − I‖²`, over k².

    As in A²-Net (Wei et al., NeurIPS 2021, extended in https://arxiv.org/abs/2311.12894); centred,
    it is close to DeCov (Cogswell et al. 2016, https://arxiv.org/abs/1511.06068).

    Args:
        u: Activations of the batch, float (n, k).
        memory: Earlier activations, float (m, k), that count as well but learn nothing: over a
            batch of fewer than k photos `UᵀU/n` cannot be I.
        centred: Whether each bit's mean is taken off first, so that the loss is about correlation
            and not about balance.

    Example:
        >>> apart = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
        >>> float(decorrelation_loss(apart, centred=False))
        0.0
        >>> alike = apart[:, :1].expand(4, 2)
        >>> float(decorrelation_loss(alike, centred=False))
        0.5
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

    Example:
        >>> memory = CodeMemory(size=2, n_bits=1)
        >>> memory.add(torch.tensor([[0.1], [0.2], [0.3]]))
        >>> memory.codes().sort(dim=0).values.tolist() == torch.tensor([[0.2], [0.3]]).tolist()
        True
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
