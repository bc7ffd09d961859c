import torch
from torch import Tensor, nn
from torch.nn import functional as F


class AuxiliaryClassifier(nn.Module):
    def __init__(
        self, n_bits: int, n_classes: int, scale: float, normalised: bool, label_smoothing: float
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_classes, n_bits) / n_bits**0.5)
        self.scale, self.normalised, self.label_smoothing = scale, normalised, label_smoothing

    def forward(self, u: Tensor, labels: Tensor) -> Tensor:
        logits = (
            self.scale * F.linear(F.normalize(u), F.normalize(self.weight))
            if self.normalised
            else F.linear(u, self.weight)
        )
        return F.cross_entropy(logits, labels, label_smoothing=self.label_smoothing)
