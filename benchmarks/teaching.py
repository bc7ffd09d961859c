"""Measures lessons: label errors found, near duplicates told, suggestions, and what is kept.

`python -m benchmarks.teaching DATA [--base MODEL] [--most N] [--seeds N]` looks at the kinds that
the base was not taught (its card names them) and prints one JSON object. DATA is the folder that
AHASH_DATA names.
"""

import argparse
import csv
import io
import json
import re
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.core.records import CodeBlock
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.services.teaching.suggesting import Suggestions, suggest
from ahash_desktop.training.judging.doubts import find_doubts
from ahash_desktop.training.judging.metrics import mean_score, score_codes, score_shortlist
from ahash_desktop.training.judging.near_duplicates import likeness
from ahash_desktop.training.network.kept_features import SMALL_PX, KeptFeatures, SeenPhotos
from ahash_desktop.training.running.quick_fit import KEEP, FitTask, HashLayer, fit_layer

SHARE_WRONG = 0.05
ALIKE = 0.86
N_CHANGED = 150
MOST_PAIRS = 4000
MOST_WORLD = 600
"""So many birds of the world tell whether a lesson has cost what the model knew."""


def left_out(model: Path, title: str) -> set[str]:
    """The kinds of a collection that the model's card says were left out."""
    card = (model / "card.md").read_text(encoding="utf-8")
    section = card[card.index("## Kinds left out") :]
    found = re.search(rf"^{title}: (.*)$", section, re.MULTILINE)
    return {name.strip().rstrip(".") for name in found[1].split(", ")} if found else set()


