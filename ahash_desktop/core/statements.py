"""What a model may say of a photo in words: only what is sure, only of subjects it knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.records import OTHER, Subject

HAS: Literal["has"] = "has"
HAS_NOT: Literal["has not"] = "has not"


@dataclass(frozen=True, slots=True)
class BitMeaning:
    """What a bit can say.

    `name` is in English, `name_zh` in Chinese ("" if there is none), `attribute` the name in the
    table it comes from. From the activation `has_from` on it is there, up to `lacks_to` it is not;
    None where that is never said. `has_confidence` and `lacks_confidence` are the shares that were
    true of kinds the model had not learned.
    """

    bit: int
    name: str
    name_zh: str
    attribute: str
    domain: str
    has_from: float | None
    lacks_to: float | None
    has_confidence: float
    lacks_confidence: float


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that is said of a photo; `confidence` in 0 … 1."""

    bit: int
    name: str
    name_zh: str
    attribute: str
    says: Literal["has", "has not"]
    confidence: float


def state(
    meanings: Sequence[BitMeaning],
    activations: NDArray[np.floating],
    subject: Subject | None,
) -> tuple[Statement, ...]:
    """What the bits say of a photo: the surest first, what is there before what is not.

    Bits speak of subjects of their own domain alone; of a photo whose subject is not known, or of
    none of the model's domains, nothing is said. Of two bits that say the same the surer one does.

    Args:
        meanings: The meanings of the model's bits.
        activations: Of the photo, float (n_bits,), in −1 … 1.
        subject: What the photo is of.
    """
    if subject is None or subject.domain == OTHER:
        return ()
    found: dict[str, Statement] = {}
    for meaning in meanings:
        if meaning.domain != subject.domain:
            continue
        statement = _say(meaning, float(activations[meaning.bit]))
        if statement is None:
            continue
        known = found.get(meaning.attribute)
        if known is None or statement.confidence > known.confidence:
            found[meaning.attribute] = statement
    order = sorted(found.values(), key=lambda said: (said.says != HAS, -said.confidence, said.bit))
    return tuple(order)


def _say(meaning: BitMeaning, activation: float) -> Statement | None:
    if meaning.has_from is not None and activation >= meaning.has_from:
        says, confidence = HAS, meaning.has_confidence
    elif meaning.lacks_to is not None and activation <= meaning.lacks_to:
        says, confidence = HAS_NOT, meaning.lacks_confidence  # type: ignore[assignment]
    else:
        return None
    return Statement(
        meaning.bit, meaning.name, meaning.name_zh, meaning.attribute, says, confidence
    )
