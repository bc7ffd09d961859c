"""A model whose base weights are not on this machine: listed, and refused in one sentence."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ahash_desktop.cli.main import main
from ahash_desktop.core.paths import LibraryPaths, shipped_models_folder
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.base_weights import BIRDS
from ahash_desktop.hashing.bundle import read_manifest, save_bundle
from ahash_desktop.hashing.compact import base_id, compact, pack
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.hashing.manifest import COMPACT_FORMAT
from ahash_desktop.hashing.network import AttentionHashNet, export_weights, pretrained_arrays
from ahash_desktop.store.library import Library
from tests.pictures import save_picture

HOW = "ahash models get birds-of-the-world"
Run = Callable[..., tuple[int, dict[str, object], str]]


def save_model(folder: Path, *, pretrained: bool) -> None:
    """A model that is a change of the network that knows birds, or of one like it."""
    torch.manual_seed(0)
    net = AttentionHashNet(create_backbone(BIRDS.backbone, pretrained=pretrained), 0, 16).eval()
    base = pretrained_arrays(net)
    with torch.no_grad():
        net.refine_global.conv_head.bias.add_(0.1)
    manifest = replace(
        read_manifest(shipped_models_folder() / "starter-64"),
        format=COMPACT_FORMAT,
        name=folder.name,
        n_bits=16,
        n_local=0,
        backbone=BIRDS.backbone,
        base_id=base_id(base),
        thresholds=(0.0,) * 16,
        bit_names=(None,) * 16,
    )
    weights = pack(compact(export_weights(net, half=False), base))
    save_bundle(folder, manifest, weights, "# Mine\n\nIt knows birds.\n")


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose base weights are nowhere."""
    folder = tmp_path_factory.mktemp("saved") / "mine"
    save_model(folder, pretrained=False)
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def lacking(library: Path, saved_model: Path) -> Path:
    """A library with that model."""
    shutil.copytree(saved_model, library / "models" / "mine")
    return library


@pytest.fixture
def ahash(library: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command here: its exit code, its JSON and what it says on stderr."""

    def run(*words: object) -> tuple[int, dict[str, object], str]:
        code = main(["--library", str(library), "--json", "--device", "cpu", *map(str, words)])
        told = capsys.readouterr()
        return code, json.loads(told.out or "{}"), told.err

    return run


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for kind in range(2):
        for copy in range(3):
            save_picture(tmp_path / f"photos/kind {kind}/{copy}.png", kind, (70 + 4 * copy, 64))
    return tmp_path / "photos"


def test_it_is_listed_shown_and_verified_as_one_that_needs_them(ahash: Run, lacking: Path) -> None:
    listed = ahash("models", "list")[1]["models"]
    assert {info["name"] for info in listed if info["needs_base_weights"]} == {
        "mine",
        BIRDS.model,
    }
    assert ahash("models", "show", "mine")[1]["needs_base_weights"]
    code, verified, _ = ahash("models", "verify", "mine")
    assert (code, verified["needs_base_weights"]) == (0, ["mine"])


def test_people_read_it_too(ahash: Run, lacking: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("list",), ("verify", "mine")):
        assert main(["--library", str(lacking), "models", *words]) == 0
        (line,) = [line for line in capsys.readouterr().out.splitlines() if "mine" in line]
        assert line.endswith("needs its base weights")
    main(["--library", str(lacking), "models", "show", "mine"])
    assert HOW in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("models", "use", "mine"),
        ("evaluate", "mine", "PHOTOS"),
        ("train", "PHOTOS", "--base", "mine", "--out", "OUT", "--epochs", "1"),
        ("train", "PHOTOS", "--backbone", BIRDS.backbone, "--out", "OUT", "--epochs", "1"),
        ("index", "PHOTOS"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_every_use_of_it_is_refused_in_one_sentence(
    words: tuple[str, ...], ahash: Run, lacking: Path, photos: Path, tmp_path: Path
) -> None:
    if words[0] == "index":
        (lacking / "settings.json").write_text('{"model": "mine"}')
    else:
        Library.open(LibraryPaths(lacking)).close()
    places = {"PHOTOS": photos, "OUT": tmp_path / "out"}
    code, _, told = ahash(*(places.get(word, word) for word in words))
    assert code == 1
    assert HOW in told
    assert "Traceback" not in told
    assert not (tmp_path / "out").exists()


def test_once_they_are_given_it_encodes(
    bird_file: Path, ahash: Run, library: Path, photos: Path, tmp_path: Path
) -> None:
    save_model(library / "models" / "mine", pretrained=True)
    given = tmp_path / "given.tflite"
    bird_file.replace(given)
    assert ahash("models", "get", "mine", "--from", photos / "kind 0" / "0.png")[0] == 1
    code, got, _ = ahash("models", "get", "mine", "--from", given)
    assert code == 0
    assert got["name"] == "mine"
    assert got["model_id"] == read_manifest(library / "models" / "mine").model_id
    assert got["path"] == str(library / "models" / "mine")
    assert got["kinds"] is None
    assert not any(info["needs_base_weights"] for info in ahash("models", "list")[1]["models"])
    encoder = NetworkEncoder.load(
        library / "models" / "mine", device="cpu", checks=tmp_path / "checks.json"
    )
    codes, _ = encoder.encode(np.zeros((1, 224, 224, 3), np.uint8))
    assert codes.shape == (1, 2)


@pytest.mark.parametrize(
    ("name", "what"), [("starter-64", "nothing to get"), ("no such", "no model named")]
)
def test_what_has_no_base_weights_has_nothing_to_get(ahash: Run, name: str, what: str) -> None:
    code, _, told = ahash("models", "get", name)
    assert code == 1
    assert what in told


def test_a_file_of_other_content_is_refused(ahash: Run, tmp_path: Path) -> None:
    (tmp_path / "other.tflite").write_bytes(b"x" * 1000)
    code, _, told = ahash("models", "get", BIRDS.model, "--from", tmp_path / "other.tflite")
    assert code == 1
    assert BIRDS.weights.sha256 in told
