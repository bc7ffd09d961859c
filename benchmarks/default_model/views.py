"""Views of photos, with what two teachers and the untouched front of the student say of them.

    python -m benchmarks.default_model.views DATA FOLDER FIRST [LAST]

makes the sets FIRST … LAST, each a folder of arrays, by one thread. A set depends on its number
alone.
"""

import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps
from torch import Tensor, nn

from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.folding import fold_batch_norms, make_probe
from ahash_desktop.hashing.preprocess import resize_square
from benchmarks.default_model.photos import BIRD, CAR, OTHER, Photo, collect

BACKBONE = "tf_efficientnet_lite0"
SET_SIZE = 8192
SIZE = 192
VIEW_PX = 224
_BIRD_SHARE = 0.49
_OTHER_SHARE = 0.06
_CAR_LABELLED = 0.8
_BATCH = 64
_FRONT = "blocks_3"
"""The part of the trunk from which on the student learns; what is before it rests."""


def make_set(data: Path, folder: Path, number: int) -> None:
    """Makes one set of views.

    Arrays, n = SET_SIZE: `teacher` uint8 (b, 7, 7, 1280), maps of the bird teacher, of the b birds
    alone; `front` float16 (n, 40, S/8, S/8) of the student's resting front; `plain` float16
    (n, 1280), pooled features of the untouched network; `about` int32 (n, 5): domain, label (−1
    unknown), photo, row in `teacher` (−1 none), label of the photo that is mixed in (−1 none or
    unknown); `share` float32 (n,): of the view, how much is of the first photo; `box` float32
    (n, 4): left, top, right, bottom in shares of the view, NaN where unknown.
    """
    target = folder / f"set{number}"
    if (target / "done").exists():
        return
    target.mkdir(parents=True, exist_ok=True)
    photos = collect(data).learning
    labels = sorted({photo.label for photo in photos if photo.label})
    rng = np.random.default_rng([7, number])
    chosen, domains = _choose(photos, rng)
    teacher, student = load_teacher(data), Student()
    maps = np.zeros((int((domains == BIRD).sum()), 7, 7, 1280), dtype=np.uint8)
    front = np.zeros((SET_SIZE, 40, SIZE // 8, SIZE // 8), dtype=np.float16)
    plain = np.zeros((SET_SIZE, 1280), dtype=np.float16)
    about = np.full((SET_SIZE, 5), -1, dtype=np.int32)
    share = np.ones(SET_SIZE, dtype=np.float32)
    boxes = np.full((SET_SIZE, 4), np.nan, dtype=np.float32)
    index = {label: row for row, label in enumerate(labels)} | {"": -1}
    n_birds = 0
    began = time.monotonic()
    for start in range(0, SET_SIZE, _BATCH):
        pixels = []
        for row in range(start, start + _BATCH):
            photo = photos[chosen[row]]
            second = int(rng.integers(SET_SIZE))
            other = photos[chosen[second]]
            if domains[row] == OTHER:
                picture, share[row], boxes[row] = make_detail(photo, other, rng)
                about[row, [0, 2]] = OTHER, chosen[row]
            else:
                picture, share[row], boxes[row] = make_view(photo, other, rng)
                mixed = index[other.label] if share[row] < 1 else -1
                about[row] = photo.domain, index[photo.label], chosen[row], -1, mixed
            pixels.append(picture)
            if domains[row] == BIRD:
                maps[n_birds], about[row, 3] = teacher(picture), n_birds
                n_birds += 1
        end = start + _BATCH
        front[start:end], plain[start:end] = student.look(np.stack(pixels), SIZE)
        if start % 1024 == 0:
            pace = end / (time.monotonic() - began)
            print(f"set {number}: {end} views, {pace:.1f} a second", flush=True)
    arrays = {"teacher": maps, "front": front, "plain": plain, "about": about, "share": share}
    for name, array in (arrays | {"box": boxes}).items():
        np.save(target / f"{name}.npy", array)
    (target / "labels.txt").write_text("\n".join(labels), encoding="utf-8")
    (target / "done").touch()


def _choose(
    photos: tuple[Photo, ...], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which photo each view is of, by the shares of the domains, and what the view is to be."""
    birds = np.array([row for row, photo in enumerate(photos) if photo.domain == BIRD])
    cars = [row for row, photo in enumerate(photos) if photo.domain == CAR]
    named = np.array([row for row in cars if photos[row].label])
    unnamed = np.array([row for row in cars if not photos[row].label])
    n_birds, n_others = round(SET_SIZE * _BIRD_SHARE), round(SET_SIZE * _OTHER_SHARE)
    n_named = round((SET_SIZE - n_birds - n_others) * _CAR_LABELLED)
    parts = [
        (BIRD, _spread(birds, n_birds, rng)),
        (CAR, _spread(named, n_named, rng)),
        (CAR, _spread(unnamed, SET_SIZE - n_birds - n_others - n_named, rng)),
        (OTHER, _spread(np.arange(len(photos)), n_others, rng)),
    ]
    order = rng.permutation(SET_SIZE)
    domains = np.concatenate([np.full(len(rows), domain) for domain, rows in parts])
    return np.concatenate([rows for _, rows in parts])[order], domains[order]


def _spread(rows: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """As many rows as asked, each as often as any other, give or take one."""
    rounds = [rng.permutation(rows) for _ in range(-(-count // len(rows)))]
    return np.concatenate(rounds)[:count]


def make_view(
    photo: Photo, other: Photo, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], float, tuple[float, float, float, float]]:
    """A view of a photo: whole, a crop, small in a scene, or mixed with another photo.

    Returns:
        uint8 (224, 224, 3), how much of it is of the first photo (1: all), the subject's box.
    """
    kind = rng.random()
    if kind < 0.25:
        return _whole(photo, rng)
    is_bird = photo.domain == BIRD
    if kind < 0.75:
        return _crop(photo, rng, 0.22 if is_bird else 0.35)
    if is_bird and kind < 0.87:
        return _small(photo, other, rng)
    if photo.domain != other.domain:
        return _crop(photo, rng, 0.3)
    first, second = _crop(photo, rng, 0.35)[0], _crop(other, rng, 0.35)[0]
    share = rng.uniform(0.3, 0.7)
    mixed = first * share + second * (1 - share)
    return mixed.astype(np.uint8), share, (np.nan,) * 4


def make_detail(
    photo: Photo, other: Photo, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], float, tuple[float, float, float, float]]:
    """A small part of a photo, or two mixed: something of what is neither bird nor car."""
    part = _crop(photo, rng, 0.02, 0.25)[0]
    if rng.random() < 0.5:
        second = _crop(other, rng, 0.02, 0.25)[0]
        share = rng.uniform(0.3, 0.7)
        part = (part * share + second * (1 - share)).astype(np.uint8)
    return part, 1.0, (np.nan,) * 4


def _open_picture(photo: Photo) -> tuple[Image.Image, tuple[float, float, float, float] | None]:
    with Image.open(photo.path) as file:
        return ImageOps.exif_transpose(file).convert("RGB"), photo.box


def _whole(
    photo: Photo, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], float, tuple[float, float, float, float]]:
    picture, box = _open_picture(photo)
    width, height = picture.size
    side = round(np.sqrt(width * height))
    wide, high = min(width, side), min(height, side)
    left, top = (width - wide) // 2, (height - high) // 2
    square = resize_square(np.asarray(picture), VIEW_PX, "half-crop", "bicubic")
    return _finish(square, box, (left, top, wide, high), rng, plain=True)


def _crop(
    photo: Photo, rng: np.random.Generator, least: float, most: float = 1.0
) -> tuple[NDArray[np.uint8], float, tuple[float, float, float, float]]:
    picture, box = _open_picture(photo)
    width, height = picture.size
    area = width * height * rng.uniform(least, most)
    ratio = np.exp(rng.uniform(np.log(3 / 4), np.log(4 / 3)))
    wide = min(width, max(1, round(np.sqrt(area * ratio))))
    high = min(height, max(1, round(np.sqrt(area / ratio))))
    left, top = int(rng.integers(width - wide + 1)), int(rng.integers(height - high + 1))
    part = picture.crop((left, top, left + wide, top + high))
    square = np.asarray(part.resize((VIEW_PX, VIEW_PX), Image.Resampling.BICUBIC))
    return _finish(square, box, (left, top, wide, high), rng, plain=False, wild=photo.domain == CAR)


def _small(
    photo: Photo, other: Photo, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], float, tuple[float, float, float, float]]:
    """The photo small on a scene made of the border of another one, strongly blurred."""
    picture, box = _open_picture(photo)
    scene, _ = _open_picture(other)
    scene = scene.resize((24, 24)).resize((VIEW_PX, VIEW_PX), Image.Resampling.BICUBIC)
    share = rng.uniform(0.35, 0.75)
    scale = VIEW_PX * share / max(picture.size)
    wide, high = (max(8, round(side * scale)) for side in picture.size)
    left, top = int(rng.integers(VIEW_PX - wide + 1)), int(rng.integers(VIEW_PX - high + 1))
    scene.paste(picture.resize((wide, high), Image.Resampling.BICUBIC), (left, top))
    inner = box or (0, 0, *picture.size)
    placed = tuple(
        offset + scale * value for offset, value in zip((left, top, 0, 0), inner, strict=True)
    )
    return _finish(np.asarray(scene), placed, (0, 0, VIEW_PX, VIEW_PX), rng, plain=False)


def _finish(
    square: NDArray[np.uint8],
    box: tuple[float, ...] | None,
    seen: tuple[int, int, int, int],
    rng: np.random.Generator,
    *,
    plain: bool,
    wild: bool = False,
) -> tuple[NDArray[np.uint8], float, tuple[float, float, float, float]]:
    """Mirrors half of the views, changes light and colour unless plain, and places the box.

    Cars, which come in any paint, change theirs (`wild`).
    """
    corners = (np.nan,) * 4
    if box is not None:
        x0, y0 = (box[0] - seen[0]) / seen[2], (box[1] - seen[1]) / seen[3]
        x1, y1 = x0 + box[2] / seen[2], y0 + box[3] / seen[3]
        corners = tuple(float(np.clip(value, 0, 1)) for value in (x0, y0, x1, y1))
    if rng.random() < 0.5:
        square = square[:, ::-1]
        corners = (1 - corners[2], corners[1], 1 - corners[0], corners[3])
    if not plain:
        picture = Image.fromarray(np.ascontiguousarray(square))
        picture = ImageEnhance.Brightness(picture).enhance(rng.uniform(0.75, 1.25))
        picture = ImageEnhance.Contrast(picture).enhance(rng.uniform(0.75, 1.25))
        vivid = 0.0 if wild and rng.random() < 0.12 else rng.uniform(0.75, 1.25)
        square = np.asarray(ImageEnhance.Color(picture).enhance(vivid))
        if wild and rng.random() < 0.5:
            square = np.clip(square * rng.uniform(0.7, 1.3, 3), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(square), 1.0, corners


def load_teacher(data: Path) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    """The bird teacher: uint8 (224, 224, 3) → its last map, uint8 (7, 7, 1280)."""
    from ai_edge_litert.interpreter import Interpreter

    path = data / "teachers" / "mobilenet_v2_1.0_224_inat_bird_quant.tflite"
    interpreter = Interpreter(str(path), num_threads=1, experimental_preserve_all_tensors=True)
    interpreter.allocate_tensors()
    entry = interpreter.get_input_details()[0]["index"]
    (last,) = [
        tensor["index"]
        for tensor in interpreter.get_tensor_details()
        if tensor["name"] == "MobilenetV2/Conv_1/Relu6"
    ]

    def look(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        interpreter.set_tensor(entry, pixels[None])
        interpreter.invoke()
        result: NDArray[np.uint8] = interpreter.get_tensor(last)[0].copy()
        return result

    return look


class Student:
    """An untouched backbone: its front, before what learns, and its pooled features.

    Args:
        name: Which; the network that learns, by default.
    """

    def __init__(self, name: str = BACKBONE) -> None:
        backbone = create_backbone(name, pretrained=True)
        front, back = cut_trunk(backbone.trunk)
        probe = make_probe(128)
        self.front = _fast(front, probe)
        with torch.no_grad():
            middle = self.front(probe)
            self.back = _fast(back, middle)
            self.rest = _fast(backbone.new_refine(), self.back(middle))
        self.mean = torch.tensor(backbone.mean).view(1, 3, 1, 1) * 255
        self.std = torch.tensor(backbone.std).view(1, 3, 1, 1) * 255

    @torch.no_grad()
    def look(self, pixels: NDArray[np.uint8], size: int) -> tuple[NDArray, NDArray]:
        """Maps of the front, float16 (n, C, S/8, S/8), and the pooled features, float16 (n, D).

        Args:
            pixels: uint8 (n, h, w, 3), squares.
            size: S, to which they are resized.
        """
        if pixels.shape[1] != size:
            pixels = np.stack(
                [
                    np.asarray(
                        Image.fromarray(picture).resize((size, size), Image.Resampling.BICUBIC)
                    )
                    for picture in pixels
                ]
            )
        images = torch.from_numpy(pixels.copy()).permute(0, 3, 1, 2).float()
        images = (images - self.mean) / self.std
        with torch.autocast("cpu", torch.bfloat16):
            front = self.front(images.contiguous(memory_format=torch.channels_last))
            last = self.rest(self.back(front))
        return front.half().numpy(), last.float().mean((2, 3)).half().numpy()


def as_maps(front: NDArray[np.float16]) -> Tensor:
    """Kept maps as the student takes them."""
    return torch.from_numpy(front).float().contiguous(memory_format=torch.channels_last)


def cut_trunk(trunk: nn.Module) -> tuple[nn.Module, nn.Module]:
    """The part of a trunk that rests, and the part that learns."""
    children = dict(trunk.named_children())
    cut = list(children).index(_FRONT) if _FRONT in children else len(children) // 2
    names = list(children)
    front = nn.Sequential(OrderedDict((name, children[name]) for name in names[:cut]))
    back = nn.Sequential(OrderedDict((name, children[name]) for name in names[cut:]))
    return front.eval(), back.eval()


def _fast(module: nn.Module, probe: Tensor) -> nn.Module:
    folded = fold_batch_norms(module.eval(), probe)
    return folded.to(memory_format=torch.channels_last).requires_grad_(False)


def numbers(arguments: list[str]) -> Iterator[int]:
    """The sets that the command line asks for."""
    first = int(arguments[0])
    yield from range(first, int(arguments[1]) + 1 if len(arguments) > 1 else first + 1)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for wanted in numbers(sys.argv[3:]):
        make_set(Path(sys.argv[1]), Path(sys.argv[2]), wanted)
