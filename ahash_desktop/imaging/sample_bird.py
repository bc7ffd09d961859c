"""Draws one bird of a kind, in a pose, part by part."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ahash_desktop.imaging.sample_classes import (
    BEAKS,
    BREASTS,
    CAPS,
    LEGS,
    PLUMAGE,
    BirdKind,
    Rgb,
)

Points = Sequence[tuple[float, float]]

PERCH_Y = 0.43
"""Where the feet stand, in bird lengths below the middle of the bird."""

_SPAN = 2.2
_SUPERSAMPLING = 2
_CURVE_STEPS = 10

_BODY: Points = (
    (0.435, -0.285), (0.385, -0.385), (0.285, -0.425), (0.180, -0.375), (0.085, -0.265),
    (-0.080, -0.165), (-0.230, -0.055), (-0.360, 0.045), (-0.385, 0.120), (-0.270, 0.205),
    (-0.080, 0.275), (0.110, 0.265), (0.265, 0.160), (0.350, 0.010), (0.375, -0.120),
    (0.425, -0.215),
)  # fmt: skip
_BREAST: Points = (
    (0.50, -0.235), (0.36, -0.215), (0.265, -0.175), (0.205, -0.060), (0.130, 0.070),
    (-0.050, 0.130), (-0.280, 0.120), (-0.42, 0.16), (-0.30, 0.36), (0.10, 0.42), (0.46, 0.20),
)  # fmt: skip
_CROWN: Points = (
    (0.50, -0.315), (0.385, -0.335), (0.300, -0.345), (0.210, -0.315), (0.130, -0.265),
    (0.03, -0.32), (0.16, -0.50), (0.36, -0.52), (0.50, -0.42),
)  # fmt: skip
_EYE_STRIPE: Points = (
    (0.48, -0.280), (0.380, -0.300), (0.300, -0.300), (0.200, -0.262), (0.135, -0.215),
    (0.175, -0.205), (0.250, -0.238), (0.320, -0.262), (0.400, -0.262), (0.48, -0.258),
)  # fmt: skip
_WING: Points = (
    (0.175, -0.120), (0.155, 0.000), (0.060, 0.090), (-0.090, 0.125), (-0.270, 0.130),
    (-0.480, 0.185), (-0.530, 0.175), (-0.420, 0.075), (-0.240, -0.035), (-0.060, -0.130),
    (0.080, -0.180),
)  # fmt: skip
_EYE = (0.335, -0.293)
_BELLY_SHADE: Points = (
    (-0.5, 0.19),
    (-0.1, 0.20),
    (0.2, 0.14),
    (0.5, 0.0),
    (0.5, 0.5),
    (-0.5, 0.5),
)
_BACK_LIGHT: Points = (
    (-0.5, 0.0),
    (-0.1, -0.19),
    (0.12, -0.31),
    (0.5, -0.36),
    (0.4, -0.6),
    (-0.5, -0.5),
)
_WING_BARS: tuple[Points, ...] = (
    ((0.075, -0.195), (0.055, -0.080), (0.010, 0.020), (-0.050, 0.130)),
    ((-0.045, -0.145), (-0.070, -0.050), (-0.115, 0.030), (-0.175, 0.135)),
)
_BEAK_TIPS = {  # tip x and y, arch of the ridge, drop of the hook
    "conical": (0.545, -0.240, 0.004, 0.0),
    "thin": (0.590, -0.255, 0.0, 0.0),
    "long": (0.700, -0.205, 0.020, 0.004),
    "hooked": (0.565, -0.250, 0.012, 0.038),
}
_BEAK_DEPTHS = {"conical": 0.052, "thin": 0.022, "long": 0.025, "hooked": 0.042}
_TAIL_LENGTHS = {"short": 0.27, "long": 0.50}
_FEATHER: Points = (
    (0.0, 0.034), (0.5, 0.037), (0.88, 0.034), (0.97, 0.020), (1.0, 0.0), (0.97, -0.020),
    (0.88, -0.034), (0.5, -0.037), (0.0, -0.034),
)  # fmt: skip
_TAIL_OUTLINES = {
    "square": (1.0, 1.0, 1.0, 1.0, 1.0),
    "forked": (1.12, 0.92, 0.72, 0.92, 1.12),
    "rounded": (0.72, 0.92, 1.0, 0.92, 0.72),
    "pointed": (0.55, 0.78, 1.25, 0.78, 0.55),
}


@dataclass(frozen=True, slots=True)
class Pose:
    """How one bird holds itself.

    Angles are in degrees, counter-clockwise as it faces right; `plumpness` stretches the body
    across; `pattern_seed` places the spots of the breast.
    """

    body_angle: float
    head_angle: float
    tail_angle: float
    plumpness: float
    faces_left: bool
    hue_shift: tuple[float, float, float]
    pattern_seed: int


def draw_bird(kind: BirdKind, pose: Pose, length_px: int) -> Image.Image:
    """The bird on nothing, RGBA, `2.2 × length_px` square, its middle in the middle.

    Args:
        kind: What it looks like.
        pose: How it holds itself.
        length_px: From breast to tail base, in pixels.
    """
    canvas = _Canvas(pose, length_px * _SUPERSAMPLING)
    _draw_tail(canvas, kind)
    _draw_legs(canvas, kind)
    body = canvas.smooth(_BODY)
    _draw_plumage(canvas, kind, body)
    _draw_wing(canvas, kind)
    _draw_beak(canvas, kind)
    _draw_eye(canvas, kind)
    return canvas.finished(round(length_px * _SPAN))


class _Canvas:
    """Draws in bird lengths, origin in the middle of the bird, x forwards, y down."""

    def __init__(self, pose: Pose, length_px: int) -> None:
        self._pose = pose
        self._length_px = length_px
        side = round(length_px * _SPAN)
        self.size = (side, side)
        self._image = Image.new("RGBA", self.size)

    def pixels(self, points: Points) -> list[tuple[float, float]]:
        """Where points of the bird lie on the canvas, in this pose."""
        posed = _pose_points(np.asarray(points, dtype=np.float64), self._pose)
        middle = self.size[0] / 2
        return [(middle + x * self._length_px, middle + y * self._length_px) for x, y in posed]

    def smooth(self, points: Points) -> Image.Image:
        """The mask of a closed curve through points."""
        return self.polygon(_curve(points, closed=True))

    def polygon(self, points: Points) -> Image.Image:
        """The mask of a polygon."""
        mask = Image.new("L", self.size)
        ImageDraw.Draw(mask).polygon(self.pixels(points), fill=255)
        return mask

    def strokes(self, lines: Iterable[Points], width: float) -> Image.Image:
        """The mask of curves of some width, in bird lengths."""
        mask = Image.new("L", self.size)
        draw = ImageDraw.Draw(mask)
        width_px = max(1, round(width * self._length_px))
        for points in lines:
            line = self.pixels(_curve(points, closed=False))
            draw.line(line, fill=255, width=width_px, joint="curve")
        return mask

    def discs(self, centres: Points, radius: float) -> Image.Image:
        """The mask of discs."""
        mask = Image.new("L", self.size)
        draw = ImageDraw.Draw(mask)
        reach = radius * self._length_px
        for x, y in self.pixels(centres):
            draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)
        return mask

    def fill(self, mask: Image.Image, colour: Rgb, opacity: float = 1.0) -> None:
        """Paints a colour through a mask; soft edges only over what is painted already."""
        box = mask.getbbox()
        if box is None:
            return
        cut = mask.crop(box)
        if opacity < 1:
            cut = cut.point([round(value * opacity) for value in range(256)])
        self._image.paste((*colour, 255), box, cut)

    def blurred(self, mask: Image.Image, radius: float) -> Image.Image:
        """A mask with a soft edge, in bird lengths."""
        return mask.filter(ImageFilter.BoxBlur(radius * self._length_px))

    def tinted(self, colour: Rgb, factor: float = 1.0) -> Rgb:
        """A colour as it is on this very bird, times a factor of brightness."""
        shaded = np.asarray(colour) * factor
        share = 0.25 + 0.75 * shaded.max() / 255
        shifted = np.clip(shaded + share * np.asarray(self._pose.hue_shift), 0, 255)
        return int(shifted[0]), int(shifted[1]), int(shifted[2])

    def rng(self) -> np.random.Generator:
        """Decides where this bird's spots are."""
        return np.random.default_rng(self._pose.pattern_seed)

    def finished(self, side_px: int) -> Image.Image:
        """The drawing at its final size."""
        image = self._image
        if self._pose.faces_left:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return image.resize((side_px, side_px), Image.Resampling.BOX, reducing_gap=2)


