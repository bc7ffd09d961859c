"""Makes the bundle: features of all photos, the hash layer, and what its bits may say.

python -m benchmarks.default_model.finish DATA START FOLDER STATE BUNDLE
"""

import copy
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import solve
from scipy.optimize import linear_sum_assignment

from ahash_desktop.hashing.backbone import Backbone, create_backbone
from ahash_desktop.hashing.bundle import save_bundle
from ahash_desktop.hashing.compact import base_id, compact, expand, pack
from ahash_desktop.hashing.manifest import COMPACT_FORMAT, BundleManifest
from ahash_desktop.hashing.network import (
    AttentionHashNet,
    export_weights,
    load_weights,
    pretrained_arrays,
)
from ahash_desktop.training.judging.attribute_words import in_chinese, in_english
from benchmarks.default_model.code import Fitting, Layer, Looks, Wish
from benchmarks.default_model.judge import look
from benchmarks.default_model.photos import BIRD, CAR, Photo, collect
from benchmarks.default_model.recalibrate import recalibrate
from benchmarks.default_model.speaking import Speech
from benchmarks.default_model.student import Student
from benchmarks.default_model.sure import find_threshold, truth
from benchmarks.default_model.tables import CAR_NAMES, bird_rows, car_row
from benchmarks.default_model.views import BACKBONE, SIZE

DOMAINS = {
    "bird": [*range(7, 25), *range(80, 101), *range(127, 147)],
    "car": [
        407, 436, 468, 479, 511, 555, 569, 575, 581, 609, 627, 654, 656, 661, 675, 705, 717,
        734, 751, 757, 779, 803, 817, 829, 847, 864, 866, 867,
    ],
}  # fmt: skip
"""Classes of ImageNet: birds, and motor vehicles with their parts."""
SUBJECT_LEVEL = 0.85
SECOND_LOOK = {"level": 0.5, "most": 0.24}
"""Chosen on the training photos of whole birds, see `benchmarks.second_look`."""
_A_GROUP = 3


def load_student(start: Path, state: Path) -> Student:
    """The student as it was kept."""
    student = Student(start)
    stored = torch.load(state / "state.pt", weights_only=True)
    student.load_state_dict(stored["student"])
    return student.eval()


def load_looks(folder: Path, student: Student, keep: Path) -> Looks:
    """Features of the photos to learn from, as they are and mirrored; kept."""
    if not keep.exists():
        front = np.load(folder / f"looks_{SIZE}.npy", mmap_mode="r")
        near, far, _ = look(student, front)
        np.savez(keep, near=near.astype(np.float16), far=far.astype(np.float16))
    stored = np.load(keep)
    near, far = (stored[name].astype(np.float32) for name in ("near", "far"))
    about = np.load(folder / "looks_about.npy")
    n = len(about)
    return Looks(
        near[:n],
        far[:n],
        about[:, 0].astype(np.int64),
        about[:, 1].astype(np.int64),
        np.concatenate([near[n:], far[n:]], axis=1),
    )


