"""The bits that fire for a kind, found by ranks that are made once for all kinds."""

import numpy as np
import pytest

from ahash_desktop.training.judging import named_bits
from ahash_desktop.training.judging.named_bits import auroc_of_columns, name_kinds

N_KINDS = 6


@pytest.fixture
def photos():
    """Activations float16 (600, 24) and their kinds; a kind is on in one or two bits of its own."""
    rng = np.random.default_rng(3)
    labels = rng.integers(-1, N_KINDS, 600)
    activations = rng.normal(0, 0.4, (600, 24))
    for kind in range(N_KINDS):
        activations[labels == kind, 2 * kind] += 0.9 if kind % 2 else -0.9
        activations[labels == kind, 2 * kind + 1] += 0.7
    return np.tanh(activations).astype(np.float16), labels


def plainly_chosen(activations, is_kind):
    """As it is defined: every bit ranked anew each time."""
    signs = np.sign(activations[is_kind].mean(axis=0) + 1e-9).astype(np.float32)
    best, total, reached = [], np.zeros(len(activations), np.float32), 0.0
    for _ in range(3):
        scores = auroc_of_columns(activations * signs + total[:, None], is_kind)
        scores[best] = 0
        bit = int(scores.argmax())
        if best and scores[bit] < reached + 0.002:
            break
        reached = float(scores[bit])
        best.append(bit)
        total = total + activations[:, bit] * signs[bit]
    return tuple(best), tuple(bool(sign > 0) for sign in signs[best])


def test_the_bits_of_a_kind_are_those_of_ranking_all_anew(photos):
    activations, labels = photos
    names = name_kinds(tuple("abcdef"), photos, photos)
    assert [name.kind for name in names] == list("abcdef")
    for index, name in enumerate(names):
        expected = plainly_chosen(activations.astype(np.float32), labels == index)
        assert (name.bits, name.is_on) == expected
        assert name.auroc > 0.9


def test_all_bits_are_ranked_once_however_many_kinds_there_are(photos, monkeypatch):
    ranked = []
    plain = named_bits.rankdata
    monkeypatch.setattr(
        named_bits,
        "rankdata",
        lambda values, axis: ranked.append(values.shape[1]) or plain(values, axis=axis),
    )
    name_kinds(tuple("abcdef"), photos, photos)
    assert ranked.count(24) == 1
    assert max(sorted(ranked)[:-1]) <= 16
