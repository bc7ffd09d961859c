"""Suggestions from the nearest labelled photos, with a confidence that can be believed."""

import numpy as np

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import CodeBlock
from ahash_desktop.services.teaching.suggesting import Suggestions, SuggestProgress, suggest

N_BITS = 64


def block_of(kinds, noise=0.35, seed=0):
    """Photos around the middle of their kind; ids are ten times their place."""
    rng = np.random.default_rng(seed)
    middles = rng.choice([-0.8, 0.8], (max(kinds) + 1, N_BITS))
    values = middles[kinds] + rng.normal(0, noise, (len(kinds), N_BITS))
    activations = np.tanh(values).astype(np.float16)
    ids = np.arange(len(kinds)) * 10
    return CodeBlock(N_BITS, ids, pack_activations(activations), activations)


def last(records) -> Suggestions:
    *progress, found = records
    assert all(isinstance(record, SuggestProgress) for record in progress)
    assert isinstance(found, Suggestions)
    return found


def test_photos_get_the_name_of_their_like_and_strangers_are_not_sure():
    kinds = [number % 6 for number in range(360)]
    block = block_of(kinds)
    labels = {
        int(photo_id): f"kind {kinds[row]}"
        for row, photo_id in enumerate(block.photo_ids)
        if kinds[row] < 5 and row % 2
    } | {int(block.photo_ids[row]): "kind 0" for row in range(0, 180, 12)}
    found = last(suggest(block, labels, {}, CancelToken()))
    assert len(found.suggestions) == len(kinds) - len(labels)
    sure = [each for each in found.suggestions if each.is_sure]
    known = [each for each in found.suggestions if kinds[each.photo_id // 10] in {1, 3}]
    strangers = [each for each in found.suggestions if kinds[each.photo_id // 10] == 5]
    right = [each.name == f"kind {kinds[each.photo_id // 10]}" for each in sure]
    assert np.mean(right) >= 0.95
    assert sum(each.is_sure for each in known) >= 0.6 * len(known)
    assert sum(not each.is_sure for each in strangers) >= 0.8 * len(strangers)


def test_refused_names_are_not_suggested_again():
    block = block_of([0, 0, 0, 1, 1, 1])
    labels = {0: "a", 10: "a", 30: "b", 40: "b"}
    refused = {20: frozenset({"a"}), 50: frozenset({"a", "b"})}
    found = last(suggest(block, labels, refused, CancelToken()))
    assert [(each.photo_id, each.name) for each in found.suggestions] == [(20, "b")]


def test_few_labels_make_nothing_sure_and_none_suggest_nothing():
    block = block_of([0, 0, 0, 1, 1, 1])
    found = last(suggest(block, {0: "a", 30: "b"}, {}, CancelToken()))
    assert len(found.suggestions) == 4
    assert not any(each.is_sure for each in found.suggestions)
    assert last(suggest(block, {}, {}, CancelToken())).suggestions == ()


def test_groups_are_by_name_with_the_surest_first():
    kinds = [number % 3 for number in range(120)]
    block = block_of(kinds)
    labels = {int(i): f"kind {kinds[row]}" for row, i in enumerate(block.photo_ids) if row < 60}
    groups = last(suggest(block, labels, {}, CancelToken())).groups()
    assert set(groups) == {"kind 0", "kind 1", "kind 2"}
    for group in groups.values():
        assert [each.is_sure for each in group] == sorted(
            (each.is_sure for each in group), reverse=True
        )


def test_photos_that_were_learned_from_do_not_say_how_sure_others_are():
    """They lie closer together than those that were kept back, which decide."""
    kinds = [number % 6 for number in range(1200)]
    block = block_of(kinds, noise=2.4, seed=4)
    close = block_of(kinds, noise=0.2, seed=4)
    is_learned = np.arange(1200) < 240
    activations = np.where(is_learned[:, None], close.activations, block.activations)
    mixed = CodeBlock(N_BITS, block.photo_ids, pack_activations(activations), activations)
    labelled = np.arange(1200) < 300
    labels = {int(i): f"{kinds[row]}" for row, i in enumerate(block.photo_ids) if labelled[row]}
    learned = frozenset(block.photo_ids[is_learned].tolist())

    def right_of_sure(found):
        sure = [each for each in found.suggestions if each.is_sure]
        right = [each.name == f"{kinds[each.photo_id // 10]}" for each in sure]
        return len(sure), float(np.mean(right)) if right else 1.0

    n_all, _ = right_of_sure(last(suggest(mixed, labels, {}, CancelToken())))
    n_told, told = right_of_sure(last(suggest(mixed, labels, {}, CancelToken(), learned)))
    assert n_all
    assert n_told
    assert told >= 0.95
