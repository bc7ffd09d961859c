"""What a lesson would take on this machine, from looking at a few of its photos."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psutil

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.training.ask.labels import Notice
from ahash_desktop.training.ask.lesson import Depth, LessonCost, LessonPlan, LessonProgress
from ahash_desktop.training.network.kept_features import KeptFeatures
from ahash_desktop.training.running.lesson_deep import lesson_recipe

_TRIAL_S = 8.0
_AT_ONCE = 8
_MOST_TRIED = 64
_FEWEST = 4
_BEARABLE_S = 2 * 3600.0
_FEWEST_SAMPLE = 30
_FIT_S = 4.0
_FIT_PHOTO_S = 0.004
_PASSES_OF_TRAINING = {Depth.QUICK: 0.0, Depth.STANDARD: 1.3, Depth.THOROUGH: 2.6}
"""How much longer a photo of an epoch takes than a look at it; a backward pass is two forward."""
_BYTES_PROGRAM = 1100 << 20
_BYTES_SMALL = 64 * 64 + 512
_COPIES = 2
"""What was seen is held as a whole, and once more of the photos that are learned from."""


def estimate(
    plan: LessonPlan,
    paths: Sequence[Path],
    n_kinds: int,
    n_library: int,
    base: Path,
    features: Path,
    *,
    token: CancelToken,
) -> Iterator[LessonProgress | LessonCost]:
    """Looks at some photos for at most ten seconds and says what all of them would take.

    Args:
        plan: What would be asked.
        paths: All its photos, those of the library that it would not teach behind them.
        n_kinds: How many kinds it teaches.
        n_library: How many photos the library has; adopting encodes them.
        base: The bundle it would start from.
        features: Where what is seen is kept; what was kept before costs nothing.
        token: Cancels between photos.

    Raises:
        UserFacingError: If the base is refused.
        Cancelled: If the token asks for it.
    """
    encoder = NetworkEncoder.load(base, device=plan.device, threads=plan.n_threads)
    kept = KeptFeatures(features, encoder, plan.views)
    lacking = kept.lacking(paths)
    look_s = 0.0
    with tempfile.TemporaryDirectory(prefix="ahash-trial-") as aside:
        if not lacking:  # seen before, but how fast is of interest all the same
            kept = KeptFeatures(Path(aside), encoder, plan.views)
        chosen = [paths[row] for row in _spread(lacking or range(len(paths)), _MOST_TRIED)]
        tried, began = 0, time.monotonic()
        while tried < len(chosen) and (look_s * tried < _TRIAL_S or tried < _FEWEST):
            part = chosen[tried : tried + _AT_ONCE]
            for _ in kept.look(part, token):
                pass
            tried += len(part)
            look_s = (time.monotonic() - began) / tried
            yield LessonProgress("reading", tried, len(chosen))
    trial = _Trial(plan, encoder, n_library, look_s)
    whole = trial.cost(len(paths), len(lacking))
    n_each = max(_FEWEST_SAMPLE, int(len(paths) / max(n_kinds, 1) * _BEARABLE_S / whole.seconds))
    if whole.seconds <= _BEARABLE_S or n_each * n_kinds >= len(paths):
        yield whole
        return
    share = n_each * n_kinds / len(paths)
    cost = trial.cost(n_each * n_kinds, round(share * len(lacking)))
    hours = round(whole.seconds / 3600)
    told = Notice(
        f"All photos would take {hours} hours; {n_each} of each kind teach nearly as much"
    )
    yield replace(cost, sample=n_each, notices=(told, *cost.notices))


def _spread(rows: Sequence[int], most: int) -> list[int]:
    places = np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64)
    return [rows[place] for place in np.unique(places)]


@dataclass(frozen=True, slots=True)
class _Trial:
    """What a short look at some photos has told: `look_s` seconds for each."""

    plan: LessonPlan
    encoder: NetworkEncoder
    n_library: int
    look_s: float

    def cost(self, n_photos: int, n_lacking: int) -> LessonCost:
        """What so many photos would take, of which some were not looked at yet."""
        plan, one_view_s = self.plan, self.look_s / self.plan.views
        fit_s = _FIT_S + _FIT_PHOTO_S * n_photos * plan.views
        recipe_epochs, disk = 0, 0
        n_features = self.encoder.hash_layer()[0].shape[1]
        per_photo = 2 * n_features * plan.views + _BYTES_SMALL
        if plan.depth != Depth.QUICK:
            recipe = lesson_recipe(plan.depth, self.encoder.manifest, plan.batch_size)
            recipe_epochs = plan.n_epochs or recipe.n_epochs
            disk = n_photos * 3 * (2 * recipe.input_size) ** 2
        learn_s = one_view_s * n_photos * recipe_epochs * _PASSES_OF_TRAINING[plan.depth]
        if plan.minutes is not None and plan.depth != Depth.QUICK:
            learn_s = min(learn_s, plan.minutes * 60)
        memory = _BYTES_PROGRAM + _COPIES * n_photos * per_photo
        short = memory > psutil.virtual_memory().available
        notices = (Notice("That is more memory than this machine has left"),) if short else ()
        return LessonCost(
            seconds=n_lacking * self.look_s + fit_s + learn_s,
            memory_bytes=int(memory),
            disk_bytes=int(disk + n_lacking * per_photo),
            reencode_seconds=one_view_s * self.n_library,
            sample=0,
            notices=notices,
        )
