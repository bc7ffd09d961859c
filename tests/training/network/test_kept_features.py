"""What a model sees is looked at once, kept in files, and read from there."""

import numpy as np
import pytest

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.training.network import kept_features
from ahash_desktop.training.network.kept_features import KeptFeatures
from tests.pictures import save_picture


@pytest.fixture
def encoder(tiny_bundle):
    return NetworkEncoder.load(tiny_bundle, device="cpu", threads=1)


@pytest.fixture
def photos(tmp_path):
    return [save_picture(tmp_path / "photos" / f"{number}.png", number) for number in range(7)]


def looked(kept, paths):
    looking = kept.look(paths, CancelToken())
    shares = []
    while True:
        try:
            shares.append(next(looking))
        except StopIteration as end:
            return end.value, shares


def same(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("features", "activations", "small", "short_px", "sharpness", "contents")
    )


def test_what_was_kept_in_many_files_comes_back_in_the_order_asked(
    encoder, photos, tmp_path, monkeypatch
):
    monkeypatch.setattr(kept_features, "_AT_ONCE", 2)
    first, _ = looked(KeptFeatures(tmp_path / "kept", encoder, 2), photos)
    assert len(list((tmp_path / "kept").rglob("*.npz"))) > 1
    again, shares = looked(KeptFeatures(tmp_path / "kept", encoder, 2), photos)
    assert same(first, again)
    assert [share.n_read for share in shares] == [0]
    backwards, _ = looked(KeptFeatures(tmp_path / "kept", encoder, 2), photos[::-1])
    assert np.array_equal(backwards.features, first.features[:, ::-1])
    assert backwards.contents == first.contents[::-1]


def test_damaged_files_and_files_of_other_shapes_are_looked_at_anew(
    encoder, photos, tmp_path, monkeypatch
):
    monkeypatch.setattr(kept_features, "_AT_ONCE", 3)
    first, _ = looked(KeptFeatures(tmp_path / "kept", encoder, 1), photos)
    one, other, *_ = sorted((tmp_path / "kept").rglob("*.npz"))
    one.write_bytes(one.read_bytes()[:-40])
    np.savez(other, keys=np.array(["a"]), features=np.zeros((1, 2)))
    again, _ = looked(KeptFeatures(tmp_path / "kept", encoder, 1), photos)
    assert same(first, again)


def test_unreadable_photos_are_named_and_the_others_stay_in_their_rows(encoder, photos, tmp_path):
    photos[2].write_bytes(b"nothing")
    seen, _ = looked(KeptFeatures(tmp_path / "kept", encoder, 1), photos)
    assert seen.rows.tolist() == [0, 1, 3, 4, 5, 6]
    assert [photo.path for photo in seen.unreadable] == [photos[2]]
    assert seen.features.shape[:2] == (1, 6)
