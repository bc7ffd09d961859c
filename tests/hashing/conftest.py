"""Small networks and bundles with random weights."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.bundle import BundleManifest, save_bundle
from ahash_desktop.hashing.network import AttentionHashNet, export_weights

TINY = "test_efficientnet"
SIZE = 64


@pytest.fixture
def describe() -> Callable[..., BundleManifest]:
    """Makes the manifest of a tiny model; keywords replace its values."""

    def make(**changes: object) -> BundleManifest:
        n_bits = changes.get("n_bits", 12)
        values: dict[str, object] = {
            "format": 1,
            "model_id": "0" * 32,
            "name": "tiny",
            "n_bits": n_bits,
            "backbone": TINY,
            "n_local": 0,
            "input_size": SIZE,
            "mean": (0.5, 0.5, 0.5),
            "std": (0.5, 0.5, 0.5),
            "interpolation": "bicubic",
            "resize_mode": "squash",
            "thresholds": (0.0,) * n_bits,
            "bit_names": (None,) * n_bits,
            "created": "2026-01-01T00:00:00+00:00",
            "trained_on": {"name": "nothing", "licence": "", "counts": {}},
            "metrics": {},
            "command": "",
            "licence": "Apache-2.0",
        }
        return BundleManifest(**{**values, **changes})

    return make


def _tiny_net(n_local: int = 0, n_bits: int = 12, seed: int = 0) -> AttentionHashNet:
    """A small network whose random weights give lively activations."""
    torch.manual_seed(seed)
    net = AttentionHashNet(create_backbone(TINY, pretrained=False), n_local, n_bits)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -0.1, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.1, 0.3)
    torch.nn.init.normal_(net.projection.weight, std=0.2)
    return net.eval()


@pytest.fixture
def tiny_net() -> Callable[..., AttentionHashNet]:
    """Makes a tiny network: `tiny_net(n_local, n_bits, seed)`."""
    return _tiny_net


@pytest.fixture
def save_tiny(tmp_path: Path, describe: Callable[..., BundleManifest]) -> Callable[..., Path]:
    """Saves a tiny bundle and gives its folder; keywords replace values of the manifest."""

    def save(folder: str = "tiny", **changes: object) -> Path:
        manifest = describe(**changes)
        net = _tiny_net(manifest.n_local, manifest.n_bits)
        path = tmp_path / "models" / folder
        save_bundle(path, manifest, export_weights(net), "# Tiny\n")
        return path

    return save


@pytest.fixture
def photos() -> Callable[[int], np.ndarray]:
    """Makes n deterministic squares, uint8 (n, SIZE, SIZE, 3)."""

    def make(n: int, size_px: int = SIZE) -> np.ndarray:
        rng = np.random.default_rng(7)
        coarse = rng.integers(0, 256, (n, 8, 8, 3), dtype=np.uint8)
        return coarse.repeat(size_px // 8, axis=1).repeat(size_px // 8, axis=2)

    return make
