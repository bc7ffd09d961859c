"""What judging a model found, and its JSON."""

import math
from dataclasses import dataclass
from typing import Any

from ahash_desktop.training.bit_meanings import BitMeanings
from ahash_desktop.training.encodings import Steadiness
from ahash_desktop.training.localisation import Localisation
from ahash_desktop.training.metrics import BitScores
from ahash_desktop.training.reading import UnreadablePhoto


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
    the activations, `float_map` by that of the model's own features, `backbone_map` by that of
    the untouched pretrained backbone's (None if its weights are not here). `confidence_95` and
    `optimised_95` come from resampling the queries. `n_queries` counts those that have something to
    find; `n_unmatched` the others. `unreadable` photos took no part.
    """

    mean_average_precision: float
    confidence_95: tuple[float, float]
    precision_at_10: float
    map_at_r: float
    optimised_map: float
    optimised_95: tuple[float, float]
    strength_map: float
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
            "seconds": self.seconds,
        }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
