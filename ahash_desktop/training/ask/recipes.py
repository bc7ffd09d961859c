"""Recipes: which losses a network is trained with, and in which stages."""

from dataclasses import dataclass, replace
from typing import Any

from ahash_desktop.core.errors import UserFacingError

TRUNK = "trunk"
FRONT = "front"
NOTHING = "nothing"
CLASSES = "classes"


@dataclass(frozen=True, slots=True)
class Losses:
    """The weight of every term; 0 leaves a term out.

    `pair` is the asymmetric hash loss (claim 3) in units of k², so 1 means its terms lie in 0 … 4;
    `pair_weighting` is "paper" or "balanced", `pair_with` whether the database codes are those of
    "photos" or of their "classes", which `losses/class_codes` gives. `class_codes` draws each photo
    to the database code of its class by a cross-entropy. `reconstruction` goes through the
    transpose of W (claim 3), `stop_gradient` keeps it from shrinking the features, `centred` leaves
    out what all photos have in common. `similarity` ties the likeness of codes to that of their
    features. `decorrelation` (claim 4) looks at the last
    `decorrelation_window` codes, 0 meaning only the batch. `quantisation` pulls activations to ±1.
    `classifier` is the auxiliary cross-entropy. `attributes` ties `guided_share` of the bits to
    given attributes, `sparsity` makes a bit read few branches. `ortho` and `adsh` are yardsticks.
    `from_progress` is when reconstruction and decorrelation set in, as a share of the run.
    """

    pair: float = 0.0
    pair_weighting: str = "balanced"
    pair_with: str = "photos"
    class_codes: float = 0.0
    reconstruction: float = 0.0
    stop_gradient: bool = True
    centred: bool = True
    similarity: float = 0.0
    decorrelation: float = 0.0
    decorrelation_window: int = 0
    quantisation: float = 0.0
    classifier: float = 0.0
    attributes: float = 0.0
    guided_share: float = 0.5
    sparsity: float = 0.0
    ortho: float = 0.0
    adsh: float = 0.0
    from_progress: float = 0.0

    @property
    def needs_class_codes(self) -> bool:
        """Whether a term asks for codes of the classes, and so for a fitted start."""
        return bool(self.class_codes) or (bool(self.pair) and self.pair_with == CLASSES)


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a run.

    `share` is its share of the epochs. `frozen` says what does not learn: the "trunk" up to
    stride 16, its "front" up to stride 8, or "nothing". With a frozen trunk `n_views` augmented
    views of each photo are passed through it once and kept (0 makes fresh ones each epoch).
    `size_px` is the side of the pictures, `smallest_crop` the least share of a photo's area that
    augmentation keeps.
    """

    share: float
    frozen: str
    size_px: int
    n_views: int = 0
    smallest_crop: float = 0.35


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that makes a run what it is besides its photos, bits and seed.

    `normalise_bits` normalises every logit over the batch, which keeps each bit near half on;
    `steepness` β makes `u = tanh(β v)`. `learned_share` is how far the weights go from where they
    start to where training leads (Wortsman et al., CVPR 2022); less than 1 keeps more of what the
    pretrained network tells of other things. It needs a start with a fitted hash layer. Where
    photos validate, it is chosen among `shares_tried` (see `blending`). `discrete_codes` treats the
    database codes as free variables that are updated after every round of `round_epochs` epochs
    over `round_queries` sampled photos (ADSH, A²-Net); else the signs that the photos last had
    serve. Learning rates are those of the parts that start from random (`head_rate`) and of the
    pretrained ones (`body_rate`).
    """

    name: str
    losses: Losses
    stages: tuple[Stage, ...]
    n_epochs: int
    n_local: int = 2
    local_refine: str = "slim"
    input_size: int = 224
    normalise_bits: bool = True
    steepness: float = 3.0
    learned_share: float = 1.0
    shares_tried: tuple[float, ...] = ()
    discrete_codes: bool = False
    round_epochs: int = 1
    round_queries: int = 0
    optimiser: str = "adamw"
    batch_size: int = 64
    head_rate: float = 5e-3
    body_rate: float = 1e-3
    weight_decay: float = 0.02
    clip_norm: float = 5.0
    warm_up: float = 0.05
    label_smoothing: float = 0.1
    classifier_scale: float = 10.0
    patience_epochs: int = 8
    resize_mode: str = "half-crop"


