"""The command `evaluate`: how well a model retrieves labelled photos, and what its bits do."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ahash_desktop.cli.context import Context
from ahash_desktop.cli.labels import add_where, find_classes
from ahash_desktop.cli.output import ProgressLine, duration
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import shipped_models_folder, typed_path
from ahash_desktop.services.models import ModelShelf

if TYPE_CHECKING:
    from ahash_desktop.training.ask.report import EvaluationReport


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
    add_where(evaluate)
    evaluate.add_argument(
        "--only-classes",
        metavar="FILE|A,B",
        help="judge these classes: a file, one a line, or names",
    )
    evaluate.add_argument("--except-classes", metavar="FILE|A,B", help="leave out these classes")
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
    from ahash_desktop.training.ask.report import EvaluationReport
    from ahash_desktop.training.judging.evaluation import Measures, evaluate

    shelf = ModelShelf(shipped_models_folder(), context.paths.models, beside=Path.cwd())
    info = shelf.get(arguments.bundle)
    source = typed_path(arguments.source)
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
            only_classes=None if only is None else find_classes(only),
            except_classes=find_classes(arguments.except_classes or ""),
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
    encoded = _row("codes", report.mean_average_precision, _between(report.confidence_95))
    optimised = _row(
        "codes, database by labels",
        report.optimised_map,
        f"{_between(report.optimised_95)}, protocol optimised",
    )
    retrieval = [encoded, optimised] if protocol == "encoded" else [optimised, encoded]
    return [
        (
            f"{report.n_queries:,} queries against {report.n_database:,} photos "
            f"in {duration(report.seconds)}"
        ),
        "",
        "Retrieval: mAP over the whole ranking, ties averaged over their orders. 1 is perfect.",
        *retrieval,
        _row("codes, mAP@R", report.map_at_r),
        _row("codes, P@10", report.precision_at_10),
        _row("as a search shows them", report.ranked_map, "by strength among the nearest by codes"),
        _row("strength of bits", report.strength_map, "cosine of activations: search --rank-by"),
        _row("own float features", report.float_map, f"codes reach {report.code_over_float:.3f}"),
        _row("untouched backbone", report.backbone_map),
        *_bit_lines(report),
        *_meaning_lines(report),
        *_localisation_lines(report),
        *(f"{notice}." for notice in report.notices),
        *(f"not read: {photo.path}: {photo.reason}" for photo in report.unreadable),
    ]


def _bit_lines(report: "EvaluationReport") -> list[str]:
    bits, steadiness = report.bits, report.steadiness
    return [
        "",
        "Bits: the best are on for half of the photos, repeat no other bit, and stay as they are.",
        _row("entropy", bits.entropy),
        _row("mean |correlation|", bits.mean_abs_correlation),
        _row("activations beyond ±0.5", bits.saturation),
        _row("changed by mirroring", steadiness.flip, f"of {steadiness.n_photos:,} photos"),
        _row("changed by bfloat16", steadiness.bfloat16),
    ]


def _meaning_lines(report: "EvaluationReport") -> list[str]:
    from ahash_desktop.training.judging.bit_meanings import readable

    meanings = report.meanings
    if meanings is None:
        return []
    return [
        "",
        (
            "Attributes: the one each bit tells best, chosen on other photos than its AUROC is "
            "from; a bit means it if it is above the 95th percentile of all nulls."
        ),
        _row(
            "bits that mean one",
            meanings.share_meaningful,
            _between(meanings.share_meaningful_95),
        ),
        _row("median AUROC", meanings.median_auroc),
        *(
            _row(f"null: {name}", meanings.null_medians[name], f"95th percentile {bar:.4f}")
            for name, bar in meanings.nulls.items()
        ),
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
        "",
        f"Localisation: where the evidence peaks, in {found.n_photos:,} photos with known parts.",
        _row("code, on the subject", found.code_on_subject, _between(found.code_on_subject_95)),
        _row("single bits, the same", found.bits_on_subject, f"by chance {found.chance:.4f}"),
        _row("single bits, near a part", found.near_part),
        _row("bit's entropy over parts", found.entropy_over_parts, "1: it looks everywhere"),
    ]


def _row(name: str, value: float | None, remark: str = "") -> str:
    figure = "unknown" if value is None else f"{value:.4f}"
    return f"  {name:26}{figure}" + (f"  ({remark})" if remark else "")


def _between(interval: tuple[float, float]) -> str:
    return f"95 % interval {interval[0]:.4f} to {interval[1]:.4f}"
