"""Commands about what photos show: labels that were given, and suggestions for the others."""

import argparse
from dataclasses import asdict
from pathlib import Path

from ahash_desktop.cli.context import Context
from ahash_desktop.cli.output import ProgressLine
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.labels import LabelStep
from ahash_desktop.core.paths import typed_path
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.teaching.rest import suggest_rest
from ahash_desktop.services.teaching.suggesting import Suggestion, Suggestions

_MOST_TOLD = 40


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parsers of these commands."""
    labels = commands.add_parser("labels", help="what you say that photos show")
    actions = labels.add_subparsers(metavar="ACTION")
    labels.set_defaults(run=run_list)
    listed = actions.add_parser("list", help="the kinds, with counts and days")
    listed.add_argument("--csv", type=Path, metavar="FILE", help="write them for spreadsheets")
    listed.set_defaults(run=run_list)
    give = actions.add_parser("give", help="label photos")
    give.add_argument("name", metavar="NAME")
    give.add_argument("photos", metavar="PHOTO", nargs="+")
    give.set_defaults(run=run_give)
    clear = actions.add_parser("clear", help="take labels from photos")
    clear.add_argument("photos", metavar="PHOTO", nargs="+")
    clear.set_defaults(run=run_clear)
    rename = actions.add_parser("rename", help="give a label another name")
    rename.add_argument("old", metavar="OLD")
    rename.add_argument("new", metavar="NEW")
    rename.set_defaults(run=run_rename)
    actions.add_parser("undo", help="take back what was done last").set_defaults(run=run_undo)
    actions.add_parser("redo", help="do again what was undone last").set_defaults(run=run_redo)
    asked = commands.add_parser("suggest", help="names for photos without a label")
    asked.add_argument("--sure", action="store_true", help="only those that are sure")
    asked.add_argument("--accept", action="store_true", help="label all photos that are sure")
    asked.set_defaults(run=run_suggest)


def run_list(context: Context, arguments: argparse.Namespace) -> None:
    """The kinds that photos are labelled with."""
    with context.session() as session:
        species = session.labels.species()
        target = getattr(arguments, "csv", None)
        if target is not None:
            session.labels.write_csv(target)
    context.output.result(
        {"kinds": [asdict(each) for each in species]},
        [
            f"{each.name}: {each.n_photos:,} photos"
            + (f", {each.first} to {each.last}" if each.first else "")
            for each in species
        ]
        or ["no photo is labelled"],
    )


def run_give(context: Context, arguments: argparse.Namespace) -> None:
    """Labels photos."""
    with context.session() as session:
        step = session.labels.give(_ids(session, arguments.photos), arguments.name)
    _tell(context, step, "labelled")


def run_clear(context: Context, arguments: argparse.Namespace) -> None:
    """Takes labels away."""
    with context.session() as session:
        step = session.labels.clear(_ids(session, arguments.photos))
    _tell(context, step, "cleared")


def run_rename(context: Context, arguments: argparse.Namespace) -> None:
    """Renames a label."""
    with context.session() as session:
        step = session.labels.rename(arguments.old, arguments.new)
    if step is None:
        raise UserFacingError(
            f"no photo is labelled {arguments.old!r}", remedy="See: ahash labels list"
        )
    _tell(context, step, "renamed")


def run_undo(context: Context, _: argparse.Namespace) -> None:
    """Takes back the last step."""
    with context.session() as session:
        step = session.labels.undo()
    _tell(context, step, "undone")


def run_redo(context: Context, _: argparse.Namespace) -> None:
    """Does the last undone step again."""
    with context.session() as session:
        step = session.labels.redo()
    _tell(context, step, "done again")


def run_suggest(context: Context, arguments: argparse.Namespace) -> None:
    """Suggests names."""
    line = ProgressLine(context.output.err)
    with context.session() as session:
        labels = session.labels
        found = Suggestions((), 0, 1.0)
        for record in suggest_rest(session, context.token):
            if isinstance(record, Suggestions):
                found = record
            else:
                line.show_share(record.n_done, record.n_to_do, "photos looked at")
        line.finish()
        wanted = [each for each in found.suggestions if each.is_sure or not arguments.sure]
        photos = session.browser.photos([each.photo_id for each in wanted])
        paths = {photo.photo_id: str(photo.path) for photo in photos}
        n_accepted = 0
        if arguments.accept:
            for name, group in found.groups().items():
                sure = [each.photo_id for each in group if each.is_sure]
                step = labels.give(sure, name)
                n_accepted += len(sure) if step is not None else 0
    rows = [asdict(each) | {"path": paths.get(each.photo_id, "")} for each in wanted]
    lines = [
        f"{paths.get(each.photo_id, '')}: {each.name if each.is_sure else 'not sure'}"
        f" ({_why(each)}, {each.confidence:.0%})"
        for each in wanted[:_MOST_TOLD]
    ]
    n_sure = sum(each.is_sure for each in found.suggestions)
    lines.append(
        f"{len(found.suggestions):,} photos without a label, {n_sure:,} of them sure"
        + (f"; {n_accepted:,} accepted" if arguments.accept else "")
    )
    context.output.result({"suggestions": rows, "accepted": n_accepted}, lines)


def _why(each: Suggestion) -> str:
    if each.from_network:
        return f"the network was taught {each.name!r}"
    return f"{each.n_for} of the {each.n_nearest} nearest are {each.name!r}"


def _ids(session: LibrarySession, names: list[str]) -> list[int]:
    """The photos of the library that are named, or lie in folders that are.

    Raises:
        UserFacingError: If one is not in the library.
    """
    ids: list[int] = []
    for name in names:
        path = typed_path(name).absolute()
        photo = session.browser.find_photo(path)
        if photo is not None:
            ids.append(photo.photo_id)
            continue
        every = session.browser.photos(session.browser.photo_ids().tolist())
        inside = [photo.photo_id for photo in every if photo.path.is_relative_to(path)]
        if not inside:
            raise UserFacingError(
                "this photo is not in the library", path=path, remedy="Add its folder first"
            )
        ids += inside
    return ids


def _tell(context: Context, step: LabelStep | None, what: str) -> None:
    if step is None:
        context.output.result({"changed": 0}, ["nothing was to be changed"])
        return
    told = f"{step.n_photos:,} photos {what}" + (f": {step.name}" if step.name else "")
    context.output.result(
        {"changed": step.n_photos, "deed": step.deed.value, "name": step.name}, [told]
    )
