"""`ahash export --to xmp`: rating and keywords in XMP sidecars beside the photos."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from ahash_desktop.cli.context import Context
from ahash_desktop.cli.output import ProgressLine
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.filters import Folder, PhotoFilter
from ahash_desktop.imaging.embedded import Embedded
from ahash_desktop.imaging.xmp import RATINGS, joined
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.sidecars import SidecarName, SidecarPlan, SidecarProgress, SidecarWish


def add_sidecar_options(parser: argparse.ArgumentParser) -> None:
    """Adds what sidecars are to say."""
    group = parser.add_argument_group("with --to xmp")
    group.add_argument("--rating", type=int, choices=list(RATINGS), help="so many stars")
    group.add_argument(
        "--keywords", default="", metavar="WORDS", help="keywords, with commas between them"
    )
    group.add_argument(
        "--bit-names", action="store_true", help="add the names of the bits that a photo has on"
    )
    group.add_argument("--label", action="store_true", help="add the name of the photo's folder")
    group.add_argument(
        "--naming",
        type=SidecarName,
        choices=list(SidecarName),
        help="whole: photo.jpg.xmp, for digiKam and darktable; stem: photo.xmp, as Adobe has it "
        "(as in the settings)",
    )
    group.add_argument("--dry-run", action="store_true", help="only say what would be written")


def export_sidecars(
    context: Context, session: LibrarySession, texts: Sequence[str], arguments: argparse.Namespace
) -> None:
    """Writes the sidecars of photos and of all photos in folders.

    Raises:
        UserFacingError: If any was left alone; the others are written.
    """
    wish = SidecarWish(
        rating=arguments.rating,
        words=joined(arguments.keywords.split(",")),
        bit_names=arguments.bit_names,
        label=arguments.label,
        naming=arguments.naming or SidecarName(session.settings.sidecar_naming),
    )
    photo_ids = list(dict.fromkeys(i for text in texts for i in _photo_ids(session, text)))
    if arguments.dry_run:
        _show_plans(context, list(session.sidecars.plan(photo_ids, wish, context.token)))
        return
    line = ProgressLine(context.output.err)
    done = SidecarProgress(0, len(photo_ids), 0)
    for done in session.sidecars.write(photo_ids, wish, context.token):
        line.show_text(f"{done.n_written:,} sidecars written")
    line.finish()
    refusals = [str(refusal) for refusal in done.refusals]
    context.output.result(
        {"photos": done.n_done, "written": done.n_written, "left_alone": refusals},
        [f"{done.n_written:,} sidecars were written for {done.n_done:,} photos", *refusals],
    )
    _fail_if_any(refusals)


def _show_plans(context: Context, plans: list[SidecarPlan]) -> None:
    data = [
        {
            "sidecar": str(plan.sidecar),
            "exists": plan.exists,
            "rating": plan.note.rating,
            "keywords": list(plan.note.keywords),
            "also_in": list(plan.lists),
            "taken_along": _taken_along(plan.embedded),
            "left_alone": None if plan.refusal is None else str(plan.refusal),
        }
        for plan in plans
    ]
    lines = [_plan_line(plan) for plan in plans]
    context.output.result({"sidecars": data}, lines or ["there is no photo to write for"])
    _fail_if_any([str(plan.refusal) for plan in plans if plan.refusal is not None])


def _fail_if_any(refusals: Sequence[str]) -> None:
    """Ends the command as one that failed, if sidecars were left alone.

    Raises:
        UserFacingError: If so; the result has told why.
    """
    if refusals:
        raise UserFacingError(
            f"not every photo gets its sidecar ({len(refusals):,} left alone)",
            remedy="The result says why",
        )


def _taken_along(embedded: Embedded | None) -> dict[str, object] | None:
    if embedded is None:
        return None
    return {
        "rating": embedded.rating,
        "keywords": list(embedded.keywords),
        "caption": embedded.has_caption,
        "faces": embedded.n_faces,
    }


def _plan_line(plan: SidecarPlan) -> str:
    if plan.refusal is not None:
        return str(plan.refusal)
    if not plan.changes:
        return f"{plan.sidecar}: nothing new"
    stars = [] if plan.note.rating is None else [f"{plan.note.rating} stars"]
    line = f"{plan.sidecar}: {', '.join([*stars, *plan.note.keywords])}"
    if plan.lists:
        line += f"; also in {', '.join(plan.lists)}"
    if plan.embedded is not None:
        line += f"; takes along from the photo: {', '.join(_embedded_words(plan.embedded))}"
    return line


def _embedded_words(embedded: Embedded) -> list[str]:
    words = ["its caption"] if embedded.has_caption else []
    words += [] if embedded.rating is None else [f"{embedded.rating} stars"]
    words += embedded.keywords
    words += [f"{embedded.n_faces} faces"] if embedded.n_faces else []
    return words or ["all its XMP"]


def _photo_ids(session: LibrarySession, text: str) -> list[int]:
    """The photo at a path, or all below a folder.

    Raises:
        UserFacingError: If the library has neither.
    """
    path = Path(text).absolute()
    photo = session.browser.find_photo(path)
    if photo is not None:
        return [photo.photo_id]
    for root in session.browser.roots():
        if path.is_relative_to(root.path):
            below = path.relative_to(root.path).as_posix()
            folder = Folder(root.root_id, "" if below == "." else f"{below}/")
            found = session.browser.photo_ids_where(PhotoFilter(folder=folder)).tolist()
            if found:
                return [int(photo_id) for photo_id in found]
    raise UserFacingError(
        "the library has no such photo and no photos in such a folder",
        path=path,
        remedy="Index it first, or check the name",
    )
