"""Compares the recipes under the same conditions and writes what came out into the results.

    python benchmarks/hash_quality.py DATA WORK [--cells NAME …] [--minutes N] [--list]

DATA is laid out as for `make_starter.py`; WORK keeps decoded photos and trunk features (3 GB).
Every cell learns from the training photos of a collection with the pretrained trunk at rest: the
same features, epochs and batches for all. Then the test photos ask, the training photos are the
database, and the network encodes both. A cell that is in `docs/hash_quality.json` is not run again,
so a run can be stopped at any time. At the end the tables in `docs/results.md` are made anew.
"""

import argparse
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from hash_cells import N_EPOCHS, SIZE_PX, Cell, all_cells
from hash_tables import write_tables
from make_starter import SETS
from numpy.typing import NDArray

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.files import replace_file
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.training.ask.dataset import LabelledSet, load_labelled
from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.ask.labels import TEST, TRAIN
from ahash_desktop.training.ask.progress import TrainReport
from ahash_desktop.training.ask.recipes import BALANCED
from ahash_desktop.training.data.squares import Squares, fill_squares
from ahash_desktop.training.judging.metrics import (
    mean_score,
    score_bits,
    score_codes,
    score_features,
)
from ahash_desktop.training.running.trainer import train

DOCS = Path(__file__).resolve().parent.parent / "docs"
FOUND = DOCS / "hash_quality.json"
COLLECTIONS = {"birds": "birds_crops", "cars": "cars"}
EVERY = 5
Result = TypeVar("Result")
BATCH = 64


@dataclass(frozen=True, slots=True)
class Collection:
    """Labelled photos, and every one of them as the network sees it."""

    labelled: LabelledSet
    squares: Squares

    def held_out(self) -> frozenset[str]:
        """Every fifth class."""
        return frozenset(self.labelled.classes[::EVERY])

    def rows(self, split: str, classes: frozenset[str]) -> NDArray[np.int64]:
        """Photos of a split and of classes."""
        photos = self.labelled.photos
        return np.array(
            [
                row
                for row, photo in enumerate(photos)
                if photo.split == split and photo.class_name in classes
            ]
        )


def open_collection(name: str, data: Path, work: Path) -> Collection:
    """Decodes a collection, or finds it decoded."""
    chosen = SETS[COLLECTIONS[name]]
    labelled = load_labelled(data / chosen.labels, chosen.where)
    squares = last_of(
        Squares,
        fill_squares(
            [photo.path for photo in labelled.photos],
            work / name / "judged",
            crop_px=1,
            input_px=SIZE_PX,
            resize_mode=BALANCED.resize_mode,
            interpolation="bicubic",
            token=CancelToken(),
        ),
    )
    return Collection(labelled, squares)


def last_of(kind: type[Result], records: Iterable[object]) -> Result:
    """The last record, which is the result."""
    *_, result = records
    if not isinstance(result, kind):
        raise TypeError(f"{result!r} is no {kind.__name__}")
    return result


def run_cell(cell: Cell, data: Path, work: Path) -> dict[str, Any]:
    """Trains and judges one cell."""
    collection = open_collection(cell.collection, data, work)
    chosen = SETS[COLLECTIONS[cell.collection]]
    held_out = collection.held_out()
    job = TrainingJob(
        sources=(data / chosen.labels,),
        out=work / "bundles" / cell.name,
        n_bits=cell.n_bits,
        recipe=cell.recipe,
        seed=cell.seed,
        where=chosen.where,
        except_classes=held_out if cell.unseen else frozenset(),
        n_epochs=N_EPOCHS,
        validation_share=0.0,
        resume=True,
        replace=True,
        keep_state=True,
        n_threads=torch.get_num_threads(),
        kept=work / cell.collection / ("without" if cell.unseen else "all"),
    )
    began = time.monotonic()
    last_of(TrainReport, train(job))
    seconds = time.monotonic() - began
    judged = held_out if cell.unseen else frozenset(collection.labelled.classes)
    return {**judge(job.out, collection, judged), "training_seconds": round(seconds)}


def judge(bundle: Path, collection: Collection, classes: frozenset[str]) -> dict[str, Any]:
    """Scores of a bundle on photos of some classes."""
    encoder = NetworkEncoder.load(bundle, device="cpu")
    known, asked = collection.rows(TRAIN, classes), collection.rows(TEST, classes)
    labels = collection.labelled.labels()
    squares = collection.squares.to_encode
    (known_u, known_x), (asked_u, asked_x) = (
        encode(encoder, squares, rows) for rows in (known, asked)
    )
    n_bits = encoder.manifest.n_bits
    by_code = score_codes(
        pack_activations(asked_u), pack_activations(known_u), labels[asked], labels[known], n_bits
    )
    by_cosine = score_features(asked_x, known_x, labels[asked], labels[known])
    bits = score_bits(asked_u)
    return {
        "mAP": mean_score(by_code.average_precision),
        "float_mAP": mean_score(by_cosine.average_precision),
        "entropy": bits.entropy,
        "mean_abs_correlation": bits.mean_abs_correlation,
        "beyond_half": float((np.abs(asked_u) > 0.5).mean()),
    }


def encode(
    encoder: NetworkEncoder, squares: NDArray[np.uint8], rows: NDArray[np.int64]
) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    """Activations float16 (n, k) and features float32 (n, d)."""
    parts = [
        encoder.encode_with_features(squares[rows[start : start + BATCH]])[1:]
        for start in range(0, len(rows), BATCH)
    ]
    activations, features = (np.concatenate(part) for part in zip(*parts, strict=True))
    return activations, features


def read_found() -> dict[str, Any]:
    """The cells that have been run, by this process or another."""
    return json.loads(FOUND.read_text()) if FOUND.is_file() else {}


def missing(wanted: list[str]) -> Iterator[Cell]:
    """The cells that are still to run, each looked up when its turn comes."""
    for cell in all_cells():
        if cell.name not in read_found() and (not wanted or cell.name in wanted):
            yield cell


def main() -> None:
    """Runs what is missing."""
    parser = argparse.ArgumentParser(description="Compares recipes under the same conditions.")
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--cells", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--minutes", type=float, default=1e9, help="start no cell after this long")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--list", action="store_true", help="only name what is missing")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    began = time.monotonic()
    for cell in missing(arguments.cells):
        if arguments.list:
            print(cell.name)
            continue
        if time.monotonic() - began > 60 * arguments.minutes:
            break
        result = run_cell(cell, arguments.data, arguments.work)
        found = read_found()
        found[cell.name] = {**result, "date": date.today().isoformat()}
        replace_file(FOUND, (json.dumps(found, indent=1, sort_keys=True) + "\n").encode())
        print(cell.name, json.dumps(result), flush=True)
    if not arguments.list:
        write_tables(read_found(), DOCS / "results.md")


if __name__ == "__main__":
    main()
