"""Photos are told by the network that knows birds once, and from the file after that."""

import csv
import shutil

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.base_weights import BIRDS
from ahash_desktop.training.ask.bird_names import TellProgress, ToldKinds
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
