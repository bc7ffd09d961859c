import torch
from torch import Tensor


def update_database_codes(
    database: Tensor,
    query_activations: Tensor,
    query_rows: Tensor,
    similarity: Tensor,
    gamma: float,
) -> Tensor:
    V = database.clone()
    U = query_activations
    k = V.shape[1]
    expand = torch.zeros_like(V)
    expand[query_rows] = U
    Q = k * similarity.T @ U + gamma * expand
    for t in range(k):
        others = [i for i in range(k) if i != t]
        z = Q[:, t] - V[:, others] @ (U[:, others].T @ U[:, t])
        V[:, t] = torch.where(z == 0, V[:, t], torch.sign(z))
    return V
