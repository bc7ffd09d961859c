"""Why two pictures match and what tells them apart, as sentences from the named bits."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.gui.base.wording import bit_text, translate
from ahash_desktop.gui.inspector.bit_table import BitValues

_MOST_NAMED = 3


def match_sentence(values: BitValues) -> str:
    """Why two pictures match: the surest of the named bits they agree in.

    Args:
        values: What is compared; of a picture alone there is nothing to say.
    """
    if values.agree is None or values.match is None:
        return ""
    agreeing = np.flatnonzero(values.agree)
    if not agreeing.size:
        return translate("reasons", "No bit says the same of both.")
    query, match = _magnitude(values.query), _magnitude(values.match)
    surest = agreeing[np.argsort(-np.minimum(query, match)[agreeing], kind="stable")]
    on, off = _names_by_sign(values, surest)
    return _both_have(on, off) or _agree_in(surest)


def _both_have(on: Sequence[str], off: Sequence[str]) -> str:
    both, neither = _all_of(on), _any_of(off)
    if on and off:
        return translate("reasons", "Both have {names}; neither has {others}.").format(
            names=both, others=neither
        )
    if on:
        return translate("reasons", "Both have {names}.").format(names=both)
    if off:
        return translate("reasons", "Neither has {names}.").format(names=neither)
    return ""


def _agree_in(surest: NDArray[np.int64]) -> str:
    return translate(
        "reasons", "They agree most surely in {bits}, which have no names yet."
    ).format(bits=_numbers(surest))


def difference_sentence(values: BitValues) -> str:
    """What tells two pictures apart: the named bits in which they differ most.

    Args:
        values: What is compared; of a picture alone there is nothing to say.
    """
    if values.agree is None or values.match is None:
        return ""
    differing = np.flatnonzero(~values.agree)
    if not differing.size:
        return translate("reasons", "Nothing: every bit says the same of both.")
    query, match = _magnitude(values.query), _magnitude(values.match)
    widest = differing[np.argsort(-(query + match)[differing], kind="stable")]
    first, second = _names_by_sign(values, widest)
    return _only_one_has(first, second) or _differ_in(widest)


def _only_one_has(first: Sequence[str], second: Sequence[str]) -> str:
    if first and second:
        return translate(
            "reasons", "Only the first has {names}; only the second has {others}."
        ).format(names=_all_of(first), others=_all_of(second))
    if first:
        return translate("reasons", "Only the first has {names}.").format(names=_all_of(first))
    if second:
        return translate("reasons", "Only the second has {names}.").format(names=_all_of(second))
    return ""


def _differ_in(widest: NDArray[np.int64]) -> str:
    return translate("reasons", "They differ most in {bits}, which have no names yet.").format(
        bits=_numbers(widest)
    )


def _magnitude(activations: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.abs(activations.astype(np.float32))


def _names_by_sign(values: BitValues, bits: NDArray[np.int64]) -> tuple[list[str], list[str]]:
    """Names of the first few bits that are on in the query, and of the first few that are off."""
    named = [bit for bit in bits.tolist() if values.names.get(bit)]
    on = [values.names[bit] for bit in named if values.query[bit] > 0]
    off = [values.names[bit] for bit in named if values.query[bit] <= 0]
    return on[:_MOST_NAMED], off[:_MOST_NAMED]


def _all_of(names: Sequence[str]) -> str:
    return _listed(_quoted(names), translate("reasons", "{first} and {last}"))


def _any_of(names: Sequence[str]) -> str:
    return _listed(_quoted(names), translate("reasons", "{first} or {last}"))


def _numbers(bits: NDArray[np.int64]) -> str:
    texts = [bit_text(bit, None) for bit in bits[:_MOST_NAMED].tolist()]
    return _listed(texts, translate("reasons", "{first} and {last}"))


def _quoted(names: Sequence[str]) -> list[str]:
    return [translate("reasons", "“{name}”").format(name=name) for name in names]


def _listed(texts: Sequence[str], joined: str) -> str:
    """Things as a person lists them: "a, b and c"."""
    if len(texts) <= 1:
        return "".join(texts)
    separator = translate("reasons", ", ")
    return joined.format(first=separator.join(texts[:-1]), last=texts[-1])
