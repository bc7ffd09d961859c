"""What a run replaces, what it leaves beside its model, and what it clears away."""

import os
from dataclasses import replace

import pytest

from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.bundle import verify_bundle
from ahash_desktop.training.ask.progress import TrainProgress
from ahash_desktop.training.running import trainer
from ahash_desktop.training.running.place import CHECKPOINT
from ahash_desktop.training.running.trainer import train
from tests.training.running.small_runs import run_to_end


def begin(job, monkeypatch):
    """Begins a training and ends it as kill -9 would, with its state kept."""
    monkeypatch.setattr(trainer, "_SAVE_EVERY_S", 0.0)
    records = train(job)
    for record in records:
        if isinstance(record, TrainProgress) and record.epoch == 1:
            break
    records.close()


def test_a_finished_run_leaves_nothing_beside_its_model(make_job):
    job = make_job(n_epochs=1)
    before = set(job.out.parent.iterdir())
    run_to_end(job)
    assert set(job.out.parent.iterdir()) == before | {job.out}


def test_its_state_stays_where_it_is_asked_for(make_job):
    job = make_job(n_epochs=1, keep_state=True)
    run_to_end(job)
    assert (job.work_folder / CHECKPOINT).is_file()


@pytest.mark.parametrize("resume", [False, True])
def test_a_finished_model_is_replaced_only_if_that_is_asked_for(make_job, resume):
    job = make_job(n_epochs=1)
    first = run_to_end(job)
    with pytest.raises(UserFacingError, match="a model of this name already"):
        run_to_end(replace(job, seed=1, resume=resume))
    assert verify_bundle(job.out).model_id == first.model_id
    assert not job.work_folder.exists()
    second = run_to_end(replace(job, seed=1, resume=resume, replace=True))
    assert verify_bundle(job.out).model_id == second.model_id != first.model_id


def test_a_training_that_was_begun_is_begun_anew_only_if_that_is_asked_for(make_job, monkeypatch):
    job = make_job(n_epochs=2)
    begin(job, monkeypatch)
    state = (job.work_folder / CHECKPOINT).read_bytes()
    with pytest.raises(UserFacingError, match="was begun and is not finished"):
        run_to_end(job)
    assert (job.work_folder / CHECKPOINT).read_bytes() == state
    report = run_to_end(replace(job, seed=4, replace=True))
    assert report.seed == 4


def test_going_on_needs_no_leave_to_replace_what_it_was_given_before(make_job, monkeypatch):
    job = make_job(n_epochs=2)
    first = run_to_end(job)
    begin(replace(job, seed=1, replace=True), monkeypatch)
    report = run_to_end(replace(job, seed=1, resume=True))
    assert verify_bundle(job.out).model_id == report.model_id != first.model_id


def test_what_was_cancelled_can_be_gone_on_from(make_job):
    job = make_job(n_epochs=2)
    token = CancelToken()
    records = train(job, token=token)
    for record in records:
        if isinstance(record, TrainProgress) and record.phase == "learning":
            token.cancel()
            break
    with pytest.raises(Cancelled):
        list(records)
    assert (job.work_folder / CHECKPOINT).is_file()
    run_to_end(replace(job, resume=True))
    assert not job.work_folder.exists()


def test_photos_that_do_not_do_leave_nothing_behind(make_job, labelled_folder):
    for path in sorted(labelled_folder.rglob("*.png"))[:9]:
        path.write_bytes(b"no picture")
    job = make_job()
    with pytest.raises(UserFacingError, match="at least two classes"):
        run_to_end(job)
    assert not job.work_folder.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("resume", [False, True])
def test_a_pipe_in_the_place_of_the_state_is_refused(make_job, resume):
    job = make_job(n_epochs=1, resume=resume)
    job.work_folder.mkdir()
    os.mkfifo(job.work_folder / CHECKPOINT)
    with pytest.raises(UserFacingError, match="missing or damaged" if resume else "was begun"):
        run_to_end(job)
    run_to_end(replace(job, resume=False, replace=True))
