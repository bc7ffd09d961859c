"""Evidence maps average exactly to the logits."""

import pytest
import torch

from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.evidence import evidence_maps
from ahash_desktop.hashing.network import AttentionHashNet, pool


@pytest.mark.parametrize("n_local", [0, 2])
def test_every_map_averages_to_its_logit_with_real_weights(n_local):
    torch.manual_seed(3)
    backbone = create_backbone("tf_efficientnet_lite0", pretrained=True)
    net = AttentionHashNet(backbone, n_local, 48).eval()
    net.thresholds.normal_()
    images = torch.rand(2, 3, 224, 224) * 2 - 1
    with torch.inference_mode():
        maps = net.feature_maps(images)
        evidence = evidence_maps(net, maps, range(48))
        logits = net.logits(pool(maps))
    assert evidence.shape == (2, 48, 7, 7)
    assert (evidence.mean(dim=(2, 3)) - logits).abs().max() <= 1e-4


def test_chosen_bits_come_in_the_order_they_were_asked_for(tiny_net):
    net = tiny_net(1)
    with torch.inference_mode():
        maps = net.feature_maps(torch.rand(1, 3, 64, 64))
        everything = evidence_maps(net, maps, range(12))
        assert torch.equal(evidence_maps(net, maps, [7, 2]), everything[:, [7, 2]])


def test_one_map_is_the_weighted_sum_over_all_branches(tiny_net):
    net = tiny_net(2)
    net.thresholds.fill_(0.3)
    with torch.inference_mode():
        maps = net.feature_maps(torch.rand(1, 3, 64, 64))
        found = evidence_maps(net, maps, [4])[0, 0]
        weight = net.projection.weight[4].reshape(3, -1)
        slow = sum((weight[m][:, None, None] * maps[0, m]).sum(0) for m in range(3)) - 0.3
    torch.testing.assert_close(found, slow, rtol=1e-4, atol=1e-5)
