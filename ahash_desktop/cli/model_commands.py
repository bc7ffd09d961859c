"""Commands about models: models list, show and verify, and evaluate."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ahash_desktop.cli.context import Context
from ahash_desktop.cli.output import ProgressLine, duration
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.services.models import ModelInfo, ModelShelf

if TYPE_CHECKING:
    from ahash_desktop.training.report import EvaluationReport


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parsers of these commands."""
    models = commands.add_parser("models", help="the model bundles there are")
    actions = models.add_subparsers(metavar="ACTION")
    models.set_defaults(run=run_list)
    actions.add_parser("list", help="all bundles").set_defaults(run=run_list)
    show = actions.add_parser("show", help="a bundle's card")
    show.add_argument("model", metavar="MODEL")
    show.set_defaults(run=run_show)
    verify = actions.add_parser("verify", help="check every byte of a bundle")
    verify.add_argument("model", metavar="MODEL", nargs="?", help="all bundles if none")
    verify.set_defaults(run=run_verify)

    evaluate = commands.add_parser("evaluate", help="measure a bundle on labelled photos")
    evaluate.add_argument("bundle", metavar="BUNDLE", help="a model's name or folder")
    evaluate.add_argument("source", metavar="SOURCE", help="a folder of class folders, or a CSV")
    evaluate.add_argument("--protocol", choices=("encoded",), default="encoded")
    evaluate.add_argument(
        "--where",
        action="append",
        default=[],
        type=_condition,
        metavar="COLUMN=VALUE",
        help="only rows of the CSV with this value",
    )
    evaluate.set_defaults(run=run_evaluate)


def run_list(context: Context, _: argparse.Namespace) -> None:
    """Lists all bundles."""
    infos = _shelf(context).all()
    used = context.settings().model
    data: dict[str, object] = {"models": [_info_json(info, used) for info in infos]}
    lines = [
        f"{'*' if info.manifest.name == used else ' '} {info.manifest.name:20} "
        f"{info.manifest.n_bits:3} bits  {info.manifest.backbone}  {info.folder}"
        for info in infos
    ]
    context.output.result(data, lines or ["no models"])


def run_show(context: Context, arguments: argparse.Namespace) -> None:
    """Shows a bundle's card."""
    info = _shelf(context).get(arguments.model)
    card = info.folder / "card.md"
    text = card.read_text(encoding="utf-8") if card.is_file() else "this model has no card"
    data = _info_json(info, context.settings().model) | {"card": text}
    context.output.result(data, [text.rstrip()])


def run_verify(context: Context, arguments: argparse.Namespace) -> None:
    """Checks one bundle, or all."""
    shelf = _shelf(context)
    names = [arguments.model] if arguments.model else [str(info.folder) for info in shelf.all()]
    manifests = [shelf.verify(name) for name in names]
    context.output.result(
        {"verified": [manifest.name for manifest in manifests]},
        [f"{manifest.name}: whole, model {manifest.model_id}" for manifest in manifests],
    )


def run_evaluate(context: Context, arguments: argparse.Namespace) -> None:
    """Measures retrieval quality."""
    from ahash_desktop.hashing.allocator import keep_freed_memory
    from ahash_desktop.training.evaluation import evaluate
    from ahash_desktop.training.report import EvaluationReport

    info = _shelf(context).get(arguments.bundle)
    source = Path(arguments.source).expanduser()
    if not source.exists():
        raise UserFacingError("there is no such folder or file", path=source)
    keep_freed_memory()
    line = ProgressLine(context.output.err)
    report: EvaluationReport | None = None
    for record in evaluate(
        info.folder,
        source,
        where=dict(arguments.where),
        token=context.token,
        device=context.settings().device,
    ):
        if isinstance(record, EvaluationReport):
            report = record
        else:
            line.show_share(record.n_done, record.n_to_do, record.phase)
    line.finish()
    if report is not None:
        context.output.result(report.to_json(), _report_lines(report))


def _report_lines(report: "EvaluationReport") -> list[str]:
    low, high = report.confidence_95
    backbone = "unknown" if report.backbone_map is None else f"{report.backbone_map:.4f}"
    bits = report.bits
    return [
        (
            f"{report.n_queries:,} queries against {report.n_database:,} photos "
            f"in {duration(report.seconds)}, protocol encoded"
        ),
        (
            f"mAP of the codes            {report.mean_average_precision:.4f}  "
            f"(95 % interval {low:.4f} to {high:.4f})"
        ),
        f"P@10 of the codes           {report.precision_at_10:.4f}",
        f"mAP of the float features   {report.float_map:.4f}",
        f"mAP of the plain backbone   {backbone}",
        (
            f"bits: entropy {bits.entropy:.3f}, "
            f"mean |correlation| {bits.mean_abs_correlation:.3f}, saturation {bits.saturation:.3f}"
        ),
        *(f"not read: {photo.path}: {photo.reason}" for photo in report.unreadable),
    ]


def _shelf(context: Context) -> ModelShelf:
    return ModelShelf(shipped_models_folder(), context.paths.models)


def _info_json(info: ModelInfo, used: str) -> dict[str, object]:
    manifest = info.manifest
    return {
        "name": manifest.name,
        "model_id": manifest.model_id,
        "n_bits": manifest.n_bits,
        "backbone": manifest.backbone,
        "n_local": manifest.n_local,
        "path": str(info.folder),
        "shipped": info.is_shipped,
        "in_use": used in {manifest.name, manifest.model_id, info.folder.name},
    }


def _condition(text: str) -> tuple[str, str]:
    column, separator, value = text.partition("=")
    if not separator or not column:
        raise argparse.ArgumentTypeError(f"{text!r} is no condition like kind=bbox")
    return column, value
