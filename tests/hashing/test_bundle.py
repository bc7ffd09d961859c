"""Bundles on disk: written whole, read with suspicion."""

import json
import os
import struct

import numpy as np
import pytest
import safetensors.numpy

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing import bundle as bundle_module
from ahash_desktop.hashing.bundle import (
    list_bundles,
    read_bundle,
    read_manifest,
    save_bundle,
    verify_bundle,
)
from ahash_desktop.hashing.manifest import format_manifest, hash_model

WEIGHTS = {
    "trunk.weight": np.ones((4, 3, 1, 1), np.float16),
    "projection.weight": np.ones((12, 8), np.float32),
}


@pytest.fixture
def folder(tmp_path, describe):
    path = tmp_path / "models" / "tiny"
    save_bundle(path, describe(), WEIGHTS, "# Tiny\n")
    return path


def replace_weights(folder, data, **changes):
    """Puts other weights into a bundle and signs them, as somebody hostile would."""
    manifest = read_manifest(folder)
    (folder / "weights.safetensors").write_bytes(data)
    stored = json.loads(format_manifest(manifest))
    stored.update(changes, model_id=hash_model(data, manifest))
    (folder / "bundle.json").write_text(json.dumps(stored))


def test_a_saved_bundle_is_verified_and_gives_its_weights_back(folder, describe):
    manifest, weights = read_bundle(folder)
    assert manifest == verify_bundle(folder) == read_manifest(folder)
    assert manifest.model_id == hash_model(weights, describe())
    loaded = safetensors.numpy.load(weights)
    assert all(np.array_equal(loaded[name], array) for name, array in WEIGHTS.items())
    assert (folder / "card.md").read_text() == "# Tiny\n"


def test_saving_again_replaces_the_bundle_and_leaves_nothing_else(folder, describe):
    before = read_manifest(folder).model_id
    other = {**WEIGHTS, "trunk.weight": WEIGHTS["trunk.weight"] * 2}
    after = save_bundle(folder, describe(), other, "# New\n")
    assert after.model_id != before
    assert verify_bundle(folder) == after
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


def test_saving_never_replaces_a_folder_that_is_no_bundle(tmp_path, describe):
    (tmp_path / "photo.jpg").write_bytes(b"x")
    with pytest.raises(UserFacingError, match="in the way"):
        save_bundle(tmp_path, describe(), WEIGHTS, "")
    assert (tmp_path / "photo.jpg").exists()


@pytest.mark.parametrize(
    ("weights", "changes"),
    [
        ({**WEIGHTS, "projection.weight": np.full((12, 8), np.nan, np.float32)}, {}),
        ({"trunk.weight": WEIGHTS["trunk.weight"]}, {}),
        ({**WEIGHTS, "projection.weight": np.ones((11, 8), np.float32)}, {}),
        (WEIGHTS, {"n_local": 2}),
        (WEIGHTS, {"name": "a/b"}),
    ],
)
def test_a_bundle_that_would_be_refused_is_not_written(tmp_path, describe, weights, changes):
    with pytest.raises(UserFacingError):
        save_bundle(tmp_path / "bad", describe(**changes), weights, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["weights.safetensors", "bundle.json", "card.md"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(UserFacingError, match="missing") as caught:
        verify_bundle(folder)
    assert caught.value.path == folder / name


@pytest.mark.parametrize("name", ["weights.safetensors", "bundle.json", "card.md", "extra"])
def test_links_are_refused(folder, tmp_path, name):
    target = tmp_path / "elsewhere"
    target.write_bytes((folder / name).read_bytes() if (folder / name).exists() else b"")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(target)
    with pytest.raises(UserFacingError, match="links"):
        verify_bundle(folder)


@pytest.mark.parametrize("name", ["weights.safetensors", "bundle.json", "card.md"])
def test_a_file_larger_than_its_kind_is_refused_unread(folder, name, monkeypatch):
    size = (folder / name).stat().st_size
    monkeypatch.setitem(bundle_module.LARGEST_BYTES, name, size - 1)
    with pytest.raises(UserFacingError, match="too large"):
        verify_bundle(folder)


def test_a_folder_in_place_of_a_file_is_refused(folder):
    (folder / "card.md").unlink()
    (folder / "card.md").mkdir()
    with pytest.raises(UserFacingError, match=r"card\.md"):
        verify_bundle(folder)


def test_one_changed_byte_of_the_weights_is_noticed(folder):
    path = folder / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(UserFacingError, match="changed or damaged"):
        verify_bundle(folder)


def test_a_changed_threshold_is_noticed(folder):
    path = folder / "bundle.json"
    stored = json.loads(path.read_text())
    stored["thresholds"][3] = 0.5
    path.write_text(json.dumps(stored))
    with pytest.raises(UserFacingError, match="changed or damaged"):
        verify_bundle(folder)


def header_of(entries, data=b""):
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + data


PROJECTION = {"dtype": "F32", "shape": [12, 8], "data_offsets": [0, 384]}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 7,
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 200_000) + b"[" * 200_000,
        header_of([]),
        header_of({"projection.weight": PROJECTION}),
        header_of({"projection.weight": PROJECTION}, b"\0" * 400),
        header_of({"projection.weight": {**PROJECTION, "dtype": "I64"}}, b"\0" * 384),
        header_of({"projection.weight": {**PROJECTION, "shape": [12, -8]}}, b"\0" * 384),
        header_of({"projection.weight": {**PROJECTION, "shape": [12, 9]}}, b"\0" * 384),
        header_of({"projection.weight": {**PROJECTION, "data_offsets": [384, 0]}}, b"\0" * 384),
        header_of({"projection.weight": {**PROJECTION, "data_offsets": "ab"}}, b"\0" * 384),
        header_of({"projection.weight": 5}, b"\0" * 384),
        header_of({"projection.weight": PROJECTION, "twin": PROJECTION}, b"\0" * 384),
        header_of({"projection.weight": {"dtype": "F32"}}, b"\0" * 384),
        header_of({"projection.weight": PROJECTION, "__metadata__": {"a": 1}}, b"\0" * 384),
        header_of({"projection.weight": PROJECTION, "__metadata__": [1]}, b"\0" * 384),
        header_of(
            {
                "projection.weight": PROJECTION,
                "none": {"dtype": "F32", "shape": [0, 2**70], "data_offsets": [384, 384]},
            },
            b"\0" * 384,
        ),
        header_of({"projection.weight": {**PROJECTION, "shape": [12, 8, *[1] * 9]}}, b"\0" * 384),
        struct.pack("<Q", 6) + "{}".encode("utf-16"),
    ],
    ids=range(20),
)
def test_hostile_weights_are_refused_even_when_signed(folder, data):
    replace_weights(folder, data)
    with pytest.raises(UserFacingError, match="damaged") as caught:
        verify_bundle(folder)
    assert caught.value.path == folder / "weights.safetensors"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_in_place_of_a_file_is_refused_at_once(folder):
    (folder / "card.md").unlink()
    os.mkfifo(folder / "card.md")
    with pytest.raises(UserFacingError, match="no file"):
        verify_bundle(folder)


