"""Searching by words: `ahash search --has NAME --has-not NAME`, with or without pictures."""

import argparse
from collections.abc import Sequence

from ahash_desktop.cli.context import Context
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.words import Lack, Term, Unsaid, read_one
from ahash_desktop.services.session import LibrarySession

_MOST_NAMED = 12


def add_words(search: argparse.ArgumentParser) -> None:
    """Adds the options of a search by words."""
    search.add_argument(
        "--has",
        action="append",
        default=[],
        metavar="NAME",
        help="photos that have this for sure: a field mark or a kind; may be given several times",
    )
    search.add_argument(
        "--has-not", action="append", default=[], metavar="NAME", help="photos that have it not"
    )


def read_terms(session: LibrarySession, arguments: argparse.Namespace) -> tuple[Term, ...]:
    """What the words of a command ask for.

    Raises:
        UserFacingError: If the model cannot say one of them, naming what is near it.
    """
    if not (arguments.has or arguments.has_not):
        return ()
    known = session.words.known()
    terms = []
    for texts, is_denied in ((arguments.has, False), (arguments.has_not, True)):
        for text in texts:
            read = read_one(text, known, is_denied=is_denied)
            if isinstance(read, Unsaid):
                raise _cannot_say(session, read, is_denied=is_denied)
            terms.append(read)
    return tuple(terms)


def search_words(
    context: Context,
    session: LibrarySession,
    arguments: argparse.Namespace,
    terms: Sequence[Term],
) -> None:
    """Shows the photos that words alone find, the surest first."""
    found = session.words.find(terms)
    photos = session.browser.photos(found[: arguments.top].tolist())
    data: dict[str, object] = {
        "model_id": session.model.model_id,
        "n_bits": session.model.n_bits,
        "has": arguments.has,
        "has_not": arguments.has_not,
        "n_found": int(found.size),
        "results": [{"path": str(photo.path), "photo_id": photo.photo_id} for photo in photos],
    }
    lines = [f"{found.size:,} photos, the surest first", *(f"  {photo.path}" for photo in photos)]
    context.output.result(data, lines if photos else ["no photo has all of that for sure"])


def _cannot_say(session: LibrarySession, unsaid: Unsaid, *, is_denied: bool) -> UserFacingError:
    if unsaid.lack is Lack.UNKNOWN:
        near = unsaid.near or session.words.known()
        names = [
            word.name
            for word in sorted(near, key=lambda word: -(word.n_photos(is_denied=is_denied) or 0))
            if word.n_photos(is_denied=is_denied)
        ]
        known = ", ".join(names[:_MOST_NAMED])
        return UserFacingError(
            f"the model {session.model.name} cannot tell {unsaid.text!r}",
            remedy=f"It can tell: {known}" if known else "This model says nothing in words",
        )
    if unsaid.lack is Lack.NEVER_SURE:
        return UserFacingError(
            f"the model {session.model.name} is never sure that a photo has {unsaid.text!r}",
            remedy="It can only tell which photos have it not (--has-not)",
        )
    return UserFacingError(
        f"the model {session.model.name} is never sure that a photo has {unsaid.text!r} not",
        remedy="It can only tell which photos have it (--has)",
    )
