"""The auxiliary classifier: classes told from the activations, while training only."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class AuxiliaryClassifier(nn.Module):
    """Cross-entropy of a linear classifier on the activations; it is no part of the model.

    Args:
        n_bits: k.
        n_classes: How many classes there are.
        scale: Factor on the cosines.
        normalised: Whether it classifies by the cosine to each class's weights (NormFace, Wang et
            al. 2017, https://arxiv.org/abs/1704.06369), else by plain products.
        label_smoothing: Share of the target that goes to all classes alike (Szegedy et al. 2016,
            https://arxiv.org/abs/1512.00567).

    Example:
        >>> classifier = AuxiliaryClassifier(8, 3, scale=10.0, normalised=True, label_smoothing=0.1)
        >>> loss = classifier(torch.randn(5, 8).tanh(), torch.tensor([0, 1, 2, 0, 1]))
        >>> loss.backward()
        >>> classifier.weight.grad.shape
        torch.Size([3, 8])
    """

    def __init__(
        self, n_bits: int, n_classes: int, scale: float, normalised: bool, label_smoothing: float
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_classes, n_bits) / n_bits**0.5)
        self._scale = scale
        self._normalised = normalised
        self._label_smoothing = label_smoothing

    def forward(self, u: Tensor, labels: Tensor) -> Tensor:
        """The mean cross-entropy.

        Args:
            u: Activations, float (n, k).
            labels: int64 (n,).
        """
        if self._normalised:
            cosines = functional.linear(functional.normalize(u), functional.normalize(self.weight))
            logits = self._scale * cosines
        else:
            logits = functional.linear(u, self.weight)
        return functional.cross_entropy(logits, labels, label_smoothing=self._label_smoothing)
