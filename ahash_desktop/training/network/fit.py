"""Fits the hash layer without labels: PCA, then an iterative quantisation (ITQ)."""

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken

_N_ITERATIONS = 50


def fit_pca_itq(
    features: NDArray[np.float32],
    n_bits: int,
    seed: int,
    *,
    whitening: float = 0.0,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """W and t such that `sign(W x − t)` keeps as much of x as `n_bits` signs can.

    With the mean μ, the first k principal directions P (d, k) and their standard deviations s:
    `V = (X − μ) P diag(s)^−w`, and the rotation R minimises `‖sign(V R) − V R‖²` by turns: B =
    sign(V R), then R = A C^T from the singular value decomposition `V^T B = A S C^T`. Row t of W
    is column t of `P diag(s)^−w R`, scaled so that the logits have unit variance over
    `features`, and t = W μ. Source: Gong and Lazebnik, Iterative quantization (CVPR 2011), where
    w = 0.

    Args:
        features: float32 (n, d), n > n_bits.
        n_bits: k, at most d.
        seed: Of the first rotation.
        whitening: w; 0 keeps the variances, 1 makes all directions weigh the same.

    Returns:
        W float32 (k, d) and t float32 (k,).

    Raises:
        UserFacingError: If there are fewer photos or features than bits.
    """
    mean, directions, deviations = principal_directions(features, n_bits)
    projection = directions * deviations**-whitening
    reduced = (features - mean) @ projection
    rotation = rotate_to_signs(reduced, seed)
    weight = (projection @ rotation).T
    weight /= (reduced @ rotation).std(axis=0)[:, None]
    return weight.astype(np.float32), (weight @ mean).astype(np.float32)


def principal_directions(
    features: NDArray[np.float32], n_kept: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean, first principal directions and standard deviations along them.

    Args:
        features: float32 (n, d).
        n_kept: k.

    Returns:
        float64 (d,), float64 (d, k) with orthonormal columns, float64 (k,) descending and > 0.

    Raises:
        UserFacingError: If the photos do not spread in k directions.
    """
    mean = features.sum(axis=0, dtype=np.float64) / max(len(features), 1)
    centred = features - mean
    covariance = centred.T @ centred / max(len(features), 1)
    variances, vectors = np.linalg.eigh(covariance)
    variances, vectors = variances[::-1][:n_kept], vectors[:, ::-1][:, :n_kept]
    if len(variances) < n_kept or variances[-1] <= 1e-12 * variances[0]:
        raise UserFacingError(
            f"{len(features)} photos are too few or too much alike for {n_kept} bits",
            remedy="Add photos, or choose fewer bits",
        )
    return mean, vectors, np.sqrt(variances)


def rotate_to_signs(
    reduced: NDArray[np.float64],
    seed: int,
    n_iterations: int = _N_ITERATIONS,
    *,
    first: NDArray[np.float64] | None = None,
    token: CancelToken | None = None,
) -> NDArray[np.float64]:
    """The rotation R that brings `reduced` closest to its signs: `‖sign(V R) − V R‖²`.

    Args:
        reduced: V, float64 (n, k), centred.
        seed: Of the first rotation.
        n_iterations: How often R is improved; no step makes the error larger.
        first: The rotation to begin with, float64 (k, k); None draws one.
        token: Cancels between two steps.

    Returns:
        float64 (k, k), orthogonal.

    Raises:
        Cancelled: If the token asks for it.
    """
    n_bits = reduced.shape[1]
    drawn = np.random.default_rng(seed).standard_normal((n_bits, n_bits))
    rotation: NDArray[np.float64] = np.linalg.qr(drawn)[0] if first is None else first
    for _ in range(n_iterations):
        if token is not None:
            token.raise_if_cancelled()
        signs = np.where(reduced @ rotation > 0, 1.0, -1.0)
        left, _, right = np.linalg.svd(reduced.T @ signs)
        rotation = left @ right
    return rotation
