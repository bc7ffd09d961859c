import torch
from torch import Tensor, nn


def decorrelation_loss(
    activations: Tensor, memory: Tensor | None = None, *, centred: bool
) -> Tensor:
    u = activations if memory is None else torch.cat([activations, memory])
    if centred:
        u = u - u.mean(dim=0)
    k = u.shape[1]
    gram = u.T @ u / len(u)
    return ((gram - torch.eye(k, device=u.device)) ** 2).sum() / k**2


class CodeMemory(nn.Module):
    def __init__(self, size: int, n_bits: int) -> None:
        super().__init__()
        self.register_buffer("kept", torch.zeros(size, n_bits))
        self.register_buffer("position", torch.zeros(2, dtype=torch.long))

    def add(self, activations: Tensor) -> None:
        at, n = (int(v) for v in self.position)
        size = len(self.kept)
        rows = (at + torch.arange(len(activations))) % size
        self.kept[rows] = activations
        self.position[0] = (at + len(activations)) % size
        self.position[1] = min(size, n + len(activations))

    def codes(self) -> Tensor:
        return self.kept[: int(self.position[1])].clone()
