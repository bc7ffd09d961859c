"""Renders what is around a bird: six kinds of background, a perch, leaves in front, light."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ahash_desktop.imaging.sample_classes import Rgb

Size = tuple[int, int]

_GREENS: tuple[Rgb, ...] = (
    (62, 92, 44), (88, 122, 52), (122, 150, 70), (150, 168, 92), (48, 76, 52), (168, 160, 84),
)  # fmt: skip
_BARKS: tuple[Rgb, ...] = ((92, 72, 54), (112, 92, 72), (74, 60, 52), (128, 116, 100))


def render_background(size: Size, rng: np.random.Generator) -> Image.Image:
    """A background of a random kind: sky, foliage, leaves, reeds, woods or water."""
    kinds: tuple[Callable[[Size, np.random.Generator], Image.Image], ...] = (
        _sky,
        _foliage,
        _leaves,
        _reeds,
        _woods,
        _water,
    )
    return kinds[int(rng.integers(len(kinds)))](size, rng)


def draw_perch(
    image: Image.Image, foot: tuple[float, float], thickness: float, rng: np.random.Generator
) -> None:
    """Draws a twig under the feet, from edge to edge.

    Args:
        image: Drawn upon.
        foot: Where the feet stand, in pixels.
        thickness: Of the twig, in pixels.
        rng: Decides its slope, bend and colour.
    """
    width, height = image.size
    scale = 2
    layer = Image.new("L", (width * scale, height * scale))
    draw = ImageDraw.Draw(layer)
    slope, sag = rng.uniform(-0.22, 0.22), rng.uniform(-0.0012, 0.0012)
    xs = np.linspace(-20, width + 20, 60)
    ys = foot[1] + thickness * 0.42 + slope * (xs - foot[0]) + sag * (xs - foot[0]) ** 2
    ys += np.cumsum(rng.normal(0, thickness * 0.02, xs.size)) * (np.abs(xs - foot[0]) > 40)
    halves = thickness / 2 * np.linspace(1.25, 0.75, xs.size)[:: int(rng.choice((-1, 1)))]
    outline = [*zip(xs, ys - halves, strict=True), *zip(xs[::-1], (ys + halves)[::-1], strict=True)]
    draw.polygon([(x * scale, y * scale) for x, y in outline], fill=255)
    mask = layer.resize((width, height), Image.Resampling.BOX)
    bark = _jitter(_BARKS[int(rng.integers(len(_BARKS)))], rng, 10)
    image.paste(bark, mask=mask)
    under = ImageChops.subtract(mask, ImageChops.offset(mask, 0, -max(1, round(thickness * 0.4))))
    image.paste((24, 20, 22), mask=under.point([round(value * 0.45) for value in range(256)]))
    over = ImageChops.subtract(mask, ImageChops.offset(mask, 0, max(1, round(thickness * 0.2))))
    image.paste((255, 244, 220), mask=over.point([round(value * 0.3) for value in range(256)]))


def draw_foreground(image: Image.Image, rng: np.random.Generator) -> None:
    """Draws a few leaves out of focus over the edges of the picture."""
    width, height = image.size
    layer = Image.new("RGBA", image.size)
    for _ in range(int(rng.integers(0, 4))):
        at_left = rng.random() < 0.5
        x = rng.uniform(-0.05, 0.14) if at_left else rng.uniform(0.86, 1.05)
        centre = (x * width, rng.uniform(0, 1) * height)
        green = _jitter(_GREENS[int(rng.integers(len(_GREENS)))], rng, 15)
        _leaf(layer, centre, rng.uniform(0.10, 0.2) * width, rng.uniform(0, 360), green)
    _paste_blurred(image, layer, 6)


def apply_light(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The picture in other light: brightness, contrast, warmth, a vignette and sensor noise."""
    pixels = np.asarray(image).astype(np.float32)
    height, width, _ = pixels.shape
    warmth = rng.uniform(-0.07, 0.07)
    gain = rng.uniform(0.86, 1.12) * np.array((1 + warmth, 1.0, 1 - warmth), dtype=np.float32)
    contrast = np.float32(rng.uniform(0.9, 1.1))
    pixels = (pixels - 118) * contrast + 118
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    vignette = 1 - np.float32(rng.uniform(0.05, 0.22)) * (x * x + y * y) / 2
    pixels = pixels * gain * vignette[..., None]
    pixels += rng.standard_normal(pixels.shape, dtype=np.float32) * np.float32(rng.uniform(1, 4))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _sky(size: Size, rng: np.random.Generator) -> Image.Image:
    top = _jitter(((86, 138, 196), (150, 170, 190), (226, 178, 140))[int(rng.integers(3))], rng, 12)
    bottom = _jitter((214, 222, 224), rng, 14)
    image = _gradient(size, top, bottom)
    clouds = Image.fromarray((_noise(size, rng, (3, 6, 12, 24)) * 255).astype(np.uint8))
    wisps = clouds.point([max(0, min(255, round((value - 120) * 2.2))) for value in range(256)])
    image.paste((248, 248, 246), mask=wisps.filter(ImageFilter.GaussianBlur(3)))
    return image


