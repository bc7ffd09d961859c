"""What a model that was taught by another goes on saying of its bits."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.hashing.manifest import BundleManifest

_STEADY = 0.9
"""A bit whose activations agree so well with what they were before, by correlation, may speak."""


def keep_speech(
    manifest: BundleManifest,
    before: BundleManifest,
    activations: NDArray[np.floating],
    activations_before: NDArray[np.floating],
) -> BundleManifest:
    """A manifest whose bits say what they said before, as far as they still mean it.

    Names, thresholds of statements and domains are taken over; a bit that has changed falls silent.
    What scores are worth is not: other codes have other scores.

    Args:
        manifest: Of the new model, with as many bits.
        before: Of the model that taught it.
        activations: What the new bits say of some photos, float (n, k).
        activations_before: What the old ones said of them.
    """
    is_kept = _correlation(activations, activations_before) >= _STEADY

    def picked(entries: tuple, name: str) -> tuple:  # type: ignore[type-arg]  # of any kind
        own = getattr(manifest, name)
        if not entries:
            return tuple(own)
        return tuple(entry if kept else None for entry, kept in zip(entries, is_kept, strict=True))

    names = picked(before.bit_names, "bit_names")
    return replace(
        manifest,
        bit_names=tuple(own or old for own, old in zip(manifest.bit_names, names, strict=True)),
        bit_names_zh=picked(before.bit_names_zh, "bit_names_zh"),
        bit_attributes=picked(before.bit_attributes, "bit_attributes"),
        bit_domains=picked(before.bit_domains, "bit_domains"),
        says_has=picked(before.says_has, "says_has"),
        says_has_not=picked(before.says_has_not, "says_has_not"),
        says_confidence=picked(before.says_confidence, "says_confidence"),
        domains=before.domains,
        domain_sure=before.domain_sure,
        subject_map=before.subject_map,
        subject_level=before.subject_level,
    )


def _correlation(values: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.float64]:
    """Of each column with the same one of the others."""
    one, other = (
        part.astype(np.float64) - part.mean(axis=0, dtype=np.float64) for part in (values, others)
    )
    length = np.linalg.norm(one, axis=0) * np.linalg.norm(other, axis=0)
    together: NDArray[np.float64] = (one * other).sum(axis=0) / np.maximum(length, 1e-12)
    return together
