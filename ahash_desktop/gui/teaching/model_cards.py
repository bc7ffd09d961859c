"""What is told of each model on its card, read in a worker."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ahash_desktop.core.settings import load_settings
from ahash_desktop.gui.base.wording import speaks_chinese
from ahash_desktop.services.models import ModelInfo
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.teaching.lessons import Lessons
from ahash_desktop.training.ask.lesson import LessonReport, QueryMatches

_MOST_NAMES = 8
_MOST_SHOWN = 6
_WORST = 3
_BAD_BELOW = 0.7


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model as a person looks at it.

    `quality` holds pairs of a collection's name, empty for one's own photos, and the mAP there;
    `searches` photos of one's own with what the model finds for them, where a lesson was judged
    by them;
    `weak_kinds` the taught kinds that it finds worst. `shown` are photos of the library where
    there are no searches.
    """

    info: ModelInfo
    is_used: bool
    is_previous: bool
    n_photos: int
    n_kinds: int
    whence: str
    named_bits: tuple[str, ...]
    n_named_bits: int
    quality: tuple[tuple[str, float], ...]
    size_bytes: int
    searches: tuple[QueryMatches, ...]
    weak_kinds: tuple[str, ...]
    shown: tuple[Path, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.info.manifest.name


@dataclass(frozen=True, slots=True)
class ModelsSeen:
    """All cards; `waits_for_start` names a model that answers from the next start on."""

    cards: tuple[ModelCard, ...]
    previous: str
    waits_for_start: str


def read_models(session: LibrarySession, lessons: Lessons) -> ModelsSeen:
    """Reads what there is to tell; the one in use comes first."""
    settings = load_settings(session.paths.settings)
    reports = {
        report.model_id: report
        for entry in lessons.all()
        if (report := lessons.report(entry.lesson_id)) is not None
    }
    shown = _some_photos(session)
    cards = []
    for info in session.shelf.all():
        names = {info.manifest.name, info.manifest.model_id, info.folder.name}
        cards.append(
            _card(
                info,
                reports.get(info.manifest.model_id),
                shown,
                is_used=settings.model in names,
                is_previous=settings.previous_model in names,
            )
        )
    cards.sort(key=lambda card: (not card.is_used, not card.is_previous, card.name.casefold()))
    used = next((card for card in cards if card.is_used), None)
    serves = used is None or used.info.manifest.model_id == session.model.model_id
    known = any(card.is_previous for card in cards)
    return ModelsSeen(
        tuple(cards),
        settings.previous_model if known else "",
        "" if serves or used is None else used.name,
    )


def _card(
    info: ModelInfo,
    report: LessonReport | None,
    shown: Sequence[Path],
    *,
    is_used: bool,
    is_previous: bool,
) -> ModelCard:
    manifest = info.manifest
    counts = manifest.trained_on.get("counts")
    counts = counts if isinstance(counts, dict) else {}
    chinese = manifest.bit_names_zh if speaks_chinese() else ()
    pairs = itertools.zip_longest(manifest.bit_names, chinese[: manifest.n_bits])
    named = [said for name, name_zh in pairs if (said := name_zh or name)]
    quality = _quality(manifest.metrics)
    weak: tuple[str, ...] = ()
    searches: tuple[QueryMatches, ...] = ()
    if report is not None:
        worst = sorted(report.kinds, key=lambda kind: kind.after)[:_WORST]
        weak = tuple(kind.kind for kind in worst if kind.after < _BAD_BELOW)
        searches = report.after_queries
        if report.after is not None:
            quality = (("", report.after.as_shown),)
    return ModelCard(
        info=info,
        is_used=is_used,
        is_previous=is_previous,
        n_photos=_count(counts, "photos"),
        n_kinds=_count(counts, "classes"),
        whence=str(manifest.trained_on.get("name") or ""),
        named_bits=tuple(named[:_MOST_NAMES]),
        n_named_bits=len(named),
        quality=quality,
        size_bytes=sum(path.stat().st_size for path in info.folder.glob("*") if path.is_file()),
        searches=searches,
        weak_kinds=weak,
        shown=tuple(shown),
    )


def _quality(metrics: dict[str, Any]) -> tuple[tuple[str, float], ...]:
    """The mAP of each collection it was measured on, as searches show it if that is known."""
    found = []
    for name, measured in metrics.items():
        if not isinstance(measured, dict):
            continue
        value = measured.get("ranked_mAP", measured.get("mAP"))
        if isinstance(value, int | float):
            found.append((name.replace("_", " "), float(value)))
    return tuple(found)


def _count(counts: dict[str, Any], what: str) -> int:
    value = counts.get(what)
    return value if isinstance(value, int) else 0


def _some_photos(session: LibrarySession) -> tuple[Path, ...]:
    """A few photos spread over the library."""
    ids = session.browser.photo_ids()
    step = max(1, len(ids) // _MOST_SHOWN)
    chosen = [int(photo_id) for photo_id in ids[::step][:_MOST_SHOWN]]
    return tuple(photo.path for photo in session.browser.photos(chosen))