def _foliage(size: Size, rng: np.random.Generator) -> Image.Image:
    """Foliage far behind, with bright discs where light comes through."""
    image = _tinted_noise(size, rng, _pick_greens(rng))
    layer = Image.new("RGBA", size)
    draw = ImageDraw.Draw(layer)
    for _ in range(int(rng.integers(14, 34))):
        x, y, radius = rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(8, 34)
        colour = _jitter((206, 216, 150), rng, 34)
        alpha = int(rng.integers(28, 80))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*colour, alpha))
    _paste_blurred(image, layer, 1.5)
    return image.filter(ImageFilter.GaussianBlur(1.2))


def _leaves(size: Size, rng: np.random.Generator) -> Image.Image:
    """Leaves close behind, in layers that get sharper: clutter to tell the bird from."""
    greens = _pick_greens(rng)
    image = _tinted_noise(size, rng, greens)
    for blur, n_leaves, brightness in ((3.5, 80, 0.7), (1.2, 55, 0.95)):
        layer = Image.new("RGBA", size)
        for _ in range(n_leaves):
            centre = (rng.uniform(0, size[0]), rng.uniform(0, size[1]))
            base = greens[int(rng.integers(len(greens)))]
            green = _jitter(_scaled(base, brightness), rng, 16)
            _leaf(layer, centre, rng.uniform(24, 62), rng.uniform(0, 360), green)
        _paste_blurred(image, layer, blur)
    return image


def _reeds(size: Size, rng: np.random.Generator) -> Image.Image:
    image = _gradient(size, _jitter((178, 180, 140), rng, 20), _jitter((96, 104, 62), rng, 20))
    for blur, n_stalks in ((4.0, 40), (1.4, 26)):
        layer = Image.new("RGBA", size)
        draw = ImageDraw.Draw(layer)
        for _ in range(n_stalks):
            x, lean = rng.uniform(-20, size[0] + 20), rng.uniform(-60, 60)
            top = rng.uniform(-0.1, 0.5) * size[1]
            half = rng.uniform(1.5, 5)
            colour = _jitter(((168, 158, 98), (120, 128, 70))[int(rng.integers(2))], rng, 22)
            points = [(x - half, size[1]), (x + half, size[1]), (x + lean, top)]
            draw.polygon(points, fill=(*colour, 255))
        _paste_blurred(image, layer, blur)
    return image


def _woods(size: Size, rng: np.random.Generator) -> Image.Image:
    image = _gradient(size, _jitter((176, 178, 158), rng, 20), _jitter((104, 92, 66), rng, 18))
    layer = Image.new("RGBA", size)
    draw = ImageDraw.Draw(layer)
    for _ in range(int(rng.integers(6, 13))):
        x, half = rng.uniform(0, size[0]), rng.uniform(5, 26)
        lean = rng.uniform(-18, 18)
        bark = _jitter(
            _scaled(_BARKS[int(rng.integers(len(_BARKS)))], rng.uniform(0.7, 1.3)), rng, 8
        )
        points = [
            (x - half, size[1]), (x - half * 0.8 + lean, 0), (x + half * 0.8 + lean, 0),
            (x + half, size[1]),
        ]  # fmt: skip
        draw.polygon(points, fill=(*bark, 255))
    _paste_blurred(image, layer, float(rng.uniform(2, 5)))
    mottle = _tinted_noise(size, rng, _pick_greens(rng))
    return Image.blend(image, mottle, float(rng.uniform(0.15, 0.4)))


