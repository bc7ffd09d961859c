"""Distils two teachers and the labels of cars into the student.

    python -m benchmarks.default_model.distil FOLDER OUT [--resume] …

Terms, for a batch of views (Hinton et al. 2015; "function matching", Beyer et al., CVPR 2022):
maps and pooled features of birds follow the bird teacher through a linear adapter, the pooled
features of the global branch stay those of the untouched network, kinds are told apart by a cosine
classifier on the local branch, the attention follows the subject's box where it is known.
"""

import argparse
import json
import math
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.default_model.photos import BIRD, CAR
from benchmarks.default_model.student import Student
from benchmarks.default_model.views import SET_SIZE

_SCALE = 0.023528477177023888
_BATCH = 64
_SAVE_EVERY_S = 60
_EPOCHS_A_SET = 5
_RATES = {"adapter": 0.2, "new": 3.0}


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of the run: `n_epochs` times SET_SIZE views of one size, from the first `n_sets`."""

    size: int
    n_epochs: int
    n_sets: int
    rate: float
    mid_rate: float


class Sets:
    """The sets of views, opened when they are needed, waited for if they are still made."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.size = folder, size
        self.opened: dict[int, dict[str, NDArray]] = {}

    def get(self, number: int) -> dict[str, NDArray]:
        if number not in self.opened:
            place = self.folder / f"set{number}"
            while not (place / "done").exists():
                time.sleep(5)
            names = ("teacher", "about", "box", f"front_{self.size}", f"general_{self.size}")
            self.opened[number] = {
                name.partition("_")[0]: np.load(place / f"{name}.npy")
                for name in names
            }
        return self.opened[number]


class Heads(nn.Module):
    """What only serves while learning: the adapter to the teacher and the classifier of kinds."""

    def __init__(self, n_labels: int) -> None:
        super().__init__()
        self.adapter = nn.Conv2d(1280, 1280, 1)
        self.kinds = nn.Parameter(torch.randn(n_labels, 1280) * 0.02)
        self.centre = nn.Parameter(torch.zeros(1280))

    def tell(self, pooled: Tensor) -> Tensor:
        """Cosine logits of kinds."""
        unit = functional.normalize(pooled - self.centre, dim=1)
        return 16.0 * unit @ functional.normalize(self.kinds, dim=1).T


@torch.no_grad()
def fit_adapter(student: Student, heads: Heads, sets: Sets) -> None:
    """Begins with the adapter that least squares give for the untouched branch."""
    arrays = sets.get(0)
    rows = np.flatnonzero(arrays["about"][:, 0] == BIRD)[:1536]
    gram, cross = torch.zeros(1281, 1281), torch.zeros(1281, 1280)
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        front = torch.from_numpy(arrays["front"][part]).float()
        local = student(student.shared(front), general=False)[1]
        teacher = read_teacher(arrays["teacher"], part, local.shape[2])
        x = local.permute(0, 2, 3, 1).reshape(-1, 1280)
        x = torch.cat([x, torch.ones(len(x), 1)], dim=1)
        gram += x.T @ x
        cross += x.T @ teacher.permute(0, 2, 3, 1).reshape(-1, 1280)
    gram += torch.eye(1281) * 0.02 * gram.diagonal().mean()
    solved = torch.linalg.solve(gram, cross)
    heads.adapter.weight.copy_(solved[:-1].T[:, :, None, None])
    heads.adapter.bias.copy_(solved[-1])


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
    student: Student, heads: Heads, arrays: dict[str, NDArray], rows: NDArray, *, mid: bool
) -> dict[str, Tensor]:
    """The weighted terms of a batch."""
    about = arrays["about"][rows]
    if mid:
        shared = student.shared(torch.from_numpy(arrays["front"][rows]).float())
    else:
        shared = torch.from_numpy(arrays["shared"][rows]).float()
        shared = shared.contiguous(memory_format=torch.channels_last)
    maps, local, whole = student(shared, general=mid)
    pooled = local.mean((2, 3))
    birds = np.flatnonzero(about[:, 0] == BIRD)
    teacher = read_teacher(arrays["teacher"], rows[birds], local.shape[2])
    told = heads.adapter(local[birds])
    told_pooled, true_pooled = told.mean((2, 3)), teacher.mean((2, 3))
    spread = teacher.var().detach()
    centred = true_pooled - true_pooled.mean(0)
    terms = {
        "maps": functional.mse_loss(told, teacher) / spread,
        "pooled": 2.0 * functional.mse_loss(told_pooled, true_pooled) / centred.var().detach(),
        "cosine": 2.0
        * (1 - functional.cosine_similarity(told_pooled - true_pooled.mean(0), centred)).mean(),
    }
    labels = torch.from_numpy(about[:, 1].astype(np.int64))
    known = labels >= 0
    logits = heads.tell(pooled[known])
    each = functional.cross_entropy(logits, labels[known], reduction="none", label_smoothing=0.1)
    is_car = torch.from_numpy(about[:, 0] == CAR)[known]
    terms["cars"] = 0.5 * (each * is_car).sum() / max(1, int(is_car.sum()))
    terms["birds"] = 0.15 * (each * ~is_car).sum() / max(1, int((~is_car).sum()))
    boxed = np.flatnonzero(np.isfinite(arrays["box"][rows, 0]))
    if len(boxed):
        mask = box_mask(arrays["box"][rows][boxed], maps.shape[2])
        target = 0.1 + 0.9 * mask
        terms["attention"] = functional.mse_loss(maps[boxed, 0], target)
    if whole is not None:
        kept = torch.from_numpy(arrays["general"][rows]).float()
        scale = (kept - kept.mean(0)).var().detach()
        terms["general"] = functional.mse_loss(whole.mean((2, 3)), kept) / scale
    return terms


