"""Trains a network on labelled photos, stage by stage, and leaves a bundle."""

import contextlib
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ahash_desktop.core.errors import Cancelled
from ahash_desktop.core.jobs import CancelToken, RateMeter, WorkClock
from ahash_desktop.hashing.compact import Arrays
from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.ask.preflight import (
    prepare_photos,
)
from ahash_desktop.training.ask.progress import TrainProgress, TrainReport
from ahash_desktop.training.ask.recipes import TRUNK
from ahash_desktop.training.ask.schedule import PlannedStage, photos_an_epoch, plan_stages
from ahash_desktop.training.ask.unlabelled import find_unlabelled
from ahash_desktop.training.data.augment import Augmentation
from ahash_desktop.training.data.batches import (
    add_unlabelled,
    epoch_rows,
    fresh_views,
    kept_views,
    split_batches,
)
from ahash_desktop.training.data.squares import Squares, fill_squares
from ahash_desktop.training.network.passes import trunk_features
from ahash_desktop.training.running.finishing import count_encoded, finish, pretrained_base
from ahash_desktop.training.running.place import check_place, occupied
from ahash_desktop.training.running.resuming import keep_state, restore_state
from ahash_desktop.training.running.run import Run
from ahash_desktop.training.running.starting import check_request, load_learnable
from ahash_desktop.training.running.team import Team
from ahash_desktop.training.running.timing import Clock, epochs_in
from ahash_desktop.training.running.trial import time_a_step

_CROP_OVER_INPUT = 4 / 3
_REPORT_EVERY_S = 0.1
_SAVE_EVERY_S = 60.0
_PAUSE_CHECK_S = 0.5


def train(
    job: TrainingJob, *, token: CancelToken | None = None, team: Team | None = None
) -> Iterator[TrainProgress | TrainReport]:
    """Trains; the last record is the report.

    The state is kept beside the bundle every minute and at the end of each epoch; a run that was
    killed or cancelled goes on from there with `resume` and, on a CPU, ends with the same bits as
    one that was not.

    Args:
        job: What is asked.
        token: Cancels within a fraction of a step; a `FinishToken` ends the learning with the best.
        team: The processes that train together; by default those torchrun tells of.

    Raises:
        UserFacingError: If the photos, the base or the place of the bundle do not do.
        Cancelled: If the token asks for it; everything learned so far is kept for `resume`.
    """
    token = token or CancelToken()
    team = team or Team.join()
    check_request(job)
    if team.is_first:
        check_place(job)
    try:
        with occupied(job, team) as end:
            if job.n_threads:
                torch.set_num_threads(job.n_threads)
            clock = WorkClock()
            for record in _train(job, token, team, clock):
                if isinstance(record, TrainReport):
                    end()
                if team.is_first:
                    yield record
                with clock.stopped():
                    while token.is_paused:
                        token.wait_while_paused(_PAUSE_CHECK_S)
    finally:
        team.leave()


def _train(
    job: TrainingJob, token: CancelToken, team: Team, work: WorkClock
) -> Iterator[TrainProgress | TrainReport]:
    began = work()
    labelled, noticed = load_learnable(job)
    paths = [photo.path for photo in labelled]
    paths += find_unlabelled(job.unlabelled, paths, job.seed)
    squares = yield from team.in_turn(_decode(job, paths, token))
    missing = {photo.path for photo in squares.unreadable}
    readable = [row for row in range(len(labelled), len(paths)) if paths[row] not in missing]
    photos = prepare_photos(
        labelled,
        squares.unreadable,
        validation_share=job.validation_share,
        seed=job.seed,
        contents=squares.contents,
        notices=noticed,
    ).with_unlabelled(readable, len(paths))
    yield TrainProgress("preparing", 0, 1, notices=photos.notices)
    decoded_in = work() - began
    run = Run(job, photos, squares, team, work, paths)
    n_epochs = restore_state(run) if job.resume else None
    if n_epochs is None:
        n_epochs = int(team.agree(_choose_epochs(job, run, token)))
        run.n_epochs = n_epochs
    n_done = 0
    for n_new in run.fit_start(token):
        n_done += n_new
        yield TrainProgress("preparing", n_done, run.n_to_fit, run.epoch, n_epochs)
    plan = plan_stages(job.recipe, n_epochs)
    n_an_epoch = photos_an_epoch(job.recipe, len(photos.learning), len(photos.unlabelled))
    clock = Clock(plan, n_an_epoch, work)
    base = pretrained_base(run)
    try:
        for index, planned in enumerate(plan):
            if run.epoch < planned.first_epoch + planned.n_epochs and not run.is_finished:
                yield from _run_stage(run, index, planned, clock, token)
        yield TrainProgress("finishing", 0, 1, run.epoch, n_epochs, history=tuple(run.history))
        if team.is_first:
            yield from _end(run, base, token, work, decoded_in)
    except Cancelled:
        keep_state(run)
        raise
    except RuntimeError as error:
        if team.size == 1 or not token.is_cancelled:
            raise
        keep_state(run)
        raise Cancelled from error  # another process of the team has gone already
    team.wait()


def _end(
    run: Run, base: Arrays, token: CancelToken, work: WorkClock, decoded_in: float
) -> Iterator[TrainProgress | TrainReport]:
    """Calibrates, judges and saves what was learned."""
    n_done, n_to_do = 0, count_encoded(run)
    meter, history = RateMeter(clock=work), tuple(run.history)
    finishing = finish(run, base, token, decoded_in)
    while True:
        try:
            n_done += next(finishing)
        except StopIteration as end:
            yield end.value
            return
        meter.update(n_done)
        left = meter.seconds_left(n_to_do - n_done)
        pace = meter.per_second
        yield TrainProgress(
            "finishing", n_done, n_to_do, run.epoch, run.n_epochs, pace, left, history=history
        )


