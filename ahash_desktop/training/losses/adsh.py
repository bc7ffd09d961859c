from torch import Tensor


def adsh_loss(u: Tensor, database: Tensor, same: Tensor, own: Tensor, gamma: float) -> Tensor:
    k = u.shape[1]
    s = same.float() * 2 - 1
    return ((u @ database.T / k - s) ** 2).mean() + gamma / len(database) / k**2 * (
        (own - u) ** 2
    ).sum(1).mean()
