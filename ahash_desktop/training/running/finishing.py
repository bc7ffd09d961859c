"""The end of a run: the best weights calibrated, judged on validation photos, and made a bundle."""

from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.base_weights import find_base_weights
from ahash_desktop.hashing.bundle import save_bundle
from ahash_desktop.hashing.compact import Arrays, base_id, compact, expand, pack
from ahash_desktop.hashing.manifest import COMPACT_FORMAT, FORMAT, BundleManifest
from ahash_desktop.hashing.network import (
    AttentionHashNet,
    export_weights,
    load_weights,
    pretrained_arrays,
)
from ahash_desktop.training.ask.progress import TrainReport
from ahash_desktop.training.data.attribute_table import load_attributes
from ahash_desktop.training.judging.bit_meanings import Observed, find_meanings, name_bits
from ahash_desktop.training.judging.metrics import mean_score, score_codes, score_features
from ahash_desktop.training.network.passes import encode_rows
from ahash_desktop.training.network.teacher import BundleTeacher
from ahash_desktop.training.running.blending import choose_share, count_tried
from ahash_desktop.training.running.keeping import keep_speech
from ahash_desktop.training.running.run import Run


def count_encoded(run: Run) -> int:
    """How many photos `finish` encodes, each as often as it does."""
    n_rows = len(run.photos.learning) + len(run.photos.validating) + len(_beside(run))
    n_again = len(run.photos.learning) + len(_beside(run)) if run.keeps_bits else 0
    return count_tried(run) + n_rows + n_again


def finish(
    run: Run, base: Arrays, token: CancelToken, seconds_before: float
) -> Generator[int, None, TrainReport]:
    """Calibrates the best network, judges it, and saves the bundle.

    Args:
        run: After its last epoch.
        base: Of what a compact bundle keeps the changes (`pretrained_base`); empty for a whole one.
        token: Cancels between passes and before the bundle is written.
        seconds_before: What was worked before the run itself began.

    Yields:
        How many photos were encoded since the last time.

    Raises:
        Cancelled: If the token asks for it.
        UserFacingError: If the bundle cannot be written.
    """
    share = yield from choose_share(run, token)
    run.load_best(share)
    run.net.eval()
    if base:
        # Judged and calibrated is what the bundle will have.
        load_weights(
            run.net.net, expand(compact(export_weights(run.net.net, half=False), base), base)
        )
    photos = run.photos
    rows = np.concatenate([photos.learning, photos.validating])
    whole, raw = yield from encode_rows(
        run.net,
        run.squares.to_encode,
        np.concatenate([rows, _beside(run)]),
        run.preparation,
        token,
    )
    learning = np.arange(len(photos.learning))
    validating = np.arange(len(photos.learning), len(rows))
    calibrating = np.concatenate([learning, np.arange(len(rows), len(whole))])
    run.net.calibrate(raw[calibrating])
    before = yield from _bits_before(run, token)
    net = run.net.fold(before).cpu()
    features = whole[: len(rows)]
    activations = torch.tanh(net.logits(features)).numpy().astype(np.float16)
    token.raise_if_cancelled()
    validation_map, float_map = _validate(
        activations, features, photos.labels[rows], learning, validating, run.job.n_bits
    )
    token.raise_if_cancelled()
    manifest = replace(
        _describe(run, net.thresholds, validation_map, float_map),
        bit_names=_name_bits(run, activations, features.numpy(), rows),
    )
    if before is not None and isinstance(run.teacher, BundleTeacher):
        now = torch.tanh(net.logits(whole[calibrating])).numpy()
        told = torch.tanh(before).numpy()
        manifest = keep_speech(manifest, run.teacher.manifest, now, told)
    token.raise_if_cancelled()
    weights = export_weights(net, half=not base)
    if base:
        manifest = replace(manifest, format=COMPACT_FORMAT, base_id=base_id(base))
        weights = pack(compact(weights, base))
    saved = save_bundle(run.job.out, manifest, weights, _card(run, manifest, share))
    return TrainReport(
        bundle=run.job.out,
        model_id=saved.model_id,
        n_bits=run.job.n_bits,
        recipe=run.job.recipe.name,
        seed=run.job.seed,
        n_photos=len(rows),
        n_classes=len(photos.classes),
        n_validating=len(photos.validating),
        history=tuple(run.history),
        best_epoch=run.best_epoch,
        learned_share=share if run.has_start else 1.0,
        validation_map=validation_map,
        validation_float_map=float_map,
        seconds=seconds_before + run.seconds,
        notices=photos.notices,
    )


def _beside(run: Run) -> NDArray[np.int64]:
    """Photos without labels that bits are calibrated to as well: as many as were learned from."""
    return run.photos.unlabelled[: len(run.photos.learning)]


def _bits_before(run: Run, token: CancelToken) -> Generator[int, None, Tensor | None]:
    """The logits of the bits that a teacher hands on, of the photos they are calibrated to."""
    if not run.keeps_bits or not isinstance(run.teacher, BundleTeacher):
        return None
    rows = np.concatenate([run.photos.learning, _beside(run)])
    return (yield from run.teacher.logits_of(run.squares.to_encode, rows, token))


