"""Judges a model bundle on labelled photos, protocol `encoded`."""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations, Codes
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.hashing.folding import fold_batch_norms, make_probe
from ahash_desktop.hashing.manifest import BundleManifest
from ahash_desktop.hashing.network import AttentionHashNet
from ahash_desktop.hashing.runner import NetworkRunner
from ahash_desktop.training.dataset import TEST, TRAIN, LabelledSet, load_labelled
from ahash_desktop.training.metrics import (
    RankingScores,
    bootstrap_interval,
    mean_score,
    score_bits,
    score_codes,
    score_features,
)
from ahash_desktop.training.reading import UnreadablePhoto, read_batches
from ahash_desktop.training.report import ClassScore, EvaluationReport

__all__ = ["EvaluationProgress", "EvaluationReport", "evaluate"]

_log = logging.getLogger(__name__)

_REPORT_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class EvaluationProgress:
    """How far judging is."""

    phase: str
    n_done: int
    n_to_do: int


def evaluate(
    bundle: Path,
    source: Path,
    *,
    where: Mapping[str, str] | None = None,
    token: CancelToken | None = None,
    device: str = "auto",
    checks: Path | None = None,
) -> Iterator[EvaluationProgress | EvaluationReport]:
    """Judges a bundle; the last record is the report.

    Where the photos are divided, the train split is the database and the test split asks; else
    every photo asks all others. Photos that cannot be read are named in the report.

    Args:
        bundle: The bundle's folder.
        source: Labelled photos, as for `load_labelled`.
        where: Column to value: only those rows of a CSV.
        token: Cancels between batches.
        device: As for `NetworkEncoder.load`.
        checks: As for `NetworkEncoder.load`.

    Raises:
        UserFacingError: If the bundle or the source is refused, or no photo can be read.
        Cancelled: If the token asks for it.
    """
    token = token or CancelToken()
    start = time.monotonic()
    labelled = load_labelled(source, where)
    encoder = NetworkEncoder.load(bundle, device=device, checks=checks)
    backbone = _untouched_backbone(encoder)
    encodings = _Encodings(labelled, encoder, backbone)
    yield from encodings.fill(token)
    yield EvaluationProgress("scoring", 0, 1)
    report = _score(labelled, encodings, encoder.manifest)
    yield replace(report, seconds=time.monotonic() - start)


class _Encodings:
    """What the network and the untouched backbone make of every photo.

    Args:
        labelled: The photos.
        encoder: The model that is judged.
        backbone: The untouched backbone, if its weights are here.
    """

    def __init__(
        self, labelled: LabelledSet, encoder: NetworkEncoder, backbone: NetworkRunner | None
    ) -> None:
        self._paths = [photo.path for photo in labelled.photos]
        self._encoder = encoder
        self._backbone = backbone
        self.rows: NDArray[np.int64] = np.empty(0, np.int64)
        self.codes: Codes = np.empty((0, 0), np.uint8)
        self.activations: Activations = np.empty((0, 0), np.float16)
        self.features: NDArray[np.float32] = np.empty((0, 0), np.float32)
        self.backbone_features: NDArray[np.float32] | None = None
        self.unreadable: tuple[UnreadablePhoto, ...] = ()

    def fill(self, token: CancelToken) -> Iterator[EvaluationProgress]:
        """Encodes the photos.

        Raises:
            UserFacingError: If no photo can be read.
            Cancelled: If the token asks for it.
        """
        rows, encoded, plain = [], [], []
        unreadable: list[UnreadablePhoto] = []
        reported = -_REPORT_EVERY_S
        n_done = 0
        for batch in read_batches(self._paths, self._encoder.manifest, self._encoder.batch_size):
            token.raise_if_cancelled()
            unreadable.extend(batch.unreadable)
            if len(batch.rows):
                rows.append(batch.rows)
                encoded.append(self._encoder.encode_with_features(batch.squares))
                if self._backbone is not None:
                    plain.append(self._backbone.features(batch.squares))
            n_done += len(batch.rows) + len(batch.unreadable)
            if time.monotonic() - reported >= _REPORT_EVERY_S or n_done == len(self._paths):
                reported = time.monotonic()
                yield EvaluationProgress("encoding", n_done, len(self._paths))
        if not rows:
            raise UserFacingError(
                "None of the labelled photos can be read",
                path=self._paths[0],
                remedy="Check the paths in the labels",
            )
        self.rows = np.concatenate(rows)
        self.codes, self.activations, self.features = (
            np.concatenate(parts) for parts in zip(*encoded, strict=True)
        )
        self.backbone_features = np.concatenate(plain) if plain else None
        self.unreadable = tuple(unreadable)


