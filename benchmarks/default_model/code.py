"""The hash layer over the student's features: a fit without labels, then the patent's terms.

The network rests here and the features of all photos are at hand, so that a fit takes minutes. The
terms are the product's: the asymmetric pairs `L_h`, the decoder through the transpose of W `L_r`,
decorrelation over a window `L_o` (patent claims 3 and 4), and the tie of some bits to attributes.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ahash_desktop.training.losses.asymmetric import BALANCED, asymmetric_pair_loss
from ahash_desktop.training.losses.attributes import attribute_loss
from ahash_desktop.training.losses.decorrelation import decorrelation_loss
from ahash_desktop.training.network.fit import rotate_to_signs
from benchmarks.default_model.photos import BIRD, CAR

DOMAINS = (BIRD, CAR)


@dataclass(frozen=True, slots=True)
class Wish:
    """How a hash layer is fitted.

    `general` is what the global branch counts for beside the local one; `power` how far the
    principal directions keep their variances (1 all, 0 none). Then the weights of the terms.
    """

    n_bits: int = 96
    general: float = 0.6
    power: float = 1.0
    steepness: float = 1.0
    pairs: float = 1.0
    reconstruction: float = 1.0
    decorrelation: float = 1.0
    attributes: float = 0.0
    even: float = 1.0
    steady: float = 0.3
    n_steps: int = 1500
    rate: float = 1e-3
    seed: int = 0


@dataclass(slots=True)
class Looks:
    """Features of photos: `near` and `far` float32 (n, 1280), domain and label int (n,)."""

    near: NDArray[np.float32]
    far: NDArray[np.float32]
    domain: NDArray[np.int64]
    label: NDArray[np.int64]
    twins: NDArray[np.float32] | None = None
    attributes: dict[int, tuple[NDArray[np.int64], NDArray[np.float32]]] = field(
        default_factory=dict
    )
    """By domain: tied bits (m,), and what each photo has of their attributes (n, m), NaN unknown."""


class Layer:
    """W and t over [near; far], and the steepness of the tanh: `u = tanh(β (W x − t))`."""

    def __init__(self, weight: NDArray, shift: NDArray) -> None:
        self.weight, self.shift = weight.astype(np.float32), shift.astype(np.float32)

    def logits(self, near: NDArray, far: NDArray) -> NDArray[np.float32]:
        return np.concatenate([near, far], axis=1).astype(np.float32) @ self.weight.T - self.shift


def prepare(looks: Looks, wish: Wish) -> tuple[NDArray, NDArray, NDArray]:
    """Scales of the features, (d,); their means by domain (2, d); the features scaled (n, d)."""
    scales = []
    for part, share in ((looks.near, 1.0), (looks.far, wish.general)):
        spread = np.mean([part[looks.domain == d].var(axis=0).sum() for d in DOMAINS])
        scales.append(np.full(part.shape[1], share / np.sqrt(spread)))
    scale = np.concatenate(scales)
    whole = np.concatenate([looks.near, looks.far], axis=1) * scale
    means = np.stack([whole[looks.domain == d].mean(axis=0) for d in DOMAINS])
    return scale, means, whole.astype(np.float32)


def fit_start(looks: Looks, wish: Wish) -> tuple[NDArray, NDArray, NDArray]:
    """W (k, d) by principal directions within the domains and an ITQ rotation, centre, features.

    No bit looks along the line between the means of the domains, so that one threshold halves the
    photos of both.
    """
    scale, means, whole = prepare(looks, wish)
    centred = whole - means[looks.domain]
    between = means[0] - means[1]
    between /= np.linalg.norm(between)
    centred -= np.outer(centred @ between, between)
    scatter = sum(
        centred[looks.domain == d].T @ centred[looks.domain == d] / (looks.domain == d).sum()
        for d in DOMAINS
    )
    variances, vectors = np.linalg.eigh(scatter.astype(np.float64))
    order = np.argsort(-variances)[: wish.n_bits]
    directions = vectors[:, order] * variances[order] ** (0.5 * (wish.power - 1))
    reduced = (centred @ directions).astype(np.float64)
    rng = np.random.default_rng(wish.seed)
    chosen = rng.permutation(len(reduced))[:8000]
    rotation = rotate_to_signs(reduced[chosen], wish.seed, 30)
    weight = (directions @ rotation).T
    weight /= (centred @ weight.T).std(axis=0)[:, None]
    return weight.astype(np.float32), scale, whole


def fit(looks: Looks, wish: Wish, *, talk: bool = False) -> Layer:
    """The whole layer."""
    weight, scale, whole = fit_start(looks, wish)
    features = torch.from_numpy(whole)
    means = torch.stack([features[torch.from_numpy(looks.domain == d)].mean(0) for d in DOMAINS])
    centre = means.mean(0)
    features = features - centre
    twins = None
    if looks.twins is not None:
        twins = torch.from_numpy((looks.twins * scale).astype(np.float32)) - centre
    row_weight = torch.nn.Parameter(torch.from_numpy(weight))
    shift = torch.nn.Parameter(torch.zeros(wish.n_bits))
    decoder_scale = torch.nn.Parameter(torch.tensor(0.0))
    spread = features.var(0).sum()
    rng = np.random.default_rng([wish.seed, 5])
    labels = torch.from_numpy(looks.label)
    domain = torch.from_numpy(looks.domain)
    if wish.n_steps:
        optimiser = torch.optim.AdamW(
            [row_weight, shift, decoder_scale], lr=wish.rate, weight_decay=0.0
        )
    by_domain = [np.flatnonzero(looks.domain == d) for d in DOMAINS]
    for step in range(wish.n_steps):
        rows = np.concatenate([rng.choice(part, 256, replace=False) for part in by_domain])
        x = features[rows]
        if twins is not None and step % 2:
            x = twins[rows]
        logits = x @ row_weight.T - shift
        u = torch.tanh(wish.steepness * logits)
        terms = {}
        if wish.pairs:
            known = labels[rows] >= 0
            codes = torch.where(u[known] > 0, 1.0, -1.0).detach()
            same = labels[rows][known][:, None] == labels[rows][known]
            same.fill_diagonal_(False) if same.shape[0] else None
            terms["pairs"] = wish.pairs * asymmetric_pair_loss(u[known], codes, same, BALANCED)
        if wish.reconstruction:
            # Through Wᵀ, rows at the length that suits the decoder (one number learns it).
            back = (
                u @ (row_weight / row_weight.norm(dim=1, keepdim=True)) * decoder_scale.exp() * 0.3
            )
            inner = x - means_of(means, centre, domain[rows])
            terms["reconstruction"] = (
                wish.reconstruction * (inner - back).square().sum(1).mean() / spread
            )
        if wish.decorrelation:
            for part in (slice(0, 256), slice(256, 512)):
                terms[f"decorrelation{part.start}"] = (
                    wish.decorrelation
                    * wish.n_bits
                    * decorrelation_loss(u[part] / u[part].std(0).detach(), None, centred=True)
                )
        if wish.even:
            parts = torch.stack([u[:256].mean(0), u[256:].mean(0)])
            terms["even"] = wish.even * parts.square().mean() * 10
        if wish.steady and twins is not None:
            other = torch.tanh(
                wish.steepness
                * ((twins if step % 2 == 0 else features)[rows] @ row_weight.T - shift)
            )
            terms["steady"] = wish.steady * (u - other).square().mean()
        if wish.attributes:
            for index, d in enumerate(DOMAINS):
                if d not in looks.attributes:
                    continue
                bits, present = looks.attributes[d]
                part = slice(0, 256) if index == 0 else slice(256, 512)
                has = torch.from_numpy(present[rows[part]])
                told = torch.isfinite(has).all(1)
                terms[f"attributes{d}"] = (
                    wish.attributes
                    * functional.binary_cross_entropy_with_logits(
                        2.0 * logits[part][told][:, bits], has[told]
                    )
                )
        loss = torch.stack(list(terms.values())).sum()
        for group in optimiser.param_groups:
            group["lr"] = (
                wish.rate * min(1, step / 50) * (0.5 + 0.5 * np.cos(np.pi * step / wish.n_steps))
            )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if talk and step % 250 == 0:
            print(
                step, " ".join(f"{n} {float(t.detach()):.3f}" for n, t in terms.items()), flush=True
            )
    with torch.no_grad():
        raw = features @ row_weight.T
        deviation = raw.std(0)
        w = (
            (row_weight * wish.steepness).numpy()
            if wish.n_steps
            else (row_weight / deviation[:, None]).numpy() * wish.steepness
        )
        t = (shift * wish.steepness).numpy() if wish.n_steps else np.zeros(wish.n_bits)
    t = t + w @ centre.numpy()
    return Layer(w * scale, t)


def means_of(means: Tensor, centre: Tensor, domain: Tensor) -> Tensor:
    """The mean of each photo's domain, off the centre."""
    return means[domain] - centre
