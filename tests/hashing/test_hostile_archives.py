"""A model that comes as one file is refused, or is wholly the model it claims to be."""

import json
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing.archive import export_bundle, import_bundle
from ahash_desktop.hashing.bundle import save_bundle, verify_bundle

PARTS = ("bundle.json", "card.md", "weights.safetensors")
Build = Callable[[Path, bytes, dict[str, bytes]], None]
"""Writes an archive, given a good one and its parts."""

ODD_NAMES = (
    "../up", "../../up", "a/../../up", "..", ".", "/", "/root/up", "//host/share", "\\\\host\\up",
    "..\\up", "C:\\up", "C:up", "/dev/stdout", "~/up", "bundle.json/", "./bundle.json",
    "bundle.json/.", "x/bundle.json", "BUNDLE.JSON", "Card.md", "bundle.json ", " card.md",
    "bundle.json.", "card.md::$DATA", "weights.safetensors:more", "CON", "nul.md", "card.md\t",
    "card.md\n", "\x1b[2Jcard.md", "card\u202emd.", "\uff0e\uff0e/up", "caf\u00e9.md", "灰鹭.md",
    "weights.pt", "weights.pkl", "__init__.py", "sitecustomize.py", ".bashrc", "x" * 300,
    "d/" * 99 + "d", " ",
)  # fmt: skip
ODD_MODES = {
    "link": stat.S_IFLNK, "pipe": stat.S_IFIFO, "socket": stat.S_IFSOCK, "device": stat.S_IFCHR,
    "disk": stat.S_IFBLK, "folder": stat.S_IFDIR, "setuid": stat.S_IFREG | stat.S_ISUID,
}  # fmt: skip
ODD_MODEL_NAMES = (
    "../up", "/up", "a/b", "a\\b", "", ".", "..", ".hidden", "x" * 300, "a\0b", "a\nb", "C:up",
    "\x1b[2J", " ",
)  # fmt: skip


