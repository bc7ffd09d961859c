"""`ahash subject`: what a photo is of and where in it, and correcting that."""

import argparse

from ahash_desktop.cli.context import Context, existing_file
from ahash_desktop.cli.pictures import region_numbers, region_of, subject_json
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import Subject


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parser of this command."""
    subject = commands.add_parser("subject", help="where in a photo its subject is; correct that")
    subject.add_argument("photo", metavar="PHOTO", help="a photo of the library")
    choice = subject.add_mutually_exclusive_group()
    choice.add_argument(
        "--box",
        type=region_numbers,
        metavar="X,Y,W,H",
        help="it is here, in pixels of the upright picture; its code is of that from now on",
    )
    choice.add_argument("--clear", action="store_true", help="forget what was said before")
    subject.set_defaults(run=run_subject)


def run_subject(context: Context, arguments: argparse.Namespace) -> None:
    """Tells what a photo is of, after correcting it if that is asked for."""
    path = existing_file(arguments.photo)
    with context.session() as session:
        photo = session.browser.find_photo(path.absolute())
        if photo is None:
            raise UserFacingError(
                "this photo is not in the library",
                path=path,
                remedy="Add its folder with: ahash index FOLDER",
            )
        if arguments.clear or arguments.box is not None:
            region = None if arguments.clear else region_of(session, path, arguments.box)
            subject = session.correct_subject(photo.photo_id, region).subject
        else:
            subject = session.subjects.look(str(photo.path)).subject
        told = subject_json(session, subject, path)
        data = {"path": str(path), "photo_id": photo.photo_id, "subject": told}
        context.output.result(data, [_line(subject, told)])


def _line(subject: Subject | None, told: dict[str, object] | None) -> str:
    if subject is None or told is None:
        return "the model in use does not tell what photos are of"
    box = told["box"]
    where = "" if not isinstance(box, list) else f" at {','.join(f'{n:g}' for n in box)}"
    who = ", as you said" if subject.is_corrected else f" ({subject.confidence:.0%} sure)"
    return f"{subject.domain}{where}{who}"