def pretrained_base(run: Run) -> dict[str, NDArray[np.float32]]:
    """The pretrained weights that the bundle keeps the changes to, whatever the run went on from.

    Empty if the bundle will be whole. Weights that people fetch themselves are in no bundle,
    whether or not the job asks for a compact one.

    Raises:
        UserFacingError: If they are not here and cannot be downloaded.
    """
    built = run.built
    if not run.job.compact and find_base_weights(built.backbone) is None:
        return {}
    backbone = create_backbone(built.backbone, pretrained=True)
    fresh = AttentionHashNet(backbone, built.n_local, run.job.n_bits, built.local_refine)
    return pretrained_arrays(fresh)


def _name_bits(
    run: Run,
    activations: NDArray[np.float16],
    features: NDArray[np.float32],
    rows: NDArray[np.int64],
) -> tuple[str | None, ...]:
    """Names of the bits that mean an attribute on photos that were not learned from.

    Without a table of attributes or such photos no bit has a name.
    """
    job, photos = run.job, run.photos
    if job.attributes is None or not len(photos.validating):
        return (None,) * job.n_bits
    table = load_attributes(job.attributes, photos.classes)
    n_learning = len(photos.learning)
    learning, validating = (
        Observed(activations[part], features[part], photos.labels[rows[part]])
        for part in (slice(n_learning), slice(n_learning, None))
    )
    return name_bits(find_meanings(learning, validating, table))


def _validate(
    activations: NDArray[np.float16],
    features: Tensor,
    labels: NDArray[np.int64],
    learning: NDArray[np.int64],
    validating: NDArray[np.int64],
    n_bits: int,
) -> tuple[float | None, float | None]:
    """MAP of codes and of float features, validation photos against the others."""
    if not len(validating):
        return None, None
    codes = pack_activations(activations)
    floats = features.numpy()
    by_code = score_codes(
        codes[validating], codes[learning], labels[validating], labels[learning], n_bits
    )
    by_cosine = score_features(
        floats[validating], floats[learning], labels[validating], labels[learning]
    )
    return mean_score(by_code.average_precision), mean_score(by_cosine.average_precision)


def _describe(
    run: Run, thresholds: Tensor, validation_map: float | None, float_map: float | None
) -> BundleManifest:
    job, built, photos = run.job, run.built, run.photos
    metrics: dict[str, Any] = {}
    if validation_map is not None:
        metrics["validation"] = {
            "mAP": validation_map,
            "float_mAP": float_map,
            "n_queries": len(photos.validating),
            "n_database": len(photos.learning),
        }
    return BundleManifest(
        format=FORMAT,
        model_id="0" * 32,
        name=job.out.name,
        n_bits=job.n_bits,
        backbone=built.backbone,
        n_local=built.n_local,
        input_size=job.recipe.input_size,
        mean=built.mean,
        std=built.std,
        interpolation="bicubic",
        resize_mode=job.recipe.resize_mode,
        thresholds=tuple(float(value) for value in thresholds),
        bit_names=(None,) * job.n_bits,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        trained_on={
            "name": ", ".join(_source_name(source) for source in job.sources),
            "licence": job.licence,
            "counts": {
                "photos": len(photos.learning) + len(photos.validating),
                "classes": len(photos.classes),
            },
        },
        metrics=metrics,
        command=job.command,
        licence="Apache-2.0",
        local_refine=built.local_refine,
    )


def _source_name(source: Path) -> str:
    """A folder's name; of a CSV also that of its folder, for CSVs are often named alike."""
    return source.name if source.is_dir() else f"{source.absolute().parent.name}/{source.name}"


def _card(run: Run, manifest: BundleManifest, share: float) -> str:
    """What a person should know of the model, as Markdown."""
    job, photos = run.job, run.photos
    lines = [
        f"# {manifest.name}",
        "",
        (
            f"{job.n_bits} bits, trained with the recipe `{job.recipe.name}` (seed {job.seed}) on "
            f"{len(photos.learning) + len(photos.validating):,} photos of {len(photos.classes)} "
            f"classes. Licence of the photos: {job.licence}."
        ),
        "",
        "## How it was made",
        "",
        (
            f"- Backbone: `{manifest.backbone}`, {manifest.n_local} local attention maps, "
            f"{manifest.input_size} px."
        ),
        f"- Epochs: {run.epoch} of {run.n_epochs} planned, best after {run.best_epoch + 1}.",
    ]
    if run.teacher is not None:
        n_beside = len(photos.unlabelled)
        lines.append(
            f"- A teacher, at weight {job.teacher_weight:g}; {n_beside:,} photos without labels."
        )
    if run.has_start:
        lines.append(f"- Share of what was learned: {share:g}.")
    if job.command:
        lines.append(f"- Command: `{job.command}`")
    lines += ["", "## Measured", ""]
    validation = manifest.metrics.get("validation")
    if validation:
        lines.append(
            f"On {validation['n_queries']:,} validation photos that were not learned from, against "
            f"{validation['n_database']:,} that were: mAP {validation['mAP']:.3f}, and "
            f"{validation['float_mAP']:.3f} with the float features."
        )
    else:
        lines.append("No photos were kept back to validate with.")
    lines += [
        "",
        "## Limits",
        "",
        (
            "It tells apart what its classes told apart, on photos like those it learned from. "
            "Classes it has not seen are searched by the features that the others taught it."
        ),
        "",
    ]
    return "\n".join(lines)
