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
_EACH = 256
"""Photos of each domain in a step; also the window of the decorrelation."""
_EVENNESS = 10.0
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Wish:
    """How a hash layer is fitted.

    `n_attributes` is how many attributes of birds are tied to bits at most, `general` what the
    global branch counts for beside the local one; `power` how far the principal directions keep
    their variances (1 all, 0 none). Then the weights of the terms.
    """

    n_bits: int = 128
    n_attributes: int = 44
    general: float = 0.55
    power: float = 0.4
    steepness: float = 0.5
    pairs: float = 15.0
    reconstruction: float = 1.0
    decorrelation: float = 0.05
    attributes: float = 4.0
    even: float = 0.3
    steady: float = 0.3
    n_steps: int = 800
    rate: float = 1e-3
    seed: int = 0


@dataclass(slots=True)
class Looks:
    """Features of photos, whole and mirrored.

    `near` and `far` are float32 (n, D), of the local and the global branch (D may be 0 where there
    is no such branch); `twins` float32 (n, 2 D) those of the mirrored photos; `domain` and `label`
    int64 (n,), −1 without a label.
    `tied` has, by domain, which bits are tied, int64 (m,), and what each photo has of their
    attributes, float32 (n, m), NaN where that is not known.
    """

    near: NDArray[np.float32]
    far: NDArray[np.float32]
    domain: NDArray[np.int64]
    label: NDArray[np.int64]
    twins: NDArray[np.float32] | None = None
    tied: dict[int, tuple[NDArray[np.int64], NDArray[np.float32]]] = field(default_factory=dict)

    @property
    def domains(self) -> tuple[int, ...]:
        """The domains there are photos of."""
        return tuple(domain for domain in DOMAINS if (self.domain == domain).any())


@dataclass(frozen=True, slots=True)
class Layer:
    """W float32 (k, 2 D) and t float32 (k,): `u = tanh(W x − t)`."""

    weight: NDArray[np.float32]
    shift: NDArray[np.float32]

    def logits(self, near: NDArray, far: NDArray) -> NDArray[np.float32]:
        """`W x − t` of features, float32 (n, k)."""
        features = np.concatenate([near, far], axis=1).astype(np.float32)
        logits: NDArray[np.float32] = features @ self.weight.T - self.shift
        return logits


def scaled(looks: Looks, wish: Wish) -> tuple[NDArray, NDArray]:
    """The scale of each feature (2 D,), and the features times it, float32 (n, 2 D)."""
    scales = []
    for part, share in ((looks.near, 1.0), (looks.far, wish.general)):
        spread = np.mean([part[looks.domain == d].var(axis=0).sum() for d in looks.domains])
        scales.append(np.full(part.shape[1], share / np.sqrt(max(spread, _TINY))))
    scale = np.concatenate(scales).astype(np.float32)
    return scale, np.concatenate([looks.near, looks.far], axis=1) * scale


def fit_start(whole: NDArray, domain: NDArray, wish: Wish) -> NDArray[np.float32]:
    """W (k, 2 D) by principal directions within the domains and an ITQ rotation.

    No bit looks along the line between the means of the domains, so that one threshold halves the
    photos of both.
    """
    centred = whole.copy()
    parts = [domain == d for d in DOMAINS if (domain == d).any()]
    means = [whole[part].mean(axis=0) for part in parts]
    for part, mean in zip(parts, means, strict=True):
        centred[part] -= mean
    if len(means) > 1:
        between = means[0] - means[1]
        between /= np.linalg.norm(between)
        centred -= np.outer(centred @ between, between)
    inner = [centred[part] for part in parts]
    scatter = sum(part.T @ part / len(part) for part in inner)
    variances, vectors = np.linalg.eigh(scatter.astype(np.float64))
    order = np.argsort(-variances)[: wish.n_bits]
    directions = vectors[:, order] * variances[order] ** (0.5 * (wish.power - 1))
    reduced = (centred @ directions).astype(np.float64)
    chosen = np.random.default_rng(wish.seed).permutation(len(reduced))[:8000]
    rotation = rotate_to_signs(reduced[chosen], wish.seed, 30)
    weight = (directions @ rotation).T
    weight /= (centred @ weight.T).std(axis=0)[:, None]
    return weight.astype(np.float32)


