"""The shipped bundle over the network that knows birds, whose weights people fetch themselves."""

import json
import shutil

import numpy as np
import pytest
import safetensors.numpy

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.base_weights import BIRDS
from ahash_desktop.hashing.bundle import read_bundle, verify_bundle
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.hashing.network import AttentionHashNet, pretrained_arrays
from ahash_desktop.hashing.preprocess import to_input
from ahash_desktop.hashing.tflite import read_tflite
from ahash_desktop.imaging.decode import decode
from tests.likeness import most_alike
from tests.pictures import render_picture

BUNDLE = shipped_models_folder() / BIRDS.model


@pytest.fixture
def encoder(bird_file, tmp_path):
    return NetworkEncoder.load(BUNDLE, device="cpu", checks=tmp_path / "checks.json")


def test_it_is_small_and_says_what_it_was_made_of():
    manifest = verify_bundle(BUNDLE)
    assert (manifest.name, manifest.n_bits) == (BIRDS.model, 128)
    assert manifest.backbone == BIRDS.backbone
    assert sum(path.stat().st_size for path in BUNDLE.iterdir()) <= 400_000
    assert set(manifest.trained_on) >= {"name", "licence", "counts"}
    assert f"ahash models get {BIRDS.model}" in (BUNDLE / "card.md").read_text()


def test_it_holds_no_tensor_of_its_base(bird_file):
    kept = safetensors.numpy.load(read_bundle(BUNDLE)[1])
    assert {name for name in kept if not name.startswith("compact.")} == {"projection.weight"}
    layers = read_tflite(BIRDS.read_weights()).layers
    base = [array for layer in layers for array in (layer.weight, layer.bias)]
    net = AttentionHashNet(create_backbone(BIRDS.backbone, pretrained=True), 0, 128)
    base += pretrained_arrays(net).values()
    assert most_alike(kept.values(), base) <= 0.5


def test_without_its_base_weights_a_sentence_says_what_to_do(tmp_path):
    with pytest.raises(UserFacingError, match="Get the base weights first"):
        NetworkEncoder.load(BUNDLE, device="cpu", checks=tmp_path / "checks.json")


def test_every_bit_is_explained_exactly(encoder):
    picture = np.asarray(render_picture(3, (300, 200)))
    evidence = encoder.explain(picture, range(128))
    assert np.abs(evidence.maps.mean(axis=(1, 2)) - evidence.logits).max() <= 1e-4
    activations = encoder.encode(to_input(picture, encoder.manifest)[None])[1][0]
    np.testing.assert_array_equal(np.tanh(evidence.logits).astype(np.float16), activations)


def test_it_tells_birds_from_what_is_none_and_speaks_of_birds_alone(encoder, photos_folder):
    birds = sorted((photos_folder / "world_birds").rglob("*.jpg"))[::190]
    others = sorted((photos_folder / "cars").rglob("*.jpg"))[::800]
    assert birds
    assert others
    manifest = encoder.manifest
    for paths, domain in ((birds, "bird"), (others, "other")):
        squares = np.stack([to_input(decode(str(path)).pixels, manifest) for path in paths])
        subjects = [picture.subject for picture in encoder.look(squares)]
        assert np.mean([subject.domain == domain for subject in subjects]) >= 0.8
    speaking = [bit for bit in range(128) if manifest.bit_domains[bit] is not None]
    assert len(speaking) >= 40
    assert {manifest.bit_domains[bit] for bit in speaking} == {"bird"}
    assert all(manifest.bit_names_zh[bit] for bit in speaking)
    assert manifest.closeness_curve is not None


def test_the_command_line_knows_it_from_fetching_to_judging(photos_folder, tmp_path, capsys):
    from ahash_desktop.cli.main import main

    library = tmp_path / "library"

    def run(*words):
        code = main(["--library", str(library), "--json", *map(str, words)])
        printed = capsys.readouterr()
        assert code == 0, printed.err
        return json.loads(printed.out)

    photos = tmp_path / "photos"
    for path in sorted((photos_folder / "world_birds").rglob("*.jpg"))[:12]:
        place = photos / path.parent.name / path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    library.mkdir()
    (library / "settings.json").write_text(json.dumps({"model": BIRDS.model}))
    assert main(["--library", str(library), "index", str(photos)]) != 0
    assert f"ahash models get {BIRDS.model}" in capsys.readouterr().err
    run("models", "get", BIRDS.model, "--from", photos_folder / "teachers" / BIRDS.weights.name)
    run("index", "--now", photos)
    first = next(photos.rglob("*.jpg"))
    found = run("search", first)
    assert len(found["results"]) >= 5
    told = run("explain", first)
    assert {entry["says"] for entry in told["statements"]} <= {"has", "has not"}
    assert told["subject"]["domain"] == "bird"
    judged = run("evaluate", BIRDS.model, photos)
    assert 0 <= judged["mAP"] <= 1
