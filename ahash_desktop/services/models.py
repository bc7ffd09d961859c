"""Which model bundles there are, and which one the library uses."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ahash_desktop.core.errors import ModelMissingError, UserFacingError
from ahash_desktop.core.statements import BitMeaning
from ahash_desktop.hashing.base_weights import BaseWeights, base_weights_of, find_base_weights
from ahash_desktop.hashing.bundle import (
    MANIFEST,
    BundleManifest,
    copy_bundle,
    list_bundles,
    read_manifest,
    verify_bundle,
)
from ahash_desktop.hashing.manifest import is_model_name

_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A bundle on disk and what it says of itself."""

    folder: Path
    manifest: BundleManifest
    is_shipped: bool

    @property
    def lacking(self) -> BaseWeights | None:
        """The base weights that it needs and that are not on this machine."""
        base = find_base_weights(self.manifest.backbone)
        return None if base is None or base.is_here else base

    def check_usable(self) -> None:
        """Makes sure that it can encode.

        Raises:
            UserFacingError: If it lacks its base weights, saying how to get them.
        """
        lacking = self.lacking
        if lacking is not None:
            raise lacking.missing()


def meanings_of(manifest: BundleManifest) -> tuple[BitMeaning, ...]:
    """What the bits of a model may say; none for a model that says nothing."""
    meanings = []
    for bit, domain in enumerate(manifest.bit_domains):
        name = manifest.bit_names[bit]
        attribute = _entry(manifest.bit_attributes, bit) or name
        has_from, lacks_to = _entry(manifest.says_has, bit), _entry(manifest.says_has_not, bit)
        if domain is None or name is None or (has_from is None and lacks_to is None):
            continue
        sure = _entry(manifest.says_confidence, bit) or [0.0, 0.0]
        meanings.append(
            BitMeaning(
                bit,
                name,
                _entry(manifest.bit_names_zh, bit) or "",
                attribute or name,
                domain,
                has_from,
                lacks_to,
                *sure,
            )
        )
    return tuple(meanings)


def _entry(values: Sequence[_Entry | None], bit: int) -> _Entry | None:
    """What a list says of a bit; None if it says nothing, or is empty."""
    return values[bit] if bit < len(values) else None


class ModelShelf:
    """All bundles the program can see: those it ships with and those the user added.

    Args:
        shipped: The folder of bundles that come with the program.
        own: The library's folder of bundles.
        beside: Where relative folders are named from that a person types; None where names come
            from the settings, which mean the same wherever the program is started.
    """

    def __init__(self, shipped: Path, own: Path, *, beside: Path | None = None) -> None:
        self._shipped = shipped
        self._own = own
        self._beside = beside

    def all(self) -> list[ModelInfo]:
        """Every readable bundle, the shipped ones first; broken ones are logged and left out."""
        return [
            ModelInfo(folder, manifest, is_shipped=self._shipped in folder.parents)
            for folder, manifest in list_bundles([self._shipped, self._own])
        ]

    def get(self, name: str) -> ModelInfo:
        """The bundle with this name or model id, or else the one in this folder.

        Raises:
            ModelMissingError: If there is none.
            UserFacingError: If its description cannot be read.
        """
        infos = self.all()
        for info in infos:
            if name in {info.manifest.name, info.manifest.model_id, info.folder.name}:
                return info
        folder = self._folder_of(name)
        if folder is not None:
            return ModelInfo(folder, read_manifest(folder), is_shipped=False)
        raise ModelMissingError(
            f"there is no model named {name!r}",
            remedy=f"Known models: {_names(infos) or 'none'}",
        )

    def _folder_of(self, name: str) -> Path | None:
        """The bundle's folder that a name says the way to."""
        folder = Path(name) if self._beside is None else self._beside / name
        return folder if folder.is_absolute() and (folder / MANIFEST).is_file() else None

    def base_of(self, name: str) -> BaseWeights:
        """The base weights of a model that may be fetched, whether or not it is on the shelf.

        Raises:
            UserFacingError: If it has none, or there is no such model.
        """
        base = base_weights_of(name) or find_base_weights(self.get(name).manifest.backbone)
        if base is None:
            raise UserFacingError(
                f"there is nothing to get for {name!r}", remedy="It has all it needs"
            )
        return base

    def verify(self, name: str) -> BundleManifest:
        """Checks every byte of a bundle.

        Raises:
            UserFacingError: If something is wrong with it, saying what.
        """
        return verify_bundle(self.get(name).folder)

    def export(self, name: str, archive: Path) -> BundleManifest:
        """Writes a bundle into one `.ahash` file.

        Raises:
            UserFacingError: If something is wrong with the bundle, or the file cannot be written.
        """
        from ahash_desktop.hashing.archive import export_bundle

        info = self.get(name)
        export_bundle(info.folder, archive)
        return info.manifest

    def import_file(self, archive: Path) -> ModelInfo:
        """Adds the bundle of an `.ahash` file, after every check; one that is there is kept.

        Raises:
            UserFacingError: If it is refused, or another model has its name.
        """
        from ahash_desktop.hashing.archive import import_bundle

        others = {info.manifest.name: info for info in self.all() if info.is_shipped}
        before = set(self._own.iterdir()) if self._own.is_dir() else set()
        folder, manifest = import_bundle(archive, self._own)
        shipped = others.get(manifest.name)
        if shipped is None:
            return ModelInfo(folder, manifest, is_shipped=False)
        if folder not in before:
            shutil.rmtree(folder)
        if shipped.manifest.model_id == manifest.model_id:
            return shipped
        raise UserFacingError(
            f"a model that comes with the program is called {manifest.name!r} already",
            path=archive,
            remedy="Ask for the model under another name",
        )

    def add_copy(self, bundle: Path, name: str) -> ModelInfo:
        """Adds a copy of a bundle under a name; its codes stay what they are.

        Raises:
            UserFacingError: If there is a model of that name, it cannot be one, the bundle is
                refused, or nothing can be written.
        """
        if not is_model_name(name):
            raise UserFacingError(
                f"A model cannot be called {name!r}",
                remedy='Choose a shorter name without / \\ : * ? " < > |',
            )
        for known in self.all():
            if name.casefold() in {known.manifest.name.casefold(), known.folder.name.casefold()}:
                raise UserFacingError(
                    f"there is a model called {known.manifest.name!r} already",
                    path=known.folder,
                    remedy="Choose another name",
                )
        folder = self._own / name
        try:
            manifest = copy_bundle(bundle, folder, name)
        except OSError as error:
            raise UserFacingError(
                f"the model cannot be added ({error.strerror or error})",
                path=folder,
                remedy="Make room on the disk, then try again",
            ) from error
        return ModelInfo(folder, manifest, is_shipped=False)

    def remove(self, name: str) -> ModelInfo:
        """Deletes a bundle that the user added.

        Raises:
            UserFacingError: If it comes with the program, lies elsewhere, or cannot be deleted.
        """
        info = self.get(name)
        if info.folder.parent != self._own:
            raise UserFacingError(
                "only models that were imported or trained here can be removed", path=info.folder
            )
        aside = info.folder.with_name(f".{info.folder.name}.removed")
        try:
            if info.folder.is_symlink():  # what it leads to belongs to someone else
                info.folder.unlink()
                return info
            info.folder.replace(aside)
            shutil.rmtree(aside)
        except OSError as error:
            raise UserFacingError(
                f"the model cannot be removed ({error.strerror})",
                path=info.folder,
                remedy="Check that its folder may be written",
            ) from error
        return info


def _names(infos: Sequence[ModelInfo]) -> str:
    return ", ".join(info.manifest.name for info in infos)
