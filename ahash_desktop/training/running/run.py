"""The state of one training run: what learns, and what is remembered."""

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.ask.preflight import TrainingPhotos
from ahash_desktop.training.ask.progress import EpochRecord
from ahash_desktop.training.ask.schedule import PlannedStage, rate_factor
from ahash_desktop.training.data.batches import Batch, first_of_each_class
from ahash_desktop.training.data.squares import Squares
from ahash_desktop.training.data.teacher_file import StoredViews
from ahash_desktop.training.judging.metrics import mean_score, score_codes
from ahash_desktop.training.losses.objective import ATTRIBUTES_AFTER, Learner, Objective
from ahash_desktop.training.network.passes import Preparation, encode_rows
from ahash_desktop.training.running.building import build_network
from ahash_desktop.training.running.checkpoint import (
    Checkpoint,
    flatten_optimiser,
    flatten_state,
    pick_state,
    restore_optimiser,
)
from ahash_desktop.training.running.fitting import fit_hash_layer
from ahash_desktop.training.running.steps import (
    make_optimiser,
    make_scaler,
    mixed_precision,
    set_rates,
)
from ahash_desktop.training.running.stopping import stoppable
from ahash_desktop.training.running.teaching import make_adapter, open_teacher
from ahash_desktop.training.running.team import Team

_log = logging.getLogger(__name__)

REFIT_AT = 0.25
"""Share of a run after which codes and hash layer are fitted again, to what has been learned."""
_N_FOR_CODE = 15
"""So many photos of a class tell what it looks like."""
_FEWEST_FOR_CODE = 2
_MOST_TO_FIT = 6000
"""So many photos tell what classes look like where these are many; each has at least two."""
_BASE_RATE = 0.3
"""What has learned the subject already learns on at this share of the rate."""


