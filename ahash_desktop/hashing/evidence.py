"""Exact evidence maps: where in a picture each bit's logit comes from."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ahash_desktop.hashing.network import AttentionHashNet


def evidence_maps(net: AttentionHashNet, maps: Tensor, bits: Sequence[int]) -> Tensor:
    """Signed evidence of the chosen bits.

    `E_t(x, y) = Σ_m W_{t,m} · F_m(x, y) + W_{t,g} · F_g(x, y) − t_t`. W is linear and comes after
    average pooling, so the mean of `E_t` over (x, y) is the logit `v_t − t_t` itself: no
    gradient, no approximation.

    Args:
        net: Gives W and t.
        maps: What `feature_maps` made, float (n, M + 1, D, h, w).
        bits: The chosen bits.

    Returns:
        float32 (n, len(bits), h, w).
    """
    chosen = torch.as_tensor(list(bits), device=maps.device)
    weight = net.projection.weight.float()[chosen]
    weight = weight.reshape(len(chosen), net.n_local + 1, net.n_branch_features)
    evidence = torch.einsum("kmd,nmdhw->nkhw", weight, maps.float())
    return evidence - net.thresholds.float()[chosen, None, None]
