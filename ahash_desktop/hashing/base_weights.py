"""Pretrained weights that do not come with the program, and whether they are here; no torch."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import base_weights_folder


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file of a public home, told apart from any other by its size and SHA-256."""

    name: str
    url: str
    n_bytes: int
    sha256: str

    @property
    def path(self) -> Path:
        """Where it lies on this machine, once it is here."""
        return base_weights_folder() / self.name

    @property
    def is_here(self) -> bool:
        """Whether a file of the right size is in its place; it is compared when it is read."""
        try:
            return self.path.stat().st_size == self.n_bytes
        except OSError:
            return False

    def read(self) -> bytes:
        """Its content, compared with size and checksum.

        Raises:
            FileNotFoundError: If it is not here.
            ValueError: If something else lies in its place.
            OSError: If it cannot be read.
        """
        with self.path.open("rb") as file:
            content = file.read(self.n_bytes + 1)
        if not self.is_content(content):
            raise ValueError(f"{self.path} is another file")
        return content

    def is_content(self, content: bytes) -> bool:
        """Whether bytes are those of this file."""
        return len(content) == self.n_bytes and hashlib.sha256(content).hexdigest() == self.sha256


@dataclass(frozen=True, slots=True)
class BaseWeights:
    """Weights that a bundle may be the changes to, and that its users fetch themselves.

    `model` names the bundle that they are fetched for, `backbone` what they are a network for;
    `kinds` is the list of the kinds that its classifier tells apart.
    """

    model: str
    backbone: str
    weights: FetchedFile
    kinds: FetchedFile
    licence: str
    origin: str

    @property
    def files(self) -> tuple[FetchedFile, ...]:
        """The weights, and what goes with them."""
        return self.weights, self.kinds

    @property
    def is_here(self) -> bool:
        """Whether the weights are here, as far as their size tells."""
        return self.weights.is_here

    def read_weights(self) -> bytes:
        """The file of weights.

        Raises:
            UserFacingError: If it is not here, damaged, or cannot be read.
        """
        try:
            return self.weights.read()
        except FileNotFoundError as error:
            raise self.missing() from error
        except ValueError as error:
            raise UserFacingError(
                f"The base weights of {self.model} are damaged",
                path=self.weights.path,
                remedy="Get the base weights first",
            ) from error
        except OSError as error:
            raise UserFacingError(
                f"The base weights of {self.model} cannot be read ({error.strerror})",
                path=self.weights.path,
                remedy="Check that the file may be read",
            ) from error

    def missing(self) -> UserFacingError:
        """That they are not here, and how to get them."""
        return UserFacingError(
            f"The base weights of {self.model} are not on this machine",
            remedy="Get the base weights first",
        )


# The repository google-coral/test_data has the same network in other conversions only.
_CORAL = (
    "https://raw.githubusercontent.com/google-coral/edgetpu/"
    "5020de9386ff370dcc1f63291a2d0f98eeb98adb/test_data"
)

BIRDS = BaseWeights(
    model="birds-of-the-world",
    backbone="mobilenetv2_100.inat_birds",
    weights=FetchedFile(
        name="mobilenet_v2_1.0_224_inat_bird_quant.tflite",
        url=f"{_CORAL}/mobilenet_v2_1.0_224_inat_bird_quant.tflite",
        n_bytes=3_531_296,
        sha256="1e2dc9ffed295b4f2e3c555769971777ac8fb37bb0ad5e6dab506d8da0b42890",
    ),
    kinds=FetchedFile(
        name="inat_bird_labels.txt",
        url=f"{_CORAL}/inat_bird_labels.txt",
        n_bytes=40_895,
        sha256="f6eeb8056e52fe72a878c0f84ef7c9c8a393841e7d8f0800f257646e6a96c527",
    ),
    licence="Apache-2.0",
    origin="MobileNetV2 taught by photos of the iNaturalist competition, google-coral/edgetpu",
)

_ALL = (BIRDS,)


def base_weights_of(model: str) -> BaseWeights | None:
    """The fetched weights that are for a model of this name; None if there are none."""
    return next((base for base in _ALL if base.model == model), None)


def find_base_weights(backbone: str) -> BaseWeights | None:
    """The fetched weights that a backbone of this name has; None if it has others."""
    return next((base for base in _ALL if base.backbone == backbone), None)
