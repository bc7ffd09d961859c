"""Names for the rest of a library: from its own labels, and from what its network was taught."""

from collections.abc import Iterator

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.engine.lesson_process import TELL, LessonProcess
from ahash_desktop.hashing.base_weights import BIRDS
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.teaching.lessons import Worker
from ahash_desktop.services.teaching.suggesting import Suggestions, SuggestProgress, suggest
from ahash_desktop.services.teaching.taught_elsewhere import with_told
from ahash_desktop.training.ask.bird_names import TellProgress, ToldKind, ToldKinds

_AT_ONCE = 500


def suggest_rest(
    session: LibrarySession, token: CancelToken, worker: Worker | None = None
) -> Iterator[SuggestProgress | Suggestions]:
    """A name for every photo of a library without a label; the last record holds them all.

    With a model over the network that knows 964 kinds of birds these join in where its weights and
    names are on this machine: each photo is looked at once for that, and what was told is kept.

    Args:
        session: The library.
        token: Cancels it.
        worker: Runs that network; a spawned process by default.

    Raises:
        Cancelled: If the token asks for it.
        UserFacingError: If the weights are damaged.
    """
    labels, block = session.labels, session.searcher.codes()
    named, refused = labels.all(), labels.refused()
    own = Suggestions((), 0, 1.0)
    for record in suggest(block, named, refused, token, _learned_from(session)):
        if isinstance(record, Suggestions):
            own = record
        else:
            yield record
    if not _knows_birds(session):
        yield own
        return
    waiting = [int(photo_id) for photo_id in block.photo_ids if int(photo_id) not in named]
    told: dict[int, tuple[ToldKind, ...]] = {}
    for found in _tell(session, waiting, token, worker):
        if isinstance(found, TellProgress):
            yield SuggestProgress(found.n_done, found.n_to_do)
        else:
            told = found
    yield with_told(own, told, refused, frozenset(named.values()))


def _tell(
    session: LibrarySession, photo_ids: list[int], token: CancelToken, worker: Worker | None
) -> Iterator[TellProgress | dict[int, tuple[ToldKind, ...]]]:
    paths = {}
    for start in range(0, len(photo_ids), _AT_ONCE):
        for photo in session.browser.photos(photo_ids[start : start + _AT_ONCE]):
            paths[photo.photo_id] = photo.path
    process = worker or LessonProcess(session.paths.logs / "lesson.log")
    kept = session.paths.lessons / "features" / "told_birds.json"
    arguments = (list(paths.values()), kept, session.settings.device)
    for record in process.records(TELL, arguments, token):
        if isinstance(record, ToldKinds):
            yield dict(zip(paths, record.kinds, strict=True))
        else:
            yield record


def _knows_birds(session: LibrarySession) -> bool:
    try:
        manifest = session.shelf.get(session.model.name).manifest
    except UserFacingError:
        return False
    return manifest.backbone == BIRDS.backbone and BIRDS.is_here and BIRDS.kinds.is_here


def _learned_from(session: LibrarySession) -> frozenset[int]:
    """Ids of the photos that the model in use was taught with."""
    found = (
        session.browser.find_photo(path)
        for path in session.lessons.learned_from(session.model.model_id)
    )
    return frozenset(photo.photo_id for photo in found if photo is not None)
