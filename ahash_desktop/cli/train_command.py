"""The command `train`: a model of one's own from labelled photos."""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ahash_desktop.cli.context import Context
from ahash_desktop.cli.labels import add_where, read_classes
from ahash_desktop.cli.output import ProgressLine, duration
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import shipped_models_folder, typed_path
from ahash_desktop.core.portable import portable_command
from ahash_desktop.services.models import ModelShelf

if TYPE_CHECKING:
    from ahash_desktop.training.ask.job import TrainingJob
    from ahash_desktop.training.ask.progress import TrainProgress, TrainReport

_PROGRAM = "ahash_desktop.cli.main"
_NOT_OF_THE_MODEL = {"--resume", "--json", "--force", "--keep-state"}


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parser of this command."""
    train = commands.add_parser("train", help="train a model on labelled photos")
    train.add_argument(
        "sources",
        metavar="SOURCE",
        nargs="+",
        type=Path,
        help="a folder of class folders, perhaps below train, val and test, or a CSV with path, "
        "class and perhaps split",
    )
    train.add_argument("--out", required=True, type=Path, metavar="BUNDLE", help="its folder")
    train.add_argument("--bits", type=_whole(1, 1024), default=48, metavar="K")
    train.add_argument(
        "--recipe",
        default="balanced",
        metavar="NAME",
        help="balanced, patent, paper, ortho or adsh",
    )
    train.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="PART",
        help="leave out a part of the recipe, such as a loss",
    )
    train.add_argument(
        "--learned-share",
        type=_part,
        metavar="SHARE",
        help="how far weights go from their start to what was learned (default: as far as "
        "validation asks for); less keeps more of what tells things not learned from apart",
    )
    train.add_argument(
        "--compact",
        action="store_true",
        help="keep only what training changed of the backbone, in a fifth of the space; to open "
        "the model the backbone's pretrained weights are needed then",
    )
    train.add_argument(
        "--backbone", metavar="NAME", help="a timm model (default: EfficientNet-Lite0)"
    )
    train.add_argument("--base", metavar="BUNDLE", help="go on from this model")
    train.add_argument(
        "--teacher",
        metavar="BUNDLE|FILE",
        help="a model, or a file of a network's features, that the new model's features follow; "
        "with the model that --base names, what that one knew is kept",
    )
    train.add_argument(
        "--teacher-weight",
        type=_positive,
        default=1.0,
        metavar="W",
        help="what the teacher counts for beside the labels (default 1)",
    )
    train.add_argument(
        "--unlabelled",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="photos without labels, at any depth, that the teacher tells of; may be repeated",
    )
    train.add_argument(
        "--attributes", type=Path, metavar="FILE", help="a table of what classes look like"
    )
    length = train.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=_whole(1, 10_000), metavar="N")
    length.add_argument("--minutes", type=_positive, metavar="N")
    train.add_argument("--seed", type=_whole(0, 2**31), default=0, metavar="S")
    train.add_argument("--resume", action="store_true", help="go on where the last run stopped")
    train.add_argument(
        "--force",
        action="store_true",
        help="replace a model, or a training that was begun",
    )
    train.add_argument(
        "--keep-state",
        action="store_true",
        help="leave what the run could go on from beside the finished model, to choose another "
        "share with --resume",
    )
    train.add_argument(
        "--validation",
        type=_share,
        metavar="SHARE",
        help="share of each class that is kept back to validate with (default 0.15)",
    )
    add_where(train)
    train.add_argument(
        "--except-classes", type=Path, metavar="FILE", help="leave out these classes, one a line"
    )
    train.add_argument(
        "--photo-licence", metavar="TEXT", help="the licence of the photos, for the model's card"
    )
    train.add_argument("--threads", type=_whole(1, 1024), metavar="N", help="CPU threads")
    train.set_defaults(run=run_train)


def run_train(context: Context, arguments: argparse.Namespace) -> None:
    """Trains a model."""
    from ahash_desktop.hashing.allocator import keep_freed_memory
    from ahash_desktop.training.ask.progress import TrainReport
    from ahash_desktop.training.running.trainer import train

    job = _job(context, arguments)
    keep_freed_memory()
    line = ProgressLine(context.output.err)
    report: TrainReport | None = None
    for record in train(job, token=context.token):
        if isinstance(record, TrainReport):
            report = record
            continue
        for notice in record.notices:
            context.output.note(f"{notice}.")
        line.show_share(record.n_done, record.n_to_do, _describe(record))
    line.finish()
    if report is not None:
        context.output.result(report.to_json(), _report_lines(report))


def _job(context: Context, arguments: argparse.Namespace) -> "TrainingJob":
    """What the options ask for.

    Raises:
        UserFacingError: If a file or a recipe is not there.
    """
    from ahash_desktop.training.ask.job import VALIDATION_SHARE, TrainingJob
    from ahash_desktop.training.ask.recipes import get_recipe

    sources = tuple(typed_path(str(source)) for source in arguments.sources)
    for source in sources:
        if not source.exists():
            raise UserFacingError("There is no such folder or file", path=source)
    shelf = ModelShelf(shipped_models_folder(), context.paths.models, beside=Path.cwd())
    base = shelf.get(arguments.base).folder if arguments.base else None
    teacher = None
    if arguments.teacher:
        file = typed_path(arguments.teacher)
        teacher = file if file.is_file() else shelf.get(arguments.teacher).folder
    options = {"backbone": arguments.backbone} if arguments.backbone else {}
    if arguments.photo_licence:
        options["licence"] = arguments.photo_licence
    recipe = get_recipe(arguments.recipe, tuple(arguments.without))
    if arguments.learned_share is not None:
        recipe = replace(recipe, learned_share=arguments.learned_share, shares_tried=())
    share = VALIDATION_SHARE if arguments.validation is None else arguments.validation
    return TrainingJob(
        sources=sources,
        out=typed_path(str(arguments.out)).absolute(),
        n_bits=arguments.bits,
        recipe=recipe,
        seed=arguments.seed,
        where=dict(arguments.where),
        except_classes=read_classes(arguments.except_classes),
        base=base,
        teacher=teacher,
        teacher_weight=arguments.teacher_weight,
        unlabelled=tuple(typed_path(str(folder)) for folder in arguments.unlabelled),
        attributes=arguments.attributes,
        n_epochs=arguments.epochs,
        minutes=arguments.minutes,
        validation_share=share,
        resume=arguments.resume,
        replace=arguments.force,
        keep_state=arguments.keep_state,
        compact=arguments.compact,
        device=context.settings().device,
        n_threads=arguments.threads or 0,
        command=_command_line(),
        **options,
    )


def _command_line() -> str:
    """The command as it was typed, without the folders of this machine."""
    n_processes = int(os.environ.get("WORLD_SIZE", "1"))
    program = ["ahash"]
    if n_processes > 1:
        program = ["torchrun", "--nproc-per-node", str(n_processes), "-m", _PROGRAM]
    words = [*program, *sys.argv[1:]]
    return portable_command(word for word in words if word not in _NOT_OF_THE_MODEL)


def _describe(record: "TrainProgress") -> str:
    if record.phase == "finishing":
        return f"finishing, {duration(record.seconds_left)} left"
    if record.phase != "learning":
        return {"decoding": "reading the photos"}.get(record.phase, record.phase)
    text = (
        f"epoch {record.epoch + 1} of {record.n_epochs}, "
        f"{record.photos_per_second:.0f} photos/s, {duration(record.seconds_left)} left"
    )
    validated = [entry.validation_map for entry in record.history if entry.validation_map]
    return f"{text}, validation mAP {validated[-1]:.3f}" if validated else text


def _report_lines(report: "TrainReport") -> list[str]:
    lines = [
        f"{report.n_photos:,} photos of {report.n_classes} classes in {duration(report.seconds)}",
        f"model {report.model_id} in {report.bundle}",
    ]
    if report.validation_map is not None and report.validation_float_map is not None:
        lines.append(
            f"validation mAP {report.validation_map:.4f} (float features "
            f"{report.validation_float_map:.4f}), best after epoch {report.best_epoch + 1}, "
            f"with {report.learned_share:g} of what was learned"
        )
    return lines


def _whole(low: int, high: int):  # type: ignore[no-untyped-def]  # argparse's own kind of callable
    def parse(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{number} is not between {low} and {high}")
        return number

    return parse


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is no time in minutes")
    return number


def _part(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no share between 0 and 1")
    return number


def _share(text: str) -> float:
    number = float(text)
    if not 0 <= number < 0.9:
        raise argparse.ArgumentTypeError(f"{text} is no share between 0 and 0.9")
    return number
