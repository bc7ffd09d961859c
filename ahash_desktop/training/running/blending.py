"""How far the finished weights go from where they started to what was learned."""

import logging
from collections.abc import Generator

import numpy as np
import torch

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.training.data.batches import Rows, first_of_each_class
from ahash_desktop.training.judging.metrics import mean_score, score_codes
from ahash_desktop.training.network.passes import encode_rows
from ahash_desktop.training.running.run import Run

_log = logging.getLogger(__name__)

_MAY_COST = 0.01
_N_OF_CLASS = 8
_MOST_ASKED = 500


def count_tried(run: Run) -> int:
    """How many photos `choose_share` encodes, each as often as it does."""
    if not _has_choice(run):
        return 0
    known, asked = _tried_rows(run)
    return len(run.job.recipe.shares_tried) * (len(known) + len(asked))


def choose_share(run: Run, token: CancelToken) -> Generator[int, None, float]:
    """The share of what was learned that the finished network takes.

    What training gains for its classes it takes from others, so this is the smallest of the shares
    that a recipe tries whose validation mAP is at most 0.01 below the best. Without validation
    photos, or without a start to go back to, it is what the recipe says.

    Args:
        run: After its last epoch; its network is left with some of these weights.
        token: Cancels between passes.

    Yields:
        How many photos were encoded since the last time.

    Raises:
        Cancelled: If the token asks for it.
    """
    recipe, photos = run.job.recipe, run.photos
    if not _has_choice(run):
        return recipe.learned_share
    known, asked = _tried_rows(run)
    rows = np.concatenate([known, asked])
    scores = {}
    for share in recipe.shares_tried:
        run.load_best(share)
        _, raw = yield from encode_rows(
            run.net, run.squares.to_encode, rows, run.preparation, token
        )
        codes = pack_activations((raw - raw[: len(known)].mean(dim=0)).to(torch.float16).numpy())
        found = score_codes(
            codes[len(known) :],
            codes[: len(known)],
            photos.labels[asked],
            photos.labels[known],
            run.job.n_bits,
        )
        scores[share] = mean_score(found.average_precision)
    _log.info("validation mAP by share of what was learned: %s", scores)
    enough = max(scores.values()) - _MAY_COST
    return min(share for share, score in scores.items() if score >= enough)


def _has_choice(run: Run) -> bool:
    has_photos = len(run.photos.validating) > 0
    return bool(run.job.recipe.shares_tried) and has_photos and run.has_start


def _tried_rows(run: Run) -> tuple[Rows, Rows]:
    """Some photos of each class that were learned from, and those that ask them."""
    photos = run.photos
    known = first_of_each_class(photos.labels, photos.learning, _N_OF_CLASS)
    return known, photos.validating[:: -(-len(photos.validating) // _MOST_ASKED)]