def pack(path: Path, parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", method) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)


def with_extra(name: str) -> Build:
    return lambda path, _good, parts: pack(path, {**parts, name: b"#"})


def with_mode(part: str, mode: int) -> Build:
    def build(path: Path, _good: bytes, parts: dict[str, bytes]) -> None:
        with zipfile.ZipFile(path, "w") as packed:
            for name, data in parts.items():
                entry = zipfile.ZipInfo(name)
                entry.external_attr = (mode if name == part else stat.S_IFREG) | 0o777
                entry.external_attr <<= 16
                packed.writestr(entry, data)

    return build


def cut(share: float) -> Build:
    return lambda path, good, _parts: path.write_bytes(good[: int(len(good) * share)])


def flipped(share: float) -> Build:
    def build(path: Path, good: bytes, _parts: dict[str, bytes]) -> None:
        data = bytearray(good)
        data[int((len(data) - 1) * share)] ^= 0xFF
        path.write_bytes(data)

    return build


def with_field(signature: bytes, offset: int, value: bytes) -> Build:
    """Writes into each header of a kind."""

    def build(path: Path, good: bytes, _parts: dict[str, bytes]) -> None:
        data = bytearray(good)
        place = data.find(signature)
        while place >= 0:
            data[place + offset : place + offset + len(value)] = value
            place = data.find(signature, place + 4)
        path.write_bytes(data)

    return build


def without(part: str) -> Build:
    return lambda path, _good, parts: pack(
        path, {name: data for name, data in parts.items() if name != part}
    )


def twice(part: str) -> Build:
    def build(path: Path, good: bytes, parts: dict[str, bytes]) -> None:
        path.write_bytes(good)
        with zipfile.ZipFile(path, "a") as packed:
            packed.writestr(part, parts[part])

    return build


def exchanged(one: str, other: str) -> Build:
    return lambda path, _good, parts: pack(path, {**parts, one: parts[other], other: parts[one]})


def with_part(part: str, data: bytes) -> Build:
    return lambda path, _good, parts: pack(path, {**parts, part: data})


def called(name: str) -> Build:
    def build(path: Path, _good: bytes, parts: dict[str, bytes]) -> None:
        described = {**json.loads(parts["bundle.json"]), "name": name}
        pack(path, {**parts, "bundle.json": json.dumps(described).encode()})

    return build


def bomb(part: str) -> Build:
    """A part that is small in the archive, and no longer so outside."""
    return with_part(part, bytes(8 << 20))


def hostile() -> Iterator[tuple[str, Build]]:
    """Archives that must be refused."""
    for number, name in enumerate(ODD_NAMES):
        yield f"extra {number}", with_extra(name)
    for part in PARTS:
        yield f"link {part}", with_mode(part, stat.S_IFLNK)
        yield f"without {part}", without(part)
        yield f"twice {part}", twice(part)
        yield f"empty {part}", with_part(part, b"") if part != "card.md" else without(part)
    for part in ("bundle.json", "weights.safetensors"):
        yield f"noise as {part}", with_part(part, bytes(range(256)) * 20)
        yield f"bomb as {part}", bomb(part)
    yield "deep JSON", with_part("bundle.json", b"[" * 100_000)
    yield "list as JSON", with_part("bundle.json", b"[]")
    for one, other in (PARTS[:2], PARTS[1:], PARTS[::2]):
        yield f"{one} for {other}", exchanged(one, other)
    for number, name in enumerate(ODD_MODEL_NAMES):
        yield f"model name {number}", called(name)
    for percent in range(0, 100, 6):
        yield f"cut at {percent} %", cut(percent / 100)
    for method in (1, 6, 9, 97, 99):
        yield f"method {method}", with_field(b"PK\1\2", 10, struct.pack("<H", method))
    yield "encrypted", with_field(b"PK\1\2", 8, b"\1\0")
    yield "later version", with_field(b"PK\1\2", 6, b"\xff\0")
    yield "false size", with_field(b"PK\1\2", 24, struct.pack("<I", 1))
    yield "huge size", with_field(b"PK\1\2", 24, struct.pack("<I", 0xFFFFFFF0))
    yield "false checksum", with_field(b"PK\1\2", 16, bytes(4))
    yield "false place", with_field(b"PK\1\2", 42, struct.pack("<I", 7))
    yield "place beyond", with_field(b"PK\1\2", 42, struct.pack("<I", 0x7FFFFFFF))
    yield "false directory", with_field(b"PK\5\6", 16, struct.pack("<I", 0x7FFFFFFF))
    yield "directory size", with_field(b"PK\5\6", 12, struct.pack("<I", 0x7FFFFFFF))
    yield "nothing", lambda path, _good, _parts: path.write_bytes(b"")
    yield "a pickle", lambda path, _good, _parts: path.write_bytes(b"\x80\4cos\nsystem\n.")
    yield "a folder", lambda path, _good, _parts: path.mkdir()


def odd() -> Iterator[tuple[str, Build]]:
    """Archives that may be refused, or else hold the model they were made of."""
    for part in PARTS:
        for name, mode in ODD_MODES.items():
            if mode != stat.S_IFLNK:
                yield f"{name} {part}", with_mode(part, mode)
    for percent in range(0, 100, 4):
        yield f"flipped at {percent} %", flipped(percent / 100)
    yield "before it a program", lambda path, good, _: path.write_bytes(b"MZ" + bytes(99) + good)
    yield "many entries", with_field(b"PK\5\6", 10, b"\xff\xfe")
    yield "no entries", with_field(b"PK\5\6", 10, b"\0\0")
    yield "stored", lambda path, _good, parts: pack(path, parts, zipfile.ZIP_STORED)


HOSTILE, ODD = list(hostile()), list(odd())


@pytest.fixture
def made(tmp_path, describe) -> tuple[Path, str]:
    """A good archive, and the model's id."""
    folder = tmp_path / "mine" / "tiny"
    manifest = save_bundle(
        folder, describe(), {"projection.weight": np.ones((12, 8), np.float32)}, "# Tiny\n"
    )
    export_bundle(folder, tmp_path / "good.ahash")
    return tmp_path / "good.ahash", manifest.model_id


def bring(made: tuple[Path, str], build: Build) -> tuple[Path, Path, list[Path]]:
    """Builds an archive: it, the folder for models, and all that there is beside that folder."""
    good, _ = made
    with zipfile.ZipFile(good) as packed:
        parts = {name: packed.read(name) for name in PARTS}
    archive = good.with_name("hostile.ahash")
    build(archive, good.read_bytes(), parts)
    models = good.parent / "deep" / "within" / "models"
    models.mkdir(parents=True)
    return archive, models, everything(good.parent)


def everything(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "build", [build for _, build in HOSTILE], ids=[name for name, _ in HOSTILE]
)
def test_a_hostile_archive_is_refused_in_a_sentence_and_leaves_nothing(made, build) -> None:
    archive, models, before = bring(made, build)
    with pytest.raises(UserFacingError) as refused:
        import_bundle(archive, models)
    assert refused.value.path == archive
    assert "\n" not in refused.value.what
    assert everything(made[0].parent) == before


@pytest.mark.parametrize("build", [build for _, build in ODD], ids=[name for name, _ in ODD])
def test_an_odd_archive_is_refused_or_is_the_model(made, build) -> None:
    archive, models, before = bring(made, build)
    try:
        folder, manifest = import_bundle(archive, models)
    except UserFacingError:
        assert everything(made[0].parent) == before
        return
    assert manifest.model_id == made[1] == verify_bundle(folder).model_id
    assert all(path.is_file() and not path.is_symlink() for path in folder.iterdir())
    new = set(everything(made[0].parent)) - set(before)
    assert new == {folder, *(folder / part for part in PARTS)}