def _draw_tail(canvas: _Canvas, kind: BirdKind) -> None:
    length = _TAIL_LENGTHS[kind.tail_length]
    base = np.array((-0.315, 0.085))
    colour = PLUMAGE[kind.body_colour]
    shafts = []
    for index in (0, 4, 1, 3, 2):
        angle = np.radians(198 - (index - 2) * 6.0)
        along = np.array((np.cos(angle), -np.sin(angle)))
        across = np.array((-along[1], along[0]))
        reach = length * _TAIL_OUTLINES[kind.tail_shape][index]
        start = base + across * (index - 2) * 0.012
        outline = [
            (float(x), float(y))
            for x, y in (start + along * reach * far + across * side for far, side in _FEATHER)
        ]
        canvas.fill(canvas.smooth(outline), canvas.tinted(colour, 0.60 + 0.10 * (index % 2)))
        tip = start + along * reach * 0.93
        shafts.append([(float(start[0]), float(start[1])), (float(tip[0]), float(tip[1]))])
    canvas.fill(canvas.strokes(shafts, 0.006), canvas.tinted(colour, 0.4), 0.7)


def _draw_legs(canvas: _Canvas, kind: BirdKind) -> None:
    for (hip_x, hip_y), factor in (((0.075, 0.22), 0.75), ((-0.005, 0.235), 1.0)):
        colour = canvas.tinted(LEGS[kind.leg_colour], factor)
        foot = (hip_x + 0.03, PERCH_Y)
        leg = canvas.strokes([[(hip_x, hip_y), (hip_x - 0.01, 0.33), foot]], 0.022)
        toes = [
            [foot, (foot[0] + x, foot[1] + y)]
            for x, y in ((0.075, 0.012), (0.055, 0.028), (-0.045, 0.016))
        ]
        canvas.fill(ImageChops.lighter(leg, canvas.strokes(toes, 0.018)), colour)


