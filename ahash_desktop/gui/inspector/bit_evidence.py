"""The evidence of one bit, or of many bits together, ready to be painted over pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from ahash_desktop.core.records import Evidence
from ahash_desktop.gui.inspector.bit_table import BitValues
from ahash_desktop.gui.pictures.overlays import Overlay, evidence_scales, overlay_of


class BitGroup(StrEnum):
    """Bits that can be looked at together."""

    AGREEING = "agreeing"
    DIFFERING = "differing"


EvidenceChoice = int | BitGroup | None
"""Whose evidence is wanted: that of a bit, of a group of bits, or none."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture with all its evidence maps at hand.

    `evidence` has every bit in order; `picture` is what the maps lie over.
    """

    picture: QImage
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class BitEvidence:
    """The evidence of the chosen bits in one or two pictures.

    `sums` has the mean of the map over each picture, query first: for a single bit its logit, for
    a group the sum of the logits of its `n_bits`, each with the sign it has in the query.
    """

    choice: int | BitGroup
    n_bits: int
    sums: tuple[float, ...]
    overlays: tuple[Overlay, ...]


def group_signs(values: BitValues, group: BitGroup) -> NDArray[np.float32]:
    """How each bit counts in a group: float32 (n_bits,).

    A bit outside the group counts 0, a bit inside +1 if it is on in the query and -1 if it is
    off. So what is positive in the group's map speaks for the query's values.
    """
    agree = values.agree
    if agree is None:
        return np.zeros(values.query.size, dtype=np.float32)
    inside = agree if group is BitGroup.AGREEING else ~agree
    signs: NDArray[np.float32] = np.where(values.query > 0, 1.0, -1.0).astype(np.float32) * inside
    return signs


def bit_evidence(
    choice: int | BitGroup, values: BitValues | None, seen: Sequence[Seen]
) -> BitEvidence | None:
    """The evidence of a choice over some pictures; None for a group that is empty or unknown.

    Args:
        choice: A bit, or a group.
        values: What is compared; a group is only known with it.
        seen: The pictures, query first.
    """
    n_bits = len(seen[0].evidence.bits)
    if isinstance(choice, BitGroup):
        signs = np.zeros(n_bits) if values is None else group_signs(values, choice)
    else:
        signs = np.equal(np.arange(n_bits), choice)
    chosen = np.flatnonzero(signs)
    if not chosen.size:
        return None
    weights = signs[chosen].astype(np.float32)
    maps = [np.tensordot(weights, one.evidence.maps[chosen], axes=1) for one in seen]
    scales = evidence_scales(maps)
    return BitEvidence(
        choice=choice,
        n_bits=int(chosen.size),
        sums=tuple(float(weights @ one.evidence.logits[chosen]) for one in seen),
        overlays=tuple(
            overlay_of(values, scale, one.evidence.seen)
            for values, scale, one in zip(maps, scales, seen, strict=True)
        ),
    )
