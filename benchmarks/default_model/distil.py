"""Distils two teachers and the labels of cars into the student.

    python -m benchmarks.default_model.distil START FOLDER OUT [--resume] …

Terms, for a batch of views (Hinton et al. 2015; "function matching", Beyer et al., CVPR 2022):
maps and pooled features of birds follow the bird teacher through a linear adapter, the pooled
features of the global branch stay those of the untouched network, kinds, and makes and bodies of
cars, are told apart by cosine classifiers on the local branch, the attention follows the subject's
box where it is known.
"""

import argparse
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.default_model.photos import BIRD, CAR, OTHER
from benchmarks.default_model.student import Student
from benchmarks.default_model.tables import N_BODIES, car_row
from benchmarks.default_model.views import SET_SIZE, as_maps

_SCALE = 0.023528477177023888
_BATCH = 64
_SAVE_EVERY_S = 60
_LARGE = ("teacher", "front", "plain")
_FITTED = 3072
"""Views by which the adapter begins."""
_STEEPNESS = 16.0
_GENERAL = 4.0
_RATE = 3e-4
_RATES = {"trunk": 0.3, "adapter": 0.3, "heads": 3.0}


class Sets:
    """The sets of views, mapped when they are needed, waited for if they are still made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: dict[int, dict[str, NDArray]] = {}

    def get(self, number: int) -> dict[str, NDArray]:
        """The arrays of a set, the large ones on the disk."""
        if number not in self.opened:
            place = self.folder / f"set{number}"
            while not (place / "done").exists():
                time.sleep(5)
            self.opened[number] = {
                name: np.load(place / f"{name}.npy", mmap_mode="r" if name in _LARGE else None)
                for name in ("teacher", "front", "plain", "about", "share", "box")
            }
        return self.opened[number]


class Heads(nn.Module):
    """What only serves while learning: the adapter to the teacher and classifiers.

    Args:
        labels: The names of the kinds.
    """

    def __init__(self, labels: list[str]) -> None:
        super().__init__()
        self.adapter = nn.Conv2d(1280, 1280, 1)
        self.kinds = nn.Parameter(torch.randn(len(labels), 1280) * 0.02)
        self.centre = nn.Parameter(torch.zeros(2, 1280))
        self.groups = [torch.from_numpy(groups) for groups in car_groups(labels)]
        self.coarse = nn.ParameterList(
            nn.Parameter(torch.randn(int(groups.max()) + 1, 1280) * 0.02) for groups in self.groups
        )

    @torch.no_grad()
    def start(self, pooled: Tensor, about: NDArray[np.int32], share: NDArray[np.float32]) -> None:
        """Begins with the means of features, float (n, 1280), of the kinds and groups."""
        label = torch.from_numpy(about[:, 1].astype(np.int64))
        domain = torch.from_numpy(about[:, 0])
        whole = torch.from_numpy(share == 1)
        for which in (BIRD, CAR):
            self.centre[which] = pooled[(domain == which) & whole].mean(0)
        for row in torch.unique(label[label >= 0]):
            of = (label == row) & whole
            self.kinds[row] = self._unit(pooled[of], domain[of].long()).mean(0)
        for groups, directions in zip(self.groups, self.coarse, strict=True):
            for group in range(len(directions)):
                directions[group] = self.kinds[groups == group].mean(0)

    def _unit(self, pooled: Tensor, domain: Tensor) -> Tensor:
        return functional.normalize(pooled - self.centre[domain], dim=1)

    def tell(self, pooled: Tensor, domain: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Cosine logits of kinds, and of each sort of groups of cars."""
        unit = _STEEPNESS * self._unit(pooled, domain)
        kinds, *coarse = (
            unit @ functional.normalize(directions, dim=1).T
            for directions in (self.kinds, *self.coarse)
        )
        return kinds, coarse