def choose_attributes(
    values: NDArray, shares: NDArray, kinds: NDArray, names: tuple[str, ...], n_most: int
) -> list[int]:
    """Attributes that ridge regressions can tell of kinds they did not learn from.

    Those come first that would be said to be there of the most photos, of each part of the body at
    most `_A_GROUP`.
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
    for has_share, _, _, column, name in sorted(
        scored, key=lambda entry: -(entry[0] + 0.15 * entry[1] * min(1, 10 * entry[2]))
    ):
        group = name.partition("::")[0]
        if groups.get(group, 0) >= _A_GROUP or has_share < 0.01 or len(chosen) >= n_most:
            continue
        groups[group] = groups.get(group, 0) + 1
        chosen.append(column)
    return chosen


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


def tie_bits(looks: Looks, labels: list[str], data: Path, wish: Wish) -> tuple[Fitting, list[str]]:
    """A fitting some of whose bits are tied to attributes; the attribute of each bit, "" for none.

    Bits are tied where they already tell the most (Hungarian method on the correlation), birds'
    first; a bit that tells the absence is turned round.
    """
    fitting = Fitting(looks, wish)
    logits = (fitting.features @ fitting.weight.T).detach().numpy()
    attributes = [""] * wish.n_bits
    kinds = np.array([labels[label] if label >= 0 else "" for label in looks.label])
    for domain in looks.domains:
        names, shares, known = _known(domain, kinds, looks, data, logits, wish.n_attributes)
        free = np.array([bit for bit in range(wish.n_bits) if not attributes[bit]])
        told = _correlations(logits[known][:, free], shares[known])
        rows, columns = linear_sum_assignment(-np.abs(told))
        with torch.no_grad():
            for row, column in zip(rows, columns, strict=True):
                attributes[free[row]] = names[column]
                if told[row, column] < 0:
                    fitting.weight[free[row]] *= -1
        looks.tied[domain] = (free[rows], shares[:, columns].astype(np.float32))
    return fitting, attributes


def _known(
    domain: int, kinds: NDArray, looks: Looks, data: Path, logits: NDArray, n_most: int
) -> tuple[list[str], NDArray, NDArray]:
    """Names of the attributes to tie, the share of each for every photo (NaN), whose is known."""
    if domain == CAR:
        table = np.full((len(kinds), len(CAR_NAMES)), np.nan, dtype=np.float32)
        for row in np.flatnonzero((looks.domain == CAR) & (kinds != "")):
            table[row] = car_row(kinds[row])
        return list(CAR_NAMES), table, np.isfinite(table).all(axis=1)
    names, values = bird_rows(data)
    table = np.full((len(kinds), len(names)), np.nan, dtype=np.float32)
    for row, kind in enumerate(kinds):
        if kind[:3].isdecimal() and kind[3:4] == ".":
            table[row] = values[int(kind[:3]) - 1]
    known = np.isfinite(table[:, 0]) & (looks.domain == BIRD)
    features = np.concatenate([looks.near, 0.5 * looks.far], axis=1)[known]
    reduced = np.concatenate([logits[known], _reduced(features, 256)], axis=1)
    chosen = choose_attributes(reduced, table[known], kinds[known], names, n_most)
    return [names[column] for column in chosen], table[:, chosen], known


def _reduced(features: NDArray, n_kept: int) -> NDArray:
    centred = features - features.mean(axis=0)
    _, vectors = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    kept: NDArray = centred @ vectors[:, -n_kept:]
    return kept / kept.std()


def _correlations(logits: NDArray, shares: NDArray) -> NDArray:
    def standard(values: NDArray) -> NDArray:
        centred = values - values.mean(axis=0)
        return centred / np.maximum(np.linalg.norm(centred, axis=0), 1e-9)

    told: NDArray = standard(logits).T @ standard(shares)
    return told


@dataclass(frozen=True, slots=True)
class Made:
    """A network that learned, and how it is described.

    `net` has what was learned but the hash layer; `domains`, `domain_sure` and `subject_map` are
    the manifest's, `photos` and `origin` say what was learned from.
    """

    net: AttentionHashNet
    backbone: Backbone
    size: int
    domains: dict[str, list[int]]
    domain_sure: float
    subject_map: int | None
    photos: tuple[Photo, ...]
    origin: str


def make_bundle(made: Made, layer: Layer, speech: Speech, bundle: Path) -> BundleManifest:
    """Writes the bundle, its network as the compact weights give it."""
    n_local, n_bits = made.net.n_local, len(layer.shift)
    wide = AttentionHashNet(copy.deepcopy(made.backbone), n_local, n_bits, "full")
    weights = export_weights(made.net, half=False)
    weights["projection.weight"] = layer.weight
    base = pretrained_arrays(wide)
    kept = compact(weights, base)
    load_weights(wide, expand(kept, base))
    manifest = BundleManifest(
        format=COMPACT_FORMAT,
        model_id="0" * 32,
        name=bundle.name,
        n_bits=n_bits,
        backbone=made.backbone.name,
        n_local=n_local,
        input_size=made.size,
        mean=made.backbone.mean,
        std=made.backbone.std,
        interpolation="bicubic",
        resize_mode="half-crop",
        thresholds=tuple(float(value) for value in layer.shift),
        bit_names=speech.names,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        trained_on={
            "name": made.origin,
            "licence": "research, non-commercial",
            "counts": {
                "photos": len(made.photos),
                "classes": len({photo.label for photo in made.photos if photo.label}),
            },
        },
        metrics={},
        command="see card.md",
        licence="Apache-2.0",
        local_refine="full",
        base_id=base_id(base),
        bit_names_zh=speech.names_zh,
        bit_attributes=speech.attributes,
        bit_domains=speech.domains,
        says_has=speech.says_has,
        says_has_not=speech.says_has_not,
        says_confidence=speech.confidence,
        domains=made.domains,
        domain_sure=made.domain_sure,
        subject_map=made.subject_map,
        subject_level=SUBJECT_LEVEL,
        second_look=None if made.subject_map is None else SECOND_LOOK,
    )
    return save_bundle(bundle, manifest, pack(kept), "card\n")


def silent(attributes: list[str]) -> Speech:
    """Bits with these attributes that say nothing yet."""
    return Speech(
        tuple(in_english(name) if name else None for name in attributes),
        tuple(in_chinese(name) if name else None for name in attributes),
        tuple(name or None for name in attributes),
    )


def main(data: Path, start: Path, folder: Path, state: Path, bundle: Path, wish: Wish) -> None:
    """From the kept views and the student to the bundle; prints what was measured on the way."""
    student = load_student(start, state)
    looks = load_looks(folder, student, state / f"looks_{SIZE}.npz")
    labels = (folder / "looks_labels.txt").read_text(encoding="utf-8").split("\n")
    fitting, attributes = tie_bits(looks, labels, data, wish)
    layer = fitting.learn()
    made = Made(
        student.export(),
        create_backbone(BACKBONE, pretrained=True),
        SIZE,
        DOMAINS,
        0.5,
        0,
        collect(data).learning,
        "CUB-200-2011, Stanford Cars, birds of the world, unlabelled birds and cars",
    )
    make_bundle(made, layer, silent(attributes), bundle)
    manifest = recalibrate(data, bundle)
    print(asdict(wish), manifest.model_id)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(*(Path(text) for text in sys.argv[1:6]), Wish())
