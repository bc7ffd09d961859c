"""Makes the shipped bundle `starter-64` from photos, without looking at their labels.

    python benchmarks/make_starter.py DATA models/starter-64

DATA holds `birds/labels.csv` (with the column `kind`: bbox or original) and `cars/labels.csv`.
The hash layer is fitted on the training split; the test split is only used to measure.
"""

import argparse
import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ahash_desktop.hashing.backbone import Backbone, create_backbone
from ahash_desktop.hashing.bundle import BundleManifest, save_bundle
from ahash_desktop.hashing.folding import fold_batch_norms, make_probe
from ahash_desktop.hashing.network import AttentionHashNet, export_weights, load_weights
from ahash_desktop.hashing.runner import NetworkRunner
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.job import DEFAULT_BACKBONE
from ahash_desktop.training.ask.labels import TRAIN
from ahash_desktop.training.ask.report import EvaluationReport
from ahash_desktop.training.data.reading import read_batches
from ahash_desktop.training.judging.evaluation import (
    NOTHING_MORE,
    Measures,
    evaluate,
)
from ahash_desktop.training.network.fit import fit_pca_itq

NAME = "starter-64"
N_BITS = 64
SEED = 0
WHITENING = 0.5
COMMAND = "python benchmarks/make_starter.py DATA models/starter-64"


@dataclass(frozen=True)
class PhotoSet:
    """Photos that are measured together."""

    title: str
    labels: str
    where: dict[str, str]


SETS = {
    "birds_crops": PhotoSet("Birds, cut to the bird", "birds/labels.csv", {"kind": "bbox"}),
    "birds_originals": PhotoSet("Birds, whole photos", "birds/labels.csv", {"kind": "original"}),
    "cars": PhotoSet("Cars, cut to the car", "cars/labels.csv", {}),
}

CARD = """# starter-64

A general model to start with: 64 bits from an EfficientNet-Lite0 as ImageNet left it, and a hash
layer fitted without labels. It knows no species and no makes; it puts alike pictures near each
other. Train a model of your own where classes matter.

## How it was made

- Backbone: `tf_efficientnet_lite0` with its ImageNet weights, rounded to float16. No local
  attention (`n_local` 0). The longer side of a photo is cut so that the ratio of its sides becomes
  its square root, and the rest is squashed to 224 × 224 (chosen on the training split).
- Hash layer: principal components whitened by half, then an iterative quantisation (Gong and
  Lazebnik, CVPR 2011), on the pooled features of the training splits only. No label was read.
- Photos: {counts}.
- Command: `{command}`

## Measured

Protocol `encoded`: the training split is the database, the test split asks. mAP is over the whole
ranking and averaged over all orders of tied photos; the interval comes from resampling the
queries. "Features" ranks by the cosine of the 1,280 float features the code is made of,
"backbone" by those of the untouched ImageNet network.

| photos | queries | database | mAP, 64 bits | 95 % | P@10 | mAP, features | mAP, backbone |
|---|---|---|---|---|---|---|---|
{table}

The photos' classes are those of CUB-200-2011 (100 classes cropped, 23 of them also whole) and of
Stanford Cars (147). As no label was used, they are as good as unseen classes, though pictures of
the same kinds shaped the hash layer.

| photos | entropy of a bit | mean abs. correlation of two bits | share of activations beyond ±0.5 |
|---|---|---|---|
{bits}

## Limits

- Makes of cars and similar species are told apart badly: a general network sees a car, not its
  model year.
- Bits have no names and no meaning of their own; they follow the axes along which photos of birds
  and cars differ. Libraries of other things use them less evenly.
- The evidence maps are exact, but at 224 × 224 only 7 × 7 fields fine.

## Licences

- The weights of the backbone: Apache-2.0.
- The photos: CUB-200-2011 and Stanford Cars, for research, non-commercial. None of them is part
  of the model; its hash layer holds statistics of their features.
- The hash layer: Apache-2.0, as the program.
"""