def collect(data: Path, model: Path, most: int) -> dict[str, tuple[list[Path], list[str]]]:
    """Photos and their kinds by collection, at most so many of each kind."""

    def rows(folder: str) -> list[dict[str, str]]:
        with (data / folder / "labels.csv").open(encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    bird_names = left_out(model, "Birds")
    wanted = {
        "cars": [
            (data / "cars" / row["path"], row["class"])
            for row in rows("cars")
            if row["class"] in left_out(model, "Cars")
        ],
        "birds": [
            (data / "birds" / row["path"], row["class"])
            for row in rows("birds")
            if row["kind"] == "bbox" and row["class"][4:].replace("_", " ") in bird_names
        ],
        "world": [
            (data / "world_birds" / row["path"], row["class"])
            for row in rows("world_birds")
            if not row["cub200_class"]
        ],
    }
    capped = {}
    for name, photos in wanted.items():
        counts: dict[str, int] = {}
        kept = []
        for path, kind in photos:
            counts[kind] = counts.get(kind, 0) + 1
            if counts[kind] <= most:
                kept.append((path, kind))
        if name == "world":
            kept = kept[:MOST_WORLD]
        capped[name] = ([path for path, _ in kept], [kind for _, kind in kept])
    return capped


def find_errors(seen: SeenPhotos, labels: NDArray[np.int64], seed: int) -> dict[str, float]:
    """Of labels exchanged on purpose how many are doubted, and how many of the others."""
    rng = np.random.default_rng(seed)
    n_kinds = int(labels.max()) + 1
    wrong = rng.permutation(len(labels))[: round(SHARE_WRONG * len(labels))]
    said = labels.copy()
    said[wrong] = (said[wrong] + rng.integers(1, n_kinds, len(wrong))) % n_kinds
    doubted = {doubt.row for doubt in find_doubts(seen.features[0], said, n_kinds)}
    found = len(doubted & set(wrong.tolist()))
    return {
        "found": found / len(wrong),
        "right_ones_doubted": (len(doubted) - found) / (len(labels) - len(wrong)),
    }


def changed(picture: Image.Image, how: str, rng: np.random.Generator) -> Image.Image:
    """A picture made smaller, compressed anew, or cropped by a tenth at a place by chance."""
    width, height = picture.size
    if how == "resized":
        return picture.resize((max(1, width // 2), max(1, height // 2)))
    if how == "recompressed":
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=35)
        return Image.open(data).convert("RGB")
    kept_width, kept_height = round(width * 0.9), round(height * 0.9)
    left = int(rng.integers(0, width - kept_width + 1))
    top = int(rng.integers(0, height - kept_height + 1))
    return picture.crop((left, top, left + kept_width, top + kept_height))


def small(picture: Image.Image) -> NDArray[np.uint8]:
    """As `KeptFeatures` keeps a picture."""
    grey = picture.convert("L").resize((SMALL_PX, SMALL_PX), Image.Resampling.BOX)
    return np.asarray(grey)


def find_duplicates(
    paths: list[Path], seen: SeenPhotos, labels: NDArray[np.int64]
) -> dict[str, float]:
    """How many changed copies are told, and how many pairs of different photos of one kind."""
    rng = np.random.default_rng(0)
    result = {}
    for how in ("resized", "recompressed", "cropped"):
        told = []
        for row in rng.permutation(len(seen.rows))[:N_CHANGED].tolist():
            picture = Image.open(paths[seen.rows[row]]).convert("RGB")
            pair = np.stack([seen.small[row], small(changed(picture, how, rng))])
            told.append(likeness(pair, 0, 1, {}) >= ALIKE)
        result[how] = float(np.mean(told))
    wrong = []
    for kind in np.unique(labels):
        rows, windows = np.flatnonzero(labels == kind).tolist(), {}
        for place, one in enumerate(rows):
            for other in rows[:place]:
                if len(wrong) < MOST_PAIRS and rng.random() < 0.3:
                    wrong.append(likeness(seen.small, one, other, windows) >= ALIKE)
    return result | {"different_photos": float(np.mean(wrong)), "n_pairs": len(wrong)}


def divide(labels: NDArray[np.int64], share: float, seed: int) -> NDArray[np.bool_]:
    """Which photos are kept back, a share of each kind."""
    rng = np.random.default_rng(seed)
    back = np.zeros(len(labels), np.bool_)
    for kind in np.unique(labels):
        rows = np.flatnonzero(labels == kind)
        back[rng.permutation(rows)[: max(1, round(len(rows) * share))]] = True
    return back


def teach(
    start: HashLayer,
    seen: SeenPhotos,
    labels: NDArray[np.int64],
    back: NDArray[np.bool_],
    others: NDArray[np.float16],
    fixed: frozenset[int],
    keep: float,
) -> HashLayer:
    """The layer after a quick lesson."""
    features = seen.features[:, ~back].reshape(-1, seen.features.shape[2])
    said = np.tile(labels[~back], len(seen.features))
    task = FitTask(features, said, int(labels.max()) + 1, others, fixed)
    *_, last = fit_layer(start, task, 0, CancelToken(), keep)
    return last.layer


def found_by(
    activations: NDArray[np.float16], labels: NDArray[np.int64], back: NDArray[np.bool_]
) -> dict[str, float]:
    """MAP of the photos kept back among the others."""
    asked, items = activations[back], activations[~back]
    codes = score_codes(
        pack_activations(asked), pack_activations(items), labels[back], labels[~back],
        activations.shape[1],
    )  # fmt: skip
    shown = score_shortlist(asked, items, labels[back], labels[~back])
    return {
        "codes": mean_score(codes.average_precision),
        "shown": mean_score(shown.average_precision),
    }


def all_ask(activations: NDArray[np.float16], labels: NDArray[np.int64]) -> float:
    """MAP, in the default order, where every photo asks all others."""
    return mean_score(score_shortlist(activations, activations, labels, labels).average_precision)


def name_rest(
    activations: NDArray[np.float16],
    labels: NDArray[np.int64],
    strangers: NDArray[np.float16],
    back: NDArray[np.bool_],
    learned: frozenset[int] = frozenset(),
) -> dict[str, float]:
    """Suggestions where photos not `back` are labelled, and for kinds without a label."""
    every = np.concatenate([activations, strangers])
    ids = np.arange(len(every))
    block = CodeBlock(every.shape[1], ids, pack_activations(every), every)
    said = {int(row): f"{labels[row]}" for row in np.flatnonzero(~back)}
    *_, found = suggest(block, said, {}, CancelToken(), learned)
    assert isinstance(found, Suggestions)  # noqa: S101 - the last record
    known = [each for each in found.suggestions if each.photo_id < len(labels)]
    sure = [each for each in known if each.is_sure]
    right = [each.name == f"{labels[each.photo_id]}" for each in sure]
    unknown = [each for each in found.suggestions if each.photo_id >= len(labels)]
    return {
        "right_of_sure": float(np.mean(right)) if right else float("nan"),
        "sure": len(sure) / len(known),
        "strangers_not_sure": float(np.mean([not each.is_sure for each in unknown])),
    }


def name_around_lesson(
    start: HashLayer,
    seen: SeenPhotos,
    labels: NDArray[np.int64],
    strangers: NDArray[np.float16],
    others: NDArray[np.float16],
    fixed: frozenset[int],
    seed: int,
) -> dict[str, dict[str, float]]:
    """Suggestions with half of the photos labelled, before and after a quick lesson with these.

    As in any lesson 15 % of the labelled photos are kept back, which say how sure it is; for
    comparison all of them do.
    """
    rest = divide(labels, 0.5, seed)
    labelled = np.flatnonzero(~rest)
    back = rest.copy()
    back[labelled[divide(labels[labelled], 0.15, seed + 7)]] = True
    layer = teach(start, seen, labels, back, others, fixed, KEEP)
    after, far = layer.activations(seen.features[0]), layer.activations(strangers)
    learned = frozenset(np.flatnonzero(~back).tolist())
    return {
        "before": name_rest(seen.activations, labels, start.activations(strangers), rest),
        "after": name_rest(after, labels, far, rest, learned),
        "after, by all labelled": name_rest(after, labels, far, rest),
    }


def main() -> None:
    """Looks at the photos once and measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--base", default="birds-and-cars-128")
    parser.add_argument("--most", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--kept", type=Path, help="where what is seen is kept for another run")
    asked = parser.parse_args()
    model = shipped_models_folder() / asked.base
    encoder = NetworkEncoder.load(model)
    start = HashLayer(*encoder.hash_layer())
    fixed = frozenset(b for b, name in enumerate(encoder.manifest.bit_names) if name is not None)
    photos = collect(asked.data, model, asked.most)
    with tempfile.TemporaryDirectory() as folder:
        seen, labels = {}, {}
        for name, (paths, kinds) in photos.items():
            kept = KeptFeatures(asked.kept or Path(folder), encoder, 1 if name == "world" else 2)
            looking = kept.look(paths, CancelToken())
            while True:
                try:
                    next(looking)
                except StopIteration as end:
                    seen[name] = end.value
                    break
            labels[name] = np.unique([kinds[row] for row in seen[name].rows], return_inverse=True)[
                1
            ]
    world, world_labels = seen["world"], labels["world"]
    is_held = world_labels % 2 == 0
    others = world.features[0, is_held]
    result: dict[str, object] = {"base": asked.base}
    for name in ("cars", "birds"):
        each, said = seen[name], labels[name]
        report: dict[str, object] = {
            "photos": len(said),
            "label_errors": [find_errors(each, said, seed) for seed in range(asked.seeds)],
            "near_duplicates": find_duplicates(photos[name][0], each, said),
        }
        lessons = []
        for seed in range(asked.seeds):
            back = divide(said, 0.15, seed)
            lesson: dict[str, object] = {
                "before": found_by(each.activations, said, back),
                "world_before": all_ask(world.activations[~is_held], world_labels[~is_held]),
            }
            ways = {
                "kept": (others, fixed, KEEP),
                "forgetting": (others[:0], frozenset(), 0.0),
            }
            for way, (held, unchanged, keep) in ways.items():
                layer = teach(start, each, said, back, held, unchanged, keep)
                lesson[way] = found_by(layer.activations(each.features[0]), said, back)
                after = layer.activations(world.features[0, ~is_held])
                lesson[f"world_{way}"] = all_ask(after, world_labels[~is_held])
            lessons.append(lesson)
        report["quick"] = lessons
        report["suggestions"] = [
            name_around_lesson(start, each, said, world.features[0, ~is_held], others, fixed, seed)
            for seed in range(asked.seeds)
        ]
        result[name] = report
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