def _draw_plumage(canvas: _Canvas, kind: BirdKind, body: Image.Image) -> None:
    """Body, breast with its pattern, crown, eye stripe and the light on them."""
    plumage = PLUMAGE[kind.body_colour]
    canvas.fill(body, canvas.tinted(plumage))
    breast = ImageChops.multiply(body, canvas.blurred(canvas.smooth(_BREAST), 0.012))
    canvas.fill(breast, canvas.tinted(BREASTS[kind.breast_colour]))
    _draw_breast_pattern(canvas, kind, breast)
    crown = ImageChops.multiply(body, canvas.blurred(canvas.smooth(_CROWN), 0.005))
    canvas.fill(crown, canvas.tinted(CAPS[kind.crown_colour]))
    if kind.eye_stripe != "none":
        stripe = ImageChops.multiply(body, canvas.smooth(_EYE_STRIPE))
        canvas.fill(stripe, canvas.tinted(CAPS[kind.eye_stripe]))
    shade = ImageChops.multiply(body, canvas.blurred(canvas.polygon(_BELLY_SHADE), 0.07))
    canvas.fill(shade, (30, 24, 40), 0.34)
    light = ImageChops.multiply(body, canvas.blurred(canvas.polygon(_BACK_LIGHT), 0.05))
    canvas.fill(light, (255, 250, 230), 0.22)


