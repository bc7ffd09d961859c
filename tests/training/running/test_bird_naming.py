"""Photos are told by the network that knows birds once, and from the file after that."""

import csv
import shutil

from PIL import Image

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.base_weights import BIRDS
from ahash_desktop.training.ask.bird_names import TellProgress, ToldKind, ToldKinds
from ahash_desktop.training.running import bird_naming
from ahash_desktop.training.running.bird_naming import tell


def test_birds_are_told_once_and_files_without_a_picture_have_no_kind(
    bird_file, photos_folder, tmp_path
):
    shutil.copyfile(photos_folder / "teachers" / BIRDS.kinds.name, BIRDS.kinds.path)
    with (photos_folder / "birds/labels.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["class"].endswith(".Gadwall")]
    paths = [photos_folder / "birds" / row["path"] for row in rows[:5]]
    paths.append(tmp_path / "broken.jpg")
    paths[-1].write_bytes(b"nothing")
    kept = tmp_path / "told.json"
    *shares, found = tell(paths, kept, "cpu", token=CancelToken())
    assert isinstance(found, ToldKinds)
    assert shares == [TellProgress(6, 6)]
    assert [kinds[0].short_name for kinds in found.kinds[:5]].count("Gadwall") >= 3
    assert not found.kinds[5]
    bird_file.unlink()
    assert list(tell(paths, kept, "cpu", token=CancelToken())) == [found]


def test_what_cannot_be_read_of_the_file_is_told_anew(bird_file, photos_folder, tmp_path):
    kept = tmp_path / "told.json"
    for content in (b"{", b"[1]", b'{"a": 3}'):
        kept.write_bytes(content)
        assert list(tell([], kept, "cpu", token=CancelToken())) == [ToldKinds(())]


class Seer:
    """Takes every picture for a gadwall."""

    def tell(self, pictures, n_kinds):
        return [[ToldKind("Mareca strepera (Gadwall)", 0.9)] for _ in pictures]


def test_photos_on_a_drive_that_was_away_are_told_when_it_is_back(tmp_path, monkeypatch):
    monkeypatch.setattr(bird_naming.BirdKinds, "load", lambda _device: Seer())
    monkeypatch.setattr(bird_naming, "_AT_ONCE", 2)
    drive, away, kept = tmp_path / "drive", tmp_path / "away", tmp_path / "told.json"
    drive.mkdir()
    paths = [drive / f"{number}.jpg" for number in range(6)]
    for path in paths:
        Image.new("RGB", (64, 64)).save(path)
    looking = tell(paths, kept, "cpu", token=CancelToken())
    next(looking)
    drive.rename(away)
    *_, found = looking
    assert [bool(kinds) for kinds in found.kinds] == [True, True, *[False] * 4]
    away.rename(drive)
    *_, found = tell(paths, kept, "cpu", token=CancelToken())
    assert all(found.kinds)
