"""Training on weights that are not ours to pass on: none of them is in what comes out."""

from dataclasses import replace

import numpy as np
import pytest
import safetensors.numpy

from ahash_desktop.hashing.archive import export_bundle, import_bundle
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.base_weights import BIRDS
from ahash_desktop.hashing.bundle import WEIGHTS, read_bundle, read_manifest, save_bundle
from ahash_desktop.hashing.encoder import load_network
from ahash_desktop.hashing.network import AttentionHashNet, export_weights, pretrained_arrays
from ahash_desktop.hashing.tflite import read_tflite
from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.ask.progress import TrainReport
from ahash_desktop.training.ask.recipes import BALANCED, NOTHING, TRUNK, Stage
from ahash_desktop.training.running.trainer import train
from tests.likeness import most_alike
from tests.pictures import save_picture


@pytest.fixture
def bird_job(bird_file, tmp_path):
    """Trains all of the network that knows birds, for the time a test has."""
    for kind in range(3):
        for copy in range(5):
            save_picture(tmp_path / f"photos/class {kind}/{copy}.png", kind, (70 + 4 * copy, 64))
    stages = (Stage(0.4, TRUNK, 32, n_views=2), Stage(0.6, NOTHING, 64))
    return TrainingJob(
        sources=(tmp_path / "photos",),
        out=tmp_path / "first",
        n_bits=96,
        recipe=replace(BALANCED, stages=stages, batch_size=8, input_size=64),
        backbone=BIRDS.backbone,
        n_epochs=3,
        validation_share=0.2,
        device="cpu",
    )


def all_of_the_base():
    """Every array of the file of weights, and every one a network of it starts with."""
    layers = read_tflite(BIRDS.read_weights()).layers
    arrays = [array for layer in layers for array in (layer.weight, layer.bias)]
    net = AttentionHashNet(create_backbone(BIRDS.backbone, pretrained=True), 4, 96, "slim")
    return [*arrays, *pretrained_arrays(net).values()]


def test_no_bundle_lesson_or_export_holds_a_tensor_of_the_base(bird_job, tmp_path):
    lesson = replace(bird_job, base=bird_job.out, out=tmp_path / "lesson", n_bits=64, n_epochs=2)
    for job in (bird_job, lesson):
        *_, report = train(job)
        assert isinstance(report, TrainReport)
    export_bundle(lesson.out, tmp_path / "lesson.ahash")
    imported, _ = import_bundle(tmp_path / "lesson.ahash", tmp_path / "models")
    base = all_of_the_base()
    for folder in (bird_job.out, lesson.out, imported):
        manifest, weights = read_bundle(folder)
        assert manifest.base_id
        kept = safetensors.numpy.load(weights)
        assert {"refine_global.conv_head.weight", "refine_local.conv_head.weight"} <= kept.keys()
        assert most_alike(kept.values(), base) <= 0.5, folder
        loaded = pretrained_arrays(load_network(folder)[1])
        moved = [float(np.abs(loaded[name]).sum()) for name in loaded]
        assert np.isfinite(moved).all()
    sizes = [(folder / WEIGHTS).stat().st_size for folder in (bird_job.out, lesson.out)]
    assert max(sizes) < 4_500_000


def test_a_bundle_of_whole_weights_of_it_cannot_be_saved(bird_file, tmp_path, tiny_bundle):
    net = AttentionHashNet(create_backbone(BIRDS.backbone, pretrained=True), 0, 16)
    manifest = replace(read_manifest(tiny_bundle), backbone=BIRDS.backbone)
    with pytest.raises(ValueError, match="changes only"):
        save_bundle(tmp_path / "whole", manifest, export_weights(net), "# Whole\n")
    assert not (tmp_path / "whole").exists()
