"""Distils two teachers and the labels of cars into the student.

    python -m benchmarks.default_model.distil FOLDER OUT [--resume] …

Terms, for a batch of views (Hinton et al. 2015; "function matching", Beyer et al., CVPR 2022):
maps and pooled features of birds follow the bird teacher through a linear adapter, the pooled
features of the global branch stay those of the untouched network, kinds are told apart by a cosine
classifier on the local branch, the attention follows the subject's box where it is known.
"""

import argparse
import math
import time
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
_SETS_IN_MEMORY = 3
_RATE = 5e-4
_RATES = {"adapter": 0.2, "new": 3.0}


class Sets:
    """The sets of views, read when they are needed, waited for if they are still made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: dict[int, dict[str, NDArray]] = {}

    def get(self, number: int) -> dict[str, NDArray]:
        """The arrays of a set; the latest few stay in memory."""
        if number not in self.opened:
            place = self.folder / f"set{number}"
            while not (place / "done").exists():
                time.sleep(5)
            while len(self.opened) >= _SETS_IN_MEMORY:
                self.opened.pop(next(iter(self.opened)))
            names = ("teacher", "about", "box", "shared")
            self.opened[number] = {name: np.load(place / f"{name}.npy") for name in names}
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
        local = student(as_maps(arrays["shared"][part]))[1]
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
    student: Student, heads: Heads, arrays: dict[str, NDArray], rows: NDArray
) -> dict[str, Tensor]:
    """The weighted terms of a batch."""
    about = arrays["about"][rows]
    maps, local = student(as_maps(arrays["shared"][rows]))
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
    return terms


def as_maps(shared: NDArray[np.float16]) -> Tensor:
    """X as the student takes it."""
    maps = torch.from_numpy(shared).float()
    return maps.contiguous(memory_format=torch.channels_last)


def run(folder: Path, out: Path, n_epochs: int, resume: bool, most_s: float) -> None:
    """Learns for some epochs of SET_SIZE views; a run that is resumed goes on where it was."""
    out.mkdir(parents=True, exist_ok=True)
    sets = Sets(folder)
    sets.get(0)
    n_labels = len((folder / "set0" / "labels.txt").read_text(encoding="utf-8").split("\n"))
    student, heads = Student(), Heads(n_labels)
    groups = [
        {"params": list(student.local.parameters()), "name": "local"},
        {"params": list(student.attention.parameters()), "name": "new"},
        {"params": list(heads.adapter.parameters()), "name": "adapter"},
        {"params": [heads.kinds, heads.centre], "name": "new"},
    ]
    parameters = [parameter for group in groups for parameter in group["params"]]
    optimiser = torch.optim.AdamW(groups, lr=_RATE, weight_decay=0.01)
    first = 0
    if resume and (out / "state.pt").exists():
        state = torch.load(out / "state.pt", weights_only=True)
        student.load_state_dict(state["student"])
        heads.load_state_dict(state["heads"])
        optimiser.load_state_dict(state["optimiser"])
        first = state["step"]
    else:
        student.eval()
        fit_adapter(student, heads, sets)
    steps_each = SET_SIZE // _BATCH
    began = saved = time.monotonic()
    means: dict[str, float] = {}
    for step in range(first, n_epochs * steps_each):
        epoch, inner = divmod(step, steps_each)
        generator = np.random.default_rng([3, epoch])
        newest = epoch // 2 if epoch < 6 else 3 + (epoch - 6) // 3  # as fast as sets are made
        which = newest if epoch % 2 == 0 else int(generator.integers(newest + 1))
        order = generator.permutation(SET_SIZE).reshape(steps_each, _BATCH)
        progress = step / (n_epochs * steps_each)
        factor = min(1.0, step / 60) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
        for group in optimiser.param_groups:
            group["lr"] = _RATE * _RATES.get(group["name"], 1.0) * factor
        student.train()
        terms = losses(student, heads, sets.get(which), np.sort(order[inner]))
        loss = torch.stack(list(terms.values())).sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 5.0)
        optimiser.step()
        for name, term in terms.items():
            value = float(term.detach())
            means[name] = 0.98 * means.get(name, value) + 0.02 * value
        now = time.monotonic()
        is_over = step + 1 == n_epochs * steps_each or now - began > most_s
        if step % 20 == 19 or is_over:
            pace = (step + 1 - first) * _BATCH / (now - began)
            text = " ".join(f"{name} {value:.3f}" for name, value in means.items())
            print(f"{step + 1} set {which} {pace:.1f}/s {text}", flush=True)
        if now - saved > _SAVE_EVERY_S or is_over:
            save(out, student, heads, optimiser, step + 1)
            saved = now
        if is_over:
            return


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
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long")
    options = parser.parse_args()
    torch.set_num_threads(1)
    run(options.folder, options.out, options.epochs, options.resume, options.seconds)
