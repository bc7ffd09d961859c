"""Words find just those photos of which the statements say so."""

import numpy as np
import pytest

from ahash_desktop.core.records import CodeBlock, Subject
from ahash_desktop.core.statements import HAS, BitMeaning, state
from ahash_desktop.core.words import Term, Topic
from ahash_desktop.services.words import PhotoWords

MEANINGS = (
    BitMeaning(0, "red throat", "红色的喉部", "throat::red", "bird", 0.6, -0.5, 0.95, 0.97),
    BitMeaning(1, "red throat", "红色的喉部", "throat::red", "bird", 0.2, None, 0.99, 0),
    BitMeaning(2, "sedan", "轿车", "body::sedan", "car", 0.5, -0.5, 0.96, 0.96),
    BitMeaning(3, "blue crown", "蓝色的头顶", "crown::blue", "bird", None, -0.1, 0, 0.97),
)
N_PHOTOS = 90
DOMAINS = ("bird", "car", "other", None)


class Codes:
    """Codes of photos of birds, cars and other things, in turn."""

    def __init__(self) -> None:
        values = np.random.default_rng(5).random((N_PHOTOS, 5)) * 2 - 1
        activations = values.astype(np.float16)
        ids = np.arange(10, 10 + N_PHOTOS, dtype=np.int64)
        self._block = CodeBlock(5, ids, np.zeros((N_PHOTOS, 1), np.uint8), activations)

    def codes(self) -> CodeBlock:
        return self._block

    def domains(self):
        ids = self._block.photo_ids
        return {name: ids[n :: len(DOMAINS)] for n, name in enumerate(DOMAINS) if name}


class Bits:
    """What the bits say; one that nobody knew was named."""

    meanings = MEANINGS

    def spoken_by_sign(self):
        return {4: "looks left", 0: "my red"}


class NoKinds:
    """A store without photos in folders."""

    def call(self, _work):
        return []


@pytest.fixture
def words() -> PhotoWords:
    return PhotoWords(NoKinds(), Codes(), Bits())


def said_of(row: int) -> dict[str, str]:
    domain = DOMAINS[row % len(DOMAINS)]
    subject = None if domain is None else Subject(domain, 0.9)
    said = state(MEANINGS, Codes().codes().activations[row], subject)
    return {entry.attribute: entry.says for entry in said}


@pytest.mark.parametrize("key", ["throat::red", "body::sedan", "crown::blue"])
def test_a_word_finds_what_the_statements_say(words, key):
    for is_denied in (False, True):
        found = words.find([Term(key, Topic.MARK, is_denied)])
        told = [
            row + 10
            for row in range(N_PHOTOS)
            if key in said_of(row) and (said_of(row)[key] == HAS) != is_denied
        ]
        assert sorted(found.tolist()) == told


def test_known_words_are_counted_as_they_are_found(words):
    known = {word.key: word for word in words.known()}
    assert set(known) == {"throat::red", "body::sedan", "crown::blue", "bit:4"}
    for word in known.values():
        for is_denied in (False, True):
            n_found = words.find([Term(word.key, Topic.MARK, is_denied)]).size
            assert word.n_photos(is_denied=is_denied) in (n_found, None)
    assert known["crown::blue"].n_has is None
    assert known["throat::red"].names == ("my red", "red throat", "红色的喉部")


def test_all_terms_must_be_true_and_an_unknown_one_never_is(words):
    both = [Term("throat::red", Topic.MARK), Term("bit:4", Topic.MARK, True)]
    found = words.find(both)
    assert set(found.tolist()) == set(words.find(both[:1]).tolist()) & set(
        words.find(both[1:]).tolist()
    )
    assert words.find([*both, Term("bit:99", Topic.MARK)]).size == 0
