"""Bundles as one file: what goes in comes out, and nothing else gets in."""

import stat
import zipfile

import numpy as np
import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing import archive as archive_module
from ahash_desktop.hashing.archive import export_bundle, import_bundle
from ahash_desktop.hashing.bundle import save_bundle, verify_bundle

WEIGHTS = {"projection.weight": np.ones((12, 8), np.float32)}
PARTS = ("bundle.json", "card.md", "weights.safetensors")


@pytest.fixture
def folder(tmp_path, describe):
    path = tmp_path / "mine" / "tiny"
    save_bundle(path, describe(), WEIGHTS, "# Tiny\n")
    return path


@pytest.fixture
def archive(folder, tmp_path):
    path = tmp_path / "tiny.ahash"
    export_bundle(folder, path)
    return path


def repack(folder, archive, change):
    """Writes the parts of a bundle again, with what `change(packed)` adds."""
    with zipfile.ZipFile(archive, "w") as packed:
        for name in PARTS:
            packed.write(folder / name, name)
        change(packed)


def test_an_exported_bundle_comes_back_the_same(folder, archive, tmp_path):
    found, manifest = import_bundle(archive, tmp_path / "theirs")
    assert found == tmp_path / "theirs" / "tiny"
    assert verify_bundle(found) == manifest == verify_bundle(folder)
    assert (found / "card.md").read_text() == "# Tiny\n"
    assert [path.name for path in found.parent.iterdir()] == ["tiny"]


def test_importing_twice_changes_nothing(archive, tmp_path):
    first, _ = import_bundle(archive, tmp_path / "theirs")
    before = (first / "bundle.json").stat().st_mtime_ns
    assert import_bundle(archive, tmp_path / "theirs")[0] == first
    assert (first / "bundle.json").stat().st_mtime_ns == before


def test_another_model_of_the_same_name_is_kept(archive, tmp_path, describe):
    other = {"projection.weight": np.zeros((12, 8), np.float32)}
    kept = save_bundle(tmp_path / "theirs" / "tiny", describe(), other, "")
    with pytest.raises(UserFacingError, match="Another model"):
        import_bundle(archive, tmp_path / "theirs")
    assert verify_bundle(tmp_path / "theirs" / "tiny") == kept


def add_link(packed):
    entry = zipfile.ZipInfo("extra")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    packed.writestr(entry, "/etc/passwd")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda packed: packed.writestr("../up.txt", ""), "elsewhere"),
        (lambda packed: packed.writestr("/root/x", ""), "elsewhere"),
        (lambda packed: packed.writestr("..\\up.txt", ""), "elsewhere"),
        (add_link, "link"),
        (lambda packed: packed.writestr("code.py", ""), "no model"),
        (lambda packed: packed.writestr("folder/", ""), "no model"),
    ],
    ids=["up", "absolute", "backslash", "link", "code", "folder"],
)
def test_anything_but_the_parts_of_a_model_is_refused(folder, archive, tmp_path, change, message):
    repack(folder, archive, change)
    with pytest.raises(UserFacingError, match=message) as caught:
        import_bundle(archive, tmp_path / "theirs")
    assert caught.value.path == archive
    assert list((tmp_path / "theirs").iterdir()) == []
    assert not (tmp_path / "up.txt").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_comes_twice_or_not_at_all_is_refused(folder, archive, tmp_path):
    repack(folder, archive, lambda packed: packed.writestr("card.md", "again"))
    with pytest.raises(UserFacingError, match="each part"):
        import_bundle(archive, tmp_path / "theirs")
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(folder / "bundle.json", "bundle.json")
    with pytest.raises(UserFacingError, match="each part"):
        import_bundle(archive, tmp_path / "theirs")


def test_a_part_larger_than_its_kind_is_refused(archive, tmp_path, monkeypatch):
    monkeypatch.setitem(archive_module.LARGEST_BYTES, "weights.safetensors", 100)
    with pytest.raises(UserFacingError, match="too large"):
        import_bundle(archive, tmp_path / "theirs")
    assert list((tmp_path / "theirs").iterdir()) == []


def test_a_part_larger_than_it_claims_is_not_unpacked(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(archive_module, "_check_entries", lambda entries, path: None)
    monkeypatch.setitem(archive_module.LARGEST_BYTES, "weights.safetensors", 100)
    with pytest.raises(UserFacingError, match="too large"):
        import_bundle(archive, tmp_path / "theirs")
    assert list((tmp_path / "theirs").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\3\4" + b"\0" * 100])
def test_a_file_that_is_no_zip_is_refused(tmp_path, content):
    path = tmp_path / "bad.ahash"
    path.write_bytes(content)
    with pytest.raises(UserFacingError, match="damaged or no model"):
        import_bundle(path, tmp_path / "theirs")


def test_damaged_contents_are_refused_by_the_name_of_the_archive(archive, tmp_path):
    data = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as packed:
        entry = packed.getinfo("weights.safetensors")
    data[entry.header_offset + 60] ^= 0xFF
    archive.write_bytes(data)
    with pytest.raises(UserFacingError, match="damaged") as caught:
        import_bundle(archive, tmp_path / "theirs")
    assert caught.value.path == archive
    assert list((tmp_path / "theirs").iterdir()) == []


def test_a_bundle_with_a_wrong_hash_is_refused(folder, archive, tmp_path):
    (folder / "card.md").write_text("other")
    text = (folder / "bundle.json").read_text().replace('"squash"', '"centre-crop"')
    (folder / "bundle.json").write_text(text)
    repack(folder, archive, lambda packed: None)
    with pytest.raises(UserFacingError, match=r"changed or damaged \(weights\.safetensors\)"):
        import_bundle(archive, tmp_path / "theirs")
    assert list((tmp_path / "theirs").iterdir()) == []


def test_a_missing_archive_is_told(tmp_path):
    with pytest.raises(UserFacingError, match="cannot be unpacked"):
        import_bundle(tmp_path / "nothing.ahash", tmp_path / "theirs")


def test_a_bundle_that_is_refused_is_not_exported(folder, tmp_path):
    (folder / "weights.safetensors").write_bytes(b"")
    with pytest.raises(UserFacingError, match="damaged"):
        export_bundle(folder, tmp_path / "out.ahash")
    assert not (tmp_path / "out.ahash").exists()


def test_a_place_that_cannot_be_written_is_told(folder, tmp_path):
    with pytest.raises(UserFacingError, match="cannot be written"):
        export_bundle(folder, tmp_path / "no" / "folder" / "out.ahash")


def test_what_is_passed_on_tells_no_folders_of_who_trained_it(tmp_path, describe):
    command = "ahash train /home/alice/birds --out=/home/alice/mine --bits 12"
    folder = tmp_path / "mine"
    card = f"# Mine\n\n- Command: `{command}`\n"
    saved = save_bundle(folder, describe(command=command), WEIGHTS, card)
    export_bundle(folder, tmp_path / "mine.ahash")
    found, manifest = import_bundle(tmp_path / "mine.ahash", tmp_path / "theirs")
    assert manifest.command == "ahash train birds --out=mine --bits 12"
    assert manifest.model_id == saved.model_id
    for name in ("bundle.json", "card.md"):
        assert "alice" not in (found / name).read_text()
    assert verify_bundle(folder).command == command
