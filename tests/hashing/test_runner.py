"""Batches of one fixed shape, and memory that runs out."""

import numpy as np
import pytest
import torch

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing import runner as runner_module
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.device import cpu_has_bfloat16
from ahash_desktop.hashing.folding import fold_batch_norms, make_probe
from ahash_desktop.hashing.network import AttentionHashNet
from ahash_desktop.hashing.runner import NetworkRunner, batch_size_for

CPU = torch.device("cpu")


@pytest.fixture
def make_runner(tiny_net, describe):
    def make(n_local=0, dtype=torch.float32):
        return NetworkRunner(tiny_net(n_local), describe(), CPU, dtype)

    return make


def in_batches(run, pictures, size):
    return np.concatenate([run(pictures[i : i + size]) for i in range(0, len(pictures), size)])


@pytest.mark.parametrize(
    "dtype",
    [
        torch.float32,
        pytest.param(
            torch.bfloat16,
            marks=pytest.mark.skipif(
                not cpu_has_bfloat16(), reason="this CPU has no bfloat16, and would take minutes"
            ),
        ),
    ],
)
def test_activations_do_not_depend_on_the_batch_with_real_weights(describe, photos, dtype):
    torch.manual_seed(0)
    net = AttentionHashNet(create_backbone("tf_efficientnet_lite0", pretrained=True), 0, 64)
    net = fold_batch_norms(net.eval(), make_probe(96))
    runner = NetworkRunner(net, describe(), CPU, dtype)
    pictures = photos(32, 96)
    together = in_batches(runner.encode, pictures, 32)
    for size in (1, 7):
        np.testing.assert_array_equal(in_batches(runner.encode, pictures, size), together)
    order = np.random.default_rng(1).permutation(32)
    np.testing.assert_array_equal(runner.encode(pictures[order]), together[order])
    lone = np.zeros_like(pictures)
    lone[5] = pictures[9]
    np.testing.assert_array_equal(runner.encode(lone)[5], together[9])


@pytest.mark.parametrize("n_local", [0, 2])
def test_features_and_activations_of_one_pass_are_those_of_two(make_runner, photos, n_local):
    runner = make_runner(n_local)
    pictures = photos(11)
    activations, features = runner.encode_with_features(pictures)
    np.testing.assert_array_equal(activations, runner.encode(pictures))
    np.testing.assert_array_equal(features, runner.features(pictures))
    assert activations.shape == (11, 12)
    assert features.shape == (11, runner.net.n_features)


def test_pixels_are_normalised_by_mean_and_deviation(tiny_net, describe, photos):
    manifest = describe(mean=(0.1, 0.2, 0.3), std=(0.4, 0.5, 0.6))
    net = tiny_net()
    pictures = photos(2)
    scaled = pictures.astype(np.float64) / 255
    by_hand = torch.from_numpy((scaled - manifest.mean) / manifest.std).permute(0, 3, 1, 2)
    with torch.inference_mode():
        expected = net(by_hand.float())
    found = NetworkRunner(net, manifest, CPU, torch.float32).encode(pictures)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_the_projection_stays_float32_in_bfloat16(make_runner, photos):
    runner = make_runner(2, torch.bfloat16)
    assert runner.net.projection.weight.dtype == torch.float32
    assert runner.net.thresholds.dtype == torch.float32
    assert next(runner.net.trunk.parameters()).dtype == torch.bfloat16
    assert runner.encode(photos(3)).dtype == np.float32


def test_no_pictures_give_no_rows(make_runner, photos):
    assert make_runner().encode(photos(3)[:0]).shape == (0, 12)


class Memory:
    """Makes a network fail above a number of pictures."""

    def __init__(self, monkeypatch, net, limit, error):
        forward = net.trunk.forward
        self.sizes = []

        def checked(images):
            self.sizes.append(len(images))
            if len(images) > limit:
                raise error
            return forward(images)

        monkeypatch.setattr(net.trunk, "forward", checked)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 GiB"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("not enough memory: you tried to allocate 9 bytes"),
        MemoryError(),
    ],
    ids=["cuda", "mps", "cpu", "windows", "numpy"],
)
def test_running_out_of_memory_halves_the_batch_and_loses_nothing(
    make_runner, photos, monkeypatch, caplog, error
):
    runner = make_runner()
    expected = runner.encode(photos(20))
    memory = Memory(monkeypatch, runner.net, 2, error)
    np.testing.assert_allclose(runner.encode(photos(20)), expected, atol=1e-5)
    assert memory.sizes == [8, 4] + [2] * 10
    assert runner.batch_size == 2
    assert "memory ran out" in caplog.text


def test_no_memory_for_a_single_picture_is_told(make_runner, photos, monkeypatch):
    runner = make_runner()
    Memory(monkeypatch, runner.net, 0, torch.OutOfMemoryError("out of memory"))
    with pytest.raises(UserFacingError, match="one picture"):
        runner.encode(photos(3))


def test_other_faults_of_the_network_are_not_hidden(make_runner, photos, monkeypatch):
    runner = make_runner()
    Memory(monkeypatch, runner.net, 0, RuntimeError("shapes do not fit"))
    with pytest.raises(RuntimeError, match="shapes"):
        runner.encode(photos(3))


def test_cuda_gives_its_cache_back_before_trying_again(make_runner, monkeypatch):
    runner = make_runner()
    emptied = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append(1))
    runner.device = torch.device("cuda")
    runner._halve()
    assert emptied == [1]
    assert runner.batch_size == runner_module.CPU_BATCH // 2


@pytest.mark.parametrize("kind", ["cpu", "cuda"])
def test_a_pass_over_larger_pictures_has_fewer_of_them(kind):
    sizes = [32, 224, 448, 640, 1024, 2048]
    batches = [batch_size_for(torch.device(kind), size) for size in sizes]
    assert batches[:3] == [batches[0]] * 3
    assert batches == sorted(batches, reverse=True)
    assert all(
        batch == 1 or batch * size**2 <= batches[0] * 448**2
        for batch, size in zip(batches, sizes, strict=True)
    )
