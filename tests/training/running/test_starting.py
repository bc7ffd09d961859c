"""Everything that can be told before a photo is read is told by then."""

import os
import sys
from dataclasses import replace

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.running import trainer
from ahash_desktop.training.running.starting import check_request
from tests.pictures import save_picture
from tests.training.running.small_runs import run_to_end


@pytest.fixture(autouse=True)
def no_photo_is_read(monkeypatch):
    def fail(*_args, **_options):
        raise AssertionError("photos are read")

    monkeypatch.setattr(trainer, "fill_squares", fail)


@pytest.mark.parametrize(
    "name", ["..", ".hidden", "what?", "a:b", 'a"b', " a", "a\nb", "a\udce9", "é" * 101, "x" * 300]
)
def test_an_impossible_name_is_refused(make_job, tmp_path, name):
    job = make_job()
    with pytest.raises(UserFacingError, match="cannot be called"):
        run_to_end(replace(job, out=tmp_path / name))
    assert not list(tmp_path.glob(".*training"))


@pytest.mark.parametrize("letter", ["鳥", "🐦"])
def test_a_name_too_long_for_the_disk_is_refused(make_job, tmp_path, letter):
    job = make_job()
    with pytest.raises(UserFacingError, match="cannot be written there"):
        run_to_end(replace(job, out=tmp_path / (letter * 90)))
    assert not list(tmp_path.glob(".*training"))


def test_a_place_below_a_file_is_refused(make_job, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UserFacingError, match="cannot be written there"):
        run_to_end(make_job("file/mine"))


def test_a_link_to_nowhere_in_the_place_is_refused(make_job, tmp_path):
    (tmp_path / "mine").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UserFacingError, match="cannot be written there"):
        run_to_end(make_job("mine"))


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="may write anywhere")
def test_a_place_that_may_not_be_written_is_refused(make_job, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(UserFacingError, match="cannot be written there"):
        run_to_end(make_job("locked/mine"))


@pytest.mark.parametrize(
    "changes",
    [{"command": "x" * 10_001}, {"licence": "\udce9"}, {"n_bits": 5000}],
)
def test_a_model_that_could_not_be_described_is_refused(make_job, changes):
    with pytest.raises(UserFacingError, match="could not be saved"):
        run_to_end(make_job(**changes))


def test_a_damaged_base_is_refused(make_job, tiny_base):
    weights = tiny_base / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(UserFacingError, match="changed or damaged"):
        run_to_end(make_job())


@pytest.mark.parametrize("changes", [{"device": "tpu"}, {"base": None, "backbone": "no_such_net"}])
def test_a_device_and_a_backbone_that_are_not_there_are_refused(make_job, changes):
    with pytest.raises(UserFacingError, match=r"no device|no backbone"):
        run_to_end(make_job(**changes))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (None, "cannot be read"),
        ("class,red\nclass 0,1\nclass 1,0\n", "'class 2' has no row"),
        ("class,red\nclass 0,1\nclass 1,0\nclass 2,dark\n", "where a number belongs"),
    ],
)
def test_a_table_of_attributes_that_does_not_fit_is_refused(make_job, tmp_path, table, message):
    if table is not None:
        (tmp_path / "attributes.csv").write_text(table)
    with pytest.raises(UserFacingError, match=message):
        run_to_end(make_job(attributes=tmp_path / "attributes.csv"))


def test_too_few_photos_are_refused(make_job, tmp_path):
    save_picture(tmp_path / "few/a/1.png", seed=1)
    save_picture(tmp_path / "few/b/1.png", seed=2)
    (tmp_path / "few/c").mkdir()
    with pytest.raises(UserFacingError, match=r"at least two classes.*'c' has no photos"):
        run_to_end(make_job(sources=(tmp_path / "few",)))


def test_a_source_without_photos_is_refused(make_job, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserFacingError, match="no labelled photos"):
        run_to_end(make_job(sources=(tmp_path / "empty",)))


def test_what_does_is_not_refused(make_job):
    check_request(make_job("鳥 of 2026"))
