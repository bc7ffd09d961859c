"""`ahash watch`: keeps the library up to date while it runs."""

import argparse
import time
from collections import Counter
from dataclasses import dataclass, field

from ahash_desktop.cli.context import Context
from ahash_desktop.cli.output import ProgressLine
from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.paths import typed_path
from ahash_desktop.core.updates import IndexSummary
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.watching.news import SETTLE_S, UpdateWanted, WatchMode, WatchReport
from ahash_desktop.services.watching.watcher import Watcher

_HOW = {
    WatchMode.EVENTS: "changes are followed",
    WatchMode.SILENT: "a network or cloud drive, looked through every {minutes} min",
    WatchMode.LIMIT: (
        "more folders than this system lets a user watch, looked through every {minutes} min"
    ),
    WatchMode.REFUSED: "the system does not tell of changes, looked through every {minutes} min",
    WatchMode.AWAY: "cannot be reached; it is followed when it is back",
}


@dataclass
class _Account:
    """What was done while watching."""

    report: WatchReport = field(default_factory=lambda: WatchReport(()))
    n_updates: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    last: dict[frozenset[int], IndexSummary] = field(default_factory=dict)


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parser of this command."""
    watch = commands.add_parser(
        "watch", help="keep the library up to date with its folders until Ctrl+C"
    )
    watch.add_argument("folders", nargs="*", metavar="FOLDER", help="folders to add first")
    watch.set_defaults(run=run_watch)


def run_watch(context: Context, arguments: argparse.Namespace) -> None:
    """Follows all folders; says on stderr what it does, and in the end what it has done."""
    folders = [typed_path(text) for text in arguments.folders]
    account = _Account()
    with context.session(create=bool(folders)) as session:
        for folder in folders:
            session.browser.add_root(folder)
        watcher = session.watcher()
        try:
            for news in watcher.run(context.token):
                if isinstance(news, UpdateWanted):
                    _update(context, session, watcher, news, account)
                else:
                    _tell_how(context, news)
                    account.report = news
        except Cancelled:
            _tell_all(context, account)


def _update(
    context: Context,
    session: LibrarySession,
    watcher: Watcher,
    wanted: UpdateWanted,
    account: _Account,
) -> None:
    line = ProgressLine(context.output.err)
    summary: IndexSummary | None = None
    try:
        for record in session.updater.index(context.token, wanted.root_ids, settle_s=SETTLE_S):
            if isinstance(record, IndexSummary):
                summary = record
            else:
                line.show(record)
    except UserFacingError as error:
        line.finish()
        context.output.note(f"{_clock()}  {error}")
        watcher.note_failed()
        return
    finally:
        line.finish()
        if summary is not None:
            _tell_update(context, summary, wanted, account)
    if summary is not None:
        watcher.note_done(summary)


def _tell_update(
    context: Context, summary: IndexSummary, wanted: UpdateWanted, account: _Account
) -> None:
    """Says what an update has done; nothing if that was nothing."""
    before = account.last.get(wanted.root_ids)
    account.last[wanted.root_ids] = summary
    account.n_updates += 1
    account.counts.update(encoded=summary.encoded, reused=summary.reused)
    parts = [
        (summary.encoded, "encoded"),
        (summary.reused, "recognised by content"),
        (summary.left, "left for the next update"),
        *_changes(before, summary),
    ]
    told = [f"{count:,} {word}" for count, word in parts if count]
    told += [f"offline, kept as it was: {path}" for path in summary.offline_roots]
    if told or before is None:
        found = f"{summary.found:,} photos"
        context.output.note(f"{_clock()}  {found}: {', '.join(told) or 'up to date'}")


def _changes(before: IndexSummary | None, summary: IndexSummary) -> list[tuple[int, str]]:
    """Counts of what is not as it should be, where they have changed."""
    counts = [
        (summary.missing, before and before.missing, "missing"),
        (len(summary.problems), before and len(before.problems), "with problems"),
        (summary.in_cloud, before and before.in_cloud, "in the cloud only"),
    ]
    return [(now, word) for now, earlier, word in counts if now != earlier]


def _tell_how(context: Context, report: WatchReport) -> None:
    if not report.states:
        context.output.note("the library has no folders; add one with: ahash watch FOLDER")
    for state in report.states:
        how = _HOW[state.mode].format(minutes=report.rescan_minutes)
        context.output.note(f"{state.path}: {how}")


def _tell_all(context: Context, account: _Account) -> None:
    data: dict[str, object] = {
        "folders": [
            {"path": str(state.path), "mode": state.mode.value} for state in account.report.states
        ],
        "updates": account.n_updates,
        "encoded": account.counts["encoded"],
        "reused": account.counts["reused"],
    }
    made = account.counts
    line = (
        f"{account.n_updates:,} updates: {made['encoded']:,} encoded, {made['reused']:,} recognised"
    )
    context.output.result(data, [line])


def _clock() -> str:
    return time.strftime("%H:%M:%S")
