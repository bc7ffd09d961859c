"""Times a step of the network on this machine, on a copy that is thrown away."""

import copy
import time

import numpy as np
import torch

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.training.ask.schedule import relative_cost
from ahash_desktop.training.data.batches import Batch
from ahash_desktop.training.running.run import Run
from ahash_desktop.training.running.steps import mixed_precision
from ahash_desktop.training.running.stopping import stoppable

_N_TIMED = 2


def time_a_step(run: Run, token: CancelToken) -> float:
    """Seconds that learning from one photo takes, for each unit of `schedule.relative_cost`.

    Args:
        run: Its network is copied; the run itself does not change.
        token: Cancels within a step.

    Raises:
        Cancelled: If the token asks for it.
    """
    stage = max(run.job.recipe.stages, key=relative_cost)
    net = copy.deepcopy(run.net)
    net.train()
    net.freeze(stage.frozen)
    n_photos = run.job.recipe.batch_size
    views = torch.zeros(n_photos, 3, stage.size_px, stage.size_px, dtype=torch.uint8)
    images = run.preparation.images(views)
    seconds = []
    for _ in range(1 + _N_TIMED):
        began = time.perf_counter()
        with stoppable(net, token), mixed_precision(images.device):
            net(images).activations.square().mean().backward()
            if run.teacher is not None:
                run.teacher.look(Batch(np.zeros(n_photos, np.int64), views))
        if images.device.type == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    return min(seconds[1:]) / (n_photos * relative_cost(stage))
