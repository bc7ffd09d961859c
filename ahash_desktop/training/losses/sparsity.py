from torch import Tensor


def group_sparsity_loss(weight: Tensor, n_branches: int) -> Tensor:
    n = weight.reshape(len(weight), n_branches, -1).norm(dim=2)
    return (n.sum(1) ** 2 / (n_branches * (n**2).sum(1))).mean()
