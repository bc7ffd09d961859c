"""Commands that keep the library: index, roots, problems, missing, status."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ahash_desktop.cli.context import Context
from ahash_desktop.cli.output import ProgressLine, duration, size
from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.paths import real_path, typed_path
from ahash_desktop.core.records import LibraryCounts, ProblemEntry, Root
from ahash_desktop.core.updates import IndexSummary
from ahash_desktop.services.session import LibrarySession

_SHOWN_PROBLEMS = 20
_SHOWN_LINKS = 5
_DAY_S = 86_400.0


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parsers of these commands."""
    index = commands.add_parser("index", help="add folders and bring the library up to date")
    index.add_argument("folders", nargs="*", metavar="FOLDER", help="all known folders if none")
    index.add_argument("--newest-first", action="store_true", help="read the latest photos first")
    index.add_argument(
        "--now", action="store_true", help="also while updates are paused or told to wait"
    )
    index.set_defaults(run=run_index)

    roots = commands.add_parser("roots", help="the folders the library keeps up with")
    roots.add_argument(
        "action",
        nargs="?",
        help="undo: a folder that was found again here is another one; it is where it was",
        choices=("list", "remove", "undo"),
        default="list",
    )
    roots.add_argument("folder", nargs="?", metavar="FOLDER")
    roots.set_defaults(run=run_roots)

    problems = commands.add_parser("problems", help="files that could not be read, and why")
    choice = problems.add_mutually_exclusive_group()
    choice.add_argument(
        "--retry", action="store_true", help="read them, and ignored ones, again next time"
    )
    choice.add_argument("--ignore", metavar="PATH", nargs="+", help="leave these files alone")
    problems.set_defaults(run=run_problems)

    missing = commands.add_parser("missing", help="photos whose files are gone")
    missing.add_argument(
        "--days", type=_days, default=0, metavar="N", help="only those gone for N days or more"
    )
    fate = missing.add_mutually_exclusive_group()
    fate.add_argument("--keep", action="store_true", help="keep these as if they had gone now")
    fate.add_argument("--forget", action="store_true", help="take these out of the library")
    missing.set_defaults(run=run_missing)

    status = commands.add_parser("status", help="counts, folders and the model in use")
    status.set_defaults(run=run_status)


def run_index(context: Context, arguments: argparse.Namespace) -> None:
    """Indexes the given folders, or all known ones."""
    folders = [_existing_folder(text) for text in arguments.folders]
    if context.settings().paused and not arguments.now:
        raise UserFacingError(
            "updates are paused", remedy="Let them go on with: ahash resume; or use --now"
        )
    with context.session(create=bool(folders)) as session:
        chosen = frozenset(session.browser.add_root(folder).root_id for folder in folders)
        summary: IndexSummary | None = None
        line = ProgressLine(context.output.err)
        try:
            run = session.updater.index(
                context.token,
                chosen or None,
                at_once=arguments.now,
                newest_first=arguments.newest_first or None,
            )
            for record in run:
                if isinstance(record, IndexSummary):
                    summary = record
                else:
                    line.show(record)
        except Cancelled:
            line.finish()
            if summary is not None:
                _show_summary(context, summary)
            raise
        line.finish()
        if summary is not None:
            _show_summary(context, summary)


def run_roots(context: Context, arguments: argparse.Namespace) -> None:
    """Lists the folders, or forgets one."""
    with context.session() as session:
        if arguments.action == "remove":
            session.browser.remove_root(_chosen_root(session, arguments.folder).root_id)
        elif arguments.action == "undo":
            session.browser.undo_move(_chosen_root(session, arguments.folder).root_id)
        roots = session.browser.roots()
        context.output.result(
            {"roots": [{"path": str(r.path), "state": r.state.value} for r in roots]},
            [f"{root.state.value:8} {root.path}" for root in roots] or ["no folders yet"],
        )


def run_problems(context: Context, arguments: argparse.Namespace) -> None:
    """Lists unreadable files, or decides about them."""
    with context.session() as session:
        if arguments.retry:
            again = session.browser.problems(include_ignored=True)
            session.browser.retry([entry.photo_id for entry in again])
            context.output.note(f"{len(again)} files will be read again with: ahash index")
        elif arguments.ignore:
            known = session.browser.problems()
            session.browser.ignore(_chosen_problems(known, arguments.ignore))
        problems = session.browser.problems()
        context.output.result(
            {"problems": [problem_json(entry) for entry in problems]},
            [problem_line(entry) for entry in problems] or ["no problems"],
        )


def run_missing(context: Context, arguments: argparse.Namespace) -> None:
    """Lists photos whose files are gone, or decides about them."""
    with context.session() as session:
        gone_before = time.time() - arguments.days * _DAY_S
        chosen = [
            entry for entry in session.browser.missing() if entry.missing_since <= gone_before
        ]
        photo_ids = [entry.photo_id for entry in chosen]
        told = "gone"
        if arguments.keep:
            session.browser.keep_missing(photo_ids)
            told = "kept"
        elif arguments.forget:
            session.browser.forget_missing(photo_ids)
            told = "forgotten"
        context.output.result(
            {
                told: [
                    {"path": str(entry.path), "missing_since": round(entry.missing_since, 3)}
                    for entry in chosen
                ]
            },
            [
                f"{told}  {entry.path}  (missing for {_days_since(entry.missing_since)})"
                for entry in chosen
            ]
            or ["no photo is missing"],
        )


