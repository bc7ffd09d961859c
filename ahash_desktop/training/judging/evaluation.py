"""Judges a model bundle on labelled photos."""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations, Codes, pack_activations
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.encoder import NetworkEncoder, load_network
from ahash_desktop.hashing.folding import fold_batch_norms, make_probe
from ahash_desktop.hashing.manifest import BundleManifest
from ahash_desktop.hashing.network import AttentionHashNet
from ahash_desktop.hashing.runner import NetworkRunner
from ahash_desktop.search.ranking import SHORTLIST
from ahash_desktop.training.ask.dataset import LabelledSet, load_labelled
from ahash_desktop.training.ask.progress import EvaluationProgress
from ahash_desktop.training.ask.report import (
    BitMeanings,
    ClassScore,
    EvaluationReport,
    Localisation,
)
from ahash_desktop.training.data.attribute_table import AttributeTable, load_attributes
from ahash_desktop.training.judging.bit_meanings import Observed, find_meanings
from ahash_desktop.training.judging.dividing import Sides, divide
from ahash_desktop.training.judging.encodings import Encodings
from ahash_desktop.training.judging.localisation import load_parts, localise
from ahash_desktop.training.judging.metrics import (
    RankingScores,
    bootstrap_interval,
    mean_score,
    score_bits,
    score_codes,
    score_features,
    score_shortlist,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Measures:
    """What is judged besides retrieval.

    `only_classes` and `except_classes` restrict the photos, so that classes seen and unseen while
    training are judged apart. `attributes` is a table for `load_attributes`, `parts` one for
    `load_parts`.
    """

    only_classes: frozenset[str] | None = None
    except_classes: frozenset[str] = frozenset()
    attributes: Path | None = None
    parts: Path | None = None


NOTHING_MORE = Measures()


def evaluate(
    bundle: Path,
    source: Path,
    *,
    where: Mapping[str, str] | None = None,
    measures: Measures = NOTHING_MORE,
    token: CancelToken | None = None,
    device: str = "auto",
    checks: Path | None = None,
) -> Iterator[EvaluationProgress | EvaluationReport]:
    """Judges a bundle; the last record is the report.

    Where the photos are divided, the train split is the database and the test split asks, or the
    validation split if there is no other; else every photo asks all others. Copies take part once.
    Photos that cannot be read are named in the report.

    Args:
        bundle: The bundle's folder.
        source: Labelled photos, as for `load_labelled`.
        where: Column to value: only those rows of a CSV.
        measures: What is judged besides retrieval, and on which classes.
        token: Cancels between batches.
        device: As for `NetworkEncoder.load`.
        checks: As for `NetworkEncoder.load`.

    Raises:
        UserFacingError: If the bundle or the source is refused, or no photo can be read.
        Cancelled: If the token asks for it.
    """
    token = token or CancelToken()
    start = time.monotonic()
    labelled = _chosen_classes(load_labelled(source, where), measures, source)
    table = load_attributes(measures.attributes, labelled.classes) if measures.attributes else None
    parts = load_parts(measures.parts) if measures.parts else None
    encoder = NetworkEncoder.load(bundle, device=device, checks=checks)
    other_type = torch.float32 if encoder.dtype == "bfloat16" else torch.bfloat16
    other = _runner(load_network(bundle)[1], encoder.manifest, encoder.device, other_type)
    encodings = Encodings(labelled, encoder, _untouched_backbone(encoder), other)
    yield from encodings.fill(token)
    yield EvaluationProgress("scoring", 0, 1)
    sides = divide(labelled, encodings.rows, encodings.contents)
    report = _score(labelled, encodings, sides, encoder.manifest)
    if table is not None:
        report = replace(report, meanings=_meanings(labelled, encodings, sides, table))
    if parts is not None:
        paths = [labelled.photos[row].path for row in encodings.rows[sides.asked]]
        for record in localise(encoder, paths, parts, token):
            if isinstance(record, Localisation):
                report = replace(report, localisation=record)
            else:
                yield record
    yield replace(report, seconds=time.monotonic() - start)


def _chosen_classes(labelled: LabelledSet, measures: Measures, source: Path) -> LabelledSet:
    """The photos of the classes that are judged.

    Raises:
        UserFacingError: If a class is named that is not there, or none is left.
    """
    wanted = frozenset(labelled.classes) if measures.only_classes is None else measures.only_classes
    unknown = sorted((wanted | measures.except_classes) - set(labelled.classes))
    classes = tuple(
        name for name in labelled.classes if name in wanted and name not in measures.except_classes
    )
    if unknown or not classes:
        raise UserFacingError(
            f"There are no photos of the class {unknown[0]!r}" if unknown else "No class is left",
            path=source,
            remedy="Check the classes that were named",
        )
    photos = tuple(photo for photo in labelled.photos if photo.class_name in classes)
    return replace(labelled, photos=photos, classes=classes)


def _meanings(
    labelled: LabelledSet, encodings: Encodings, sides: Sides, table: AttributeTable
) -> BitMeanings:
    """Attributes chosen on the database and judged on the queries; without a split, on halves."""
    labels = labelled.labels()[encodings.rows]
    database, asked = sides.database, sides.asked
    if asked is database:
        halves = _halve(labels[database])
        database, asked = database[halves[0]], database[halves[1]]
    choosing, judged = (
        Observed(encodings.activations[part], encodings.features[part], labels[part])
        for part in (database, asked)
    )
    return find_meanings(choosing, judged, table)


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
    return _runner(net, preparation, encoder.device, torch.float32)


def _runner(
    net: AttentionHashNet, manifest: BundleManifest, device: str, dtype: torch.dtype
) -> NetworkRunner:
    net = fold_batch_norms(net, make_probe(manifest.input_size))
    return NetworkRunner(net, manifest, torch.device(device), dtype)


def _score(
    labelled: LabelledSet, encodings: Encodings, sides: Sides, manifest: BundleManifest
) -> EvaluationReport:
    labels = labelled.labels()[encodings.rows]
    database, asked = sides.database, sides.asked
    scores = _rank_codes(encodings.codes, labels, database, asked, manifest.n_bits)
    backbone_map = None
    if encodings.backbone_features is not None:
        backbone_map = _feature_map(encodings.backbone_features, labels, database, asked)
    precisions = scores.average_precision
    optimised = score_codes(
        encodings.codes[asked],
        _class_codes(encodings.activations, labels, database),
        labels[asked],
        labels[database],
        manifest.n_bits,
        leave_out=asked is database,
    )
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
        map_at_r=mean_score(scores.average_precision_at_r),
        optimised_map=mean_score(optimised.average_precision),
        optimised_95=bootstrap_interval(optimised.average_precision),
        ranked_map=_ranked_map(encodings.activations, labels, database, asked),
        ranked_by=SHORTLIST,
        strength_map=_feature_map(
            encodings.activations.astype(np.float32), labels, database, asked
        ),
        float_map=_feature_map(encodings.features, labels, database, asked),
        backbone_map=backbone_map,
        per_class=per_class,
        bits=score_bits(encodings.activations),
        steadiness=encodings.steadiness,
        n_queries=int(has_match.sum()),
        n_unmatched=int((~has_match).sum()),
        n_database=len(database),
        unreadable=encodings.unreadable,
        notices=(*labelled.notices, *sides.notices),
        model_id=manifest.model_id,
        seconds=0.0,
    )


def _class_codes(
    activations: Activations, labels: NDArray[np.int64], database: NDArray[np.int64]
) -> Codes:
    """Codes of the database by protocol `optimised`: every photo has its class's code.

    That is where codes that are optimised from labels alone end (ADSH, A²-Net): the signs of the
    mean activations of the class's photos.
    """
    values = activations[database].astype(np.float32)
    classes, index = np.unique(labels[database], return_inverse=True)
    sums = np.zeros((len(classes), values.shape[1]), dtype=np.float32)
    np.add.at(sums, index, values)
    return pack_activations(np.sign(sums)[index].astype(np.float16))


def _halve(labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Two halves of the photos, each class's photos by turns in one and the other."""
    by_class = np.argsort(labels, kind="stable")
    return np.sort(by_class[::2]), np.sort(by_class[1::2])


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


def _ranked_map(
    activations: Activations,
    labels: NDArray[np.int64],
    database: NDArray[np.int64],
    asked: NDArray[np.int64],
) -> float:
    """MAP of the order that a search shows by default."""
    items = activations[database]
    queries = items if asked is database else activations[asked]
    scores = score_shortlist(queries, items, labels[asked], labels[database])
    return mean_score(scores.average_precision)


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