def _water(size: Size, rng: np.random.Generator) -> Image.Image:
    top, bottom = _jitter((120, 150, 162), rng, 18), _jitter((62, 92, 104), rng, 18)
    image = _gradient(size, top, bottom)
    layer = Image.new("RGBA", size)
    draw = ImageDraw.Draw(layer)
    for _ in range(90):
        y = size[1] * rng.uniform(0, 1) ** 0.8
        half = rng.uniform(10, 70) * (0.3 + y / size[1])
        x = rng.uniform(0, size[0])
        light = _jitter((196, 212, 214) if rng.random() < 0.6 else (40, 66, 78), rng, 14)
        thick = 1 + 2.5 * y / size[1]
        draw.ellipse((x - half, y - thick, x + half, y + thick), fill=(*light, 110))
    _paste_blurred(image, layer, 1.6)
    return image


def _paste_blurred(image: Image.Image, layer: Image.Image, radius: float) -> None:
    """Lays a layer out of focus over a picture; its edges keep their colour."""
    soft = layer.convert("RGBa").filter(ImageFilter.GaussianBlur(radius)).convert("RGBA")
    image.paste(soft, mask=soft.getchannel("A"))


def _leaf(
    layer: Image.Image, centre: tuple[float, float], length: float, angle: float, colour: Rgb
) -> None:
    """Draws a leaf, one half darker than the other, with its midrib."""
    turn = np.radians(angle)
    along = np.array((np.cos(turn), np.sin(turn)))
    across = np.array((-along[1], along[0]))
    middle = np.asarray(centre)
    t = np.linspace(-0.5, 0.5, 14)
    bulge = 0.17 * np.cos(np.pi * t) * (1 - 0.5 * t)
    draw = ImageDraw.Draw(layer)
    rib = [tuple(middle + along * length * at) for at in t]
    for side, shade in ((1, 1.0), (-1, 0.82)):
        edge = [
            tuple(middle + along * length * at + across * side * length * wide)
            for at, wide in zip(t, bulge, strict=True)
        ]
        draw.polygon([*edge, *rib[::-1]], fill=(*_scaled(colour, shade), 255))
    draw.line([rib[0], rib[-1]], fill=(*_scaled(colour, 1.25), 255), width=1)


def _gradient(size: Size, top: Rgb, bottom: Rgb) -> Image.Image:
    ends = np.array([[top], [bottom]], dtype=np.uint8)
    return Image.fromarray(ends).resize(size, Image.Resampling.BICUBIC)


def _noise(size: Size, rng: np.random.Generator, grids: tuple[int, ...]) -> NDArray[np.float32]:
    """Smooth noise in 0 … 1: random grids of growing fineness and shrinking weight."""
    total = np.zeros((size[1], size[0]), dtype=np.float32)
    for octave, grid in enumerate(grids):
        coarse = Image.fromarray(rng.random((grid, grid), dtype=np.float32))
        fine = np.asarray(coarse.resize(size, Image.Resampling.BICUBIC))
        total += fine * np.float32(0.5**octave)
    low, high = total.min(), total.max()
    scaled: NDArray[np.float32] = (total - low) / (high - low)
    return scaled


def _tinted_noise(size: Size, rng: np.random.Generator, colours: tuple[Rgb, ...]) -> Image.Image:
    """Smooth noise from the first colour over the second to the third."""
    noise = _noise(size, rng, (4, 8, 16))[..., None]
    dark, middle, light = (np.array(colour, dtype=np.float32) for colour in colours[:3])
    lower = dark + (middle - dark) * np.clip(noise * 2, 0, 1)
    pixels = lower + (light - middle) * np.clip(noise * 2 - 1, 0, 1)
    return Image.fromarray(pixels.astype(np.uint8))


def _pick_greens(rng: np.random.Generator) -> tuple[Rgb, ...]:
    chosen = rng.choice(len(_GREENS), size=3, replace=False)
    return tuple(_jitter(_GREENS[int(index)], rng, 14) for index in chosen)


def _jitter(colour: Rgb, rng: np.random.Generator, reach: float) -> Rgb:
    shifted = np.clip(np.asarray(colour) + rng.uniform(-reach, reach, 3), 0, 255)
    return int(shifted[0]), int(shifted[1]), int(shifted[2])


def _scaled(colour: Rgb, factor: float) -> Rgb:
    scaled = np.clip(np.asarray(colour) * factor, 0, 255)
    return int(scaled[0]), int(scaled[1]), int(scaled[2])
