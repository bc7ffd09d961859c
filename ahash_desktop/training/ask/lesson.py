"""A lesson: what a person asks to be taught, and what is told of it until it is judged."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.labels import Notice


class Depth(StrEnum):
    """How much of the network learns."""

    QUICK = "quick"
    STANDARD = "standard"
    THOROUGH = "thorough"


class Verdict(StrEnum):
    """What judging says of a lesson in one word."""

    BETTER = "better"
    NO_CLEAR_DIFFERENCE = "no clear difference"
    WORSE = "worse"
    UNKNOWN = "unknown"


class LessonState(StrEnum):
    """Where a lesson on disk stands.

    `READY` was not started, `BROKEN_OFF` can be resumed, `JUDGED` has a model and a report,
    `ADOPTED` is a model of the library.
    """

    READY = "ready"
    BROKEN_OFF = "broken off"
    JUDGED = "judged"
    ADOPTED = "adopted"


@dataclass(frozen=True, slots=True)
class LessonPlan:
    """How a lesson is taught.

    `name` is what its model is called, `base` the model it starts from; empty is the network
    pretrained on ImageNet. `n_bits` None has as many as the base. `keep_knowledge` lets the base
    teach beside the labels, on other photos of the library. `validation_share` of the photos of
    each kind is kept back where the photos are not divided. `n_epochs` and `minutes` bound a
    standard or thorough lesson, None leaves it to the recipe. `most_photos` learns from a sample of
    each kind where there are more; 0 takes all, or a sample where they are very many. `views` of
    each photo are looked at in a quick lesson. `batch_size` 0 is the recipe's.
    """

    name: str
    base: str
    depth: Depth = Depth.QUICK
    n_bits: int | None = None
    keep_knowledge: bool = True
    validation_share: float = 0.15
    seed: int = 0
    n_epochs: int | None = None
    minutes: float | None = None
    most_photos: int = 0
    most_others: int = 600
    views: int = 2
    batch_size: int = 0
    device: str = "auto"
    n_threads: int = 0


@dataclass(frozen=True, slots=True)
class OtherPhoto:
    """A photo of the library that the lesson does not teach; `kind` is empty where nobody knows."""

    path: Path
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a lesson is, as it lies on disk: everything that is needed to go on with it.

    `others` are photos of the library that it does not teach: by them the base keeps what it knows.
    """

    lesson_id: str
    plan: LessonPlan
    labelled: LabelledSet
    others: tuple[OtherPhoto, ...] = ()
    created: str = ""


@dataclass(frozen=True, slots=True)
class LessonEntry:
    """A lesson in a list of all."""

    lesson_id: str
    name: str
    depth: Depth
    state: LessonState
    n_photos: int
    n_kinds: int
    created: str
    share_done: float


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One epoch, or one step of a fit: the losses, and the mAP of the photos kept back."""

    at: int
    losses: dict[str, float]
    validation_map: float | None


@dataclass(frozen=True, slots=True)
class QueryMatches:
    """The nearest photos to one of the four queries; `right` says which are of its kind."""

    query: Path
    kind: str
    matches: tuple[Path, ...]
    right: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class LessonProgress:
    """How far a lesson is.

    `phase` is "reading" (photos through the base), "preparing", "learning" or "judging".
    `before_map` is the mAP of the photos kept back by the base, a line to compare the curve with;
    `best_map` the best so far. `notices` are new sentences since the last record, such as that the
    batch was halved.
    """

    phase: str
    n_done: int
    n_to_do: int
    seconds_left: float | None = None
    epoch: int = 0
    n_epochs: int = 0
    losses: dict[str, float] = field(default_factory=dict)
    before_map: float | None = None
    best_map: float | None = None
    curve: tuple[CurvePoint, ...] = ()
    queries: tuple[QueryMatches, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """Retrieval of the photos kept back among those learned from.

    mAP over the whole ranking: `by_codes` with its 95 % interval by drawing the queries again,
    `as_shown` in the default order of a search. `precision_at_10` by codes.
    """

    by_codes: float
    by_codes_95: tuple[float, float]
    as_shown: float
    precision_at_10: float
    n_queries: int
    n_database: int


@dataclass(frozen=True, slots=True)
class KindScore:
    """One kind before and after: mAP in the default order, and how many photos of it asked."""

    kind: str
    before: float
    after: float
    n_queries: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """Photos of one kind that the model after the lesson takes for another.

    `matches` are the nearest photos of the other kind, one for each of `photos`. `n_before` says
    how many there were before.
    """

    kind: str
    taken_for: str
    photos: tuple[Path, ...]
    matches: tuple[Path, ...]
    n_photos: int
    n_before: int


@dataclass(frozen=True, slots=True)
class RestCheck:
    """Whether the rest of the library still works.

    `kept_neighbours` is the share of the ten nearest photos that are the same before and after.
    `known_before` and `known_after` are the mAP, in the default order, of the kinds among them that
    the lesson does not teach (folders or labels that say the same); None where there are none.
    """

    n_photos: int
    kept_neighbours: float
    n_known_kinds: int = 0
    known_before: float | None = None
    known_after: float | None = None


@dataclass(frozen=True, slots=True)
class KindName:
    """A name of its own for a taught kind: the bits that fire for it.

    A photo has the name where the `bits` have the values `is_on`. `auroc` is that of their summed
    activations for the kind on photos kept back.
    """

    kind: str
    bits: tuple[int, ...]
    is_on: tuple[bool, ...]
    auroc: float


@dataclass(frozen=True, slots=True)
class LessonReport:
    """What came of a lesson; the last record.

    `why` says the verdict in sentences. `before_queries` and `after_queries` are the same four
    photos. `silent_bits` had a name that is no longer true, and say nothing any more.
    """

    lesson_id: str
    name: str
    model_id: str
    depth: Depth
    verdict: Verdict
    why: tuple[Notice, ...]
    before: Measured | None
    after: Measured | None
    difference_95: tuple[float, float] | None
    kinds: tuple[KindScore, ...]
    confusions: tuple[Confusion, ...]
    before_queries: tuple[QueryMatches, ...]
    after_queries: tuple[QueryMatches, ...]
    rest: RestCheck | None
    names: tuple[KindName, ...]
    named_bits_kept: int
    silent_bits: tuple[str, ...]
    n_bits: int
    n_photos: int
    n_kinds: int
    n_validating: int
    seconds: float
    peak_memory_bytes: int
    curve: tuple[CurvePoint, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class LessonCost:
    """What a lesson takes on this machine, from a short trial.

    `sample` is how many photos a kind would be learned from so that it stays bearable; 0 is all.
    """

    seconds: float
    memory_bytes: int
    disk_bytes: int
    reencode_seconds: float
    sample: int
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same photos: `before` is the first, `after` the second.

    The verdict is of the second beside the first. `notices` say on which photos it was.
    """

    first: str
    second: str
    verdict: Verdict
    why: tuple[Notice, ...]
    before: Measured | None
    after: Measured | None
    difference_95: tuple[float, float] | None
    kinds: tuple[KindScore, ...]
    before_queries: tuple[QueryMatches, ...]
    after_queries: tuple[QueryMatches, ...]
    notices: tuple[Notice, ...] = ()
