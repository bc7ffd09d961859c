"""The bundle that a lesson leaves: what it knows, what its bits still mean, whence it comes."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

import safetensors.numpy

from ahash_desktop.core.codes import Activations
from ahash_desktop.hashing.bundle import WEIGHTS, BundleManifest, read_manifest, save_bundle
from ahash_desktop.hashing.relayered import with_hash_layer
from ahash_desktop.training.ask.lesson import Lesson
from ahash_desktop.training.judging.named_bits import keep_true_names
from ahash_desktop.training.running.lesson_photos import LessonPhotos
from ahash_desktop.training.running.quick_fit import HashLayer


@dataclass(frozen=True, slots=True)
class LessonBundle:
    """The bundle's description, how many named bits kept their name, and which names went."""

    manifest: BundleManifest
    n_kept: int
    gone: tuple[str, ...]


def save_layered(
    folder: Path,
    base: Path,
    layer: HashLayer,
    lesson: Lesson,
    photos: LessonPhotos,
    others: Activations,
) -> LessonBundle:
    """The base with another hash layer, as a bundle.

    Args:
        folder: Where it goes.
        base: The bundle that the lesson started from.
        layer: Its new hash layer.
        lesson: What was asked.
        photos: What was taught.
        others: Activations of the other photos by the new layer, float16 (n, k).

    Raises:
        UserFacingError: If it cannot be saved.
    """
    before = read_manifest(base)
    n_bits = len(layer.thresholds)
    names = keep_true_names(
        before, photos.others.activations[photos.probed], others[photos.probed], n_bits
    )
    described = describe(names.manifest, before, lesson, photos)
    described = replace(described, thresholds=tuple(map(float, layer.thresholds)))
    saved = save_bundle(
        folder, described, with_hash_layer(base, layer.weight), card(described, before, lesson)
    )
    return LessonBundle(saved, names.n_kept, names.gone)


def save_trained(
    folder: Path,
    base: Path,
    trained: Path,
    lesson: Lesson,
    photos: LessonPhotos,
    others: Activations,
) -> LessonBundle:
    """A trained bundle under the lesson's name, its bits called what is still true of them.

    Args:
        folder: Where it goes.
        base: The bundle that the lesson started from.
        trained: The bundle that training left.
        lesson: What was asked.
        photos: What was taught.
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
    described = describe(replace(after, **said), before, lesson, photos)
    weights = dict(safetensors.numpy.load((trained / WEIGHTS).read_bytes()))
    saved = save_bundle(folder, described, weights, card(described, before, lesson))
    return LessonBundle(saved, names.n_kept, names.gone)


def describe(
    manifest: BundleManifest, before: BundleManifest, lesson: Lesson, photos: LessonPhotos
) -> BundleManifest:
    """A manifest with what the lesson says of itself; closeness is not known of its scores."""
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
        closeness_curve=None,
    )


def card(manifest: BundleManifest, before: BundleManifest, lesson: Lesson) -> str:
    """What a person should know of the model, as Markdown."""
    counts = manifest.trained_on["counts"]
    kinds = ", ".join(lesson.labelled.classes[:200])
    return "\n".join(
        [
            f"# {manifest.name}",
            "",
            (
                f"- **Knows** what `{before.name}` knows, and {counts['classes']} kinds taught by "
                f"{counts['photos']} own photos ({lesson.plan.depth.value} lesson)."
            ),
            f"- **Kinds**: {kinds}.",
            "",
        ]
    )
