"""The bundle that a lesson leaves: what it knows, what its bits still mean, whence it comes."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations
from ahash_desktop.core.plain_records import to_plain
from ahash_desktop.hashing.bundle import WEIGHTS, BundleManifest, read_manifest, save_bundle
from ahash_desktop.hashing.relayered import with_hash_layer
from ahash_desktop.training.ask.lesson import KindName, Lesson
from ahash_desktop.training.judging.before_after import Side
from ahash_desktop.training.judging.closeness import (
    curve_after,
    first_among_themselves,
    first_matches,
)
from ahash_desktop.training.judging.named_bits import keep_true_names, name_kinds
from ahash_desktop.training.running.lesson_photos import LessonPhotos
from ahash_desktop.training.running.quick_fit import HashLayer

_MOST_TOLD = 200


@dataclass(frozen=True, slots=True)
class LessonBundle:
    """The description, how many bits kept their name, which went, and the names of kinds."""

    manifest: BundleManifest
    n_kept: int
    gone: tuple[str, ...]
    names: tuple[KindName, ...]


def save_layered(
    folder: Path,
    base: Path,
    layer: HashLayer,
    lesson: Lesson,
    photos: LessonPhotos,
    side: Side,
    others: Activations,
) -> LessonBundle:
    """The base with another hash layer, as a bundle.

    Args:
        folder: Where it goes.
        base: The bundle that the lesson started from.
        layer: Its new hash layer.
        lesson: What was asked.
        photos: What was taught.
        side: What the new layer says of these.
        others: Activations of the other photos by the new layer, float16 (n, k).

    Raises:
        UserFacingError: If it cannot be saved.
    """
    before = read_manifest(base)
    n_bits = len(layer.thresholds)
    names = keep_true_names(
        before, photos.others.activations[photos.probed], others[photos.probed], n_bits
    )
    kinds = _kind_names(photos, side, others)
    described = describe(names.manifest, before, lesson, photos)
    described = replace(
        described,
        thresholds=tuple(map(float, layer.thresholds)),
        closeness_curve=_closeness(before, lesson, photos, side, others),
        kind_names=tuple(to_plain(each) for each in kinds),
    )
    saved = save_bundle(
        folder, described, with_hash_layer(base, layer.weight), card(described, before, lesson)
    )
    return LessonBundle(saved, names.n_kept, names.gone, kinds)


def save_trained(
    folder: Path,
    base: Path,
    trained: Path,
    lesson: Lesson,
    photos: LessonPhotos,
    side: Side,
    others: Activations,
) -> LessonBundle:
    """A trained bundle under the lesson's name, its bits called what is still true of them.

    Args:
        folder: Where it goes.
        base: The bundle that the lesson started from.
        trained: The bundle that training left.
        lesson: What was asked.
        photos: What was taught.
        side: What the trained model says of these.
        others: Activations of the other photos by the trained model, float16 (n, k).

    Raises:
        UserFacingError: If it cannot be saved.
    """
    before, after = read_manifest(base), read_manifest(trained)
    names = keep_true_names(
        before, photos.others.activations[photos.probed], others[photos.probed], after.n_bits
    )
    said = {
        each.name: getattr(names.manifest, each.name)
        for each in fields(BundleManifest)
        if each.name.startswith(("bit_", "says_", "domain", "subject_"))
    }
    if before.n_local != after.n_local:
        said |= {"subject_map": None}
    kinds = _kind_names(photos, side, others)
    described = replace(
        describe(replace(after, **said), before, lesson, photos),
        closeness_curve=_closeness(before, lesson, photos, side, others),
        kind_names=tuple(to_plain(each) for each in kinds),
    )
    weights = dict(safetensors.numpy.load((trained / WEIGHTS).read_bytes()))
    saved = save_bundle(folder, described, weights, card(described, before, lesson))
    return LessonBundle(saved, names.n_kept, names.gone, kinds)


def _closeness(
    before: BundleManifest, lesson: Lesson, photos: LessonPhotos, side: Side, others: Activations
) -> dict[str, Any] | None:
    """What the new scores are worth, by photos kept back and what the base said of others."""
    judged, probed = photos.judged, photos.probed
    if not len(judged.validating) or not len(judged.learning):
        return None
    own = first_matches(side.validating, judged.validating, side.learning, judged.learning)
    is_held = lesson.plan.keep_knowledge and side.learning.shape[1] == before.n_bits
    known = before.closeness_curve if is_held else None
    if known is not None and known["order"] != "strength":
        known = None
    asked = probed[photos.known[probed] >= 0]
    rest = first_among_themselves(others[asked], photos.known[asked]) if len(asked) else None
    return curve_after(known, own, rest)


def _kind_names(photos: LessonPhotos, side: Side, others: Activations) -> tuple[KindName, ...]:
    """Names for the taught kinds, chosen on what was learned from and judged on the rest."""
    judged = photos.judged
    return name_kinds(
        judged.kinds,
        _with_others(side.learning, judged.learning, others[photos.held]),
        _with_others(side.validating, judged.validating, others[photos.probed]),
    )


def _with_others(
    activations: Activations, labels: NDArray[np.int64], others: Activations
) -> tuple[Activations, NDArray[np.int64]]:
    """Photos of the kinds, and others as photos of none."""
    return (
        np.concatenate([activations, others]),
        np.concatenate([labels, np.full(len(others), -1, np.int64)]),
    )


def describe(
    manifest: BundleManifest, before: BundleManifest, lesson: Lesson, photos: LessonPhotos
) -> BundleManifest:
    """A manifest with what the lesson says of itself."""
    return replace(
        manifest,
        name=lesson.plan.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        trained_on={
            "name": f"{before.name}, then own photos",
            "licence": "the photos' own",
            "counts": {"photos": len(photos.learning), "classes": len(photos.judged.kinds)},
        },
        metrics={},
        command="",
    )


def card(manifest: BundleManifest, before: BundleManifest, lesson: Lesson) -> str:
    """What a person should know of the model, as Markdown."""
    counts = manifest.trained_on["counts"]
    kinds = ", ".join(lesson.labelled.classes[:_MOST_TOLD])
    return "\n".join(
        [
            f"# {manifest.name}",
            "",
            (
                f"- **Knows** what `{before.name}` knows, and {counts['classes']} kinds taught by "
                f"{counts['photos']} own photos ({lesson.plan.depth.value} lesson)."
            ),
            f"- **Kinds**: {kinds}.",
            *_named(manifest),
            "",
        ]
    )


def _named(manifest: BundleManifest) -> list[str]:
    """Which bits tell kinds, and how well."""
    if not manifest.kind_names:
        return []
    told = [
        f"{each['kind']} ("
        + " and ".join(
            f"bit {bit} {'on' if is_on else 'off'}"
            for bit, is_on in zip(each["bits"], each["is_on"], strict=True)
        )
        + f": {each['auroc']:.2f})"
        for each in manifest.kind_names[:_MOST_TOLD]
    ]
    return [f"- **Names**, with their AUROC on photos kept back: {'; '.join(told)}."]
