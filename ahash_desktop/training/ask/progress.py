"""What training and judging tell on their way, and training at its end."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One epoch: the mean of every weighted loss, and the mAP of the validation photos.

    `validation_map` compares the validation photos' codes with those that the training photos had
    while they were learned from; None where nothing validates.
    """

    epoch: int
    stage: int
    losses: dict[str, float]
    validation_map: float | None
    photos_per_second: float


@dataclass(frozen=True, slots=True)
class TrainProgress:
    """How far a run is.

    `phase` is "decoding", "preparing", "learning" or "finishing". `history` holds the epochs so
    far. `seconds_left` is None while nothing is known.
    """

    phase: str
    n_done: int
    n_to_do: int
    epoch: int = 0
    n_epochs: int = 0
    photos_per_second: float = 0.0
    seconds_left: float | None = None
    losses: dict[str, float] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    history: tuple[EpochRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class EvaluationProgress:
    """How far judging is."""

    phase: str
    n_done: int
    n_to_do: int


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What came of a run; the last record.

    `validation_map` is that of the finished network, every code computed by it: the validation
    photos ask, the others are the database. None where nothing validates. `learned_share` is how
    far its weights go from the start of the run to what was learned.
    """

    bundle: Path
    model_id: str
    n_bits: int
    recipe: str
    seed: int
    n_photos: int
    n_classes: int
    n_validating: int
    history: tuple[EpochRecord, ...]
    best_epoch: int
    learned_share: float
    validation_map: float | None
    validation_float_map: float | None
    seconds: float
    notices: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The report under the names that scripts rely on."""
        return {
            "bundle": str(self.bundle),
            "model_id": self.model_id,
            "n_bits": self.n_bits,
            "recipe": self.recipe,
            "seed": self.seed,
            "n_photos": self.n_photos,
            "n_classes": self.n_classes,
            "n_validating": self.n_validating,
            "curves": [
                {
                    "epoch": record.epoch,
                    "stage": record.stage,
                    "losses": record.losses,
                    "validation_mAP": record.validation_map,
                    "photos_per_second": record.photos_per_second,
                }
                for record in self.history
            ],
            "best_epoch": self.best_epoch,
            "learned_share": self.learned_share,
            "validation_mAP": self.validation_map,
            "validation_float_mAP": self.validation_float_map,
            "seconds": self.seconds,
            "notices": list(self.notices),
        }