def _draw_breast_pattern(canvas: _Canvas, kind: BirdKind, breast: Image.Image) -> None:
    if kind.breast_pattern == "plain":
        return
    rng = canvas.rng()
    spots = [
        (
            float(0.36 - 0.062 * column + rng.uniform(-0.014, 0.014)),
            float(-0.15 + 0.047 * row + 0.023 * (column % 2) + rng.uniform(-0.010, 0.010)),
        )
        for row in range(9)
        for column in range(9)
    ]
    if kind.breast_pattern == "spotted":
        marks = canvas.discs(spots, 0.0145)
    else:
        dashes = [[(x + 0.010, y - 0.024), (x - 0.012, y + 0.020)] for x, y in spots]
        marks = canvas.strokes(dashes, 0.012)
    dark = canvas.tinted(PLUMAGE[kind.body_colour], 0.42)
    canvas.fill(ImageChops.multiply(breast, marks), dark, 0.88)


def _draw_wing(canvas: _Canvas, kind: BirdKind) -> None:
    plumage = PLUMAGE[kind.body_colour]
    wing = canvas.smooth(_WING)
    drop_px = round(0.02 * canvas.size[0] / _SPAN)
    shadow = ImageChops.offset(canvas.blurred(wing, 0.02), 0, drop_px)
    canvas.fill(ImageChops.multiply(shadow, canvas.smooth(_BODY)), (20, 16, 24), 0.35)
    canvas.fill(wing, canvas.tinted(plumage, 0.74))
    quills = ImageChops.multiply(wing, canvas.strokes(_quills(), 0.007))
    canvas.fill(quills, canvas.tinted(plumage, 0.40), 0.75)
    coverts = ImageChops.multiply(wing, canvas.strokes(_coverts(), 0.005))
    canvas.fill(coverts, canvas.tinted(plumage, 0.5), 0.5)
    bars = canvas.strokes(_WING_BARS[: int(kind.wing_bars)], 0.034)
    canvas.fill(ImageChops.multiply(wing, bars), canvas.tinted((240, 236, 224)))
    light = ImageChops.multiply(wing, canvas.blurred(canvas.polygon(_BACK_LIGHT), 0.06))
    canvas.fill(light, (255, 250, 230), 0.20)


def _quills() -> list[list[tuple[float, float]]]:
    """The edges of the long feathers of the wing."""
    lines = []
    for share in np.linspace(0, 1, 8):
        start_y, end_y = 0.115 - 0.19 * share, 0.165 - 0.10 * share
        end_x = -0.40 - 0.12 * (1 - abs(share - 0.5))
        bend = (-0.22, float((start_y + end_y) / 2 + 0.012))
        lines.append(
            [(float(-0.02 - 0.10 * share), float(start_y)), bend, (float(end_x), float(end_y))]
        )
    return lines


def _coverts() -> list[list[tuple[float, float]]]:
    """The edges of the small feathers that cover the wing's front."""
    corners = [
        (0.10 - 0.055 * row - 0.012 * index, -0.12 + 0.036 * index + 0.012 * row)
        for row in range(3)
        for index in range(6)
    ]
    return [[(x, y), (x - 0.045, y + 0.014), (x - 0.02, y + 0.034)] for x, y in corners]


