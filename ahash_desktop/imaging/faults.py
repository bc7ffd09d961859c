"""What can be wrong with a picture file, in words for the person whose file it is."""

from dataclasses import dataclass

from ahash_desktop.core.records import Problem, ProblemKind
from ahash_desktop.imaging.budget import Claim


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """How much one picture may cost.

    `max_memory_bytes` is held against an estimate made from the header, before any pixel is
    decoded; `max_file_bytes` because a file is read whole. `claim` is where the picture takes its
    memory from, if that is shared with others.
    """

    max_pixels: int = 300_000_000
    max_memory_bytes: int = 3 * 2**30
    max_file_bytes: int = 2 * 2**30
    claim: Claim | None = None


class DecodeError(Exception):
    """A picture that cannot be had, and why.

    Args:
        problem: Its kind, and a clause that goes on from "the picture cannot be read:".
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem)

    def __str__(self) -> str:
        return f"{self.problem.kind}: {self.problem.reason}"


def refusal(kind: ProblemKind, reason: str) -> DecodeError:
    """The error to raise for a problem of this kind."""
    return DecodeError(Problem(kind, reason))


def check_size(
    width: int, height: int, bytes_per_pixel: float, limits: DecodeLimits, name: str
) -> None:
    """Refuses a picture by its header alone, and reserves the memory for one that is not.

    Args:
        width: Of the whole picture, in pixels.
        height: Likewise.
        bytes_per_pixel: Memory that decoding takes at its peak, by pixel of the whole picture.
        limits: What is allowed.
        name: What the format is called.

    Raises:
        DecodeError: If the picture has no pixels, too many, or would take too much memory.
    """
    if width < 1 or height < 1:
        raise refusal(ProblemKind.BROKEN, f"the {name} header says it has no pixels")
    n_pixels = width * height
    if n_pixels > limits.max_pixels:
        raise refusal(
            ProblemKind.TOO_LARGE,
            f"it has {_mega(n_pixels)} megapixels ({width} × {height}) and the limit is "
            f"{_mega(limits.max_pixels)}",
        )
    needed_bytes = n_pixels * bytes_per_pixel
    if needed_bytes > limits.max_memory_bytes:
        raise refusal(
            ProblemKind.TOO_LARGE,
            f"decoding it ({width} × {height} pixels) would take about "
            f"{_mega(needed_bytes)} MB of memory and the limit is "
            f"{_mega(limits.max_memory_bytes)} MB",
        )
    if limits.claim is not None:
        limits.claim.reserve_pixels(int(needed_bytes))


def _mega(amount: float) -> str:
    millions = amount / 1e6
    return f"{millions:,.0f}" if millions >= 10 else f"{millions:.1f}"
