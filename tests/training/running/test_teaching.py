"""Learning with a teacher: what was known before is kept better than without one."""

from dataclasses import replace

import numpy as np
import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing.bundle import read_bundle, read_manifest, save_bundle
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.training.ask.unlabelled import find_unlabelled
from ahash_desktop.training.data.augment import Augmentation
from ahash_desktop.training.data.batches import add_unlabelled, fresh_views
from ahash_desktop.training.data.reading import read_batches
from ahash_desktop.training.data.teacher_file import load_teacher_file, save_teacher_file
from ahash_desktop.training.running import trainer
from ahash_desktop.training.running.trainer import train
from tests.pictures import save_picture
from tests.training.running.small_runs import run_to_end


@pytest.fixture
def other_photos(tmp_path):
    """Photos that nobody labelled, of other things than the labelled ones."""
    for number in range(24):
        save_picture(tmp_path / f"others/{number % 3}/{number}.png", 100 + number, (80, 64))
    return tmp_path / "others"


def look(bundle, folder, tmp_path):
    """Activations and features of the photos in a folder, of centred columns."""
    encoder = NetworkEncoder.load(bundle, device="cpu", checks=tmp_path / "checks.json")
    squares = [
        batch.squares for batch in read_batches(sorted(folder.rglob("*.png")), encoder.manifest, 8)
    ]
    _, activations, features = encoder.encode_with_features(np.concatenate(squares))
    return activations.astype(np.float32), features - features.mean(axis=0)


def likeness(one, other):
    """Mean correlation of the columns."""
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    length = np.linalg.norm(one, axis=0) * np.linalg.norm(other, axis=0)
    return float(((one * other).sum(axis=0) / np.maximum(length, 1e-9)).mean())


def test_with_the_model_it_starts_from_as_teacher_less_is_forgotten(
    make_job, other_photos, tiny_base, tmp_path
):
    alone = make_job("alone", n_epochs=8)
    taught = make_job(
        "taught", n_epochs=8, teacher=tiny_base, teacher_weight=4.0, unlabelled=(other_photos,)
    )
    run_to_end(alone)
    report = run_to_end(taught)
    last = report.history[-1].losses
    assert {"teacher", "teacher_bits", "class_codes"} <= last.keys()
    assert report.n_photos == 15
    before = look(tiny_base, other_photos, tmp_path)
    kept, lost = (look(job.out, other_photos, tmp_path) for job in (taught, alone))
    assert likeness(kept[0], before[0]) > likeness(lost[0], before[0]) + 0.3
    same, guessed = (((part[0] > 0) == (before[0] > 0)).mean() for part in (kept, lost))
    assert same > 0.8
    assert same > guessed + 0.2


def test_bits_that_are_handed_on_keep_their_names(make_job, other_photos, tiny_base, tmp_path):
    manifest = read_manifest(tiny_base)
    named = replace(
        manifest,
        name="named",
        bit_names=tuple(f"thing {bit}" for bit in range(16)),
        bit_names_zh=tuple(f"东西 {bit}" for bit in range(16)),
        says_has=(0.9,) * 16,
        bit_domains=("bird",) * 16,
    )
    import safetensors.numpy

    weights = safetensors.numpy.load(read_bundle(tiny_base)[1])
    save_bundle(tmp_path / "named", named, weights, "# Named\n")
    job = make_job(
        base=tmp_path / "named",
        teacher=tmp_path / "named",
        teacher_weight=8.0,
        unlabelled=(other_photos,),
    )
    run_to_end(job)
    after = read_manifest(job.out)
    kept = [bit for bit in range(16) if after.bit_names[bit] is not None]
    assert len(kept) >= 8
    for bit in range(16):
        is_kept = bit in kept
        assert after.bit_names[bit] == (f"thing {bit}" if is_kept else None)
        assert after.bit_names_zh[bit] == (f"东西 {bit}" if is_kept else None)
        assert after.says_has[bit] == (0.9 if is_kept else None)