def test_weights_that_are_no_numbers_are_refused(folder):
    bad = {**WEIGHTS, "trunk.weight": np.full((4, 3, 1, 1), np.inf, np.float16)}
    replace_weights(folder, safetensors.numpy.save(bad))
    with pytest.raises(UserFacingError, match="no finite numbers"):
        verify_bundle(folder)


def test_a_bad_manifest_names_its_file(folder):
    (folder / "bundle.json").write_text('{"format": 99}')
    with pytest.raises(UserFacingError, match="newer version") as caught:
        read_manifest(folder)
    assert caught.value.path == folder / "bundle.json"
    assert str(caught.value).count("\n") == 0


def test_the_list_leaves_out_what_makes_no_sense_and_logs_it(folder, tmp_path, caplog, describe):
    save_bundle(folder.parent / "second", describe(name="second"), WEIGHTS, "")
    broken = folder.parent / "broken"
    broken.mkdir()
    (broken / "bundle.json").write_text("{")
    (folder.parent / "empty").mkdir()
    found = list_bundles([folder.parent, tmp_path / "nowhere"])
    assert [(path.name, manifest.name) for path, manifest in found] == [
        ("second", "second"),
        ("tiny", "tiny"),
    ]
    assert "broken" in caplog.text


def test_a_folder_that_cannot_be_written_is_told_and_left_alone(folder, describe, monkeypatch):
    before = verify_bundle(folder)

    def refuse(*args):
        raise OSError("disk full")

    monkeypatch.setattr(bundle_module, "_swap", refuse)
    with pytest.raises(OSError, match="disk full"):
        save_bundle(folder, describe(name="new"), WEIGHTS, "")
    assert verify_bundle(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


class Killed(BaseException):
    """Stands for a kill: nothing of the program runs after it."""


@pytest.mark.parametrize("n_renames", [0, 1, 2])
def test_a_kill_at_any_moment_of_a_replacement_leaves_a_model_in_its_place(
    folder, describe, monkeypatch, n_renames
):
    before = read_manifest(folder).model_id
    other = {**WEIGHTS, "trunk.weight": WEIGHTS["trunk.weight"] * 2}
    real, done = bundle_module.Path.replace, []

    def replace(self, target):
        if len(done) == n_renames:
            raise Killed
        done.append(target)
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(bundle_module.Path, "replace", replace)
        patch.setattr(bundle_module.shutil, "rmtree", lambda *_, **__: None)
        if n_renames < 2:
            with pytest.raises(Killed):
                save_bundle(folder, describe(), other, "# New\n")
        else:
            save_bundle(folder, describe(), other, "# New\n")
    (found,) = list_bundles([folder.parent])
    assert found[0] == folder
    assert (verify_bundle(folder).model_id == before) is (n_renames < 2)
    assert not list(folder.parent.glob(".*.old"))


def test_a_bundle_is_on_the_disk_before_it_takes_its_place(folder, describe, monkeypatch):
    settled = []
    fsync, replace = os.fsync, bundle_module.Path.replace

    def note(handle):
        settled.append(os.fstat(handle).st_ino)
        fsync(handle)

    def check(self, target):
        if target == folder:
            parts = {path.stat().st_ino for path in (self, *self.iterdir())}
            assert parts <= set(settled)
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(bundle_module.Path, "replace", check)
    save_bundle(folder, describe(), WEIGHTS, "# Newer\n")
    assert folder.parent.stat().st_ino in settled


def test_a_variance_below_zero_is_refused(tmp_path, describe):
    weights = {**WEIGHTS, "trunk.bn.running_var": np.array([1, -0.5, 1], np.float32)}
    with pytest.raises(UserFacingError, match="variances below zero"):
        save_bundle(tmp_path / "bad", describe(), weights, "")


@pytest.mark.parametrize(
    "name",
    ["resnet50.../../x", "resnet50.../x", "../resnet50", "resnet50./etc/x", "resnet50.a.b", "a b",
     "resnet50.a\\b", "resnet50.", "resnet50.\n", "hf-hub:someone/else", "resnet50.%2e%2e", ""],
)  # fmt: skip
def test_a_backbone_whose_name_leads_elsewhere_is_refused(tmp_path, describe, name):
    with pytest.raises(UserFacingError, match="impossible 'backbone'"):
        save_bundle(tmp_path / "bad", describe(backbone=name), WEIGHTS, "")
