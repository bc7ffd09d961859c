"""What is refused before a photo is read: everything that can be told by then."""

from collections.abc import Sequence

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.base_weights import find_base_weights
from ahash_desktop.hashing.bundle import verify_bundle
from ahash_desktop.hashing.device import choose_device
from ahash_desktop.hashing.manifest import (
    FORMAT,
    BundleManifest,
    ManifestError,
    format_manifest,
    is_model_name,
)
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.ask.labels import TEST, LabelledPhoto, Notice, is_text, shown
from ahash_desktop.training.ask.preflight import learnable_photos, prepare_photos
from ahash_desktop.training.running.building import photo_attributes
from ahash_desktop.training.running.teaching import check_teacher


def check_request(job: TrainingJob) -> None:
    """Refuses parts of a job that do not go together, a model that could not be saved, and a base.

    Raises:
        UserFacingError: If anything of it does not do.
    """
    if job.base is not None and not job.recipe.n_local:
        raise UserFacingError(
            "A model to go on from has its local branches already",
            remedy="Go on from no model, or leave the local branches in",
        )
    if job.recipe.learned_share < 1 and not job.recipe.losses.needs_class_codes:
        raise UserFacingError(
            f"The recipe {job.recipe.name!r} has no fitted start that weights could be drawn to",
            remedy="Take all of what is learned",
        )
    check_teacher(job)
    _check_description(job)
    choose_device(job.device)
    backbone = job.backbone
    if job.base is not None:
        backbone = verify_bundle(job.base).backbone
    if job.base is None or job.compact or find_base_weights(backbone) is not None:
        create_backbone(backbone, pretrained=True)


def load_learnable(job: TrainingJob) -> tuple[tuple[LabelledPhoto, ...], tuple[Notice, ...]]:
    """The photos of all sources that may be learned from, and what was noticed of the others.

    Raises:
        UserFacingError: If a source is refused, too little is left, or the table of attributes does
            not fit.
    """
    photos = [photo for photo in job.photos if photo.split != TEST]
    notices: list[Notice] = []
    for source in job.sources:
        labelled = load_labelled(source, job.where, without=(TEST,))
        notices += labelled.notices
        photos += [
            photo
            for photo in learnable_photos(labelled)
            if photo.class_name not in job.except_classes
        ]
    if not photos:
        raise UserFacingError(
            "There are no photos to learn from",
            path=job.sources[0] if job.sources else job.out,
            remedy="Leave fewer classes out",
        )
    _check_enough(job, photos, notices)
    return tuple(photos), tuple(notices)


def _check_enough(
    job: TrainingJob, photos: Sequence[LabelledPhoto], notices: Sequence[Notice]
) -> None:
    """Refuses what would be too little even if every photo could be read."""
    prepared = prepare_photos(
        photos, (), validation_share=job.validation_share, seed=job.seed, notices=notices
    )
    photo_attributes(job, prepared)


def _check_description(job: TrainingJob) -> None:
    """Refuses what a bundle could not be described by."""
    if not is_model_name(job.out.name):
        raise UserFacingError(
            f"A model cannot be called {shown(job.out.name)!r}",
            remedy='Choose a shorter name without a dot before it and without / \\ : * ? " < > |',
        )
    described = BundleManifest(
        format=FORMAT,
        model_id="0" * 32,
        name=job.out.name,
        n_bits=job.n_bits,
        backbone=job.backbone,
        n_local=job.recipe.n_local,
        input_size=job.recipe.input_size,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        interpolation="bicubic",
        resize_mode=job.recipe.resize_mode,
        thresholds=(0.0,) * job.n_bits,
        bit_names=(None,) * job.n_bits,
        created="",
        trained_on={"licence": job.licence},
        metrics={},
        command=job.command,
        licence="",
        local_refine=job.recipe.local_refine,
    )
    try:
        if not is_text(job.licence) or not is_text(job.command):
            raise ManifestError("the licence or the command is no valid text")
        format_manifest(described)
    except ManifestError as error:
        raise UserFacingError(
            f"The model could not be saved ({error})", remedy="Change what was asked for"
        ) from error
