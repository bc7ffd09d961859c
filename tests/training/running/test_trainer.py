"""Training from beginning to end, interrupted and not."""

import errno
import os
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import safetensors.numpy
import timm
import torch

from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import CancelToken, WorkClock
from ahash_desktop.hashing import pretrained
from ahash_desktop.hashing.bundle import WEIGHTS, read_manifest, verify_bundle
from ahash_desktop.hashing.encoder import NetworkEncoder, load_network
from ahash_desktop.training.ask.progress import TrainProgress, TrainReport
from ahash_desktop.training.ask.recipes import (
    BALANCED,
    NOTHING,
    PAPER,
    RECIPES,
    Stage,
)
from ahash_desktop.training.running import blending, trainer
from ahash_desktop.training.running import run as run_module
from ahash_desktop.training.running.resuming import CHECKPOINT
from ahash_desktop.training.running.trainer import train
from tests.training.running.small_runs import make_small, run_to_end


def read_weights(folder: Path) -> dict[str, np.ndarray]:
    arrays = safetensors.numpy.load((folder / WEIGHTS).read_bytes())
    return arrays | {"thresholds": np.array(read_manifest(folder).thresholds)}


def assert_same_weights(folder: Path, other: Path) -> None:
    mine, theirs = read_weights(folder), read_weights(other)
    assert mine.keys() == theirs.keys()
    for name, array in mine.items():
        assert np.array_equal(array, theirs[name]), name


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_leaves_a_bundle_that_encodes(name, make_job, tmp_path):
    job = make_job(recipe=make_small(RECIPES[name]))
    report = run_to_end(job)
    assert verify_bundle(job.out).model_id == report.model_id
    assert report.n_validating == 3
    assert report.validation_map is not None
    assert [record.epoch for record in report.history] == list(range(5))
    assert all(np.isfinite(list(record.losses.values())).all() for record in report.history)
    encoder = NetworkEncoder.load(job.out, device="cpu", checks=tmp_path / "checks.json")
    codes, _ = encoder.encode(np.zeros((1, 64, 64, 3), np.uint8))
    assert codes.shape == (1, 2)


def test_the_bundle_computes_what_was_trained(make_job):
    job = make_job()
    run_to_end(job)
    manifest, net = load_network(job.out)
    assert manifest.local_refine == "slim"
    assert manifest.n_local == 2
    assert net.thresholds.abs().max() > 0


def test_bits_are_on_for_half_of_the_photos_they_learned_from(make_job, labelled_folder, tmp_path):
    job = make_job(validation_share=0.0, n_epochs=6)
    run_to_end(job)
    encoder = NetworkEncoder.load(job.out, device="cpu", checks=tmp_path / "checks.json")
    from ahash_desktop.training.data.reading import read_batches

    paths = sorted(labelled_folder.rglob("*.png"))
    activations = np.concatenate(
        [encoder.encode(batch.squares)[1] for batch in read_batches(paths, encoder.manifest, 8)]
    )
    assert np.abs(activations.astype(np.float32).mean(axis=0)).max() < 0.75


def test_the_same_seed_gives_the_same_weights_and_another_one_others(make_job):
    first, again, other = make_job("a"), make_job("b"), make_job("c", seed=1)
    run_to_end(first)
    run_to_end(again)
    run_to_end(other)
    assert_same_weights(first.out, again.out)
    different = read_weights(other.out)
    assert any(
        not np.array_equal(array, different[name])
        for name, array in read_weights(first.out).items()
    )


@pytest.mark.parametrize("name", ["balanced", "paper"])
@pytest.mark.parametrize("n_records", [4, 9, 15])
def test_a_run_that_was_killed_goes_on_as_if_it_had_not_been(
    name, n_records, make_job, monkeypatch
):
    monkeypatch.setattr(trainer, "_SAVE_EVERY_S", 0.0)
    monkeypatch.setattr(trainer, "_REPORT_EVERY_S", 0.0)
    recipe = make_small(RECIPES[name])
    whole, broken = make_job("whole", recipe=recipe), make_job("broken", recipe=recipe)
    run_to_end(whole)
    records = train(broken)
    for _ in range(n_records):
        next(records)
    records.close()  # what was not kept by now is lost, as with kill -9
    report = run_to_end(replace(broken, resume=True))
    assert len(report.history) == 5
    assert_same_weights(whole.out, broken.out)


