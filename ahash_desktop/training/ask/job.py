"""What a training run is asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ahash_desktop.training.ask.labels import LabelledPhoto
from ahash_desktop.training.ask.recipes import Recipe

DEFAULT_BACKBONE = "tf_efficientnet_lite0"
VALIDATION_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """One run, from labelled photos to a bundle.

    `sources` are folders of class folders or CSVs, learned from together with `photos`, which may
    be anywhere and are where their splits say; `where` picks rows of CSVs, and photos of
    `except_classes` are left out. `base` is a bundle to go on from, instead of
    the pretrained `backbone`. `attributes` is a table of class-level attributes. `n_epochs` or
    `minutes` sets the length of the run, else the recipe does. `kept` is a folder for decoded
    photos and trunk features that may serve several runs; by default they lie in the run's own,
    which goes when the bundle is there unless `keep_state` is set. `replace` lets the run replace
    a model, or a training that was begun.
    A `compact` bundle keeps only what training changed of the pretrained backbone.

    Learning without forgetting: `teacher` is a bundle that is run beside, or a file of a network's
    features (`data/teacher_file`), which the new network's features follow, times `teacher_weight`,
    on the labelled photos and on `unlabelled` ones (photos, and folders of them at any depth;
    `unlabelled.MOST_UNLABELLED` at most). A bundle that is also the `base`, and has as many bits,
    hands them on: its bits keep what they mean, their names included where that was kept.
    """

    sources: tuple[Path, ...]
    out: Path
    n_bits: int
    recipe: Recipe
    seed: int = 0
    photos: tuple[LabelledPhoto, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    except_classes: frozenset[str] = frozenset()
    backbone: str = DEFAULT_BACKBONE
    base: Path | None = None
    attributes: Path | None = None
    n_epochs: int | None = None
    minutes: float | None = None
    validation_share: float = VALIDATION_SHARE
    resume: bool = False
    replace: bool = False
    keep_state: bool = False
    device: str = "auto"
    n_threads: int = 0
    kept: Path | None = None
    compact: bool = False
    teacher: Path | None = None
    teacher_weight: float = 1.0
    unlabelled: tuple[Path, ...] = ()
    command: str = ""
    licence: str = "the photos' own"

    @property
    def work_folder(self) -> Path:
        """Where the run's checkpoint lies: hidden, beside the bundle."""
        return self.out.with_name(f".{self.out.name}.training")