def run_status(context: Context, _: argparse.Namespace) -> None:
    """Shows what the library holds."""
    with context.session() as session:
        counts = session.browser.counts()
        roots = session.browser.roots()
        database_bytes = context.paths.database.stat().st_size
        data: dict[str, object] = {
            "library": str(context.paths.folder),
            "photos": asdict(counts) | {"total": counts.total},
            "roots": [{"path": str(r.path), "state": r.state.value} for r in roots],
            "model": {"name": session.model.name, "model_id": session.model.model_id},
            "database_bytes": database_bytes,
        }
        lines = [
            f"library   {context.paths.folder} ({size(database_bytes)})",
            f"model     {session.model.name}, {session.model.n_bits} bits",
            f"photos    {_states(counts)}",
            *(f"folder    {root.path} ({root.state.value})" for root in roots),
        ]
        context.output.result(data, lines)


def _days(text: str) -> int:
    days = int(text)
    if days < 0:
        raise ValueError(text)
    return days


def _days_since(moment: float) -> str:
    days = int(max(0.0, time.time() - moment) / _DAY_S)
    return "1 day" if days == 1 else f"{days} days"


def _states(counts: LibraryCounts) -> str:
    parts = [
        (counts.indexed, "searchable"),
        (counts.pending, "waiting"),
        (counts.problem, "with problems"),
        (counts.ignored, "ignored"),
        (counts.missing, "missing"),
    ]
    return ", ".join(f"{count:,} {word}" for count, word in parts)


def problem_json(entry: ProblemEntry) -> dict[str, object]:
    """A problem as scripts read it."""
    return {
        "path": str(entry.path),
        "kind": entry.problem.kind.value,
        "reason": entry.problem.reason,
        "noted_at": round(entry.noted_at, 3),
    }


def problem_line(entry: ProblemEntry) -> str:
    """A problem as a person reads it."""
    return f"{entry.path}: {entry.problem.reason}"


def _show_summary(context: Context, summary: IndexSummary) -> None:
    data: dict[str, object] = {
        "found": summary.found,
        "encoded": summary.encoded,
        "reused": summary.reused,
        "unchanged": summary.unchanged,
        "ignored": summary.ignored,
        "left": summary.left,
        "missing": summary.missing,
        "others": summary.others,
        "unsettled": summary.unsettled,
        "in_cloud": summary.in_cloud,
        "offline_roots": [str(path) for path in summary.offline_roots],
        "moved_roots": [{"from": str(old), "to": str(new)} for old, new in summary.moved_roots],
        "unreadable_folders": [
            {"path": str(path), "reason": reason} for path, reason in summary.unreadable_folders
        ],
        "linked_folders": [str(path) for path in summary.linked_folders],
        "problems": [problem_json(entry) for entry in summary.problems],
        "seconds": round(summary.seconds, 3),
        "photos_per_second": round(summary.photos_per_second, 2),
        "model_id": summary.model_id,
    }
    context.output.result(data, _summary_lines(summary))


def _summary_lines(summary: IndexSummary) -> list[str]:
    parts = [
        (summary.encoded, "encoded"),
        (summary.reused, "recognised by content"),
        (summary.unchanged, "unchanged"),
        (summary.ignored, "ignored"),
        (summary.left, "left for the next run"),
        (len(summary.problems), "with problems"),
    ]
    told = ", ".join(f"{count:,} {word}" for count, word in parts if count) or "nothing to do"
    lines = [f"{summary.found:,} photos in {duration(summary.seconds)}: {told}"]
    if summary.missing:
        lines.append(
            f"{summary.missing:,} known photos are missing from their folders: ahash missing"
        )
    if summary.in_cloud:
        lines.append(f"{summary.in_cloud:,} photos are in the cloud only and were not downloaded")
    lines += [
        f"found again: {old} is now {new} (if it is not: ahash roots undo {new})"
        for old, new in summary.moved_roots
    ]
    lines += [f"offline, kept as it was: {path}" for path in summary.offline_roots]
    lines += [f"not looked into: {path}: {reason}" for path, reason in summary.unreadable_folders]
    lines += _told_links(summary.linked_folders)
    lines += [problem_line(entry) for entry in summary.problems[:_SHOWN_PROBLEMS]]
    if len(summary.problems) > _SHOWN_PROBLEMS:
        lines.append(f"… and {len(summary.problems) - _SHOWN_PROBLEMS:,} more: ahash problems")
    return lines


def _told_links(links: Sequence[Path]) -> list[str]:
    if not links:
        return []
    shown = [f"not followed: {path} is a link to a folder" for path in links[:_SHOWN_LINKS]]
    if len(links) > _SHOWN_LINKS:
        shown.append(f"… and {len(links) - _SHOWN_LINKS:,} more links")
    return [*shown, "to follow links: ahash settings follow_links on"]


def _existing_folder(text: str) -> Path:
    folder = typed_path(text)
    if not folder.is_dir():
        raise UserFacingError("there is no such folder", path=folder, remedy="Check the name")
    return folder


def _chosen_root(session: LibrarySession, folder: str | None) -> Root:
    if folder is None:
        raise UserFacingError("no folder given", remedy="Name one of those that ahash roots lists")
    wanted = typed_path(folder).absolute()
    for root in session.browser.roots():
        if root.path in {wanted, real_path(wanted)}:
            return root
    raise UserFacingError(
        "the library does not know this folder", path=wanted, remedy="List them with: ahash roots"
    )


def _chosen_problems(problems: list[ProblemEntry], paths: list[str]) -> list[int]:
    ids = {str(entry.path): entry.photo_id for entry in problems}
    chosen = []
    for text in paths:
        candidates = {text, str(Path(text).absolute()), str(real_path(Path(text)))}
        found = [photo_id for path, photo_id in ids.items() if path in candidates]
        if not found:
            raise UserFacingError(
                "this file is not among the problems", path=text, remedy="See: ahash problems"
            )
        chosen += found
    return chosen
