"""Looks through labelled photos before anything is trained, and says what is the matter."""

import time
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import numpy as np

from ahash_desktop.core.jobs import CancelToken, RateMeter
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.findings import (
    CheckProgress,
    CheckReport,
    Finding,
    FindingKind,
    Remedy,
)
from ahash_desktop.training.ask.labels import LabelledPhoto, Notice, shown
from ahash_desktop.training.judging.doubts import find_doubts
from ahash_desktop.training.judging.near_duplicates import find_near_duplicates
from ahash_desktop.training.network.kept_features import FEW, KeptFeatures, SeenPhotos

LOOKING, COMPARING = "looking", "comparing"
_FEW = 10
_IMBALANCE = 20
_TINY_PX = 64
_BLURRED = 0.11
_FEWEST_KINDS = 2
_ALL_REMEDIES = (Remedy.IGNORE, Remedy.FIX, Remedy.EXCLUDE)


def check(
    labelled: LabelledSet,
    base: Path,
    features: Path,
    views: int,
    device: str,
    *,
    token: CancelToken,
) -> Iterator[CheckProgress | CheckReport]:
    """Checks labelled photos; the last record is the report.

    Args:
        labelled: The photos.
        base: The bundle through which they are seen.
        features: Where what it sees is kept; a lesson does not look again.
        views: How many views of each photo the lesson will want.
        device: As for `NetworkEncoder.load`.
        token: Cancels between photos.

    Raises:
        UserFacingError: If the base is refused.
        Cancelled: If the token asks for it; what was seen is kept.
    """
    began = time.monotonic()
    encoder = NetworkEncoder.load(base, device=device)
    photos = labelled.photos
    kept = KeptFeatures(features, encoder, views)
    seen = yield from _look(kept, [photo.path for photo in photos], token)
    readable = [photos[row] for row in seen.rows]
    groups = yield from _compare(seen, token)
    findings = [
        *_of_files(seen),
        *_of_kinds(photos, readable, labelled.classes),
        *_of_pictures(seen, readable),
        *_of_groups(groups, readable, seen),
        *_of_labels(seen, readable, groups),
        *(Finding(FindingKind.NOTICED, notice, remedies=()) for notice in labelled.notices),
    ]
    together = {
        str(readable[row].path): f"{number}" for number, rows in enumerate(groups) for row in rows
    }
    yield CheckReport(
        tuple(findings),
        len(readable),
        len({photo.class_name for photo in readable}),
        together,
        time.monotonic() - began,
    )


def _look(
    kept: KeptFeatures, paths: Sequence[Path], token: CancelToken
) -> Generator[CheckProgress, None, SeenPhotos]:
    looking, meter = kept.look(paths, token), RateMeter()
    while True:
        try:
            share = next(looking)
        except StopIteration as end:
            seen: SeenPhotos = end.value
            return seen
        meter.update(share.n_read)
        left = meter.seconds_left(share.n_to_do - share.n_done) if share.n_read > FEW else None
        yield CheckProgress(LOOKING, share.n_done, share.n_to_do, left)


def _compare(
    seen: SeenPhotos, token: CancelToken
) -> Generator[CheckProgress, None, list[tuple[int, ...]]]:
    for found in find_near_duplicates(seen.small, seen.features[0], seen.contents):
        token.raise_if_cancelled()
        if isinstance(found, list):
            return found
        yield CheckProgress(COMPARING, found, len(seen.rows))
    raise AssertionError("the search ends with its groups")


def _of_files(seen: SeenPhotos) -> Iterator[Finding]:
    """Photos that cannot be read, by name."""
    for photo in seen.unreadable:
        yield Finding(
            FindingKind.UNREADABLE,
            Notice(f"The photo {shown(photo.path.name)} cannot be read: {photo.reason}"),
            (photo.path,),
            remedies=(Remedy.EXCLUDE,),
        )


def _of_kinds(
    photos: Sequence[LabelledPhoto], readable: Sequence[LabelledPhoto], kinds: Sequence[str]
) -> Iterator[Finding]:
    """Kinds that have no photo, one, or few, and kinds of very different size."""
    counts = Counter(photo.class_name for photo in readable)
    for kind in kinds:
        paths = tuple(photo.path for photo in photos if photo.class_name == kind)
        yield from _of_kind(kind, counts[kind], paths)
    usable = [n for n in counts.values() if n > 1]
    if len(usable) < _FEWEST_KINDS:
        yield Finding(
            FindingKind.FEW_PHOTOS,
            Notice("A lesson needs at least two kinds with two readable photos each"),
            remedies=(),
            is_blocking=True,
        )
    elif max(usable) > _IMBALANCE * min(usable):
        most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
        yield Finding(
            FindingKind.IMBALANCE,
            Notice(
                f"{most!r} has {counts[most]} photos and {least!r} {counts[least]}: every kind"
                " counts as much as any other, so nothing has to be done"
            ),
            kinds=(most, least),
            remedies=(Remedy.IGNORE,),
        )


