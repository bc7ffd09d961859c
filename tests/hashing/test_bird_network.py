"""The bird network's file as a backbone; the tests run where the file is among the photos."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.base_weights import BIRDS
from ahash_desktop.hashing.bird_network import load_classifier
from ahash_desktop.hashing.folding import fold_batch_norms, make_probe
from ahash_desktop.hashing.network import AttentionHashNet
from ahash_desktop.hashing.tflite import DENSE, read_tflite

NAME = "mobilenetv2_100.inat_birds"


@pytest.fixture
def bird_squares(photos_folder):
    """Photos of birds as the network looks at them: uint8 (n, 224, 224, 3)."""
    paths = sorted((photos_folder / "birds" / "crops").rglob("*.jpg"))[::700]
    squares = [Image.open(path).convert("RGB").resize((224, 224)) for path in paths]
    return np.stack([np.asarray(square) for square in squares])


def test_its_52_convolutions_and_its_classifier_fit_one_by_one(bird_file):
    layers = read_tflite(bird_file.read_bytes()).layers
    assert [layer.operator == DENSE for layer in layers] == [False] * 52 + [True]
    backbone = create_backbone(NAME, pretrained=True)
    convolutions = [
        module
        for part in (backbone.trunk, backbone.refine)
        for module in part.modules()
        if isinstance(module, torch.nn.Conv2d)
    ]
    for convolution, layer in zip(convolutions, layers, strict=False):
        np.testing.assert_array_equal(convolution.weight.numpy(force=True), layer.weight)
        np.testing.assert_array_equal(convolution.bias.numpy(force=True), layer.bias)
    assert len(convolutions) == 52
    assert load_classifier().weight.shape == (965, backbone.n_features)


def test_the_trunk_ends_at_stride_16_and_makes_1280_features_of_a_map_of_7_by_7(bird_file):
    backbone = create_backbone(NAME, pretrained=True)
    with torch.inference_mode():
        shared = backbone.trunk(torch.zeros(1, 3, 224, 224))
        assert shared.shape == (1, 96, 14, 14)
        assert backbone.new_refine()(shared).shape == (1, 1280, 7, 7)
        assert backbone.new_slim_refine()(shared).shape == (1, 1280, 7, 7)
    assert backbone.mean == backbone.std == pytest.approx((128 / 255,) * 3)
    assert (backbone.input_size, backbone.interpolation) == (224, "bilinear")


def test_its_features_and_kinds_are_those_of_the_interpreter(bird_file, bird_squares):
    interpreting = pytest.importorskip("ai_edge_litert.interpreter")
    with pytest.warns(UserWarning, match="preserve_all_tensors"):
        interpreter = interpreting.Interpreter(
            str(bird_file), experimental_preserve_all_tensors=True
        )
    interpreter.allocate_tensors()
    details = {tensor["name"]: tensor for tensor in interpreter.get_tensor_details()}
    pooled, answer = details["AvgPool/AvgPool"], interpreter.get_output_details()[0]
    expected, kinds = [], []
    for square in bird_squares:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], square[None])
        interpreter.invoke()
        stored = interpreter.get_tensor(pooled["index"]).ravel().astype(np.float32)
        expected.append(stored * pooled["quantization"][0])
        kinds.append(int(interpreter.get_tensor(answer["index"]).argmax()))
    backbone = create_backbone(NAME, pretrained=True)
    images = torch.from_numpy(bird_squares).permute(0, 3, 1, 2) / 255
    images = (images - backbone.mean[0]) / backbone.std[0]
    with torch.inference_mode():
        features = backbone.refine(backbone.trunk(images)).mean(dim=(2, 3)).numpy()
    cosines = (features * expected).sum(axis=1) / (
        np.linalg.norm(features, axis=1) * np.linalg.norm(expected, axis=1)
    )
    assert cosines.mean() >= 0.99
    assert cosines.min() >= 0.97
    classifier = load_classifier()
    found = (features @ classifier.weight.T + classifier.bias).argmax(axis=1)
    assert np.mean(found == kinds) >= 0.85


def test_its_kinds_have_names_where_their_list_is_here(bird_file, photos_folder):
    assert load_classifier().kinds == ()
    shutil.copy(photos_folder / "teachers" / BIRDS.kinds.name, BIRDS.kinds.path)
    kinds = load_classifier().kinds
    assert len(kinds) == 965
    assert kinds[3] == "Cyanocitta cristata (Blue Jay)"
    assert kinds[964] == "background"
    BIRDS.kinds.path.write_text("0 Something else")
    assert load_classifier().kinds == ()


def test_a_network_of_it_has_no_statistics_that_training_could_unsettle(bird_file):
    net = AttentionHashNet(create_backbone(NAME, pretrained=True), n_local=2, n_bits=8).eval()
    assert all(parameter.requires_grad for parameter in net.parameters())
    probe = make_probe(64)
    with torch.inference_mode():
        before = net.trunk(probe)
        net.trunk.train()
        torch.testing.assert_close(net.trunk(probe), before)
        net.eval()
        torch.testing.assert_close(fold_batch_norms(net, probe)(probe), net(probe))


def test_missing_weights_say_how_to_get_them():
    with pytest.raises(UserFacingError, match="Get the base weights first"):
        create_backbone(NAME, pretrained=True)


def test_another_file_in_the_place_of_the_weights_is_refused(bird_file):
    content = bytearray(bird_file.read_bytes())
    content[2_000_000] ^= 1
    bird_file.write_bytes(content)
    with pytest.raises(UserFacingError, match=r"damaged.*Get the base weights"):
        create_backbone(NAME, pretrained=True)


def test_the_architecture_needs_no_weights():
    backbone = create_backbone(NAME, pretrained=False, most_parameters=1)
    assert (backbone.n_channels, backbone.n_features) == (96, 1280)
