"""How the recipe `balanced` was chosen: variants of it on training photos that are kept back.

    python benchmarks/recipe_choices.py DATA WORK [--variants NAME …] [--seeds N …] [--classes N]
        [--collection cars] [--shares SHARE …]

DATA and WORK are as for `hash_quality.py`, and so are the conditions: the trunk at rest, 128 px, 48
bits, 8 epochs. Every fifth class is not learned from and stands for unseen classes: one half of its
training photos asks the other. Of the others 15 % of the photos are kept back and ask the rest.
Photos of the test split are not touched. `--classes` learns from so many classes only, others for
every seed, and for as many epochs as the recipe has: what people do who have few kinds of things.
`--shares` finishes each run at these shares of what was learned, without learning anew.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hash_cells import BITS, N_EPOCHS, Cell
from hash_quality import COLLECTIONS, encode, last_of, open_collection
from make_starter import SETS
from numpy.typing import NDArray

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.ask.labels import TRAIN
from ahash_desktop.training.ask.progress import TrainReport
from ahash_desktop.training.ask.recipes import Recipe, get_recipe
from ahash_desktop.training.judging.metrics import mean_score, score_bits, score_codes
from ahash_desktop.training.running.trainer import train

EVERY, FROM = 5, 2  # other classes than `hash_quality.py` leaves out


def _losses(**changes: Any) -> Callable[[Recipe], Recipe]:
    return lambda recipe: replace(recipe, losses=replace(recipe.losses, **changes))


def _changed(**changes: Any) -> Callable[[Recipe], Recipe]:
    return lambda recipe: replace(recipe, **changes)


def _before(recipe: Recipe) -> Recipe:
    """As it was before the codes of classes: pairs and an auxiliary classifier."""
    changes = {"class_codes": 0.0, "pair": 0.3, "quantisation": 0.1, "classifier": 1.0}
    return replace(recipe, steepness=1.5, losses=replace(recipe.losses, **changes))


VARIANTS: Mapping[str, Callable[[Recipe], Recipe]] = {
    "balanced": lambda recipe: recipe,
    "pairs and a classifier instead of codes": _before,
    "random codes of classes": _losses(class_codes=0.0, ortho=1.0),
    "and pairs": _losses(pair=0.3),
    "and quantisation": _losses(quantisation=0.1),
    "and a classifier": _losses(classifier=1.0),
    "and decorrelation": _losses(decorrelation=15.0, decorrelation_window=512),
    "and reconstruction": _losses(reconstruction=0.1, stop_gradient=False),
    "and reconstruction with stop-gradient": _losses(reconstruction=0.1),
    "and likeness": _losses(similarity=5.0),
    "and both": _losses(similarity=5.0, reconstruction=0.1, stop_gradient=False),
    "bits not normalised": _changed(normalise_bits=False),
    "no local branches": _changed(n_local=0),
    "steepness 1.5": _changed(steepness=1.5),
    "ortho": lambda _recipe: get_recipe("ortho"),
}


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description="Variants of the recipe, on training photos.")
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--variants", nargs="*", default=list(VARIANTS), metavar="NAME")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0], help="the mean is printed")
    parser.add_argument("--collection", default="birds", choices=COLLECTIONS)
    parser.add_argument("--classes", type=int, default=0, help="learn from so many; 0: from all")
    parser.add_argument("--shares", type=float, nargs="*", help="else what the recipe chooses")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    titles = ("variant", "share", "seen", "unseen", "mean abs. correlation", "beyond 0.5")
    print("| " + " | ".join(titles) + " |\n" + "|---" * len(titles) + "|")
    for name in arguments.variants:
        for share in arguments.shares or [None]:
            judged = [judge_variant(name, arguments, seed, share) for seed in arguments.seeds]
            figures = np.mean(judged, axis=0)
            cells = " | ".join(f"{figure:.3f}" for figure in figures)
            print(f"| {name} | {cells} |", flush=True)


def judge_variant(
    name: str, arguments: argparse.Namespace, seed: int, share: float | None
) -> tuple[float, float, float, float, float]:
    """Share of what was learned, seen and unseen mAP, and what activations of unseen photos are."""
    data, work, n_classes = arguments.data, arguments.work, arguments.classes
    collection = open_collection(arguments.collection, data, work)
    chosen = SETS[COLLECTIONS[arguments.collection]]
    classes = collection.labelled.classes
    held_out = frozenset(classes[FROM::EVERY])
    left_out = held_out
    if n_classes:
        rest = [name for name in classes if name not in held_out]
        left_out = frozenset(classes) - frozenset(rest[seed :: len(rest) // n_classes][:n_classes])
    recipe = Cell(arguments.collection, "balanced").recipe
    varied = VARIANTS[name](recipe)
    if share is not None:
        varied = replace(varied, learned_share=share, shares_tried=())
    condition = f"{arguments.collection}-{n_classes or 'all'}-{seed}"
    job = TrainingJob(
        sources=(data / chosen.labels,),
        out=work / "bundles" / f"choice-{name.replace(' ', '-')}-{condition}",
        n_bits=BITS,
        seed=seed,
        recipe=replace(varied, stages=recipe.stages, input_size=recipe.input_size),
        where=chosen.where,
        except_classes=left_out,
        n_epochs=None if n_classes else N_EPOCHS,
        resume=True,
        replace=True,
        keep_state=True,
        n_threads=1,
        kept=work / arguments.collection / (f"choices-{condition}" if n_classes else "choices"),
    )
    report = last_of(TrainReport, train(job))
    encoder = NetworkEncoder.load(job.out, device="cpu")
    rows = collection.rows(TRAIN, held_out)
    asked, known = rows[::2], rows[1::2]
    squares, labels = collection.squares.to_encode, collection.labelled.labels()
    asked_u, known_u = (encode(encoder, squares, part)[0] for part in (asked, known))
    unseen = score_codes(
        pack_activations(asked_u), pack_activations(known_u), labels[asked], labels[known], BITS
    )
    bits = score_bits(asked_u)
    return (
        report.learned_share,
        report.validation_map or 0.0,
        mean_score(unseen.average_precision),
        bits.mean_abs_correlation,
        _share_beyond_half(asked_u),
    )


def _share_beyond_half(activations: NDArray[np.float16]) -> float:
    return float((np.abs(activations) > 0.5).mean())


if __name__ == "__main__":
    main()