def _draw_beak(canvas: _Canvas, kind: BirdKind) -> None:
    tip_x, tip_y, arch, hook = _BEAK_TIPS[kind.beak_shape]
    depth = _BEAK_DEPTHS[kind.beak_shape]
    colour = BEAKS[kind.beak_colour]
    root_x, root_y = 0.405, -0.255
    half_x, half_y = (root_x + tip_x) / 2, (root_y + tip_y) / 2
    tip = (tip_x, tip_y + hook)
    ridge = _curve(
        [(root_x, root_y - depth), (half_x, half_y - depth * 0.6 - arch), tip], closed=False
    )
    gape = _curve(
        [(tip_x - 0.02, tip_y), (half_x, half_y - arch * 0.7), (root_x, root_y)], closed=False
    )
    keel = _curve(
        [(root_x, root_y + depth), (half_x, half_y + depth * 0.5 - arch), (tip_x - 0.02, tip_y)],
        closed=False,
    )
    canvas.fill(canvas.polygon([*keel, *gape]), canvas.tinted(colour, 0.75))
    canvas.fill(canvas.polygon([*ridge, *gape]), canvas.tinted(colour))
    shine = [(root_x + 0.03, root_y - depth * 0.6), (half_x, half_y - depth * 0.3 - arch)]
    canvas.fill(canvas.strokes([shine], 0.008), (255, 255, 255), 0.25)


def _draw_eye(canvas: _Canvas, kind: BirdKind) -> None:
    ring = (214, 206, 190) if kind.eye_stripe != "white" else (60, 54, 50)
    canvas.fill(canvas.discs([_EYE], 0.034), ring, 0.75)
    canvas.fill(canvas.discs([_EYE], 0.028), (24, 18, 16))
    canvas.fill(canvas.discs([(_EYE[0] + 0.009, _EYE[1] - 0.010)], 0.009), (255, 255, 255), 0.95)


def _pose_points(points: NDArray[np.float64], pose: Pose) -> NDArray[np.float64]:
    """Points (n, 2) bent at neck and tail, stretched, and turned as a whole."""
    posed = _bend(points, (0.17, -0.18), pose.head_angle, _ramp(points[:, 0], 0.10, 0.27))
    posed = _bend(posed, (-0.30, 0.08), pose.tail_angle, _ramp(-points[:, 0], 0.28, 0.42))
    torso = 1 - _ramp(-points[:, 1], 0.10, 0.30)
    grounded = 1 - _ramp(points[:, 1], 0.25, 0.36)
    posed[:, 1] *= 1 + (pose.plumpness - 1) * torso * grounded
    return _bend(posed, (0.03, PERCH_Y), pose.body_angle, np.ones(len(points)))


def _bend(
    points: NDArray[np.float64],
    pivot: tuple[float, float],
    angle: float,
    share: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Points turned around a pivot, each by its share of an angle in degrees."""
    radians = np.radians(angle) * share
    cosine, sine = np.cos(radians), np.sin(radians)
    x, y = points[:, 0] - pivot[0], points[:, 1] - pivot[1]
    return np.stack((pivot[0] + x * cosine + y * sine, pivot[1] - x * sine + y * cosine), axis=1)


def _ramp(values: NDArray[np.float64], start: float, end: float) -> NDArray[np.float64]:
    """0 before `start`, 1 after `end`, smooth between."""
    t = np.clip((values - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)


def _curve(points: Points, *, closed: bool) -> list[tuple[float, float]]:
    """A Catmull-Rom curve through points, as a fine polyline."""
    nodes = np.asarray(points, dtype=np.float64)
    if closed:
        padded = np.concatenate((nodes[-1:], nodes, nodes[:2]))
    else:
        padded = np.concatenate((2 * nodes[:1] - nodes[1:2], nodes, 2 * nodes[-1:] - nodes[-2:-1]))
    t = np.linspace(0, 1, _CURVE_STEPS, endpoint=False)[:, None]
    pieces = []
    for before, start, end, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces.append(
            0.5
            * (
                2 * start
                + (end - before) * t
                + (2 * before - 5 * start + 4 * end - after) * t**2
                + (3 * start - before - 3 * end + after) * t**3
            )
        )
    if not closed:
        pieces.append(nodes[-1:])
    return [(float(x), float(y)) for x, y in np.concatenate(pieces)]