_BALANCED = Losses(class_codes=1.0, attributes=1.0)

_SMALL_TO_LARGE = (
    Stage(share=0.06, frozen=TRUNK, size_px=128),
    Stage(share=0.48, frozen=FRONT, size_px=128),
    Stage(share=0.3, frozen=FRONT, size_px=160, smallest_crop=0.4),
    Stage(share=0.16, frozen=FRONT, size_px=192, smallest_crop=0.5),
)

BALANCED = Recipe(
    name="balanced",
    losses=_BALANCED,
    stages=_SMALL_TO_LARGE,
    n_epochs=30,
    shares_tried=(0.5, 0.65, 0.8, 0.9, 1.0),
)

# The terms of the claims alone, repaired so that they learn: similar pairs weigh as much as the
# others, the database codes are given at the start, the decoder takes the features as they are.
PATENT = replace(
    BALANCED,
    name="patent",
    losses=Losses(
        pair=4.0,
        pair_with=CLASSES,
        reconstruction=0.5,
        decorrelation=5.0,
        decorrelation_window=512,
    ),
)

PAPER = Recipe(
    name="paper",
    losses=Losses(
        pair=1.0,
        pair_weighting="paper",
        reconstruction=1.0,
        stop_gradient=False,
        centred=False,
        decorrelation=1.0,
        quantisation=0.0,
        adsh=0.0,
        from_progress=0.5,
    ),
    stages=_SMALL_TO_LARGE,
    n_epochs=30,
    normalise_bits=False,
    steepness=1.0,
    discrete_codes=True,
    round_epochs=3,
    round_queries=2000,
    batch_size=16,
    optimiser="sgd",
)

# Yardstick: cosine cross-entropy to fixed orthogonal targets (OrthoHash).
ORTHO = replace(
    BALANCED,
    name="ortho",
    shares_tried=(),
    losses=Losses(ortho=1.0),
)

# Yardstick: asymmetric deep supervised hashing.
ADSH = replace(
    PAPER,
    name="adsh",
    losses=Losses(adsh=1.0),
)

RECIPES = {recipe.name: recipe for recipe in (BALANCED, PATENT, PAPER, ORTHO, ADSH)}

_TERMS = ("pair", "class-codes", "reconstruction", "decorrelation", "adsh", "ortho", "attributes")

_TEACHING = ("pair", "class_codes", "classifier", "ortho", "adsh")


def get_recipe(name: str, without: tuple[str, ...] = ()) -> Recipe:
    """A recipe by its name, some of its parts switched off.

    Args:
        name: "balanced", "patent", "paper", "ortho" or "adsh".
        without: Parts to leave out: a loss, "bit-norm", "local", or "learned-share".

    Raises:
        UserFacingError: If there is no such recipe, it has no such part, or nothing else teaches it
            the classes.
    """
    if name not in RECIPES:
        raise UserFacingError(
            f"There is no recipe {name!r}", remedy=f"Choose one of {', '.join(RECIPES)}"
        )
    recipe = RECIPES[name]
    for part in without:
        rest = _leave_out(recipe, part)
        if rest == recipe:
            raise UserFacingError(
                f"The recipe {name!r} has no part {part!r}", remedy="Leave out something else"
            )
        recipe = rest
        if not any(getattr(recipe.losses, term) for term in _TEACHING):
            raise UserFacingError(
                f"Without {part!r} the recipe {name!r} learns nothing of the classes",
                remedy="Leave out something else",
            )
    return recipe


def _leave_out(recipe: Recipe, part: str) -> Recipe:
    if part == "bit-norm":
        return replace(recipe, normalise_bits=False)
    if part == "local":
        return replace(recipe, n_local=0)
    if part == "learned-share":
        return replace(recipe, shares_tried=())
    if part not in _TERMS:
        known = ", ".join([*_TERMS, "bit-norm", "local", "learned-share"])
        raise UserFacingError(
            f"A recipe has no part {part!r} to leave out", remedy=f"Choose among {known}"
        )
    left_out: dict[str, Any] = {part.replace("-", "_"): 0.0}
    return replace(recipe, losses=replace(recipe.losses, **left_out))