def car_groups(labels: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """By label the number of the car's make and that of its body; −1 where it is no car's."""
    rows = {at: car_row(name) for at, name in enumerate(labels) if name[-4:].isdecimal()}
    makes = sorted({labels[at].split()[0] for at in rows})
    make, body = (np.full(len(labels), -1, dtype=np.int64) for _ in range(2))
    for at, row in rows.items():
        make[at] = makes.index(labels[at].split()[0])
        if np.isfinite(row[0]):
            body[at] = int(row[:N_BODIES].argmax())
    return make, body


@torch.no_grad()
def fit_heads(student: Student, heads: Heads, sets: Sets) -> None:
    """Begins with the adapter that least squares give, and each kind's mean as its direction."""
    arrays = sets.get(0)
    gram, cross = torch.zeros(1281, 1281), torch.zeros(1281, 1280)
    pooled = torch.zeros(SET_SIZE, 1280)
    for start in range(0, SET_SIZE, _BATCH):
        part = np.arange(start, start + _BATCH)
        local = student.near(student.shared(as_maps(arrays["front"][part])))[1]
        pooled[part] = local.mean((2, 3))
        birds = np.flatnonzero(arrays["about"][part, 0] == BIRD)
        if start >= _FITTED:
            continue
        teacher = read_teacher(arrays["teacher"], arrays["about"][part[birds], 3], local.shape[2])
        x = local[birds].permute(0, 2, 3, 1).reshape(-1, 1280)
        x = torch.cat([x, torch.ones(len(x), 1)], dim=1)
        gram += x.T @ x
        cross += x.T @ teacher.permute(0, 2, 3, 1).reshape(-1, 1280)
    gram += torch.eye(1281) * 0.02 * gram.diagonal().mean()
    solved = torch.linalg.solve(gram, cross)
    heads.adapter.weight.copy_(solved[:-1].T[:, :, None, None])
    heads.adapter.bias.copy_(solved[-1])
    heads.start(pooled, arrays["about"], arrays["share"])


def read_teacher(maps: NDArray[np.uint8], rows: NDArray[np.int64], side: int) -> Tensor:
    """The teacher's maps in real units at the student's size: float (n, 1280, side, side)."""
    teacher = torch.from_numpy(maps[rows]).permute(0, 3, 1, 2).float() * _SCALE
    if side == teacher.shape[2]:
        return teacher
    return functional.interpolate(
        teacher, size=(side, side), mode="bilinear", antialias=True, align_corners=False
    )


def box_mask(boxes: NDArray[np.float32], side: int) -> Tensor:
    """1 within a box and 0 outside, by the share of each cell: float (n, side, side)."""
    edges = torch.arange(side + 1) / side
    box = torch.from_numpy(boxes)
    wide = (
        torch.minimum(edges[1:], box[:, 2:3]) - torch.maximum(edges[:-1], box[:, 0:1])
    ).clamp_min(0)
    high = (
        torch.minimum(edges[1:], box[:, 3:4]) - torch.maximum(edges[:-1], box[:, 1:2])
    ).clamp_min(0)
    return high[:, :, None] * wide[:, None, :] * side * side


def losses(
    student: Student, heads: Heads, arrays: dict[str, NDArray], rows: NDArray
) -> dict[str, Tensor]:
    """The weighted terms of a batch."""
    about, share = arrays["about"][rows], torch.from_numpy(arrays["share"][rows])
    shared = student.shared(as_maps(arrays["front"][rows]))
    terms = _general(student, shared, torch.from_numpy(arrays["plain"][rows]).float(), about)
    seen = np.flatnonzero(about[:, 0] != OTHER)
    rows, about, share = rows[seen], about[seen], share[seen]
    maps, local = student.near(shared[seen])
    pooled = local.mean((2, 3))
    birds = np.flatnonzero(about[:, 0] == BIRD)
    teacher = read_teacher(arrays["teacher"], about[birds, 3], local.shape[2])
    with torch.autocast("cpu", torch.bfloat16):
        told = heads.adapter(local[birds]).float()
    terms |= _taught(told, teacher)
    terms |= _told(heads, pooled, about, share)
    box = arrays["box"][rows]
    boxed = np.flatnonzero(np.isfinite(box[:, 0]))
    if len(boxed):
        mask = box_mask(box[boxed], maps.shape[2])
        terms["attention"] = functional.mse_loss(maps[boxed, 0], 0.1 + 0.9 * mask)
    return terms


def _general(
    student: Student, shared: Tensor, plain: Tensor, about: NDArray[np.int32]
) -> dict[str, Tensor]:
    """The global branch stays what it was; half of the views and all that show nothing tell."""
    half = (np.arange(len(about)) % 2 == 0) | (about[:, 0] == OTHER)
    told, was = student.far(shared[half]), plain[half]
    away = functional.mse_loss(told, was) / was.var(0).mean()
    turned = 1 - functional.cosine_similarity(told, was)
    return {"general": _GENERAL * away, "turned": _GENERAL * turned.mean()}


def _taught(told: Tensor, teacher: Tensor) -> dict[str, Tensor]:
    """Maps and pooled features of birds follow the teacher's."""
    told_pooled, true_pooled = told.mean((2, 3)), teacher.mean((2, 3))
    centred = true_pooled - true_pooled.mean(0)
    alike = functional.cosine_similarity(told_pooled - true_pooled.mean(0), centred)
    return {
        "maps": functional.mse_loss(told, teacher) / teacher.var(),
        "pooled": 2.0 * functional.mse_loss(told_pooled, true_pooled) / centred.var(),
        "cosine": 2.0 * (1 - alike).mean(),
    }


def _told(
    heads: Heads, pooled: Tensor, about: NDArray[np.int32], share: Tensor
) -> dict[str, Tensor]:
    """Kinds of birds and cars, makes and bodies; of a mixed view those of both, by their shares."""
    domain = torch.from_numpy(about[:, 0].astype(np.int64))
    kinds, coarse = heads.tell(pooled, domain)
    first, second = (torch.from_numpy(about[:, at].astype(np.int64)) for at in (1, 4))
    first = torch.where((share < 1) & (second < 0), -1, first)  # half of it nobody knows
    each = _apart(kinds, first, second, share)
    is_car = domain == CAR
    named = (first >= 0).float()
    terms = {
        "cars": 1.0 * (each * is_car).sum() / (named * is_car).sum().clamp_min(1),
        "birds": 0.15 * (each * ~is_car).sum() / (named * ~is_car).sum().clamp_min(1),
    }
    for name, groups, logits in zip(("makes", "bodies"), heads.groups, coarse, strict=True):
        of = [torch.where(label >= 0, groups[label], -1) for label in (first, second)]
        plain = is_car & (share == 1) & (of[0] >= 0)
        apart = _apart(logits[plain], of[0][plain], of[1][plain], share[plain])
        terms[name] = 0.25 * apart.sum() / plain.sum().clamp_min(1)
    return terms


def _apart(logits: Tensor, first: Tensor, second: Tensor, share: Tensor) -> Tensor:
    """Cross entropy of each view, float (n,); 0 without a label."""
    terms = [
        functional.cross_entropy(
            logits, labels, reduction="none", label_smoothing=0.1, ignore_index=-1
        )
        for labels in (first, torch.where(first >= 0, second, -1))
    ]
    return share * terms[0] + (1 - share) * terms[1]


def run(start: Path, folder: Path, out: Path, n_sets: int, resume: bool) -> None:
    """Learns from each set of views once; a run that is resumed goes on where it was."""
    out.mkdir(parents=True, exist_ok=True)
    sets = Sets(folder)
    sets.get(0)
    labels = (folder / "set0" / "labels.txt").read_text(encoding="utf-8").split("\n")
    student, heads = Student(start), Heads(labels)
    optimiser = torch.optim.AdamW(_groups(student, heads), lr=_RATE, weight_decay=0.01)
    parameters = [part for group in optimiser.param_groups for part in group["params"]]
    first = 0
    if resume and (out / "state.pt").exists():
        state = torch.load(out / "state.pt", weights_only=True)
        student.load_state_dict(state["student"])
        heads.load_state_dict(state["heads"])
        optimiser.load_state_dict(state["optimiser"])
        first = state["step"]
    else:
        fit_heads(student.train(), heads, sets)
    student.train()
    steps_each = SET_SIZE // _BATCH
    began = saved = time.monotonic()
    means: dict[str, float] = {}
    for step in range(first, n_sets * steps_each):
        number, inner = divmod(step, steps_each)
        generator = np.random.default_rng([3, number])
        order = generator.permutation(SET_SIZE).reshape(steps_each, _BATCH)
        _set_rates(optimiser, step, step / (n_sets * steps_each))
        terms = losses(student, heads, sets.get(number), np.sort(order[inner]))
        loss = torch.stack(list(terms.values())).sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 5.0)
        optimiser.step()
        for name, term in terms.items():
            value = float(term.detach())
            means[name] = 0.98 * means.get(name, value) + 0.02 * value
        now = time.monotonic()
        is_over = step + 1 == n_sets * steps_each
        if step % 20 == 19 or is_over:
            pace = (step + 1 - first) * _BATCH / (now - began)
            text = " ".join(f"{name} {value:.3f}" for name, value in means.items())
            print(f"{step + 1} {pace:.1f}/s {text}", flush=True)
        if now - saved > _SAVE_EVERY_S or is_over:
            save(out, student, heads, optimiser, step + 1)
            saved = now