def _untouched_backbone(encoder: NetworkEncoder) -> NetworkRunner | None:
    """The bundle's backbone with its pretrained weights; None if they are not on this machine."""
    manifest = encoder.manifest
    try:
        backbone = create_backbone(manifest.backbone, pretrained=True, may_download=False)
    except UserFacingError as error:
        _log.warning("the untouched backbone is left out: %s", error)
        return None
    net = AttentionHashNet(backbone, n_local=0, n_bits=1).eval()
    preparation = replace(manifest, mean=backbone.mean, std=backbone.std)
    net = fold_batch_norms(net, make_probe(manifest.input_size))
    return NetworkRunner(net, preparation, torch.device(encoder.device), torch.float32)


def _score(
    labelled: LabelledSet, encodings: _Encodings, manifest: BundleManifest
) -> EvaluationReport:
    labels = labelled.labels()[encodings.rows]
    database, asked = _divide(labelled, encodings.rows)
    scores = _rank_codes(encodings.codes, labels, database, asked, manifest.n_bits)
    backbone_map = None
    if encodings.backbone_features is not None:
        backbone_map = _feature_map(encodings.backbone_features, labels, database, asked)
    precisions = scores.average_precision
    has_match = ~np.isnan(precisions)
    per_class = {}
    for index, name in enumerate(labelled.classes):
        chosen = has_match & (labels[asked] == index)
        if chosen.any():
            per_class[name] = ClassScore(mean_score(precisions[chosen]), int(chosen.sum()))
    return EvaluationReport(
        mean_average_precision=mean_score(precisions),
        confidence_95=bootstrap_interval(precisions),
        precision_at_10=mean_score(scores.precision_at_10),
        float_map=_feature_map(encodings.features, labels, database, asked),
        backbone_map=backbone_map,
        per_class=per_class,
        bits=score_bits(encodings.activations),
        n_queries=int(has_match.sum()),
        n_unmatched=int((~has_match).sum()),
        n_database=len(database),
        unreadable=encodings.unreadable,
        model_id=manifest.model_id,
        seconds=0.0,
    )


def _divide(
    labelled: LabelledSet, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions in the encodings of the database and of the queries; the same object if all ask.

    Raises:
        UserFacingError: If a split has no readable photo.
    """
    if not labelled.has_split:
        everything = np.arange(len(rows))
        return everything, everything
    splits = np.array([labelled.photos[row].split for row in rows])
    database, asked = np.flatnonzero(splits == TRAIN), np.flatnonzero(splits == TEST)
    if not len(database) or not len(asked):
        raise UserFacingError(
            f"No photo of the split {TEST if len(database) else TRAIN!r} can be used",
            remedy="Mark photos in the column 'split' as 'train' and 'test', or leave it out",
        )
    return database, asked


def _rank_codes(
    codes: Codes,
    labels: NDArray[np.int64],
    database: NDArray[np.int64],
    asked: NDArray[np.int64],
    n_bits: int,
) -> RankingScores:
    items = codes[database]
    queries = items if asked is database else codes[asked]
    return score_codes(queries, items, labels[asked], labels[database], n_bits)


def _feature_map(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    database: NDArray[np.int64],
    asked: NDArray[np.int64],
) -> float:
    items = features[database]
    queries = items if asked is database else features[asked]
    scores = score_features(queries, items, labels[asked], labels[database])
    return mean_score(scores.average_precision)
