"""Judges a trained bundle on the test photos and writes what it found into its manifest and card.

    python benchmarks/finish_model.py DATA BUNDLE

DATA is laid out as for `make_starter.py`; BUNDLE was made by the command in its card. Neither
weights nor thresholds change, so the bundle keeps its `model_id`.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

from make_starter import SETS, measure, summarise

from ahash_desktop.core.files import replace_file
from ahash_desktop.hashing.bundle import CARD, MANIFEST, read_manifest
from ahash_desktop.hashing.manifest import BundleManifest, format_manifest
from ahash_desktop.training.report import EvaluationReport

MEASURED = "## Measured\n"
LIMITS = "## Limits\n"

TABLE = """\
Protocol `encoded`: the training split is the database, the test split asks. mAP is over the whole
ranking and averaged over all orders of tied photos; the interval comes from resampling the queries.
"Features" ranks by the cosine of the float features the code is made of, "backbone" by those of the
untouched ImageNet network. No test photo was used for any choice.

| photos | queries | database | mAP, {n_bits} bits | 95 % | P@10 | features | backbone |
|---|---|---|---|---|---|---|---|
{rows}

| photos | entropy of a bit | mean abs. correlation of two bits | share of activations beyond ±0.5 |
|---|---|---|---|
{bits}

"""


def judged_sets(manifest: BundleManifest) -> list[str]:
    """The collections whose training photos the bundle learned from."""
    learned = manifest.trained_on["name"]
    return [name for name, chosen in SETS.items() if chosen.labels in learned]


def write_measured(
    card: str, manifest: BundleManifest, reports: dict[str, EvaluationReport]
) -> str:
    """The card with its part `Measured` made anew."""
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
    before, _, rest = card.partition(MEASURED)
    _, _, after = rest.partition(LIMITS)
    table = TABLE.format(n_bits=manifest.n_bits, rows="\n".join(rows), bits="\n".join(bits))
    return f"{before}{MEASURED}\n{table}{LIMITS}{after}"


def main() -> None:
    """Judges the bundle and keeps the numbers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("bundle", type=Path)
    arguments = parser.parse_args()
    manifest = read_manifest(arguments.bundle)
    reports = {
        name: measure(arguments.bundle, arguments.data / SETS[name].labels, SETS[name].where)
        for name in judged_sets(manifest)
    }
    metrics = {name: summarise(report) for name, report in reports.items()}
    manifest = replace(manifest, metrics={**manifest.metrics, **metrics})
    card_path = arguments.bundle / CARD
    card = write_measured(card_path.read_text(encoding="utf-8"), manifest, reports)
    replace_file(card_path, card.encode())
    replace_file(arguments.bundle / MANIFEST, format_manifest(manifest))
    print(json.dumps({name: report.to_json()["mAP"] for name, report in reports.items()}))


if __name__ == "__main__":
    main()