def _of_kind(kind: str, n_photos: int, paths: tuple[Path, ...]) -> Iterator[Finding]:
    if n_photos == 0:
        text = Notice(f"{kind!r} has no photo that can be read")
        yield Finding(FindingKind.NO_PHOTOS, text, paths, (kind,), remedies=(Remedy.EXCLUDE,))
    elif n_photos == 1:
        text = Notice(f"{kind!r} has one photo only, and two are needed to learn from")
        yield Finding(FindingKind.LONE_PHOTO, text, paths, (kind,), remedies=(Remedy.EXCLUDE,))
    elif n_photos < _FEW:
        text = Notice(f"{kind!r} has only {n_photos} photos; thirty are a good start")
        yield Finding(FindingKind.FEW_PHOTOS, text, (), (kind,))


def _of_pictures(seen: SeenPhotos, readable: Sequence[LabelledPhoto]) -> Iterator[Finding]:
    """Photos that show little: tiny or blurred ones."""
    for row, photo in enumerate(readable):
        name, place = shown(photo.path.name), ((photo.path,), (photo.class_name,))
        if seen.short_px[row] < _TINY_PX:
            text = Notice(f"{name} is only {int(seen.short_px[row])} pixels high or wide")
            yield Finding(FindingKind.TINY, text, *place)
        elif seen.sharpness[row] < _BLURRED:
            text = Notice(f"{name} is blurred, or shows next to nothing")
            yield Finding(FindingKind.BLURRED, text, *place)


def _of_groups(
    groups: Sequence[tuple[int, ...]], readable: Sequence[LabelledPhoto], seen: SeenPhotos
) -> Iterator[Finding]:
    """The same picture in two kinds, and several times in one."""
    for rows in groups:
        paths = tuple(readable[row].path for row in rows)
        kinds = tuple(sorted({readable[row].class_name for row in rows}))
        if len(kinds) > 1:
            names = ", ".join(map(repr, kinds))
            text = Notice(f"The same picture is in several kinds: {names}")
            yield Finding(FindingKind.IN_TWO_KINDS, text, paths, kinds)
            continue
        is_copy = len({seen.contents[row] for row in rows}) == 1
        name, n_photos = shown(paths[0].name), len(paths)
        text = (
            Notice(f"{name} is there {n_photos} times; the copies stay on one side")
            if is_copy
            else Notice(f"{n_photos} photos are nearly the same as {name} and stay on one side")
        )
        yield Finding(FindingKind.NEAR_DUPLICATES, text, paths[1:], kinds, paths[:1])


def _of_labels(
    seen: SeenPhotos, readable: Sequence[LabelledPhoto], groups: Sequence[tuple[int, ...]]
) -> Iterator[Finding]:
    """Photos whose neighbours have another kind; of the same picture only one has a say."""
    repeated = {row for rows in groups for row in rows[1:]}
    by_kind: dict[str, list[int]] = defaultdict(list)
    for row, photo in enumerate(readable):
        if row not in repeated:
            by_kind[photo.class_name].append(row)
    kinds = sorted(kind for kind, rows in by_kind.items() if len(rows) > 1)
    rows = np.array([row for kind in kinds for row in by_kind[kind]], np.int64)
    labels = np.array([at for at, kind in enumerate(kinds) for _ in by_kind[kind]], np.int64)
    if not len(rows):
        return
    for doubt in find_doubts(seen.features[0, rows], labels, len(kinds)):
        photo = readable[rows[doubt.row]]
        suggested = kinds[doubt.suggested]
        name = shown(photo.path.name)
        yield Finding(
            FindingKind.DOUBTFUL_LABEL,
            Notice(f"{name} is said to be {photo.class_name!r}, but looks like {suggested!r}"),
            (photo.path,),
            (photo.class_name, suggested),
            tuple(readable[rows[near]].path for near in doubt.neighbours),
            suggested,
            _ALL_REMEDIES,
        )
