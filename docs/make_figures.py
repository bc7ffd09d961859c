"""Draws the figures of `docs/method.md` with the default model, on pictures that are rendered.

    python docs/make_figures.py

writes `docs/figures/method-*`; no photo of anybody is in them.
"""

import itertools
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.core.records import Evidence
from ahash_desktop.core.settings import Settings
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.imaging.overlay import overlay_evidence
from ahash_desktop.imaging.sample import render_sample

FIGURES = Path(__file__).resolve().parent / "figures"
WIDTH = 720
INK, PALE, ORANGE, BLUE, GREY = "#333333", "#dddddd", "#f08214", "#326edc", "#888888"
_CELL = 5
_QUALITY = 80
_MARGIN = 44


def main() -> None:
    """Draws them all."""
    FIGURES.mkdir(exist_ok=True)
    model = shipped_models_folder() / Settings().model
    encoder = NetworkEncoder.load(model, device="cpu", threads=1)
    with tempfile.TemporaryDirectory() as scratch:
        render_sample(Path(scratch), n_classes=2, n_photos=2, seed=3)
        birds = [np.asarray(Image.open(path)) for path in sorted(Path(scratch).rglob("*.jpg"))[:3]]
    explained = [encoder.explain(bird, range(encoder.manifest.n_bits)) for bird in birds]
    draw_maps(explained[0], FIGURES / "method-maps.webp")
    draw_codes([each.logits > 0 for each in explained], FIGURES / "method-bits.svg")
    draw_closeness(model / "bundle.json", FIGURES / "method-closeness.svg")


def draw_maps(evidence: Evidence, target: Path) -> None:
    """A picture, and the evidence of its two surest bits that are on and two that are off."""
    order = np.argsort(evidence.logits)
    bits = (*order[::-1][:2], *order[:2])
    tiles = [evidence.picture]
    tiles += [overlay_evidence(evidence.picture, evidence.maps[bit], evidence.seen) for bit in bits]
    side = WIDTH // len(tiles)
    height = round(side * evidence.picture.shape[0] / evidence.picture.shape[1])
    sheet = Image.new("RGB", (side * len(tiles), height), "white")
    for number, tile in enumerate(tiles):
        small = Image.fromarray(tile).resize((side - 4, height), Image.Resampling.LANCZOS)
        sheet.paste(small, (number * side + 2, 0))
    sheet.save(target, quality=_QUALITY)


def draw_codes(codes: Sequence[NDArray[np.bool_]], target: Path) -> None:
    """The codes of three pictures, a cell a bit, and between neighbours the bits that differ."""
    names = ("a bird", "the same kind", "another kind")
    parts, y = [], 16
    for number, (name, code) in enumerate(zip(names, codes, strict=True)):
        parts.append(_label(0, y - 4, name))
        parts += [
            _cell(column, y, INK if bit else PALE, 12) for column, bit in enumerate(code.tolist())
        ]
        y += 22
        if number + 1 < len(codes):
            differing = codes[number] != codes[number + 1]
            parts += [
                _cell(column, y - 6, ORANGE, 8)
                for column, differs in enumerate(differing.tolist())
                if differs
            ]
            told = f"{int(differing.sum())} of {len(differing)} differ"
            parts.append(_label(len(differing) * _CELL + 6, y + 2, told))
            y += 28
    _save(target, WIDTH + 60, y, parts)


def _cell(column: int, y: int, colour: str, height: int) -> str:
    return (
        f'<rect x="{column * _CELL}" y="{y}" width="{_CELL - 1}" height="{height}" '
        f'fill="{colour}"/>'
    )


def draw_closeness(manifest_file: Path, target: Path) -> None:
    """How often a first match of some score was of the asked kind, and the words made of that."""
    manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
    curve = manifest["closeness_curve"]
    width, height = WIDTH - 2 * _MARGIN, 240
    low = curve["points"][0][0]

    def place(score: float, share: float) -> tuple[float, float]:
        across = min(max((score - low) / (1.0 - low), 0.0), 1.0)
        return _MARGIN + width * across, 16 + height * (1.0 - share)

    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = place(low, share)
        parts.append(f'<path d="M{x:.1f} {y:.1f}h{width}" stroke="{PALE}"/>')
        parts.append(_label(4, y + 4, f"{share:.0%}"))
    edges = (low, curve["loose"], curve["close"], curve["very_close"])
    for word, (begin, end) in zip(
        ("not close", "loose", "close"), itertools.pairwise(edges), strict=True
    ):
        left, right = place(begin, 0)[0], place(end, 0)[0]
        parts.append(_label((left + right) / 2 - 3 * len(word), height + 34, word))
        if begin > low:
            parts.append(f'<path d="M{left:.1f} 16v{height + 24}" stroke="{GREY}"/>')
    points = [place(score, share) for score, share in curve["points"]]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    parts.append(f'<path d="M{path}" fill="none" stroke="{BLUE}" stroke-width="2"/>')
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{BLUE}"/>' for x, y in points]
    parts.append(_label(_MARGIN, height + 54, f"score of the first match, {low:.2f} to 1"))
    _save(target, WIDTH, height + 64, parts)


def _label(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}">{text}</text>'


def _save(target: Path, width: int, height: int, parts: list[str]) -> None:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">'
        f'<rect width="{width}" height="{height}" fill="white"/>'
    )
    target.write_text("\n".join([head, *parts, "</svg>"]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
