"""The hash layer and the codes of the classes before anything is learned, and once again later."""

from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np
import torch

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.training.losses.class_codes import codes_of_means, fit_class_codes
from ahash_desktop.training.network.passes import encode_rows

if TYPE_CHECKING:
    from ahash_desktop.training.running.run import Run


def fit_hash_layer(run: "Run", token: CancelToken) -> Generator[int, None, None]:
    """Fits both to what the network sees now.

    Bits that a teacher hands on stay as they are; the first time only, classes get the codes that
    come next to what these bits say of them.

    Yields:
        How many photos were looked at since the last time.

    Raises:
        Cancelled: If the token asks for it.
    """
    if run.keeps_bits:
        if run.objective.needs_class_codes:
            yield from _keep_bits(run, token)
        return
    photos, rows = run.photos, run.rows_to_fit
    seen, _ = yield from encode_rows(run.net, run.squares.to_encode, rows, run.preparation, token)
    # The global branch alone: it sees what the others do, and is there from the start.
    features = seen[:, -run.net.net.n_branch_features :].contiguous()
    job, objective = run.job, run.objective
    is_first = objective.needs_class_codes
    fitted = fit_class_codes(
        features.numpy(),
        photos.labels[rows],
        len(photos.classes),
        job.n_bits,
        job.seed,
        None if is_first else objective.class_codes.cpu().numpy(),
        token,
    )
    # Rounding may differ between devices: all take the first process's.
    codes, weight = (
        run.team.gather(torch.from_numpy(own).to(run.built.device))[: len(own)] for own in fitted
    )
    free = objective.set_class_codes(codes)
    run.net.fit_bits(free, weight, features.mean(dim=0))


def _keep_bits(run: "Run", token: CancelToken) -> Generator[int, None, None]:
    photos, rows = run.photos, run.rows_to_fit
    others = photos.unlabelled[: len(rows)]
    both = np.concatenate([rows, others])
    _, raw = yield from encode_rows(run.net, run.squares.to_encode, both, run.preparation, token)
    run.net.calibrate(raw)
    standard = (raw - raw.mean(dim=0)) / raw.std(dim=0).clamp_min(1e-6)
    codes = codes_of_means(
        standard[: len(rows)].numpy(), photos.labels[rows], len(photos.classes), run.job.seed
    )
    own = torch.from_numpy(codes).to(run.built.device)
    run.objective.set_class_codes(run.team.gather(own)[: len(own)])