def _groups(student: Student, heads: Heads) -> list[dict[str, Any]]:
    """What learns, by the rate it learns at."""
    coarse = list(heads.coarse.parameters())
    parts = {
        "local": [*student.local.parameters(), *student.attention.parameters()],
        "trunk": [*student.back.parameters(), *student.general.parameters()],
        "adapter": list(heads.adapter.parameters()),
        "heads": [heads.kinds, heads.centre, *coarse],
    }
    return [
        {"params": [part for part in params if part.requires_grad], "name": name}
        for name, params in parts.items()
    ]


def _set_rates(optimiser: torch.optim.Optimizer, step: int, progress: float) -> None:
    """Rises for some steps, then falls by a cosine."""
    factor = min(1.0, step / 60) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))
    for group in optimiser.param_groups:
        group["lr"] = _RATE * _RATES.get(group["name"], 1.0) * factor


def save(
    out: Path, student: Student, heads: Heads, optimiser: torch.optim.Optimizer, step: int
) -> None:
    """Keeps all that a run needs to go on."""
    state = {
        "student": student.state_dict(),
        "heads": heads.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": step,
    }
    torch.save(state, out / "state.part")
    (out / "state.part").replace(out / "state.pt")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("start", type=Path, help="the bundle it starts from")
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sets", type=int, default=7)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    run(options.start, options.folder, options.out, options.sets, options.resume)