def test_cancelling_within_a_step_loses_nothing(make_job):
    whole, broken = make_job("whole"), make_job("broken")
    run_to_end(whole)

    class AfterSomeLooks(CancelToken):
        n_left = 150

        def raise_if_cancelled(self) -> None:
            self.n_left -= 1
            if self.n_left == 0:
                self.cancel()
            super().raise_if_cancelled()

    with pytest.raises(Cancelled):
        run_to_end(broken, token=AfterSomeLooks())
    run_to_end(replace(broken, resume=True))
    assert_same_weights(whole.out, broken.out)


def test_cancelling_at_the_end_of_a_round_updates_its_codes_once(make_job, monkeypatch):
    whole, broken = (make_job(name, recipe=make_small(PAPER)) for name in ("whole", "broken"))
    run_to_end(whole)
    validate, cancelled = run_module.Run._validate, []

    def cancel_once(run, token):
        if run.epoch == run.job.recipe.round_epochs - 1 and not cancelled:
            cancelled.append(run.epoch)
            raise Cancelled
        return validate(run, token)

    monkeypatch.setattr(run_module.Run, "_validate", cancel_once)
    with pytest.raises(Cancelled):
        run_to_end(broken)
    run_to_end(replace(broken, resume=True))
    assert cancelled
    assert_same_weights(whole.out, broken.out)


def test_other_labels_are_not_resumed(make_job, labelled_folder, tmp_path):
    rows = [[str(path), path.parent.name] for path in sorted(labelled_folder.rglob("*.png"))]

    def begin(**options):
        table = "\n".join(",".join(row) for row in [["path", "class"], *rows])
        (tmp_path / "labels.csv").write_text(table)
        job = make_job(sources=(tmp_path / "labels.csv",), n_epochs=2, keep_state=True, **options)
        return run_to_end(job)

    begin()
    begin(resume=True)
    rows[0][1], rows[-1][1] = rows[-1][1], rows[0][1]
    with pytest.raises(UserFacingError, match="other photos or settings"):
        begin(resume=True)


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (replace(BALANCED, n_local=0), "local branches already"),
        (replace(PAPER, learned_share=0.5), "'paper' has no fitted start"),
    ],
)
def test_what_would_have_no_effect_is_refused_before_a_photo_is_read(recipe, message, make_job):
    with pytest.raises(UserFacingError, match=message):
        next(train(make_job(recipe=recipe)))


