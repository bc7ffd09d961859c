"""What is found of labelled photos before anything is trained, and what can be done about it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.kinds import with_labels, without_kinds, without_photos
from ahash_desktop.training.ask.labels import Notice


class FindingKind(StrEnum):
    """What is the matter."""

    UNREADABLE = "unreadable"
    NO_PHOTOS = "no photos"
    LONE_PHOTO = "lone photo"
    FEW_PHOTOS = "few photos"
    IMBALANCE = "imbalance"
    IN_TWO_KINDS = "in two kinds"
    NEAR_DUPLICATES = "near duplicates"
    DOUBTFUL_LABEL = "doubtful label"
    TINY = "tiny"
    BLURRED = "blurred"
    NOTICED = "noticed"


class Remedy(StrEnum):
    """What a person can do about a finding; nothing on disk changes by any of it."""

    IGNORE = "ignore"
    EXCLUDE = "exclude"
    FIX = "fix"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    `text` is a sentence without its full stop. `photos` are those it is about, `beside` others to
    show beside them: for a doubtful label its nearest neighbours, for near duplicates the one that
    is kept. `kinds` are the kinds concerned, `suggested` the kind that the neighbours of a doubtful
    photo have. `remedies` are offered besides ignoring it. `is_blocking` ones must be dealt with.
    """

    kind: FindingKind
    text: Notice
    photos: tuple[Path, ...] = ()
    kinds: tuple[str, ...] = ()
    beside: tuple[Path, ...] = ()
    suggested: str = ""
    remedies: tuple[Remedy, ...] = (Remedy.IGNORE, Remedy.EXCLUDE)
    is_blocking: bool = False


@dataclass(frozen=True, slots=True)
class CheckProgress:
    """How many photos were looked at."""

    phase: str
    n_done: int
    n_to_do: int
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found; the last record.

    `together` says by photo what it shows, for photos that have to stay on one side of the
    division: copies and near duplicates.
    """

    findings: tuple[Finding, ...]
    n_photos: int
    n_kinds: int
    together: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def may_start(self) -> bool:
        """Whether nothing has to be dealt with first."""
        return not any(finding.is_blocking for finding in self.findings)

    def same_pictures(self) -> dict[Path, str]:
        """What `kinds.divided` takes as `together`."""
        return {Path(name): shown for name, shown in self.together.items()}


def follow(labelled: LabelledSet, finding: Finding, remedy: Remedy) -> LabelledSet:
    """The set after a remedy: photos or kinds left out, or a photo given to the suggested kind."""
    if remedy == Remedy.IGNORE:
        return labelled
    if remedy == Remedy.FIX and finding.suggested:
        return with_labels(labelled, dict.fromkeys(finding.photos, finding.suggested))
    if finding.photos:
        return without_photos(labelled, finding.photos)
    return without_kinds(labelled, finding.kinds)


def of_kind(findings: Iterable[Finding], kind: FindingKind) -> tuple[Finding, ...]:
    """The findings of one kind."""
    return tuple(finding for finding in findings if finding.kind == kind)
