"""The command `teach`: a lesson in one's own kinds, checked, taught, judged and put into use."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from ahash_desktop.cli.context import Context
from ahash_desktop.cli.output import ProgressLine, duration, size
from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.paths import shipped_models_folder, typed_path
from ahash_desktop.core.plain_records import to_plain
from ahash_desktop.core.updates import IndexProgress, ModelChange
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.switching import ModelSwitch
from ahash_desktop.services.teaching.checking import Checker
from ahash_desktop.services.teaching.collecting import Collector, Level
from ahash_desktop.services.teaching.lessons import Lessons, share_done
from ahash_desktop.services.teaching.planning import Planner
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.findings import CheckReport, FindingKind
from ahash_desktop.training.ask.kinds import divided, joined, sample_size, summaries
from ahash_desktop.training.ask.lesson import (
    Depth,
    LessonCost,
    LessonPlan,
    LessonProgress,
    LessonReport,
    OtherPhoto,
)

_MOST_TOLD = 20


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parser of this command."""
    teach = commands.add_parser(
        "teach", help="teach a model the kinds of your own photos, and see whether it got better"
    )
    teach.add_argument(
        "sources",
        metavar="SOURCE",
        nargs="*",
        help="folders, each folder in them a kind, or CSVs with path and class",
    )
    teach.add_argument("--keywords", action="store_true", help="kinds are the photos' keywords")
    teach.add_argument("--labels", action="store_true", help="kinds are the labels given here")
    teach.add_argument(
        "--kinds",
        choices=[level.value for level in Level],
        help="which folder names a kind: the first below SOURCE, or the one the photo lies in",
    )
    teach.add_argument("--name", metavar="NAME", help="what the model is to be called")
    teach.add_argument("--base", metavar="MODEL", help="start from this model (the one in use)")
    teach.add_argument(
        "--depth",
        choices=[depth.value for depth in Depth],
        default=Depth.QUICK.value,
        help="quick: the hash layer; standard: the last stages; thorough: nearly all",
    )
    teach.add_argument("--bits", type=int, metavar="K", help="bits of a code (those of the base)")
    teach.add_argument("--validation", type=float, default=0.15, metavar="SHARE")
    teach.add_argument("--most", type=int, default=0, metavar="N", help="at most so many a kind")
    teach.add_argument("--epochs", type=int, metavar="N")
    teach.add_argument("--minutes", type=float, metavar="N")
    teach.add_argument("--seed", type=int, default=0, metavar="S")
    teach.add_argument(
        "--forget", action="store_true", help="do not hold the model at what it knows already"
    )
    teach.add_argument("--no-check", action="store_true", help="do not look through the photos")
    teach.add_argument("--check-only", action="store_true", help="say what is found, teach nothing")
    teach.add_argument("--estimate", action="store_true", help="say what it would take, and end")
    teach.add_argument("--use", action="store_true", help="use the model if it is better")
    teach.add_argument(
        "--resume", metavar="LESSON", nargs="?", const="", help="go on with a lesson"
    )
    teach.add_argument("--list", action="store_true", help="the lessons there are")
    teach.set_defaults(run=run_teach)


def run_teach(context: Context, arguments: argparse.Namespace) -> None:
    """Teaches, or lists and resumes lessons."""
    shelf = ModelShelf(shipped_models_folder(), context.paths.models, beside=Path.cwd())
    context.paths.folder.mkdir(parents=True, exist_ok=True)
    lessons = Lessons(context.paths, shelf)
    if arguments.list:
        _list(context, lessons)
        return
    if arguments.resume is not None:
        lesson_id = arguments.resume or _last_unfinished(lessons)
        _run(context, lessons, shelf, lesson_id, use=arguments.use)
        return
    with context.session(create=True) as session:
        labelled = _collect(context, session, arguments)
        plan = _plan(context, arguments)
        others = Collector(session.browser).others(
            labelled, plan.most_others, plan.seed, session.labels.all()
        )
        n_library = len(session.browser.photo_ids())
    if arguments.estimate:
        _estimate(context, Planner(context.paths, shelf), plan, labelled, others, n_library)
        return
    n_each = 0 if plan.most_photos else sample_size(labelled)
    if n_each:
        context.output.note(
            f"{len(labelled.photos):,} photos: {n_each:,} of each kind teach; more with --most"
        )
    if not arguments.no_check:
        report = _check(context, Checker(context.paths, shelf), labelled, plan)
        if arguments.check_only:
            context.output.result(to_plain(report), _check_lines(report))
            return
        if not report.may_start:
            blocking = next(finding for finding in report.findings if finding.is_blocking)
            raise UserFacingError(str(blocking.text), remedy="Add photos, or check the kinds")
        labelled = divided(
            labelled, plan.validation_share, plan.seed, together=report.same_pictures()
        )
    why_not = lessons.check_name(plan.name)
    if why_not is not None:
        raise UserFacingError(why_not, remedy="Choose another name with --name")
    lesson = lessons.begin(plan, labelled, others)
    _run(context, lessons, shelf, lesson.lesson_id, use=arguments.use)


