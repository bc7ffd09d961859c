"""How close a match is, in a word: what its score was worth on kinds that nobody had labelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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


def read_curve(stored: Mapping[str, Any] | None) -> ClosenessCurve | None:
    """The curve that a model's description holds; None for a model that was not calibrated."""
    if stored is None or stored.get("order") != "strength":
        return None
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
