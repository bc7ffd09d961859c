"""Folded batch norms change nothing but speed."""

import torch
from torch import nn

from ahash_desktop.hashing.folding import fold_batch_norms


def test_a_folded_network_computes_the_same(tiny_net):
    net = tiny_net(2)
    images = torch.rand(2, 3, 64, 64)
    folded = fold_batch_norms(net, images)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    assert any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
    with torch.inference_mode():
        torch.testing.assert_close(folded(images), net(images), rtol=1e-3, atol=1e-4)


class _OutOfOrder(nn.Module):
    """Runs its batch norm before the convolution that is listed first."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1, bias=False)
        self.norm = nn.BatchNorm2d(3)
        self.norm.running_mean.fill_(5.0)

    def forward(self, images):
        return self.conv(self.norm(images))


def test_a_network_that_runs_out_of_order_is_left_as_it_is():
    net = _OutOfOrder().eval()
    assert fold_batch_norms(net, torch.rand(1, 3, 4, 4)) is net
