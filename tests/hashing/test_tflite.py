"""TensorFlow Lite files: what is in them, and that hostile ones are refused."""

import struct
import time

import numpy as np
import pytest

from ahash_desktop.hashing.base_weights import BIRDS
from ahash_desktop.hashing.tflite import CONVOLUTION, TfliteError, read_tflite
from tests import patience
from tests.hashing.tflite_files import make_tflite


def test_quantised_weights_are_widened_to_what_they_stand_for():
    stored = np.arange(16 * 27, dtype=np.int64).reshape(16, 3, 3, 3) % 256
    content = make_tflite(stored.astype(np.uint8), np.arange(16), scale=0.5, zero=128)
    network = read_tflite(content)
    assert (network.input_size, network.input_scale, network.input_zero) == (32, 0.0078125, 128)
    (layer,) = network.layers
    np.testing.assert_array_equal(layer.weight, ((stored - 128) * 0.5).transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(layer.bias, np.arange(16) * 0.25)
    assert (layer.operator, layer.stride, layer.is_same, layer.has_relu6) == (
        CONVOLUTION,
        2,
        True,
        True,
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"TFL3", b"\0" * 64, b"\xff" * 64, struct.pack("<I4s", 0, b"TFL3")],
    ids=["empty", "short", "zeros", "ones", "root at itself"],
)
def test_what_is_no_such_file_is_refused(content):
    with pytest.raises(TfliteError):
        read_tflite(content)


def test_every_cut_of_a_file_is_refused():
    whole = make_tflite(np.ones((4, 3, 3, 3), np.uint8), np.zeros(4))
    for length in range(len(whole)):
        with pytest.raises(TfliteError):
            read_tflite(whole[:length])


def test_a_changed_file_is_read_or_refused_but_never_breaks_anything(thorough):
    whole = make_tflite(np.ones((4, 3, 3, 3), np.uint8), np.zeros(4))
    rng = np.random.default_rng(5)
    for _ in range(20_000 if thorough else 1_500):
        changed = bytearray(whole)
        for place in rng.integers(0, len(whole), rng.integers(1, 6)):
            changed[place] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.integers(256)])
        try:
            network = read_tflite(bytes(changed))
        except TfliteError:
            continue
        assert all(np.isfinite(layer.weight).all() for layer in network.layers)


def test_a_small_file_that_names_the_same_weights_again_and_again_is_refused():
    content = make_tflite(np.ones((512, 32, 32, 3), np.uint8), np.zeros(512), n_times=999)
    assert len(content) < 2_000_000
    with patience.Budget() as budget:
        began = time.process_time()
        with pytest.raises(TfliteError, match="too many weights"):
            read_tflite(content)
        spent_s = time.process_time() - began
    assert budget.allows(spent_s, 60.0)


def test_the_file_of_the_birds_is_refused_wherever_it_is_cut(photos_folder):
    path = photos_folder / "teachers" / BIRDS.weights.name
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    content = path.read_bytes()
    for length in np.linspace(0, 0.99 * len(content), 60).astype(int):
        with pytest.raises(TfliteError):
            read_tflite(content[:length])
