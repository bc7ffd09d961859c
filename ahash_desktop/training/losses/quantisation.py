from torch import Tensor


def quantisation_loss(activations: Tensor) -> Tensor:
    return ((activations.abs() - 1) ** 2).mean()
