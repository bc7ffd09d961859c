"""A tiny bundle and labelled pictures to judge it on."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.bundle import BundleManifest, save_bundle
from ahash_desktop.hashing.network import AttentionHashNet, export_weights
from tests.pictures import save_picture

TINY = "test_efficientnet"


@pytest.fixture
def tiny_bundle(tmp_path: Path) -> Path:
    """A bundle of 16 bits over a tiny backbone with random weights, for squares of 64 pixels."""
    return _save_tiny(tmp_path / "tiny", n_local=0)


@pytest.fixture
def tiny_base(tmp_path: Path) -> Path:
    """Such a bundle with two local attention maps, to go on training from."""
    return _save_tiny(tmp_path / "base", n_local=2)


def _save_tiny(folder: Path, n_local: int) -> Path:
    torch.manual_seed(0)
    backbone = create_backbone(TINY, pretrained=False)
    net = AttentionHashNet(backbone, n_local, 16, "slim" if n_local else "full").eval()
    torch.nn.init.normal_(net.projection.weight)
    manifest = BundleManifest(
        format=1,
        model_id="0" * 32,
        name=folder.name,
        n_bits=16,
        backbone=TINY,
        n_local=n_local,
        input_size=64,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        interpolation="bicubic",
        resize_mode="squash",
        thresholds=(0.0,) * 16,
        bit_names=(None,) * 16,
        created="",
        trained_on={},
        metrics={},
        command="",
        licence="",
        local_refine="slim" if n_local else "full",
    )
    save_bundle(folder, manifest, export_weights(net), "# Tiny\n")
    return folder


@pytest.fixture
def write_labelled(tmp_path: Path) -> Callable[..., Path]:
    """Renders pictures of three classes and their CSV: the same picture, a little resized."""

    def write(*, with_split: bool, n_each: int = 4) -> Path:
        lines = ["path,class,kind" + (",split" if with_split else "")]
        for seed in range(3):
            for copy in range(n_each):
                name = f"photos/{seed}_{copy}.png"
                path = tmp_path / name
                path.parent.mkdir(exist_ok=True)
                save_picture(path, seed=seed, size=(80 + copy, 60))
                line = f"{name},class {seed},{'even' if copy % 2 == 0 else 'odd'}"
                lines.append(
                    line + (f",{'train' if copy < n_each // 2 else 'test'}" if with_split else "")
                )
        source = tmp_path / "labels.csv"
        source.write_text("\n".join(lines) + "\n")
        return source

    return write
