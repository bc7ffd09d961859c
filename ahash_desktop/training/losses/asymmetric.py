from torch import Tensor


def asymmetric_pair_loss(
    activations: Tensor, database: Tensor, same: Tensor, weighting: str
) -> Tensor:
    k = activations.shape[1]
    inner = activations @ database.T / k
    pos = same.float()
    neg = 1 - pos
    n_pos = pos.sum().clamp_min(1)
    n_neg = neg.sum().clamp_min(1)
    if weighting == "paper":
        target = pos - neg * (n_pos / n_neg)
        return ((inner - target) ** 2).mean()
    return (
        0.5 * (pos * (inner - 1) ** 2).sum() / n_pos + 0.5 * (neg * (inner + 1) ** 2).sum() / n_neg
    )