def _collect(
    context: Context, session: LibrarySession, arguments: argparse.Namespace
) -> LabelledSet:
    """The labelled photos of all that was named."""
    collector = Collector(session.browser)
    sets: list[LabelledSet] = []
    folders = []
    for text in arguments.sources:
        source = typed_path(text)
        if source.is_dir():
            folders.append(source.absolute())
        elif source.exists():
            sets += _last_set(collector.table(source.absolute(), context.token))
        else:
            raise UserFacingError("there is no such folder or file", path=source)
    if folders:
        level = Level(arguments.kinds) if arguments.kinds else None
        sets += _last_set(collector.folders(folders, context.token, level))
    if arguments.keywords:
        sets += _last_set(collector.keywords(context.token))
    if arguments.labels:
        sets.append(collector.labels(session.labels.all()))
    if not sets:
        raise UserFacingError(
            "there is nothing to teach", remedy="Name folders, or say --keywords or --labels"
        )
    return joined(sets)


def _last_set(records: Iterable[object]) -> list[LabelledSet]:
    return [record for record in records if isinstance(record, LabelledSet)]


def _plan(context: Context, arguments: argparse.Namespace) -> LessonPlan:
    settings = context.settings()
    sources = [typed_path(text).name for text in arguments.sources]
    name = arguments.name or (sources[0] if sources else "my kinds")
    if not 0 <= arguments.validation < 0.9:
        raise UserFacingError("that is no share of photos to keep back", remedy="Say 0.15, say")
    return LessonPlan(
        name=name,
        base=arguments.base or settings.model,
        depth=Depth(arguments.depth),
        n_bits=arguments.bits,
        keep_knowledge=not arguments.forget,
        validation_share=arguments.validation,
        seed=arguments.seed,
        n_epochs=arguments.epochs,
        minutes=arguments.minutes,
        most_photos=arguments.most,
        device=settings.device,
        n_threads=settings.threads,
    )


def _check(
    context: Context, checker: Checker, labelled: LabelledSet, plan: LessonPlan
) -> CheckReport:
    line = ProgressLine(context.output.err)
    report = None
    for record in checker.check(labelled, plan, context.token):
        if isinstance(record, CheckReport):
            report = record
        else:
            line.show_share(record.n_done, record.n_to_do, f"{record.phase} at the photos")
    line.finish()
    if report is None:
        raise RuntimeError("a check ends with its report")
    counts = ", ".join(
        f"{sum(finding.kind == kind for finding in report.findings)} {kind.value}"
        for kind in FindingKind
        if any(finding.kind == kind for finding in report.findings)
    )
    kinds = summaries(labelled)
    told = f"{report.n_photos:,} photos of {len(kinds)} kinds" + (f"; {counts}" if counts else "")
    context.output.note(told)
    return report


def _check_lines(report: CheckReport) -> list[str]:
    return [f"{finding.text}." for finding in report.findings] or ["nothing is the matter"]