class Fitting:
    """The layer while it learns.

    Args:
        looks: What it learns from.
        wish: How.
    """

    def __init__(self, looks: Looks, wish: Wish) -> None:
        self.looks, self.wish = looks, wish
        self.scale, whole = scaled(looks, wish)
        self.features = torch.from_numpy(whole)
        by_domain = [torch.from_numpy(looks.domain == d) for d in looks.domains]
        means = torch.stack([self.features[part].mean(0) for part in by_domain])
        self.centre = means.mean(0)
        self.means = means - self.centre
        self.features = self.features - self.centre
        self.twins = (
            self.features
            if looks.twins is None
            else torch.from_numpy(looks.twins * self.scale) - self.centre
        )
        self.spread = float(self.features.var(0).sum())
        self.weight = torch.nn.Parameter(torch.from_numpy(fit_start(whole, looks.domain, wish)))
        self.shift = torch.nn.Parameter(torch.zeros(wish.n_bits))
        self.length = torch.nn.Parameter(torch.tensor(-1.2))
        self.rows = [np.flatnonzero(looks.domain == d) for d in looks.domains]
        self.rng = np.random.default_rng([wish.seed, 5])

    def layer(self) -> Layer:
        """W and t over the features as they come, the steepness within."""
        weight = self.weight.detach().numpy() * self.wish.steepness
        shift = self.shift.detach().numpy() * self.wish.steepness
        shift = shift + weight @ self.centre.numpy()
        return Layer((weight * self.scale).astype(np.float32), shift.astype(np.float32))

    def learn(self) -> Layer:
        """All steps."""
        wish = self.wish
        if wish.n_steps:
            optimiser = torch.optim.Adam([self.weight, self.shift, self.length], lr=wish.rate)
        for step in range(wish.n_steps):
            rows = np.concatenate([self.rng.choice(part, _EACH, False) for part in self.rows])
            loss = torch.stack(list(self.terms(rows, step % 2 == 1).values())).sum()
            for group in optimiser.param_groups:
                falling = 0.5 + 0.5 * np.cos(np.pi * step / wish.n_steps)
                group["lr"] = wish.rate * min(1, step / 50) * falling
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        return self.layer()

    def terms(self, rows: NDArray[np.int64], mirrored: bool) -> dict[str, Tensor]:
        """The weighted terms of a step: as many rows of each domain, birds first."""
        wish = self.wish
        x = (self.twins if mirrored else self.features)[rows]
        other = (self.features if mirrored else self.twins)[rows]
        logits = x @ self.weight.T - self.shift
        u = torch.tanh(wish.steepness * logits)
        terms = self._tied(logits, rows)
        if wish.pairs:
            terms["pairs"] = wish.pairs * self._pairs(u, rows)
        if wish.reconstruction:
            terms["reconstruction"] = wish.reconstruction * self._reconstruction(x, u, rows)
        for half in u.split(_EACH):
            even = half / half.std(0).detach().clamp_min(1e-3)
            apart = wish.n_bits * decorrelation_loss(even, None, centred=True)
            terms["decorrelation"] = terms.get("decorrelation", 0) + wish.decorrelation * apart
            level = _EVENNESS * half.mean(0).square().mean()
            terms["even"] = terms.get("even", 0) + wish.even * level
        twin = torch.tanh(wish.steepness * (other @ self.weight.T - self.shift))
        terms["steady"] = wish.steady * (u - twin).square().mean()
        return terms

    def _pairs(self, u: Tensor, rows: NDArray[np.int64]) -> Tensor:
        """L_h over the labelled photos of a step, against their own signs."""
        labels = torch.from_numpy(self.looks.label[rows])
        known = labels >= 0
        codes = torch.where(u[known] > 0, 1.0, -1.0).detach()
        same = labels[known][:, None] == labels[known]
        return asymmetric_pair_loss(u[known], codes, same, BALANCED)

    def _reconstruction(self, x: Tensor, u: Tensor, rows: NDArray[np.int64]) -> Tensor:
        """L_r: `‖x − Wᵀ u‖²` within the domain; one number learns how long the rows of Wᵀ are."""
        back = u @ functional.normalize(self.weight, dim=1) * self.length.exp()
        of = np.searchsorted(self.looks.domains, self.looks.domain[rows])
        inner = x - self.means[of]
        return (inner - back).square().sum(1).mean() / self.spread

    def _tied(self, logits: Tensor, rows: NDArray[np.int64]) -> dict[str, Tensor]:
        terms = {}
        for domain, (bits, present) in self.looks.tied.items():
            first = _EACH * self.looks.domains.index(domain)
            half = slice(first, first + _EACH)
            has = torch.from_numpy(present[rows[half]])
            told = torch.isfinite(has).all(1)
            if self.wish.attributes and bool(told.any()):
                apart = attribute_loss(2 * logits[half][told][:, bits], (has[told] >= 0.5).float())
                terms[f"attributes {domain}"] = self.wish.attributes * apart
        return terms
