"""How close a match is, in a word: what its score was worth on kinds that nobody had labelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ahash_desktop.core.records import Subject

VERY_CLOSE, CLOSE, LOOSE, NONE = "very close", "close", "loose", "none"
BANDS = (VERY_CLOSE, CLOSE, LOOSE, NONE)
"""From the closest on."""


@dataclass(frozen=True, slots=True)
class ClosenessCurve:
    """From which score on a match is in each band; scores are those of the default order."""

    very_close: float
    close: float
    loose: float

    def band(self, score: float) -> str:
        """The word for a score."""
        edges = (self.very_close, self.close, self.loose)
        for name, edge in zip(BANDS, edges, strict=False):
            if score >= edge:
                return name
        return NONE


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curves of a model: one for all, or one for each domain of the picture that asks.

    Within a search there is one curve, so that words never rise along a ranking. A model that was
    not calibrated has neither.
    """

    general: ClosenessCurve | None = None
    domains: Mapping[str, ClosenessCurve] = field(default_factory=dict)

    def curve_of(self, subject: Subject | None) -> ClosenessCurve | None:
        """The curve for what a picture that asks is of; None where nothing is said."""
        if not self.domains:
            return self.general
        return None if subject is None else self.domains.get(subject.domain)


def read_calibration(stored: Mapping[str, Any] | None) -> Calibration:
    """What a model's description holds."""
    if stored is None or stored.get("order") != "strength":
        return Calibration()
    domains = {name: _read_curve(part) for name, part in stored.get("domains", {}).items()}
    return Calibration(_read_curve(stored), domains)


def _read_curve(stored: Mapping[str, Any]) -> ClosenessCurve:
    return ClosenessCurve(
        float(stored["very_close"]), float(stored["close"]), float(stored["loose"])
    )


def bands(curve: ClosenessCurve | None, scores: Sequence[float]) -> tuple[str | None, ...]:
    """The word for each match of a ranking, in its order.

    No match is called closer than one before it: what lies beyond the shortlist of the nearest
    codes may have a larger score than the last within, and is no closer for that.
    """
    if curve is None:
        return (None,) * len(scores)
    found: list[str | None] = []
    least = 0
    for score in scores:
        least = max(least, BANDS.index(curve.band(score)))
        found.append(BANDS[least])
    return tuple(found)