def test_a_full_disk_is_told_in_a_sentence(make_job, monkeypatch):
    def fail(*_args, **_options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(trainer, "fill_squares", fail)
    with pytest.raises(UserFacingError, match=r"cannot go on \(No space left"):
        run_to_end(make_job())


def test_other_settings_are_not_resumed(make_job, monkeypatch):
    monkeypatch.setattr(trainer, "_SAVE_EVERY_S", 0.0)
    records = train(make_job())
    for record in records:
        if isinstance(record, TrainProgress) and record.epoch == 1:
            break
    records.close()
    with pytest.raises(UserFacingError, match="other photos or settings"):
        run_to_end(make_job(seed=3, resume=True))


def test_a_damaged_checkpoint_is_refused(make_job):
    job = make_job(resume=True)
    job.work_folder.mkdir()
    (job.work_folder / CHECKPOINT).write_bytes(b"\x10" + b"\0" * 40)
    with pytest.raises(UserFacingError, match="missing or damaged"):
        run_to_end(job)


def test_resuming_what_was_never_begun_begins(make_job):
    report = run_to_end(make_job(resume=True, n_epochs=1))
    assert len(report.history) == 1


def test_classes_and_photos_that_do_not_do_are_named_before_training(
    make_job, labelled_folder, make_picture
):
    make_picture("photos/lonely/1.png", seed=9)
    (labelled_folder / "empty").mkdir()
    (labelled_folder / "class 0" / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    said: list[str] = []
    for record in train(make_job(n_epochs=1)):
        if isinstance(record, TrainProgress):
            assert not (record.phase == "learning" and not said)
            said += record.notices
    text = " ".join(said)
    assert "class 'lonely' has one readable photo only" in text
    assert "class 'empty' has no photos" in text
    assert "broken.jpg is left out: " in text


def test_a_csv_with_a_wrong_path_names_it(make_job, tmp_path, labelled_folder):
    rows = [f"photos/class {kind}/{copy}.png,{kind}" for kind in range(2) for copy in range(4)]
    source = tmp_path / "labels.csv"
    source.write_text("\n".join(["path,class", *rows, "photos/nowhere.png,0"]) + "\n")
    records = list(train(make_job(sources=(source,), n_epochs=1)))
    notices = [notice for r in records if isinstance(r, TrainProgress) for notice in r.notices]
    assert any("nowhere.png is left out" in notice for notice in notices)


def test_too_few_classes_are_refused_with_the_reason(make_job, tmp_path, make_picture):
    make_picture("few/a/1.png")
    make_picture("few/b/1.png", seed=1)
    with pytest.raises(
        UserFacingError, match=r"at least two classes .* 'a' has one readable photo"
    ):
        run_to_end(make_job(sources=(tmp_path / "few",)))


def test_test_rows_are_never_read(make_job, tmp_path, labelled_folder):
    rows = [f"photos/class {k}/{c}.png,{k},train" for k in range(2) for c in range(4)]
    rows.append("photos/not there.png,0,test")
    source = tmp_path / "labels.csv"
    source.write_text("\n".join(["path,class,split", *rows]) + "\n")
    report = run_to_end(make_job(sources=(source,), n_epochs=1))
    assert report.n_photos == 8
    assert not report.notices


def test_classes_can_be_left_out(make_job):
    report = run_to_end(make_job(n_epochs=1, except_classes=frozenset({"class 1"})))
    assert report.n_classes == 2


def test_two_trainings_do_not_write_one_model(make_job):
    records = train(make_job())
    next(records)
    with pytest.raises(UserFacingError, match="Another training"):
        run_to_end(make_job())
    records.close()


def test_something_else_in_the_way_is_left_alone(make_job, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "diary.txt").write_text("mine")
    with pytest.raises(UserFacingError, match="in the way"):
        run_to_end(make_job())


def test_minutes_set_the_number_of_epochs(make_job):
    report = run_to_end(make_job(n_epochs=None, minutes=0.02))
    assert len(report.history) >= 1


@pytest.mark.parametrize("phase", ["decoding", "preparing", "learning", "finishing"])
def test_pausing_holds_the_run_in_every_phase(phase, make_job):
    class PausedOnce(CancelToken):
        held = 0

        def wait_while_paused(self, timeout_s: float | None = None) -> bool:
            self.held += 1
            self.resume()
            return True

    token = PausedOnce()
    records = train(make_job(n_epochs=1), token=token)
    for record in records:
        if isinstance(record, TrainProgress) and record.phase == phase:
            token.pause()
            break
    following = next(records)
    assert token.held == 1
    assert isinstance(following, TrainProgress)
    assert isinstance([following, *records][-1], TrainReport)


def test_a_pause_slows_neither_the_pace_nor_the_time_that_a_run_took(make_job, monkeypatch):
    monkeypatch.setattr(trainer, "_REPORT_EVERY_S", 0.0)
    slept = 0.0

    class Sleeping(CancelToken):
        def wait_while_paused(self, timeout_s: float | None = None) -> bool:
            nonlocal slept
            slept += 100_000.0
            self.resume()
            return True

    monkeypatch.setattr(trainer, "WorkClock", lambda: WorkClock(lambda: time.monotonic() + slept))
    token = Sleeping()
    records, left = [], []
    for record in train(make_job(n_epochs=2), token=token):
        records.append(record)
        if isinstance(record, TrainProgress) and record.phase in ("learning", "finishing"):
            left.append(record.seconds_left)
            if len(left) % 3 == 1:
                token.pause()
    assert slept > 0
    assert records[-1].seconds < 100_000
    assert all(epoch.photos_per_second > 1e-2 for epoch in records[-1].history)
    assert max(seconds for seconds in left if seconds is not None) < 100_000


def test_the_end_of_a_run_counts_what_it_looks_at(make_job):
    job = make_job(n_epochs=2)
    *records, report = train(job)
    counts = [(r.n_done, r.n_to_do) for r in records if r.phase == "finishing"]
    n_tried = len(job.recipe.shares_tried) * 15
    assert counts[0] == (0, 1)
    assert counts[-1] == (n_tried + report.n_photos, n_tried + report.n_photos)
    assert [n_done for n_done, _ in counts] == sorted(n_done for n_done, _ in counts)
    learning = [r for r in records if r.phase == "learning"]
    assert all(r.epoch < r.n_epochs for r in learning)
    assert (learning[-1].n_done, learning[-1].epoch) == (learning[-1].n_to_do, 1)


def test_training_learns(make_job):
    quick = replace(
        make_small(BALANCED),
        stages=(Stage(share=1.0, frozen=NOTHING, size_px=32, smallest_crop=0.8),),
        head_rate=1e-2,
        body_rate=2e-3,
    )
    report = run_to_end(make_job(recipe=quick, n_epochs=25))
    assert report.validation_map > 0.9
    first, last = report.history[0].losses, report.history[-1].losses
    assert last["class_codes"] < 0.8 * first["class_codes"]


def test_what_was_learned_may_be_drawn_back_after_the_run(make_job):
    job = make_job(recipe=make_small(BALANCED), n_epochs=2, keep_state=True)
    first = run_to_end(job)
    shares = {}
    for share in (0.0, 0.5, 1.0):
        again = replace(
            job, recipe=replace(job.recipe, learned_share=share, shares_tried=()), resume=True
        )
        report = run_to_end(again)
        assert len(report.history) == 2
        assert report.learned_share == share
        net = load_network(report.bundle)[1]
        shares[share] = torch.cat([part.flatten() for part in net.refine_global.parameters()])
    assert read_manifest(first.bundle).n_bits == 16
    assert torch.allclose(shares[0.5], (shares[0.0] + shares[1.0]) / 2, atol=2e-3)
    assert not torch.equal(shares[0.0], shares[1.0])


def test_a_compact_bundle_computes_what_was_judged(make_job, monkeypatch):
    torch.manual_seed(3)
    weights = timm.create_model("test_efficientnet", pretrained=False).state_dict()
    monkeypatch.setattr(pretrained, "_packaged_weights", lambda _name: weights)
    whole = make_job("whole", base=None, backbone="test_efficientnet")
    report = run_to_end(whole)
    small = run_to_end(replace(whole, out=whole.out.with_name("small"), compact=True))
    assert read_manifest(small.bundle).base_id
    assert small.validation_map == pytest.approx(report.validation_map, abs=0.2)
    sizes = [(bundle / WEIGHTS).stat().st_size for bundle in (small.bundle, whole.out)]
    assert sizes[0] < 0.6 * sizes[1]
    kept, full = load_network(small.bundle)[1], load_network(whole.out)[1]
    pictures = torch.rand(4, 3, 64, 64)
    with torch.no_grad():
        assert (kept(pictures) - full(pictures)).abs().mean() < 0.2


def test_no_more_is_taken_of_what_was_learned_than_the_classes_need(make_job, monkeypatch):
    scores = {0.5: 0.70, 0.65: 0.895, 0.8: 0.9, 0.9: 0.89, 1.0: 0.88}
    shares = list(scores)

    def score(*_args, **_options):
        return SimpleNamespace(average_precision=np.array([scores[shares[len(asked)]]]))

    asked = []

    def mean(found):
        asked.append(None)
        return float(found[0])

    monkeypatch.setattr(blending, "score_codes", score)
    monkeypatch.setattr(blending, "mean_score", mean)
    report = run_to_end(make_job(n_epochs=2))
    assert len(asked) == len(scores)
    assert report.learned_share == 0.65
    assert "Share of what was learned: 0.65." in (report.bundle / "card.md").read_text()


def test_without_validation_all_that_was_learned_is_taken(make_job):
    report = run_to_end(make_job(n_epochs=2, validation_share=0.0))
    assert report.learned_share == BALANCED.learned_share == 1


def test_part_of_the_bits_is_guided_by_a_table_of_attributes(make_job, tmp_path):
    table = tmp_path / "attributes.csv"
    table.write_text("class,red,blue\nclass 0,100,0\nclass 1,0,0\nclass 2,0,100\n")
    report = run_to_end(make_job(attributes=table))
    assert report.history[-1].losses["attributes"] > 0
    names = read_manifest(report.bundle).bit_names
    assert len(names) == 16
    assert all(name is None or name.rpartition(",")[0] for name in names)


def test_a_table_that_lacks_a_class_is_refused_before_training(make_job, tmp_path):
    table = tmp_path / "attributes.csv"
    table.write_text("class,red\nclass 0,100\n")
    with pytest.raises(UserFacingError, match="'class 1' has no row"):
        run_to_end(make_job(attributes=table))
