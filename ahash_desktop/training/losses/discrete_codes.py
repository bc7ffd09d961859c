"""The discrete update of the database codes, one bit after the other."""

import torch
from torch import Tensor


@torch.no_grad()
def update_database_codes(
    database: Tensor,
    query_activations: Tensor,
    query_rows: Tensor,
    similarity: Tensor,
    gamma: float,
) -> Tensor:
    """Codes that lower `‖U Zᵀ − k S‖² + γ Σ_i ‖z_row(i) − u_i‖²`, never raise it.

    Discrete cyclic coordinate descent (ADSH, Jiang and Li 2018, https://arxiv.org/abs/1707.08325;
    the update of z in claim 3): with the other bits fixed, the best bit t is
    `sign(Q_t − Ẑ Ûᵀ U_t)` with `Q = k Sᵀ U + γ Ū`, where Ū holds `u_i` in the row of its photo and
    hats leave bit t out. A bit whose argument is 0 stays.

    Args:
        database: Z, float (m, k), ±1.
        query_activations: U, float (n, k).
        query_rows: The row of each query in the database, int64 (n,).
        similarity: S, float (n, m).
        gamma: γ, how strongly a query's code follows its activations.

    Returns:
        The new codes, float (m, k), ±1.

    Example:
        >>> database = torch.tensor([[1.0, 1.0], [1.0, 1.0]])
        >>> seen = torch.tensor([[0.9, -0.8], [-0.9, 0.7]])
        >>> two_classes = torch.tensor([[1.0, -1.0], [-1.0, 1.0]])
        >>> update_database_codes(database, seen, torch.tensor([0, 1]), two_classes, gamma=1.0)
        tensor([[ 1., -1.],
                [-1.,  1.]])
    """
    codes = database.clone()
    n_bits = codes.shape[1]
    own = torch.zeros_like(codes)
    own[query_rows] = query_activations
    wanted = n_bits * similarity.T @ query_activations + gamma * own
    products = query_activations.T @ query_activations
    products.fill_diagonal_(0)  # bit t never explains itself
    for bit in range(n_bits):
        argument = wanted[:, bit] - codes @ products[:, bit]
        codes[:, bit] = torch.where(argument == 0, codes[:, bit], argument.sign())
    return codes
