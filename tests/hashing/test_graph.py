"""Networks as graphs: the same codes as torch's, kept, and made anew where not to be trusted."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing import graph_making, opening, torch_opening
from ahash_desktop.hashing.bundle import read_manifest
from ahash_desktop.hashing.encoder import LoadedNetwork, NetworkEncoder
from ahash_desktop.hashing.graph import Graph, GraphFiles, GraphVerdict
from ahash_desktop.hashing.graph_making import make_graph
from ahash_desktop.hashing.graph_runner import GraphRunner
from ahash_desktop.hashing.looking import PictureEncoder
from ahash_desktop.hashing.opening import may_accelerate, open_encoder
from ahash_desktop.hashing.torch_opening import open_with_torch
from tests.hashing.conftest import SIZE

GOOD = GraphVerdict(is_usable=True, differing_share=0.0, speedup=2.0)


@pytest.fixture(autouse=True)
def any_speed(monkeypatch):
    """Tiny networks prove nothing of speed, least of all on a busy machine."""
    monkeypatch.setattr(graph_making, "LEAST_SPEED", 0.0)
    monkeypatch.setattr(opening, "may_accelerate", lambda: False)


@pytest.fixture
def checks(tmp_path):
    return tmp_path / "machine" / "checks.json"


@pytest.fixture
def both(save_tiny):
    """The network in torch, and as a graph."""

    def make(**changes):
        network = LoadedNetwork(save_tiny(**changes))
        runner = network.make_runner(torch.device("cpu"), torch.float32)
        graph, verdict = make_graph(runner, SIZE)
        assert verdict.is_usable
        return NetworkEncoder(network.manifest, runner), PictureEncoder(
            network.manifest, GraphRunner(graph, threads=2), "cpu", "float32"
        )

    return make


@pytest.mark.parametrize("n_local", [0, 2])
def test_a_graph_gives_the_codes_of_torch(both, photos, n_local):
    by_torch, by_graph = both(n_local=n_local)
    pictures = photos(5)
    codes, activations = by_graph.encode(pictures)
    np.testing.assert_array_equal(codes, by_torch.encode(pictures)[0])
    np.testing.assert_allclose(
        activations.astype(float), by_torch.encode(pictures)[1].astype(float), atol=2e-3
    )


def test_a_code_depends_neither_on_its_neighbours_nor_on_threads(both, photos):
    _, by_graph = both(n_local=1)
    pictures = photos(7)
    together = by_graph.encode(pictures)[1]
    alone = np.concatenate([by_graph.encode(picture[None])[1] for picture in pictures])
    np.testing.assert_array_equal(together, alone)


def test_a_graph_explains_as_torch_does(both, photos):
    by_torch, by_graph = both(n_local=2)
    picture = photos(1)[0]
    expected = by_torch.explain(picture, [3, 0, 11])
    found = by_graph.explain(picture, [3, 0, 11])
    np.testing.assert_allclose(found.maps, expected.maps, atol=1e-3)
    np.testing.assert_allclose(found.logits, expected.logits, atol=1e-4)
    np.testing.assert_allclose(found.maps.mean(axis=(1, 2)), found.logits, atol=1e-3)
    with pytest.raises(ValueError, match="bit 12"):
        by_graph.explain(picture, [12])


def test_the_second_start_needs_no_torch(save_tiny, checks):
    folder = save_tiny()
    first = open_encoder(folder, device="cpu", checks=checks)
    assert not isinstance(first, NetworkEncoder)
    program = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from ahash_desktop.hashing.opening import open_encoder\n"
        "e = open_encoder(Path(sys.argv[1]), device='cpu', checks=Path(sys.argv[2]))\n"
        f"e.encode(np.zeros((1, {SIZE}, {SIZE}, 3), np.uint8))\n"
        "print(sorted({'torch', 'timm', 'scipy', 'onnx'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program, str(folder), str(checks)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_damaged_graph_is_made_anew(save_tiny, checks, photos):
    folder = save_tiny()
    expected = open_encoder(folder, device="cpu", checks=checks).encode(photos(2))[0]
    (kept,) = (checks.parent / "graphs").glob("*.safetensors")
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-1] + b"x")
    found = open_encoder(folder, device="cpu", checks=checks).encode(photos(2))[0]
    np.testing.assert_array_equal(found, expected)
    assert GraphFiles(checks.parent / "graphs").find(read_manifest(folder).model_id) is not None


@pytest.mark.parametrize("change", [{"runtime": "0.1"}, {"form": 0}, {"digest": "0"}])
def test_a_graph_that_another_program_checked_is_not_trusted(tmp_path, change):
    files = GraphFiles(tmp_path)
    files.keep("a", Graph(b"model", np.zeros((2, 3), np.float32), np.zeros(2, np.float32)), GOOD)
    assert files.find("a").model == b"model"
    note = tmp_path / "a.json"
    note.write_text(json.dumps(json.loads(note.read_text()) | change))
    assert files.find("a") is None


def test_where_bits_differ_torch_goes_on(save_tiny, checks, monkeypatch, photos):
    tried = []

    def differing(*args):
        tried.append(args)
        return 0.02

    monkeypatch.setattr(graph_making, "differing_share", differing)
    folder = save_tiny()
    for _ in range(2):
        encoder = open_encoder(folder, device="cpu", checks=checks)
        assert isinstance(encoder, NetworkEncoder)
    assert len(tried) == 1
    assert not list((checks.parent / "graphs").glob("*.safetensors"))
    assert encoder.encode(photos(1))[0].shape == (1, 2)


def test_a_network_that_cannot_be_exported_is_left_to_torch(save_tiny, checks, monkeypatch):
    def refuse(*args, **options):
        raise torch.onnx.OnnxExporterError("no such operator")

    monkeypatch.setattr(torch.onnx, "export", refuse)
    assert isinstance(open_encoder(save_tiny(), device="cpu", checks=checks), NetworkEncoder)


def test_without_the_runtime_torch_goes_on(save_tiny, checks, monkeypatch):
    monkeypatch.setattr(opening, "_find_files", lambda folder: None)
    assert isinstance(open_encoder(save_tiny(), device="cpu", checks=checks), NetworkEncoder)


def test_a_changed_bundle_is_refused_though_its_graph_is_here(save_tiny, checks):
    folder = save_tiny()
    open_encoder(folder, device="cpu", checks=checks)
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(UserFacingError, match="changed or damaged"):
        open_encoder(folder, device="cpu", checks=checks)


def test_graphs_long_unused_are_cleared_away(tmp_path):
    files = GraphFiles(tmp_path)
    graph = Graph(b"model", np.zeros((1, 1), np.float32), np.zeros(1, np.float32))
    for number in range(9):
        files.keep(f"m{number}", graph, GOOD)
        os.utime(tmp_path / f"m{number}.safetensors", (number, number))
    assert files.find("m0") is None
    assert files.find("m8") is not None
    assert len(list(tmp_path.glob("*.json"))) < 9


@pytest.mark.skipif(sys.platform != "linux", reason="the traces are Linux's")
def test_a_driver_tells_of_an_accelerator(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "torch_may_accelerate", lambda: True)
    assert not may_accelerate(tmp_path)
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "kfd").touch()
    assert may_accelerate(tmp_path)


@pytest.mark.parametrize(
    ("libraries", "may"),
    [
        (["libtorch_cpu.so"], False),
        (["torch_cpu.dll"], False),
        (["libtorch_cpu.so", "libtorch_cuda.so"], True),
        (["torch_cuda.dll"], True),
        (["libtorch_hip.so"], True),
        (None, True),
    ],
)
def test_a_torch_for_the_cpu_is_not_asked_for_an_accelerator(tmp_path, monkeypatch, libraries, may):
    package = tmp_path / "torch"
    package.mkdir()
    (package / "__init__.py").write_text("raise AssertionError('torch was loaded')")
    if libraries is not None:
        (package / "lib").mkdir()
    for name in libraries or ():
        (package / "lib" / name).touch()
    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.syspath_prepend(tmp_path)
    assert opening.torch_may_accelerate() == may


def test_torch_loads_no_network_whose_graph_is_kept(save_tiny, checks, monkeypatch):
    folder = save_tiny()
    open_with_torch(folder, "cpu", 2, checks, GraphFiles(checks.parent / "graphs"))
    monkeypatch.setattr(torch_opening, "LoadedNetwork", lambda _folder: pytest.fail("loaded"))
    again = open_with_torch(folder, "cpu", 2, checks, GraphFiles(checks.parent / "graphs"))
    assert again.device == "cpu"
