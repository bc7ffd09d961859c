"""Names kinds of birds in photos, by the network that knows 964 of them, where it is here."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ahash_desktop.hashing.backbone import Backbone, create_backbone
from ahash_desktop.hashing.base_weights import BIRDS
from ahash_desktop.hashing.bird_network import KindClassifier, KindShare, load_classifier
from ahash_desktop.hashing.preprocess import resize_square

_PASS = 16
_RESIZE_MODE = "half-crop"


class BirdKinds:
    """The network with its own classifier, as it was fetched.

    Args:
        backbone: Its trunk and the stages after it.
        classifier: Its last layer, with names.
        device: Where it runs.
    """

    def __init__(
        self, backbone: Backbone, classifier: KindClassifier, device: torch.device
    ) -> None:
        self._net = torch.nn.Sequential(backbone.trunk, backbone.refine).eval().to(device)
        self._classifier = classifier
        self._device = device
        self.input_size = backbone.input_size
        shape = (1, 3, 1, 1)
        self._mean = torch.tensor(backbone.mean, device=device).reshape(shape)
        self._std = torch.tensor(backbone.std, device=device).reshape(shape)

    @classmethod
    def load(cls, device: str = "cpu") -> "BirdKinds | None":
        """The network; None where its weights or the names of its kinds are not on this machine.

        Raises:
            UserFacingError: If the weights are damaged.
        """
        if not BIRDS.is_here:
            return None
        classifier = load_classifier()
        if not classifier.kinds:
            return None
        backbone = create_backbone(BIRDS.backbone, pretrained=True)
        return cls(backbone, classifier, torch.device(device))

    def tell(
        self, pictures: Sequence[NDArray[np.uint8]], n_kinds: int = 5
    ) -> list[list[KindShare]]:
        """The likeliest kinds of birds in each picture, the likeliest first.

        Their shares add up to less than 1: the rest are other kinds, and no bird at all.

        Args:
            pictures: uint8 (H, W, 3) each, upright sRGB, of any size.
            n_kinds: So many at most.
        """
        told = []
        for start in range(0, len(pictures), _PASS):
            squares = np.stack(
                [
                    resize_square(picture, self.input_size, _RESIZE_MODE)
                    for picture in pictures[start : start + _PASS]
                ]
            )
            told += self._classifier.top_kinds(self._features(squares), n_kinds)
        return told

    def _features(self, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        pixels = torch.from_numpy(squares).to(self._device).permute(0, 3, 1, 2).float() / 255
        images = ((pixels - self._mean) / self._std).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            maps = self._net(images)
        features: NDArray[np.float32] = maps.float().mean((2, 3)).cpu().numpy()
        return features