def _decode(
    job: TrainingJob, paths: Sequence[Path], token: CancelToken
) -> Generator[TrainProgress, None, Squares]:
    """Decodes the photos once for all epochs."""
    crop_px = round(max(stage.size_px for stage in job.recipe.stages) * _CROP_OVER_INPUT)
    for record in fill_squares(
        paths,
        job.kept or job.work_folder,
        crop_px=crop_px,
        input_px=job.recipe.input_size,
        resize_mode=job.recipe.resize_mode,
        interpolation="bicubic",
        token=token,
    ):
        if isinstance(record, Squares):
            return record
        yield TrainProgress("decoding", record.n_done, record.n_to_do)
    raise AssertionError("fill_squares ends with its result")


def _choose_epochs(job: TrainingJob, run: Run, token: CancelToken) -> int:
    """How many epochs a new run has: those asked for, those that fit the time, or the recipe's."""
    if job.n_epochs:
        return job.n_epochs
    if job.minutes:
        photos = run.photos
        n_photos = photos_an_epoch(job.recipe, len(photos.learning), len(photos.unlabelled))
        own = -(-n_photos // run.team.size)
        return epochs_in(job.recipe, job.minutes, own, time_a_step(run, token))
    return job.recipe.n_epochs


def _run_stage(
    run: Run, index: int, planned: PlannedStage, clock: Clock, token: CancelToken
) -> Iterator[TrainProgress]:
    stage = planned.stage
    augmentation = Augmentation(stage.size_px, stage.smallest_crop)
    run.start_stage(index, planned)
    kept: NDArray[np.float16] | None = None
    if stage.frozen == TRUNK and stage.n_views and run.can_keep_views:
        kept = yield from run.team.in_turn(_keep_trunk(run, planned, augmentation, token))
    end = planned.first_epoch + planned.n_epochs
    while run.epoch < end and not run.is_finished:
        yield from _run_epoch(run, index, planned, augmentation, kept, clock, token)


def _keep_trunk(
    run: Run, planned: PlannedStage, augmentation: Augmentation, token: CancelToken
) -> Generator[TrainProgress, None, NDArray[np.float16]]:
    """The trunk's features of the views that a stage with a frozen trunk learns from."""
    for record in trunk_features(
        run.net,
        run.squares.to_crop,
        np.concatenate([run.photos.learning, run.photos.unlabelled]),
        augmentation,
        planned.stage.n_views,
        seed=run.job.seed,
        folder=run.job.kept or run.job.work_folder,
        key=f"{run.squares.key}-{run.built.trunk_key}-{planned.first_epoch}",
        preparation=run.preparation,
        token=token,
    ):
        if isinstance(record, np.ndarray):
            return record
        yield TrainProgress("preparing", *record, run.epoch, run.n_epochs)
    raise AssertionError("trunk_features ends with its result")


def _run_epoch(
    run: Run,
    index: int,
    planned: PlannedStage,
    augmentation: Augmentation,
    kept: NDArray[np.float16] | None,
    clock: Clock,
    token: CancelToken,
) -> Iterator[TrainProgress]:
    """The rest of an epoch, from where the run is in it."""
    recipe, seed, epoch = run.job.recipe, run.job.seed, run.epoch
    n_taken = recipe.round_queries if recipe.discrete_codes else 0
    round_of = epoch // max(recipe.round_epochs, 1)
    pool = run.photos.learning
    if n_taken:
        pool = np.sort(epoch_rows(pool, seed + 1, round_of, n_taken))
    whole = split_batches(epoch_rows(pool, seed, epoch), recipe.batch_size)
    whole = add_unlabelled(whole, run.photos.unlabelled, seed, epoch)
    batches = [run.team.part(rows) for rows in whole][run.step_in_epoch :]
    views = (
        fresh_views(run.squares.to_crop, batches, augmentation, seed, epoch, run.stored_views)
        if kept is None
        else kept_views(kept, batches, seed, epoch)
    )
    reported = saved = time.monotonic()
    with contextlib.closing(views):
        for batch in views:
            token.raise_if_cancelled()
            share = run.step_in_epoch / len(whole)
            run.learn(batch, planned, share, token)
            clock.count(index, len(batch.rows) * run.team.size)
            if time.monotonic() - reported >= _REPORT_EVERY_S:
                reported = time.monotonic()
                yield _progress(run, index, len(whole), clock)
            if time.monotonic() - saved >= _SAVE_EVERY_S:
                keep_state(run)
                saved = time.monotonic()
            if getattr(token, "is_finishing", False):
                run.is_finished = True
                break
    for _ in run.end_epoch(clock.photos_per_second, pool, token):
        yield _progress(run, index, len(whole), clock)
    keep_state(run)
    ended = _progress(run, index, len(whole), clock)
    yield replace(ended, n_done=len(whole), epoch=epoch)


def _progress(run: Run, index: int, n_batches: int, clock: Clock) -> TrainProgress:
    losses = run.mean_losses() or (run.history[-1].losses if run.history else {})
    return TrainProgress(
        "learning",
        run.step_in_epoch,
        n_batches,
        run.epoch,
        run.n_epochs,
        clock.photos_per_second,
        clock.seconds_left(index, run.epoch, run.step_in_epoch / n_batches),
        losses,
        history=tuple(run.history),
    )