def _estimate(
    context: Context,
    planner: Planner,
    plan: LessonPlan,
    labelled: LabelledSet,
    others: Sequence[OtherPhoto],
    n_library: int,
) -> None:
    for record in planner.estimate(plan, labelled, others, n_library, context.token):
        if isinstance(record, LessonCost):
            told = (
                f"about {duration(record.seconds)}, {size(record.memory_bytes)} of memory and "
                f"{size(record.disk_bytes)} on the disk; then "
                f"{duration(record.reencode_seconds)} to make the codes of the library anew"
            )
            notices = [f"{notice}." for notice in record.notices]
            context.output.result(to_plain(record), [told, *notices])


def _run(
    context: Context, lessons: Lessons, shelf: ModelShelf, lesson_id: str, *, use: bool
) -> None:
    line = ProgressLine(context.output.err)
    report: LessonReport | None = None
    try:
        for record in lessons.run(lesson_id, context.token):
            if isinstance(record, LessonReport):
                report = record
                continue
            for notice in record.notices:
                context.output.note(f"{notice}.")
            line.show_text(_progress_text(record))
    except Cancelled as error:
        raise Cancelled("go on with: ahash teach --resume") from error
    finally:
        line.finish()
    if report is None:
        raise RuntimeError("a lesson ends with its report")
    info = lessons.shelve(lesson_id, report.name)
    change = None
    if use and report.verdict.value == "better":
        change = _use(context, lessons, shelf, lesson_id, info.manifest.name)
    data = to_plain(report) | {
        "bundle": str(info.folder),
        "in_use": change is not None,
    }
    context.output.result(data, report_lines(report, in_use=change is not None))


def _progress_text(record: LessonProgress) -> str:
    text = f"{record.phase}, {share_done(record):.0%}"
    if record.seconds_left is not None:
        text += f", {duration(record.seconds_left)} left"
    if record.best_map is not None and record.before_map is not None:
        text += f", {record.before_map:.3f} before, {record.best_map:.3f} now"
    return text


def _use(
    context: Context, lessons: Lessons, shelf: ModelShelf, lesson_id: str, name: str
) -> ModelChange | None:
    switch = ModelSwitch(context.paths, shelf, settings=context.settings)
    line = ProgressLine(context.output.err)
    change = None
    for record in lessons.adopt(lesson_id, name, switch, context.token):
        if isinstance(record, IndexProgress):
            line.show(record)
        elif isinstance(record, ModelChange):
            change = record
    line.finish()
    return change


def report_lines(report: LessonReport, *, in_use: bool = False) -> list[str]:
    """The report for a person."""
    lines = [f"{report.verdict.value.upper()}. " + " ".join(f"{why}." for why in report.why)]
    for title, measured in (("before", report.before), ("after", report.after)):
        if measured is not None:
            low, high = measured.by_codes_95
            lines.append(
                f"  {title:7} mAP {measured.by_codes:.3f} ({low:.3f} to {high:.3f}) by codes, "
                f"{measured.as_shown:.3f} as shown, P@10 {measured.precision_at_10:.3f}"
            )
    lines += [
        f"  {score.kind}: {score.before:.2f} before, {score.after:.2f} after"
        for score in report.kinds[:_MOST_TOLD]
    ]
    lines += [
        f"  {found.kind} is taken for {found.taken_for} in {found.n_photos} photos"
        f" ({found.n_before} before)"
        for found in report.confusions[:_MOST_TOLD]
    ]
    lines.append(
        f"{report.n_kinds} kinds, {report.n_photos:,} photos learned from and "
        f"{report.n_validating:,} kept back, in {duration(report.seconds)}"
    )
    if in_use:
        lines.append("it is in use now; go back with: ahash models use --back")
    else:
        lines.append(f"use it with: ahash models use {report.name!r}")
    return lines


def _list(context: Context, lessons: Lessons) -> None:
    entries = lessons.all()
    context.output.result(
        {"lessons": to_plain(entries)},
        [
            f"{entry.lesson_id}  {entry.state.value:12} {entry.share_done:4.0%}  {entry.name}: "
            f"{entry.n_kinds} kinds, {entry.n_photos:,} photos"
            for entry in entries
        ]
        or ["no lessons"],
    )


def _last_unfinished(lessons: Lessons) -> str:
    unfinished = lessons.unfinished()
    if not unfinished:
        raise UserFacingError("no lesson was broken off", remedy="See: ahash teach --list")
    return unfinished[0].lesson_id
