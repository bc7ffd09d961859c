"""The command `evaluate`: how well a model retrieves labelled photos, and what its bits do."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ahash_desktop.cli.context import Context
from ahash_desktop.cli.labels import condition, read_classes
from ahash_desktop.cli.output import ProgressLine, duration
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.services.models import ModelShelf

if TYPE_CHECKING:
    from ahash_desktop.training.report import EvaluationReport


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parser of this command."""
    evaluate = commands.add_parser("evaluate", help="measure a bundle on labelled photos")
    evaluate.add_argument("bundle", metavar="BUNDLE", help="a model's name or folder")
    evaluate.add_argument("source", metavar="SOURCE", help="a folder of class folders, or a CSV")
    evaluate.add_argument(
        "--protocol",
        choices=("encoded", "optimised"),
        default="encoded",
        help="which mAP comes first; 'optimised' knows the labels of the database",
    )
    evaluate.add_argument(
        "--where",
        action="append",
        default=[],
        type=condition,
        metavar="COLUMN=VALUE",
        help="only rows of the CSV with this value",
    )
    evaluate.add_argument(
        "--only-classes", type=Path, metavar="FILE", help="judge these classes, one a line"
    )
    evaluate.add_argument(
        "--except-classes", type=Path, metavar="FILE", help="leave out these classes, one a line"
    )
    evaluate.add_argument(
        "--attributes", type=Path, metavar="FILE", help="say what each bit means by this table"
    )
    evaluate.add_argument(
        "--parts", type=Path, metavar="FILE", help="say whether bits look at the subject"
    )
    evaluate.set_defaults(run=run_evaluate)


def run_evaluate(context: Context, arguments: argparse.Namespace) -> None:
    """Judges a bundle."""
    from ahash_desktop.hashing.allocator import keep_freed_memory
    from ahash_desktop.training.evaluation import Measures, evaluate
    from ahash_desktop.training.report import EvaluationReport

    info = ModelShelf(shipped_models_folder(), context.paths.models).get(arguments.bundle)
    source = Path(arguments.source).expanduser()
    if not source.exists():
        raise UserFacingError("there is no such folder or file", path=source)
    keep_freed_memory()
    line = ProgressLine(context.output.err)
    report: EvaluationReport | None = None
    only = arguments.only_classes
    for record in evaluate(
        info.folder,
        source,
        where=dict(arguments.where),
        measures=Measures(
            only_classes=None if only is None else read_classes(only),
            except_classes=read_classes(arguments.except_classes),
            attributes=arguments.attributes,
            parts=arguments.parts,
        ),
        token=context.token,
        device=context.settings().device,
    ):
        if isinstance(record, EvaluationReport):
            report = record
        else:
            line.show_share(record.n_done, record.n_to_do, record.phase)
    line.finish()
    if report is not None:
        data = report.to_json() | {"protocol": arguments.protocol}
        context.output.result(data, report_lines(report, arguments.protocol))


def report_lines(report: "EvaluationReport", protocol: str) -> list[str]:
    """The report for a person, the asked-for protocol first."""
    low, high = report.confidence_95
    bits = report.bits
    encoded = (
        f"mAP of the codes            {report.mean_average_precision:.4f}  "
        f"(95 % interval {low:.4f} to {high:.4f})"
    )
    optimised = f"mAP, database by labels     {report.optimised_map:.4f}  (protocol optimised)"
    retrieval = [encoded, optimised] if protocol == "encoded" else [optimised, encoded]
    return [
        (
            f"{report.n_queries:,} queries against {report.n_database:,} photos "
            f"in {duration(report.seconds)}"
        ),
        *retrieval,
        f"mAP@R of the codes          {report.map_at_r:.4f}",
        f"P@10 of the codes           {report.precision_at_10:.4f}",
        (
            f"mAP of the float features   {report.float_map:.4f}  "
            f"(codes over features {report.code_over_float:.3f})"
        ),
        f"mAP of the plain backbone   {_figure(report.backbone_map)}",
        (
            f"bits: entropy {bits.entropy:.3f}, mean |correlation| "
            f"{bits.mean_abs_correlation:.3f}, beyond ±0.5 {bits.saturation:.3f}"
        ),
        (
            f"bits that change: mirrored {report.steadiness.flip:.3f}, "
            f"in bfloat16 {report.steadiness.bfloat16:.4f}"
        ),
        *_meaning_lines(report),
        *_localisation_lines(report),
        *(f"not read: {photo.path}: {photo.reason}" for photo in report.unreadable),
    ]


def _meaning_lines(report: "EvaluationReport") -> list[str]:
    from ahash_desktop.training.bit_meanings import readable

    meanings = report.meanings
    if meanings is None:
        return []
    nulls = ", ".join(f"{name} {bar:.3f}" for name, bar in meanings.nulls.items())
    return [
        f"bits that mean an attribute {meanings.share_meaningful:.3f}  (bars: {nulls})",
        *(
            f"  {entry.bit:4}: {'not ' if entry.is_reversed else ''}{readable(entry.attribute)}, "
            f"{entry.auroc:.2f}{'' if entry.is_meaningful else '  (not above chance)'}"
            for entry in meanings.bits
        ),
    ]


def _localisation_lines(report: "EvaluationReport") -> list[str]:
    found = report.localisation
    if found is None:
        return []
    return [
        (
            f"evidence peaks on the subject: code {found.code_on_subject:.3f}, "
            f"single bits {found.bits_on_subject:.3f} (chance {found.chance:.3f}), "
            f"over {found.n_photos:,} photos"
        ),
        (
            f"bits' peaks near a part       {found.near_part:.3f}  "
            f"(entropy over parts {found.entropy_over_parts:.2f})"
        ),
    ]


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4f}"