def main() -> None:
    """Fits the bundle, measures it, and saves it with its numbers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    backbone = create_backbone(DEFAULT_BACKBONE, pretrained=True)
    net = AttentionHashNet(backbone, n_local=0, n_bits=N_BITS).eval()
    load_weights(net, export_weights(net))  # what is fitted below belongs to the rounded weights
    manifest = describe(backbone)
    paths = {
        name: train_paths(arguments.data / chosen.labels, chosen.where)
        for name, chosen in SETS.items()
    }
    counts = {name: len(found) for name, found in paths.items()}
    features = read_features(net, list(itertools.chain(*paths.values())), manifest)
    weight, thresholds = fit_pca_itq(features, N_BITS, SEED, whitening=WHITENING)
    net.projection.weight.data.copy_(torch.from_numpy(weight))
    manifest = replace(manifest, thresholds=tuple(thresholds.tolist()))
    manifest.trained_on["counts"] = counts
    save_bundle(arguments.out, manifest, export_weights(net), "# starter-64\n")
    reports = {
        name: measure(arguments.out, arguments.data / chosen.labels, chosen.where)
        for name, chosen in SETS.items()
    }
    manifest = replace(
        manifest, metrics={name: summarise(found) for name, found in reports.items()}
    )
    saved = save_bundle(arguments.out, manifest, export_weights(net), write_card(counts, reports))
    print(f"{saved.name} {saved.model_id}: {manifest.metrics}")


def describe(backbone: Backbone) -> BundleManifest:
    """Everything about the bundle that is known before it is fitted."""
    return BundleManifest(
        format=1,
        model_id="0" * 32,
        name=NAME,
        n_bits=N_BITS,
        backbone=backbone.name,
        n_local=0,
        input_size=backbone.input_size,
        mean=backbone.mean,
        std=backbone.std,
        interpolation=backbone.interpolation,
        resize_mode="half-crop",
        thresholds=(0.0,) * N_BITS,
        bit_names=(None,) * N_BITS,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        trained_on={
            "name": "training splits of parts of CUB-200-2011 and Stanford Cars, without labels",
            "licence": "research, non-commercial",
            "counts": {},
        },
        metrics={},
        command=COMMAND,
        licence="Apache-2.0; the photos it was fitted on are for research, non-commercial",
    )


def train_paths(labels: Path, where: dict[str, str]) -> list[Path]:
    """The photos of the training split."""
    return [photo.path for photo in load_labelled(labels, {**where, "split": TRAIN}).photos]


def read_features(
    net: AttentionHashNet, paths: list[Path], manifest: BundleManifest
) -> NDArray[np.float32]:
    """Pooled features of the photos in float32: (n, d)."""
    folded = fold_batch_norms(net, make_probe(manifest.input_size))
    runner = NetworkRunner(folded, manifest, torch.device("cpu"), torch.float32)
    batches = read_batches(paths, manifest, runner.batch_size)
    return np.concatenate([runner.features(batch.squares) for batch in batches])


def measure(
    bundle: Path, labels: Path, where: dict[str, str], measures: Measures = NOTHING_MORE
) -> EvaluationReport:
    """The report of `evaluate` on the CPU."""
    *_, report = evaluate(bundle, labels, where=where, measures=measures, device="cpu")
    if not isinstance(report, EvaluationReport):
        raise TypeError("evaluation ended without a report")
    return report


def summarise(report: EvaluationReport) -> dict[str, object]:
    """The numbers a bundle keeps of a report."""
    kept = ("mAP", "mAP_ci95", "P@10", "float_mAP", "backbone_mAP", "n_queries", "n_database")
    whole = report.to_json()
    return {**{key: whole[key] for key in kept}, "bits": whole["bits"], "protocol": "encoded"}


def report_rows(reports: dict[str, EvaluationReport]) -> tuple[str, str]:
    """The rows of a card's two tables, of retrieval and of bits, a collection each."""
    rows, bits = [], []
    for name, report in reports.items():
        title = SETS[name].title
        low, high = report.confidence_95
        backbone = "–" if report.backbone_map is None else f"{report.backbone_map:.3f}"
        rows.append(
            f"| {title} | {report.n_queries:,} | {report.n_database:,} "
            f"| {report.mean_average_precision:.3f} | {low:.3f}–{high:.3f} "
            f"| {report.precision_at_10:.3f} | {report.float_map:.3f} | {backbone} |"
        )
        used = report.bits
        bits.append(
            f"| {title} | {used.entropy:.3f} | {used.mean_abs_correlation:.3f} "
            f"| {used.saturation:.2f} |"
        )
    return "\n".join(rows), "\n".join(bits)


def write_card(counts: dict[str, int], reports: dict[str, EvaluationReport]) -> str:
    """The model card."""
    photos = ", ".join(f"{n:,} ({SETS[name].title.lower()})" for name, n in counts.items())
    rows, bits = report_rows(reports)
    return CARD.format(counts=photos, command=COMMAND, table=rows, bits=bits)


if __name__ == "__main__":
    main()
