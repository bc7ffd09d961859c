"""Pictures, drawn the same everywhere, that devices are compared on."""

import numpy as np
from numpy.typing import NDArray

_N_PICTURES = 32
_N_SHAPES = 6


def draw_check_pictures(size_px: int, n_pictures: int = _N_PICTURES) -> NDArray[np.uint8]:
    """Pictures with the statistics of photos: a 1/f texture behind shaded, textured ellipses.

    Args:
        size_px: Their side S.
        n_pictures: How many; the first ones are always the same.

    Returns:
        uint8 (n_pictures, S, S, 3).
    """
    return np.stack([_draw(size_px, np.random.default_rng(seed)) for seed in range(n_pictures)])


def _draw(size_px: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    texture = _texture(size_px, rng)
    picture = texture * 40 + rng.uniform(40, 200, 3)
    y, x = np.mgrid[0:size_px, 0:size_px].astype(np.float32) / size_px
    for _ in range(_N_SHAPES):
        (cx, cy), angle = rng.uniform(0.1, 0.9, 2), rng.uniform(0, np.pi)
        wide, high = rng.uniform(0.05, 0.35, 2)
        along = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)
        across = (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle)
        distance = np.hypot(along / wide, across / high)[..., None]
        opacity = np.clip((1 - distance) * 12, 0, 1)
        texture = texture[::-1].swapaxes(0, 1)
        colour = rng.uniform(20, 235, 3) * (1.2 - 0.6 * distance) + texture * rng.uniform(5, 40)
        picture = picture * (1 - opacity) + colour * opacity
    return np.clip(picture, 0, 255).astype(np.uint8)


def _texture(size_px: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise whose amplitude falls with 1/f, float32 (S, S, 3), mean 0 and deviation 1."""
    frequency = np.hypot(*np.meshgrid(np.fft.rfftfreq(size_px), np.fft.fftfreq(size_px)))
    frequency[0, 0] = np.inf
    grey = rng.standard_normal((size_px, size_px, 1))
    noise = 0.8 * grey + 0.3 * rng.standard_normal((size_px, size_px, 3))
    spectrum = np.fft.rfft2(noise, axes=(0, 1)) / frequency[..., None]
    texture = np.fft.irfft2(spectrum, s=(size_px, size_px), axes=(0, 1))
    normalised: NDArray[np.float32] = (texture / texture.std()).astype(np.float32)
    return normalised
