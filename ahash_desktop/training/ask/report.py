"""What judging a model found, and its JSON."""

import math
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from ahash_desktop.training.ask.labels import Notice, UnreadablePhoto


@dataclass(frozen=True, slots=True)
class BitScores:
    """How well the bits are used.

    `entropy` is the mean binary entropy of a bit (1 is best), `mean_abs_correlation` the mean
    |Pearson correlation| over pairs of bits (0 is best; a constant bit correlates with none),
    `saturation` the share of activations beyond ±0.5.
    """

    entropy: float
    mean_abs_correlation: float
    saturation: float


@dataclass(frozen=True, slots=True)
class Steadiness:
    """Share of the bits of a photo that change for no good reason, 0 … 1.

    `flip` when it is mirrored, over `n_photos` photos spread over all; `bfloat16` when the network
    computes in that instead of float32, over the first 64 of them.
    """

    flip: float
    bfloat16: float
    n_photos: int


@dataclass(frozen=True, slots=True)
class BitMeaning:
    """The attribute that goes with a bit.

    `auroc` is the area under the ROC curve of the bit's activation for the attribute on the judged
    photos; `is_reversed` bits are off where the attribute is there. `is_meaningful` bits lie above
    the 95th percentile of every null.
    """

    bit: int
    attribute: str
    auroc: float
    is_reversed: bool
    is_meaningful: bool


@dataclass(frozen=True, slots=True)
class BitMeanings:
    """The meanings of all bits.

    `nulls` holds the 95th percentile of the same figure over bits that mean nothing: bits against
    permuted attributes, random projections of the features, and PCA-ITQ bits of the features;
    `null_medians` holds their medians. `share_meaningful_95` is the 95 % interval of the share of
    bits that mean something, by drawing the bits again.
    """

    bits: tuple[BitMeaning, ...]
    nulls: dict[str, float]
    null_medians: dict[str, float]
    share_meaningful_95: tuple[float, float]

    @property
    def share_meaningful(self) -> float:
        """Share of the bits that mean something."""
        return fmean(entry.is_meaningful for entry in self.bits)

    @property
    def median_auroc(self) -> float:
        """The AUROC of a bit in the middle."""
        return median(entry.auroc for entry in self.bits)

    def to_json(self) -> dict[str, Any]:
        """The meanings under the names that scripts rely on."""
        return {
            "share_meaningful": self.share_meaningful,
            "share_meaningful_ci95": list(self.share_meaningful_95),
            "median_auroc": self.median_auroc,
            "null_95th_percentile": self.nulls,
            "null_median": self.null_medians,
            "bits": [
                {
                    "bit": entry.bit,
                    "attribute": entry.attribute,
                    "auroc": entry.auroc,
                    "reversed": entry.is_reversed,
                    "meaningful": entry.is_meaningful,
                }
                for entry in self.bits
            ],
        }


@dataclass(frozen=True, slots=True)
class Localisation:
    """Where the evidence peaks, over `n_photos` photos.

    `code_on_subject` is the share of the photos in which the evidence of the whole code, every
    bit's map in the direction of its sign, peaks on the subject; `bits_on_subject` the mean over
    the bits of their own peaks. The subject is the box around its parts, a tenth wider on each
    side; `chance` is the share of the picture it covers. `near_part` is the share of bits' peaks
    within 36/224 of the picture of some part, and `entropy_over_parts` the mean over the bits of
    the entropy of the part that lies nearest, 1 if all are alike. `code_on_subject_95` comes from
    drawing the photos again.
    """

    code_on_subject: float
    code_on_subject_95: tuple[float, float]
    bits_on_subject: float
    chance: float
    near_part: float
    entropy_over_parts: float
    n_photos: int

    def to_json(self) -> dict[str, Any]:
        """The figures under the names that scripts rely on."""
        return {
            "code_on_subject": self.code_on_subject,
            "code_on_subject_ci95": list(self.code_on_subject_95),
            "bits_on_subject": self.bits_on_subject,
            "chance": self.chance,
            "near_part": self.near_part,
            "entropy_over_parts": self.entropy_over_parts,
            "n_photos": self.n_photos,
        }


@dataclass(frozen=True, slots=True)
class ClassScore:
    """The mAP of the queries of one class."""

    mean_average_precision: float
    n_queries: int


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """How well a model retrieves, and what its bits do.

    Protocol `encoded`: every code is computed by the network; `optimised_map` alone gives every
    photo of the database the best code of its class, which knows its label, as much of the
    literature does. All mAPs are over the whole ranking and averaged over all orders of tied
    items, in 0 … 1: `mean_average_precision` by Hamming distance, `strength_map` by the cosine of
    the activations, `ranked_map` in the order that a search shows by default and `ranked_by` names,
    `float_map` by that of the model's own features, `backbone_map` by that of
    the untouched pretrained backbone's (None if its weights are not here). `confidence_95` and
    `optimised_95` come from resampling the queries. `n_queries` counts those that have something to
    find; `n_unmatched` the others. `unreadable` photos took no part; `notices` say what else was
    left out.
    """

    mean_average_precision: float
    confidence_95: tuple[float, float]
    precision_at_10: float
    map_at_r: float
    optimised_map: float
    optimised_95: tuple[float, float]
    strength_map: float
    ranked_map: float
    ranked_by: str
    float_map: float
    backbone_map: float | None
    per_class: dict[str, ClassScore]
    bits: BitScores
    steadiness: Steadiness
    n_queries: int
    n_unmatched: int
    n_database: int
    unreadable: tuple[UnreadablePhoto, ...]
    model_id: str
    seconds: float
    meanings: BitMeanings | None = None
    localisation: Localisation | None = None
    notices: tuple[Notice, ...] = ()

    @property
    def code_over_float(self) -> float:
        """The mAP of the codes over that of the features they are made of."""
        return self.mean_average_precision / self.float_map if self.float_map else math.nan

    def to_json(self) -> dict[str, Any]:
        """The report under the names that scripts rely on; what is not a number is None."""
        return {
            "protocol": "encoded",
            "model_id": self.model_id,
            "mAP": _finite(self.mean_average_precision),
            "mAP_ci95": [_finite(edge) for edge in self.confidence_95],
            "P@10": _finite(self.precision_at_10),
            "mAP@R": _finite(self.map_at_r),
            "mAP_optimised": _finite(self.optimised_map),
            "mAP_optimised_ci95": [_finite(edge) for edge in self.optimised_95],
            "code_over_float": _finite(self.code_over_float),
            "strength_mAP": _finite(self.strength_map),
            "ranked_mAP": _finite(self.ranked_map),
            "ranked_by": self.ranked_by,
            "float_mAP": _finite(self.float_map),
            "backbone_mAP": _finite(self.backbone_map),
            "per_class": {
                name: {"mAP": _finite(score.mean_average_precision), "n_queries": score.n_queries}
                for name, score in self.per_class.items()
            },
            "bits": {
                "entropy": self.bits.entropy,
                "mean_abs_correlation": self.bits.mean_abs_correlation,
                "saturation": self.bits.saturation,
                "changed_by_flip": _finite(self.steadiness.flip),
                "changed_by_bfloat16": _finite(self.steadiness.bfloat16),
            },
            "attributes": self.meanings.to_json() if self.meanings else None,
            "localisation": self.localisation.to_json() if self.localisation else None,
            "n_queries": self.n_queries,
            "n_unmatched": self.n_unmatched,
            "n_database": self.n_database,
            "unreadable": [
                {"path": str(photo.path), "reason": photo.reason} for photo in self.unreadable
            ],
            "notices": list(self.notices),
            "seconds": self.seconds,
        }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
