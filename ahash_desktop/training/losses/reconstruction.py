from torch import Tensor


def reconstruction_loss(
    features: Tensor, activations: Tensor, weight: Tensor, *, stop_gradient: bool
) -> Tensor:
    x = features.detach() if stop_gradient else features
    return ((x - activations @ weight) ** 2).mean()
