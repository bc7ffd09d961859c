"""Judges a trained bundle on the test photos and writes what it found into its manifest and card.

    python benchmarks/finish_model.py DATA BUNDLE

DATA is laid out as for `make_starter.py`; BUNDLE was made by the command in its card. Neither
weights nor thresholds change, so the bundle keeps its `model_id`.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

from make_starter import SETS, measure, report_rows, summarise

from ahash_desktop.core.files import replace_file
from ahash_desktop.hashing.bundle import CARD, MANIFEST, read_manifest
from ahash_desktop.hashing.manifest import BundleManifest, format_manifest
from ahash_desktop.training.ask.report import EvaluationReport
from ahash_desktop.training.judging.bit_meanings import name_bits
from ahash_desktop.training.judging.evaluation import Measures

MEASURED = "## Measured\n"
LIMITS = "## Limits\n"
NAMING = "birds_crops"
N_BIRD_SETS = 2

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
    before, _, rest = card.partition(MEASURED)
    _, _, after = rest.partition(LIMITS)
    bits_said = write_bits(reports, manifest.bit_names)
    rows, bits = report_rows(reports)
    table = TABLE.format(n_bits=manifest.n_bits, rows=rows, bits=bits)
    return f"{before}{MEASURED}\n{table}{bits_said}{LIMITS}{after}"


def measures_of(name: str, data: Path) -> Measures:
    """What is judged besides retrieval: of birds also what bits mean and where they look."""
    birds = data / "birds"
    return Measures(
        attributes=birds / "class_attribute_labels_continuous.txt" if name == NAMING else None,
        parts=birds / "parts.csv" if name == "birds_originals" else None,
    )


def write_bits(reports: dict[str, EvaluationReport], names: tuple[str | None, ...]) -> str:
    """What the card says of the bits; nothing for a model that was not judged on birds."""
    lines = []
    for name, report in reports.items():
        steady = report.steadiness
        lines.append(
            f"- {SETS[name].title}: mirroring a photo changes {steady.flip:.1%} of its bits, "
            f"computing in bfloat16 {steady.bfloat16:.2%}."
        )
        if report.localisation is not None:
            place = report.localisation
            lines.append(
                f"- {SETS[name].title}: the evidence of a code peaks on the bird in "
                f"{place.code_on_subject:.1%} of the photos, that of a single bit in "
                f"{place.bits_on_subject:.1%} (chance {place.chance:.1%})."
            )
        if report.meanings is not None:
            bars = ", ".join(f"{key} {bar:.3f}" for key, bar in report.meanings.nulls.items())
            lines.append(
                f"- {report.meanings.share_meaningful:.0%} of the bits mean an attribute: their "
                f"AUROC on test photos is above the 95th percentile of all three nulls ({bars})."
            )
    named = [f"| {bit} | {name} |" for bit, name in enumerate(names) if name]
    if named:
        lines += ["", "| bit | attribute, AUROC on test photos |", "|---|---|", *named]
    return "\n".join(lines) + "\n\n"


def main() -> None:
    """Judges the bundle and keeps the numbers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("bundle", type=Path)
    arguments = parser.parse_args()
    manifest = read_manifest(arguments.bundle)
    reports = {
        name: measure(
            arguments.bundle,
            arguments.data / SETS[name].labels,
            SETS[name].where,
            measures_of(name, arguments.data),
        )
        for name in judged_sets(manifest)
    }
    names = manifest.bit_names
    named = reports.get(NAMING)
    if named is not None and named.meanings is not None and len(reports) == N_BIRD_SETS:
        names = name_bits(named.meanings)
    metrics = {name: summarise(report) for name, report in reports.items()}
    manifest = replace(manifest, metrics={**manifest.metrics, **metrics}, bit_names=names)
    card_path = arguments.bundle / CARD
    card = write_measured(card_path.read_text(encoding="utf-8"), manifest, reports)
    replace_file(card_path, card.encode())
    replace_file(arguments.bundle / MANIFEST, format_manifest(manifest))
    print(json.dumps({name: report.to_json()["mAP"] for name, report in reports.items()}))


if __name__ == "__main__":
    main()
