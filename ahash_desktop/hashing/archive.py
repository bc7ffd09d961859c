"""Bundles as one `.ahash` zip file, for passing on."""

import shutil
import stat
import tempfile
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import put_in_place, settle_file, settle_folder
from ahash_desktop.core.portable import make_portable
from ahash_desktop.hashing.bundle import CARD, LARGEST_BYTES, MANIFEST, WEIGHTS, verify_bundle
from ahash_desktop.hashing.manifest import BundleManifest, format_manifest

_PARTS = (MANIFEST, CARD, WEIGHTS)
_BLOCK_BYTES = 1 << 20
_REMEDY = "Ask for the model again, where it came from"


def export_bundle(folder: Path, archive: Path) -> None:
    """Writes a verified bundle into one file, aside first and then renamed to `archive`.

    The command that made it loses the folders of the machine it was typed on.

    Raises:
        UserFacingError: If the bundle is refused or the file cannot be written.
    """
    manifest = verify_bundle(folder)
    changed = _portable_texts(folder, manifest)
    aside = archive.with_name(f".{archive.name}.part")
    try:
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as packed:
            for name in _PARTS:
                if name in changed:
                    packed.writestr(name, changed[name])
                else:
                    packed.write(folder / name, name)
        settle_file(aside)
        put_in_place(aside, archive)
    except OSError as error:
        raise UserFacingError(
            f"The model cannot be written ({error.strerror})",
            path=archive,
            remedy="Choose another place, or make room on the disk",
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def _portable_texts(folder: Path, manifest: BundleManifest) -> dict[str, bytes]:
    """The parts whose text names places of one machine, without these."""
    command = make_portable(manifest.command)
    if command == manifest.command:
        return {}
    card = (folder / CARD).read_bytes().decode(errors="replace")
    return {
        MANIFEST: format_manifest(replace(manifest, command=command)),
        CARD: card.replace(manifest.command, command).encode(),
    }


def import_bundle(archive: Path, models: Path) -> tuple[Path, BundleManifest]:
    """Unpacks a bundle into a folder of its name; nothing is written if it is refused.

    Args:
        archive: The `.ahash` file.
        models: The folder of bundles it goes to; made if need be.

    Returns:
        The bundle's folder and its manifest. A bundle that is there already, with the same
        `model_id`, is left as it is.

    Raises:
        UserFacingError: If the file is no bundle, holds anything else, is larger than it may be,
            the bundle in it is refused, or another model has its name.
    """
    models.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".import.", suffix=".part", dir=models))
    try:
        _unpack(archive, aside)
        manifest = _verify(aside, archive)
        folder = models / manifest.name
        if folder.exists():
            if verify_bundle(folder).model_id != manifest.model_id:
                raise UserFacingError(
                    f"Another model is called {manifest.name!r} already",
                    path=folder,
                    remedy="Remove that model first",
                )
            return folder, manifest
        aside.chmod(0o755)
        for name in _PARTS:
            settle_file(aside / name)
        settle_folder(aside)
        aside.replace(folder)
        settle_folder(models)
        return folder, manifest
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as packed:
            entries = packed.infolist()
            _check_entries(entries, archive)
            for entry in entries:
                _unpack_entry(packed, entry, folder, archive)
    except OSError as error:
        raise UserFacingError(
            f"The model cannot be unpacked ({error.strerror or error})",
            path=archive,
            remedy="Check that the file is there and that the disk has room",
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _refusal("The file is damaged or no model", archive) from error


def _check_entries(entries: list[zipfile.ZipInfo], archive: Path) -> None:
    """Refuses an archive that holds anything but the parts of a bundle, each once."""
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts:
            raise _refusal(f"The file wants to write elsewhere ({entry.filename!r})", archive)
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise _refusal(f"The file contains a link ({entry.filename!r})", archive)
        if entry.filename not in _PARTS:
            raise _refusal(f"The file contains what is no model ({entry.filename!r})", archive)
        if entry.file_size > LARGEST_BYTES[entry.filename]:
            raise _refusal(f"A part of the model is too large ({entry.filename!r})", archive)
    if sorted(entry.filename for entry in entries) != sorted(_PARTS):
        raise _refusal("The file does not contain each part of a model once", archive)


def _unpack_entry(
    packed: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, archive: Path
) -> None:
    """Unpacks one part, counting its bytes: the size an archive claims may be a lie."""
    left = LARGEST_BYTES[entry.filename]
    with packed.open(entry) as source, (folder / entry.filename).open("wb") as target:
        while block := source.read(_BLOCK_BYTES):
            left -= len(block)
            if left < 0:
                raise _refusal(f"A part of the model is too large ({entry.filename!r})", archive)
            target.write(block)


def _verify(folder: Path, archive: Path) -> BundleManifest:
    """The manifest of an unpacked bundle; refusals name the archive, not the folder aside."""
    try:
        return verify_bundle(folder)
    except UserFacingError as error:
        part = Path(error.path).name if error.path is not None else ""
        raise UserFacingError(
            f"{error.what} ({part})", path=archive, remedy=error.remedy
        ) from error


def _refusal(what: str, archive: Path) -> UserFacingError:
    return UserFacingError(what, path=archive, remedy=_REMEDY)