def n_for_code(n_classes: int) -> int:
    """How many photos of each class its code is found from."""
    return max(_FEWEST_FOR_CODE, min(_N_FOR_CODE, _MOST_TO_FIT // max(n_classes, 1)))


class Run:
    """A training run between two batches.

    Args:
        job: What is asked.
        photos: The photos and their parts.
        squares: Their pixels.
        team: The processes that train together.
        clock: Seconds from any start; pauses do not count.
        paths: Where the photos are, for what a teacher's file says of them.
    """

    def __init__(
        self,
        job: TrainingJob,
        photos: TrainingPhotos,
        squares: Squares,
        team: Team,
        clock: Callable[[], float],
        paths: Sequence[Path] = (),
    ) -> None:
        self.job = job
        self.photos = photos
        self.squares = squares
        self.team = team
        self.epoch = 0
        self.step_in_epoch = 0
        self.n_epochs = 0
        self.n_steps = 0
        self.history: list[EpochRecord] = []
        self.best_epoch = -1
        self.is_finished = False
        self.seconds_before = 0.0
        self._sums: dict[str, float] = {}
        self._clock = clock
        self._began = clock()
        self._stage = -1
        torch.manual_seed(job.seed)
        built = build_network(job, photos, team)
        self.built = built
        self.preparation = Preparation(built.mean, built.std, built.device)
        self.net = built.net
        self.teacher = open_teacher(job, built, paths)
        labels = np.full_like(photos.labels, -1)  # those that validate have no say
        labels[photos.learning] = photos.labels[photos.learning]
        self.objective = Objective(
            job.recipe,
            torch.from_numpy(labels),
            len(photos.classes),
            job.n_bits,
            job.seed,
            built.attributes,
            teaching=job.teacher_weight,
            adapter=make_adapter(self.teacher, built, job.seed),
        ).to(built.device)
        self.rows_to_fit = first_of_each_class(
            photos.labels, photos.learning, n_for_code(len(photos.classes))
        )
        self._start: dict[str, Tensor] = {}
        self._best: dict[str, Tensor] = {}
        self._learner = Learner(self.net, self.objective)
        self._wrapped: nn.Module = self._learner
        self._optimiser: torch.optim.Optimizer | None = None
        self._moments: dict[str, Tensor] = {}
        self._scaler = make_scaler(built.device)

    @property
    def seconds(self) -> float:
        """How long the run has worked, in all its sittings, since its photos were decoded."""
        return self.seconds_before + self._clock() - self._began

    @property
    def keeps_bits(self) -> bool:
        """Whether the teacher hands its bits on."""
        return self.teacher is not None and self.teacher.keeps_bits

    @property
    def stored_views(self) -> StoredViews | None:
        """The views that a teacher's file knows, to be looked at again."""
        return None if self.teacher is None else self.teacher.stored

    @property
    def can_keep_views(self) -> bool:
        """Whether what the trunk makes of views may be kept: no other teacher has to see them."""
        return self.teacher is None or self.teacher.is_start

    @property
    def n_to_fit(self) -> int:
        """How many photos `fit_start` looks at."""
        n_rows = len(self.rows_to_fit)
        return n_rows + (min(n_rows, len(self.photos.unlabelled)) if self.keeps_bits else 0)

    def fit_start(self, token: CancelToken) -> Iterator[int]:
        """Finds the codes of the classes and the hash layer that gives them, once.

        A recipe without such codes starts as the network was built.

        Yields:
            How many photos were looked at since the last time.

        Raises:
            Cancelled: If the token asks for it.
        """
        if self.objective.needs_class_codes:
            yield from fit_hash_layer(self, token)
            self._start = {name: value.clone() for name, value in self.net.state_dict().items()}

    def start_stage(self, index: int, planned: PlannedStage) -> None:
        """Freezes what rests in a stage and makes its optimiser.

        Args:
            index: Which stage.
            planned: The stage.
        """
        self.net.train()
        self.objective.train()
        self.net.freeze(planned.stage.frozen)
        recipe = self.job.recipe
        if self.job.base is not None:
            recipe = replace(recipe, body_rate=_BASE_RATE * recipe.body_rate)
        self._optimiser = make_optimiser(recipe, self.net, self.objective)
        if self._stage == index and self._moments:
            restore_optimiser(self._optimiser, self._moments)
        self._moments = {}
        self._stage = index
        self._wrapped = self.team.wrap(self._learner)

    def learn(self, batch: Batch, planned: PlannedStage, share: float, token: CancelToken) -> None:
        """One step over this process's part of a batch.

        Args:
            batch: The part.
            planned: The stage.
            share: Share of the epoch that is over.
            token: Cancels within the step; the run is then as it was before it.

        Raises:
            Cancelled: If the token asks for it.
        """
        optimiser = self._optimiser
        if optimiser is None:
            raise RuntimeError("no stage was started")
        along = (self.epoch - planned.first_epoch + share) / planned.n_epochs
        progress = (self.epoch + share) / max(self.n_epochs, 1)
        set_rates(optimiser, rate_factor(progress, along, self.job.recipe.warm_up))
        rows = torch.from_numpy(batch.rows).to(self.built.device)
        is_shared = batch.inputs.dtype == torch.float16
        inputs = (
            batch.inputs.to(self.built.device).float()
            if is_shared
            else self.preparation.images(batch.inputs)
        )
        targets = None if self.teacher is None else self.teacher.look(batch)
        torch.manual_seed(self.job.seed * 1_000_003 + self.n_steps)
        statistics = {name: buffer.clone() for name, buffer in self.net.named_buffers()}
        try:
            with stoppable(self.net, token):
                with mixed_precision(self.built.device):
                    terms, activations = self._wrapped(
                        inputs, rows, progress, is_shared=is_shared, targets=targets
                    )
                    total = torch.stack(list(terms.values())).sum()
                optimiser.zero_grad(set_to_none=True)
                self._scaler.scale(total).backward()  # type: ignore[no-untyped-call]  # torch's own
            activations = self.team.gather(activations.detach())
            rows = self.team.gather(rows)
        except BaseException:
            # In a team others may be gone, which fails here in many ways.
            for name, buffer in self.net.named_buffers():
                buffer.copy_(statistics[name])
            raise
        self._scaler.unscale_(optimiser)
        nn.utils.clip_grad_norm_(self._learner.parameters(), self.job.recipe.clip_norm)
        self._scaler.step(optimiser)
        self._scaler.update()
        self.objective.remember(activations, rows)
        self.n_steps += 1
        self.step_in_epoch += 1
        for name, term in terms.items():
            self._sums[name] = self._sums.get(name, 0.0) + float(term.detach())

    def mean_losses(self) -> dict[str, float]:
        """The mean of every weighted loss in this epoch so far."""
        return {name: total / max(self.step_in_epoch, 1) for name, total in self._sums.items()}

    def end_epoch(
        self, photos_per_second: float, sampled: NDArray[np.int64], token: CancelToken
    ) -> Iterator[int]:
        """Validates and notes the epoch.

        Args:
            photos_per_second: The pace.
            sampled: The rows that the round has learned from; at its end their codes are updated.
            token: Cancels between passes.

        Yields:
            How many photos were looked at since the last time.

        Raises:
            Cancelled: If the token asks for it; the epoch's end is then made up for on resuming.
        """
        recipe = self.job.recipe
        rows = torch.from_numpy(self.photos.learning).to(self.built.device)
        validation_map = yield from self._validate(token)
        is_better = validation_map is None or validation_map >= max(
            (record.validation_map or 0.0 for record in self.history), default=0.0
        )
        if is_better:
            self.best_epoch = self.epoch
            self._best = {name: value.clone() for name, value in self.net.state_dict().items()}
        if self.epoch + 1 >= ATTRIBUTES_AFTER * self.n_epochs:
            self.objective.guide_bits(rows)
        if recipe.losses.needs_class_codes and self.epoch + 1 == round(REFIT_AT * self.n_epochs):
            yield from fit_hash_layer(self, token)
        if (self.epoch + 1) % recipe.round_epochs == 0:
            self.objective.update_codes(torch.from_numpy(sampled).to(self.built.device))
        self.history.append(
            EpochRecord(
                self.epoch, self._stage, self.mean_losses(), validation_map, photos_per_second
            )
        )
        if not is_better and self.epoch - self.best_epoch >= recipe.patience_epochs:
            self.is_finished = self.epoch >= 0.5 * self.n_epochs
        self.epoch += 1
        self.step_in_epoch = 0
        self._sums = {}

    def _validate(self, token: CancelToken) -> Generator[int, None, float | None]:
        """MAP of the validation photos against the codes the others had while learning.

        In a team the batch statistics differ, so the first process's network is what counts.
        """
        photos = self.photos
        if not len(photos.validating):
            return None
        score = 0.0
        if self.team.is_first:
            _, raw = yield from encode_rows(
                self.net, self.squares.to_encode, photos.validating, self.preparation, token
            )
            latest = self.objective.latest.cpu().numpy()
            known = photos.learning[(latest[photos.learning] != 0).any(axis=1)]
            scores = score_codes(
                pack_activations(self._activate(raw)),
                pack_activations(latest[known].astype(np.float16)),
                photos.labels[photos.validating],
                photos.labels[known],
                self.job.n_bits,
            )
            score = mean_score(scores.average_precision)
        return self.team.agree(score)

    def _activate(self, raw: Tensor) -> Any:
        was_training = self.net.training
        self.net.eval()
        with torch.no_grad():
            normalised = raw.to(self.built.device)
            if self.net.norm is not None:
                normalised = self.net.norm(normalised)
            u = torch.tanh(normalised * self.net.steepness)
        self.net.train(was_training)
        return u.cpu().numpy().astype(np.float16)

    @property
    def has_start(self) -> bool:
        """Whether the run began with a fitted hash layer, which weights can be drawn back to."""
        return bool(self._start)

    def load_best(self, share: float) -> None:
        """Puts the best weights into the network, or what lies between them and the start.

        Args:
            share: How far from the start to the best; without a start the best are taken.
        """
        best = self._best
        if self._start and share < 1:
            best = {
                name: torch.lerp(self._start[name], value, share)
                if value.is_floating_point()
                else value
                for name, value in best.items()
            }
        if best:
            self.net.load_state_dict(best)

    def state(self) -> Checkpoint:
        """What the run has to be given back (`take_back`) to go on from here."""
        tensors = flatten_state("net", self.net.state_dict())
        tensors |= flatten_state("objective", self.objective.state_dict())
        tensors |= flatten_state("start", self._start)
        tensors |= flatten_state("best", self._best)
        if self._optimiser is not None:
            tensors |= flatten_state("moments", flatten_optimiser(self._optimiser))
        facts = {
            "epoch": self.epoch,
            "step_in_epoch": self.step_in_epoch,
            "n_epochs": self.n_epochs,
            "n_steps": self.n_steps,
            "stage": self._stage,
            "best_epoch": self.best_epoch,
            "is_finished": self.is_finished,
            "sums": self._sums,
            "scaler": self._scaler.state_dict(),
            "seconds": self.seconds,
            "history": [
                [
                    record.epoch,
                    record.stage,
                    record.losses,
                    record.validation_map,
                    record.photos_per_second,
                ]
                for record in self.history
            ],
        }
        return Checkpoint(tensors, facts)

    def take_back(self, kept: Checkpoint) -> None:
        """Goes on from a state that a run of the same photos and settings was in."""
        facts, tensors = kept.facts, kept.tensors
        self.net.load_state_dict(pick_state("net", tensors))
        self.objective.load_state_dict(pick_state("objective", tensors))
        self._start = pick_state("start", tensors)
        self._best = pick_state("best", tensors)
        self._moments = pick_state("moments", tensors)
        self._scaler.load_state_dict(facts["scaler"])
        self.epoch, self.step_in_epoch = facts["epoch"], facts["step_in_epoch"]
        self.n_epochs, self.n_steps = facts["n_epochs"], facts["n_steps"]
        self._stage, self.best_epoch = facts["stage"], facts["best_epoch"]
        self.is_finished, self._sums = facts["is_finished"], facts["sums"]
        self.seconds_before = facts["seconds"]
        self.history = [EpochRecord(*entry) for entry in facts["history"]]
