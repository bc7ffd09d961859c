"""The cells of the comparison of hashing methods: what is trained in each."""

from dataclasses import dataclass, replace

from ahash_desktop.training.ask.recipes import TRUNK, Recipe, Stage, get_recipe

METHODS = ("balanced", "patent", "paper", "ortho", "adsh")
PARTS = ("bit-norm", "local")
SIZE_PX = 128
N_EPOCHS = 8
N_VIEWS = 3
BITS = 48


@dataclass(frozen=True, slots=True)
class Cell:
    """One training: of a collection, by a recipe, perhaps without a part or a fifth of the classes.

    With `unseen` every fifth class is left out while training, and judged alone.
    """

    collection: str
    method: str
    n_bits: int = BITS
    seed: int = 0
    without: str = ""
    unseen: bool = False

    @property
    def name(self) -> str:
        """Tells the cell apart, and sorts."""
        parts = [self.collection, self.method, str(self.n_bits), f"seed{self.seed}"]
        parts += [f"without-{self.without}"] if self.without else []
        return "_".join([*parts, *(["unseen"] if self.unseen else [])])

    @property
    def recipe(self) -> Recipe:
        """The recipe at the budget of the comparison: the trunk rests, its features are kept."""
        recipe = get_recipe(self.method, (self.without,) if self.without else ())
        stage = Stage(share=1.0, frozen=TRUNK, size_px=SIZE_PX, n_views=N_VIEWS)
        return replace(recipe, stages=(stage,), input_size=SIZE_PX)


def all_cells() -> tuple[Cell, ...]:
    """The whole grid, what matters most first."""
    return tuple(
        dict.fromkeys(
            [
                *(Cell("birds", method) for method in METHODS),
                *(Cell("birds", method, unseen=True) for method in METHODS),
                *(Cell("cars", method) for method in METHODS),
                *(Cell("cars", method, unseen=True) for method in METHODS),
                *(Cell("birds", "balanced", without=part) for part in PARTS),
                *(Cell("birds", "balanced", without=part, unseen=True) for part in PARTS),
                *(Cell("birds", method, n_bits) for n_bits in (12, 24) for method in METHODS),
                *(Cell("birds", method, seed=seed) for seed in (1, 2) for method in METHODS),
            ]
        )
    )