@torch.no_grad()
def look_once(student: Student, front: NDArray[np.float16]) -> NDArray[np.float16]:
    """What the resting trunk makes of a set, float16 (n, 112, S/16, S/16)."""
    parts = [
        student.shared(torch.from_numpy(front[start : start + _BATCH]).float()).half().numpy()
        for start in range(0, len(front), _BATCH)
    ]
    return np.concatenate(parts)


def plan(legs: list[Leg]) -> list[tuple[Leg, int]]:
    return [(leg, epoch) for leg in legs for epoch in range(leg.n_epochs)]


def run(folder: Path, out: Path, legs: list[Leg], resume: bool, most_s: float) -> None:
    out.mkdir(parents=True, exist_ok=True)
    student, n_labels = Student(), len((folder / "set0" / "labels.txt").read_text().split("\n"))
    heads = Heads(n_labels)
    groups = [
        {"params": list(student.mid.parameters()), "name": "mid"},
        {"params": list(student.whole.parameters()), "name": "whole"},
        {"params": list(student.local.parameters()), "name": "local"},
        {"params": list(student.attention.parameters()), "name": "new"},
        {"params": list(heads.adapter.parameters()), "name": "adapter"},
        {"params": [heads.kinds, heads.centre], "name": "new"},
    ]
    optimiser = torch.optim.AdamW(groups, lr=1e-3, weight_decay=0.01)
    first = 0
    if resume and (out / "state.pt").exists():
        state = torch.load(out / "state.pt", weights_only=True)
        student.load_state_dict(state["student"])
        heads.load_state_dict(state["heads"])
        optimiser.load_state_dict(state["optimiser"])
        first = state["step"]
    elif legs:
        student.eval()
        fit_adapter(student, heads, Sets(folder, legs[0].size))
    steps_each = SET_SIZE // _BATCH
    total = sum(leg.n_epochs for leg in legs) * steps_each
    sets: dict[int, Sets] = {}
    began = saved = time.monotonic()
    means: dict[str, float] = {}
    step = first
    for number, (leg, _) in enumerate(plan(legs)):
        reader = sets.setdefault(leg.size, Sets(folder, leg.size))
        generator = np.random.default_rng([3, number])
        newest = min(leg.n_sets - 1, number // _EPOCHS_A_SET)
        fresh = number % 2 == 0 and number < leg.n_sets * _EPOCHS_A_SET
        which = newest if fresh else int(generator.integers(newest + 1))
        order = generator.permutation(SET_SIZE).reshape(steps_each, _BATCH)
        for inner in range(steps_each):
            at = number * steps_each + inner
            if at < first:
                continue
            progress = at / total
            factor = min(1.0, at / 60) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
            for group in optimiser.param_groups:
                rate = leg.rate * _RATES.get(group["name"], 1.0)
                if group["name"] in ("mid", "whole"):
                    rate = leg.mid_rate
                group["lr"] = rate * factor
            student.train()
            arrays = reader.get(which)
            if not leg.mid_rate and "shared" not in arrays:
                arrays["shared"] = look_once(student, arrays["front"])
            terms = losses(student, heads, arrays, np.sort(order[inner]), mid=leg.mid_rate > 0)
            loss = torch.stack(list(terms.values())).sum()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(
                [p for g in optimiser.param_groups for p in g["params"]], 5.0
            )
            optimiser.step()
            step = at + 1
            for name, term in terms.items():
                means[name] = 0.97 * means.get(name, float(term.detach())) + 0.03 * float(term.detach())
            now = time.monotonic()
            if step % 20 == 0:
                pace = (step - first) * _BATCH / (now - began)
                text = " ".join(f"{name} {value:.3f}" for name, value in means.items())
                print(f"{step}/{total} {leg.size}px {pace:.1f}/s {text}", flush=True)
            if now - saved > _SAVE_EVERY_S or step == total or now - began > most_s:
                save(out, student, heads, optimiser, step)
                saved = now
            if now - began > most_s:
                return


def save(out: Path, student: Student, heads: Heads, optimiser: torch.optim.Optimizer, step: int) -> None:
    state = {
        "student": student.state_dict(),
        "heads": heads.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": step,
    }
    torch.save(state, out / "state.part")
    os.replace(out / "state.part", out / "state.pt")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--legs", type=json.loads, default=None)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--seconds", type=float, default=1e9)
    options = parser.parse_args()
    torch.set_num_threads(1)
    run(options.folder, options.out, [Leg(*leg) for leg in options.legs], options.resume, options.seconds)
