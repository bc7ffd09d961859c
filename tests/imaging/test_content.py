"""Keys and digests say whether two files contain the same."""

from pathlib import Path

import numpy as np
import pytest
from blake3 import blake3

from ahash_desktop.imaging.content import (
    QUICK_KEY_COVERS_BYTES,
    content_digest,
    content_id,
    content_key,
)

SIZES = [0, 1, 65_535, 131_071, 131_072, 131_073, 500_000, 9_000_000]


def random_bytes(size: int) -> bytes:
    return np.random.default_rng(size).bytes(size)


@pytest.mark.parametrize("size", SIZES)
def test_file_and_memory_agree(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(random_bytes(size))

    identity = content_id(path.read_bytes())

    assert identity.key == content_key(path, size)
    assert identity.digest == content_digest(path)
    assert len(identity.key) == len(identity.digest) == 16


def test_key_is_the_hash_of_size_and_edges() -> None:
    data = random_bytes(500_000)
    edges = data[:65_536] + data[-65_536:]

    assert content_id(data).key == blake3((500_000).to_bytes(8, "little") + edges).digest(16)
    assert content_id(data).digest == blake3(data).digest(16)
    small = data[:QUICK_KEY_COVERS_BYTES]
    assert content_id(small).key == blake3(len(small).to_bytes(8, "little") + small).digest(16)


def test_change_in_the_middle_changes_the_digest_only() -> None:
    data = bytearray(random_bytes(500_000))
    before = content_id(bytes(data))
    data[250_000] ^= 1

    after = content_id(bytes(data))

    assert after.key == before.key
    assert after.digest != before.digest


def test_size_is_part_of_the_key() -> None:
    assert content_id(bytes(200_000)).key != content_id(bytes(200_001)).key


def test_file_that_has_become_shorter_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(1000))

    with pytest.raises(OSError, match="shorter"):
        content_key(path, 2000)
    with pytest.raises(OSError, match="shorter"):
        content_key(path, 200_000)


def test_a_file_kept_in_the_cloud_is_not_downloaded_for_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(1000))
    monkeypatch.setattr("ahash_desktop.imaging.content.is_cloud_only", lambda _: True)

    with pytest.raises(OSError, match="cloud"):
        content_key(path, 1000)
