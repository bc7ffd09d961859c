import numpy as np
import pytest
from PySide6.QtGui import QImage

from ahash_desktop.core.records import Evidence
from ahash_desktop.gui.inspector.bit_evidence import BitGroup, Seen, bit_evidence, group_signs
from ahash_desktop.gui.inspector.bit_table import BitValues

N_BITS = 6


def seen(seed: int) -> Seen:
    maps = np.random.default_rng(seed).standard_normal((N_BITS, 4, 5)).astype(np.float32)
    logits = maps.mean(axis=(1, 2))
    evidence = Evidence(tuple(range(N_BITS)), logits, maps, np.empty((0, 0, 3), np.uint8))
    return Seen(QImage(), evidence)


@pytest.fixture
def pair() -> tuple[Seen, Seen]:
    return seen(1), seen(2)


@pytest.fixture
def values(pair) -> BitValues:
    query, match = (np.tanh(one.evidence.logits) for one in pair)
    return BitValues(query, match, {})


def test_a_bit_shows_its_logits(qapp, pair, values):
    shown = bit_evidence(4, values, pair)
    assert shown.sums == pytest.approx([one.evidence.logits[4] for one in pair])
    assert (shown.n_bits, len(shown.overlays)) == (1, 2)


def test_agreeing_and_differing_bits_add_up_to_all_bits(qapp, pair, values):
    agreeing = bit_evidence(BitGroup.AGREEING, values, pair)
    differing = bit_evidence(BitGroup.DIFFERING, values, pair)
    assert agreeing.n_bits + differing.n_bits == N_BITS
    assert agreeing.sums[0] + differing.sums[0] == pytest.approx(
        float(np.abs(pair[0].evidence.logits).sum()), rel=1e-5
    )
    assert min(agreeing.sums) > 0
    assert differing.sums[0] > 0 > differing.sums[1]


@pytest.mark.parametrize("group", list(BitGroup))
def test_the_sum_of_a_group_is_the_mean_of_its_map(pair, values, group):
    signs = group_signs(values, group)
    for one, told in zip(pair, bit_evidence(group, values, pair).sums, strict=True):
        slow = sum(sign * one.evidence.maps[bit] for bit, sign in enumerate(signs))
        assert told == pytest.approx(float(slow.mean()), rel=1e-4)


def test_a_group_without_bits_has_no_evidence(qapp, pair, values):
    same = BitValues(values.query, values.query, {})
    assert bit_evidence(BitGroup.DIFFERING, same, pair) is None
    assert bit_evidence(BitGroup.AGREEING, None, pair) is None
    alone = BitValues(values.query, None, {})
    assert bit_evidence(BitGroup.AGREEING, alone, pair[:1]) is None
