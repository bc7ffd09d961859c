"""Copies never take the place of anything, are whole, and leave the originals alone."""

from pathlib import Path

import pytest

from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.services.copying import copy_photos


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    made = []
    for number, folder in enumerate(("a", "b", "c")):
        path = tmp_path / folder / "wren.jpg"
        path.parent.mkdir()
        path.write_bytes(bytes([number]) * 1000)
        made.append(path)
    return made


@pytest.fixture
def target(tmp_path: Path) -> Path:
    made = tmp_path / "out"
    made.mkdir()
    return made


def last(paths, target, token=None):
    return list(copy_photos(paths, target, token or CancelToken()))[-1]


def test_files_of_one_name_get_names_of_their_own(photos, target):
    (target / "wren.jpg").write_bytes(b"mine")
    told = last(photos, target)
    assert (told.n_copied, told.failed) == (3, ())
    assert (target / "wren.jpg").read_bytes() == b"mine"
    names = sorted(path.name for path in target.iterdir())
    assert names == ["wren (2).jpg", "wren (3).jpg", "wren (4).jpg", "wren.jpg"]
    assert (target / "wren (4).jpg").read_bytes() == photos[2].read_bytes()
    assert (target / "wren (2).jpg").stat().st_mtime_ns == photos[0].stat().st_mtime_ns


@pytest.mark.parametrize("has_links", [True, False])
def test_a_drive_without_links_does_as_well(photos, target, monkeypatch, has_links):
    if not has_links:
        monkeypatch.setattr("os.link", lambda *_: (_ for _ in ()).throw(OSError(1, "no links")))
    assert last(photos, target).n_copied == 3
    assert len(list(target.iterdir())) == 3


def test_a_file_that_is_gone_is_told_and_the_others_are_copied(photos, target):
    photos[0].unlink()
    told = last(photos, target)
    assert told.n_copied == 2
    ((path, why),) = told.failed
    assert path == photos[0]
    assert "No such file" in why


def test_stopping_leaves_whole_copies_only(photos, target):
    token = CancelToken()
    told = copy_photos(photos, target, token)
    assert (next(told).n_done, next(told).n_copied) == (0, 1)
    token.cancel()
    with pytest.raises(Cancelled):
        next(told)
    assert [path.read_bytes() for path in target.iterdir()] == [photos[0].read_bytes()]


def test_a_folder_that_cannot_be_written_is_told(photos, target, monkeypatch):
    with pytest.raises(UserFacingError, match="no such folder"):
        last(photos, target / "none")
    real = Path.open

    def full(path, mode="r", *rest, **named):
        if "x" in mode:
            raise OSError(28, "No space left on device")
        return real(path, mode, *rest, **named)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(UserFacingError, match="No space left"):
        last(photos, target)
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("lacking", ["os.chmod", "os.utime", "shutil.copystat"])
def test_a_drive_that_keeps_no_times_or_permissions_does_as_well(
    photos, target, monkeypatch, lacking
):
    def refuse(*_arguments, **_options):
        raise OSError(95, "not supported")

    monkeypatch.setattr(lacking, refuse)
    told = last(photos, target)
    assert (told.n_copied, told.failed) == (3, ())
