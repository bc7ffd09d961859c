"""Codes come back bit for bit, in a block of arrays that is ready for searching."""

from typing import Any

import numpy as np
import pytest

from ahash_desktop.core.records import ModelRecord
from ahash_desktop.store.library import Library


def test_a_code_comes_back_bit_for_bit(
    library: Library, model: ModelRecord, fill: Any, encoded: Any
) -> None:
    photo_id = fill.index("a.jpg", seed=3)
    found = library.codes.get(photo_id, model.model_key)
    assert found is not None
    assert (found.code.dtype, found.activations.dtype) == (np.uint8, np.float16)
    assert found.code.tobytes() == encoded(3).code.tobytes()
    assert found.activations.tobytes() == encoded(3).activations.tobytes()
    assert library.codes.get(photo_id + 1, model.model_key) is None
    assert library.codes.get(photo_id, model.model_key + 1) is None


def test_a_block_holds_every_visible_photo_by_id(
    library: Library, model: ModelRecord, fill: Any, encoded: Any
) -> None:
    ids = [fill.index(f"{name}.jpg", seed=seed) for seed, name in enumerate("zyxwvu")]
    missing, broken, ignored = ids[1], ids[2], ids[3]
    library.work.mark_missing([missing], 1.0)
    fill.fail(broken)
    library.work.ignore([ignored])
    fill.scan("v.jpg", size=1)
    fill.scan("new.jpg")
    block = library.codes.load(model.model_key, model.n_bits)
    assert block.n_bits == model.n_bits
    assert block.photo_ids.tolist() == [ids[0], ids[4], ids[5]]
    for row, seed in enumerate((0, 4, 5)):
        assert block.codes[row].tobytes() == encoded(seed).code.tobytes()
        assert block.activations[row].tobytes() == encoded(seed).activations.tobytes()
    assert library.codes.count(model.model_key) == 5


def test_a_model_without_codes_gives_an_empty_block(library: Library, model: ModelRecord) -> None:
    block = library.codes.load(model.model_key, 12)
    assert (block.photo_ids.dtype, block.photo_ids.shape) == (np.int64, (0,))
    assert (block.codes.dtype, block.codes.shape) == (np.uint8, (0, 2))
    assert (block.activations.dtype, block.activations.shape) == (np.float16, (0, 12))


def test_damaged_rows_are_left_out_and_logged(
    library: Library, model: ModelRecord, fill: Any, caplog: pytest.LogCaptureFixture
) -> None:
    ids = [fill.index(f"{number}.jpg", seed=number) for number in range(4)]
    run = library._connection.run
    run("UPDATE codes SET code = x'010203' WHERE photo_id = ?", (ids[0],))
    run("UPDATE codes SET activations = x'01' WHERE photo_id = ?", (ids[2],))
    block = library.codes.load(model.model_key, model.n_bits)
    assert block.photo_ids.tolist() == [ids[1], ids[3]]
    assert block.codes.shape == (2, 2)
    assert library.codes.get(ids[0], model.model_key) is None
    assert f"photo {ids[0]} is damaged" in caplog.text
    assert f"photo {ids[2]} is damaged" in caplog.text
    assert library.codes.load(model.model_key, 64).photo_ids.size == 0


def test_a_block_of_many_batches_is_whole(
    library: Library, model: ModelRecord, root: Any, encoded: Any
) -> None:
    run_many = library._connection.run_many
    n_photos = 20_001
    ids = range(1, n_photos + 1)
    run_many(
        "INSERT INTO photos (photo_id, root_id, relative_path, size_bytes, mtime_ns, state,"
        " added_at, local_time_s) VALUES (?, ?, ?, 1, 1, 'indexed', 1.0, 1)",
        [(photo_id, root.root_id, f"{photo_id}.jpg") for photo_id in ids],
    )
    values = np.random.default_rng(0).uniform(-1, 1, (n_photos, 12)).astype("<f2")
    codes = np.packbits(values > 0, axis=1)
    run_many(
        "INSERT INTO codes (model_key, photo_id, code, activations) VALUES (?, ?, ?, ?)",
        [(model.model_key, i, codes[i - 1].tobytes(), values[i - 1].tobytes()) for i in ids],
    )
    block = library.codes.load(model.model_key, 12)
    assert np.array_equal(block.photo_ids, np.arange(1, n_photos + 1))
    assert np.array_equal(block.codes, codes)
    assert np.array_equal(block.activations, values)


def test_only_what_was_stored_since_is_read(
    library: Library, model: ModelRecord, fill: Any, encoded: Any
) -> None:
    ids = [fill.index(f"{number}.jpg", seed=number) for number in range(3)]
    key, n_bits = model.model_key, model.n_bits
    first = library.codes.changes(key, n_bits)
    assert first.block.photo_ids.tolist() == ids
    assert (first.n_codes, first.hidden.tolist()) == (3, [])
    nothing = library.codes.changes(key, n_bits, first.newest)
    assert (nothing.block.photo_ids.size, nothing.newest) == (0, first.newest)
    library.work.ignore([ids[0]])
    with library.transaction():
        library.codes.store(ids[1], key, encoded(9), None)
    new = fill.index("new.jpg", seed=4)
    since = library.codes.changes(key, n_bits, first.newest)
    assert since.block.photo_ids.tolist() == [ids[1], new]
    assert since.block.codes[0].tobytes() == encoded(9).code.tobytes()
    assert (since.n_codes, since.hidden.tolist()) == (4, [ids[0]])
    assert since.newest > first.newest
    assert library.codes.ids(key).tolist() == [*ids, new]
    assert library.codes.changes(key + 1, n_bits).n_codes == 0


def test_a_code_in_place_of_the_newest_is_newer_all_the_same(
    library: Library, model: ModelRecord, fill: Any, encoded: Any
) -> None:
    ids = [fill.index(f"{number}.jpg", seed=number) for number in range(2)]
    newest = library.codes.changes(model.model_key, model.n_bits).newest
    library._connection.run("DELETE FROM codes WHERE photo_id = ?", (ids[1],))
    with library.transaction():
        library.codes.store(ids[1], model.model_key, encoded(5), None)
    since = library.codes.changes(model.model_key, model.n_bits, newest)
    assert since.block.photo_ids.tolist() == [ids[1]]