def test_a_run_with_a_teacher_that_was_killed_goes_on_as_if_it_had_not_been(
    make_job, other_photos, tiny_base, monkeypatch
):
    monkeypatch.setattr(trainer, "_SAVE_EVERY_S", 0.0)
    monkeypatch.setattr(trainer, "_REPORT_EVERY_S", 0.0)
    options = {"teacher": tiny_base, "unlabelled": (other_photos,)}
    whole, broken = make_job("whole", **options), make_job("broken", **options)
    run_to_end(whole)
    records = train(broken)
    for _ in range(12):
        next(records)
    records.close()
    run_to_end(replace(broken, resume=True))
    assert read_manifest(whole.out).model_id == read_manifest(broken.out).model_id


def test_another_model_teaches_one_that_starts_elsewhere(make_job, other_photos, tiny_bundle):
    job = make_job(teacher=tiny_bundle, unlabelled=(other_photos,))
    report = run_to_end(job)
    first, last = report.history[0].losses["teacher"], report.history[-1].losses["teacher"]
    assert last < first
    assert read_manifest(job.out).bit_names == (None,) * 16


def test_a_file_of_features_teaches_by_its_own_views(
    make_job, labelled_folder, other_photos, tmp_path
):
    paths = sorted([*labelled_folder.rglob("*.png"), *other_photos.rglob("*.png")])[:-2]
    rng = np.random.default_rng(0)
    photo = np.repeat(np.arange(len(paths)), 2)
    view = np.tile(np.array([[0, 0, 1, 1, 0], [0.25, 0, 0.5, 1, 1]], np.float32), (len(paths), 1))
    save_teacher_file(
        tmp_path / "teacher.safetensors",
        rng.normal(size=(len(photo), 7)).astype(np.float16),
        [str(path.relative_to(tmp_path)) for path in paths],
        photo,
        view,
    )
    job = make_job(teacher=tmp_path / "teacher.safetensors", unlabelled=(other_photos,))
    report = run_to_end(job)
    assert report.history[-1].losses["teacher"] > 0
    stored = load_teacher_file(tmp_path / "teacher.safetensors", paths)
    assert stored.n_known == len(paths)
    square = np.zeros((64, 64, 3), np.uint8)
    square[:, 16:32] = 255
    squares = np.repeat(square[None], len(paths), axis=0)
    rows = np.arange(len(paths))
    (batch,) = fresh_views(squares, [rows], Augmentation(32, 0.5), 0, 0, stored)
    for row, known in zip(rows, batch.views, strict=True):
        assert photo[known] == row
        right_is_lit = batch.inputs[row, 0, 16, 24] > 200
        assert bool(right_is_lit) == (view[known, 4] == 1)


@pytest.mark.parametrize("content", [b"", b"no safetensors", None])
def test_a_teacher_that_is_none_is_refused(make_job, tmp_path, content):
    path = tmp_path / "teacher"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserFacingError, match="teacher"):
        run_to_end(make_job(teacher=path))


def test_photos_without_labels_all_come_before_one_comes_again():
    batches = [np.arange(4), np.arange(4, 8), np.arange(8, 10)]
    others = np.arange(100, 115)
    seen = []
    for epoch in range(3):
        joined = add_unlabelled(batches, others, seed=0, epoch=epoch)
        assert [len(rows) for rows in joined] == [8, 8, 4]
        seen += [row for rows, own in zip(joined, batches, strict=True) for row in rows[len(own) :]]
    assert sorted(seen[:15]) == sorted(seen[15:]) == list(others)


def test_photos_without_labels_are_found_once_and_without_labelled_ones(tmp_path, other_photos):
    labelled = sorted(other_photos.rglob("*.png"))[:3]
    (other_photos / ".hidden").mkdir()
    save_picture(other_photos / ".hidden/no.png", 1, (8, 8))
    (other_photos / "notes.txt").write_text("no photo")
    found = find_unlabelled((other_photos, other_photos / "0/0.png"), labelled[1:], seed=0)
    assert len(found) == len(set(found)) == 22
    assert find_unlabelled((other_photos,), (), seed=0, most=5) == find_unlabelled(
        (other_photos,), (), seed=0, most=5
    )
    assert len(find_unlabelled((other_photos,), (), seed=0, most=5)) == 5
    with pytest.raises(UserFacingError, match="no such folder"):
        find_unlabelled((tmp_path / "nowhere",), (), seed=0)
