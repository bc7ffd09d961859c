"""Makes the bundle: features of all photos, the hash layer, and what its bits may say.

python -m benchmarks.default_model.finish DATA FOLDER STATE BUNDLE
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import solve

from benchmarks.default_model.code import Looks
from benchmarks.default_model.judge import look
from benchmarks.default_model.student import Student
from benchmarks.default_model.sure import find_threshold, truth

SIZE = 192
JUDGED = ("crops", "birds", "world", "cars", "also")


def load_student(state: Path) -> Student:
    student = Student()
    stored = torch.load(state / "state.pt", weights_only=True)
    student.load_state_dict(stored["student"])
    return student.eval()


def load_looks(folder: Path, student: Student, keep: Path) -> Looks:
    """Features of the photos to learn from, as they are and mirrored."""
    if not keep.exists():
        shared = np.load(folder / f"looks_{SIZE}.npy", mmap_mode="r")
        near = look(student, shared)[0].astype(np.float16)
        np.save(keep, near)
    near = np.load(keep).astype(np.float32)
    far = np.load(folder / f"looks_plain_{SIZE}.npy").astype(np.float32)
    about = np.load(folder / "looks_about.npy")
    n = len(about)
    return Looks(
        near[:n],
        far[:n],
        about[:, 0].astype(np.int64),
        about[:, 1].astype(np.int64),
        np.concatenate([near[n:], far[n:]], axis=1),
    )


def load_judged(folder: Path, student: Student) -> dict[str, tuple[NDArray, NDArray, NDArray]]:
    """For each collection of left-out kinds: near, far, and the kind of each photo."""
    stored = np.load(folder / f"judge_{SIZE}.npz")
    return {
        name: (
            look(student, stored[f"{name}_shared"])[0],
            stored[f"{name}_plain"].astype(np.float32),
            stored[f"{name}_kind"],
        )
        for name in JUDGED
    }


def choose_attributes(
    values: NDArray, shares: NDArray, kinds: NDArray, names: tuple[str, ...], n_most: int
) -> list[int]:
    """Attributes that can be told of kinds not learned from: ridge regressions over kinds in folds.

    Those come first that would be said to be there of the most photos, each group (part of the body) at
    most `_A_GROUP` times, then those that would most often be said to be absent.
    """
    told = _told(values, shares, kinds)
    (true, wrong), (lacks, lacks_not) = truth(shares)
    scored = []
    for column, name in enumerate(names):
        has = find_threshold(told[:, column], true[:, column], wrong[:, column], kinds, 0.92)
        no = find_threshold(-told[:, column], lacks[:, column], lacks_not[:, column], kinds, 0.96)
        spread = min(true[:, column].mean(), 1 - true[:, column].mean())
        scored.append(
            (has.coverage if has else 0.0, no.coverage if no else 0.0, spread, column, name)
        )
    chosen: list[int] = []
    groups: dict[str, int] = {}
    for has_share, no_share, spread, column, name in sorted(
        scored, key=lambda entry: -(entry[0] + 0.15 * entry[1] * min(1, 10 * entry[2]))
    ):
        group = name.partition("::")[0]
        if groups.get(group, 0) >= _A_GROUP or has_share < 0.01 or len(chosen) >= n_most:
            continue
        groups[group] = groups.get(group, 0) + 1
        chosen.append(column)
    return chosen


_A_GROUP = 3


def _told(values: NDArray, shares: NDArray, kinds: NDArray, n_folds: int = 5) -> NDArray:
    """What ridge regressions say of each photo that learned from other kinds: float (n, m)."""
    names = np.unique(kinds)
    fold_of = {name: row % n_folds for row, name in enumerate(names)}
    folds = np.array([fold_of[kind] for kind in kinds])
    told = np.zeros(shares.shape)
    for fold in range(n_folds):
        inside = folds != fold
        x = values[inside]
        mean = x.mean(axis=0)
        centred = x - mean
        gram = centred.T @ centred
        gram[np.diag_indices_from(gram)] += 0.3 * gram.diagonal().mean() + 1e-6
        target = shares[inside] - shares[inside].mean(axis=0)
        weight = solve(gram, centred.T @ target, assume_a="pos")
        told[~inside] = (values[~inside] - mean) @ weight
    return told
