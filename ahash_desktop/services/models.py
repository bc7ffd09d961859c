"""Which model bundles there are, and which one the library uses."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing.bundle import BundleManifest, list_bundles, read_manifest, verify_bundle


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A bundle on disk and what it says of itself."""

    folder: Path
    manifest: BundleManifest
    is_shipped: bool


class ModelShelf:
    """All bundles the program can see: those it ships with and those the user added.

    Args:
        shipped: The folder of bundles that come with the program.
        own: The library's folder of bundles.
    """

    def __init__(self, shipped: Path, own: Path) -> None:
        self._shipped = shipped
        self._own = own

    def all(self) -> list[ModelInfo]:
        """Every readable bundle, the shipped ones first; broken ones are logged and left out."""
        return [
            ModelInfo(folder, manifest, is_shipped=self._shipped in folder.parents)
            for folder, manifest in list_bundles([self._shipped, self._own])
        ]

    def get(self, name: str) -> ModelInfo:
        """The bundle with this name, model id, or folder.

        Raises:
            UserFacingError: If there is none, or its description cannot be read.
        """
        folder = Path(name)
        if (folder / "bundle.json").is_file():
            return ModelInfo(folder, read_manifest(folder), is_shipped=False)
        infos = self.all()
        for info in infos:
            if name in {info.manifest.name, info.manifest.model_id, info.folder.name}:
                return info
        raise UserFacingError(
            f"there is no model named {name!r}",
            remedy=f"Known models: {_names(infos) or 'none'}",
        )

    def verify(self, name: str) -> BundleManifest:
        """Checks every byte of a bundle.

        Raises:
            UserFacingError: If something is wrong with it, saying what.
        """
        return verify_bundle(self.get(name).folder)


def _names(infos: Sequence[ModelInfo]) -> str:
    return ", ".join(info.manifest.name for info in infos)
