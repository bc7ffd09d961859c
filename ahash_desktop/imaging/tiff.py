"""Has every layout of TIFF that is accepted decoded right, and refuses the others.

Pillow takes more layouts than it reads right: what is stored one channel after another is read
as bytes whatever its depth, white that is zero is forgotten above 8 bits, and byte order is
applied twice to what libtiff has swapped already. `tests/imaging/test_tiff_layouts.py` compares.
"""

import numpy as np
from PIL import Image
from PIL.ImageFile import _Tile
from PIL.TiffImagePlugin import TiffImageFile

from ahash_desktop.imaging.colour import to_8_bit

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _PLANAR = 256, 257, 258, 262, 284
_INK_SET, _SAMPLE_FORMAT, _COEFFICIENTS, _SUBSAMPLING, _REFERENCES = 332, 339, 529, 530, 532
_WHITE_IS_ZERO, _SEPARATED, _YCBCR = 0, 5, 6
_UNSIGNED, _SIGNED = 1, 2
_CMYK = 1
_JFIF_REFERENCES = (0, 255, 128, 255, 128, 255)
_WIDE_GREY = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")

_NATIVE = {"F;32BF": "F;32F", "I;32BS": "I;32S", "I;16BS": "I;16S"}
"""What libtiff gives is in this machine's byte order, whatever the file's."""

_SEPARATE = {
    ("RGB", 8): "RGB",
    ("RGB", 16): "RGB;16N",
    ("RGBA", 8): "RGBA",
    ("RGBA", 16): "RGBA;16N",
}
"""What channels that lie one after another make, by mode and bits."""


def prepare_tiff(image: TiffImageFile) -> None:
    """Sees that a TIFF just opened will be decoded right.

    Raises:
        NotImplementedError: If it has a layout that would not be.
    """
    tags = image.tag_v2
    bits = _first(tags.get(_BITS), 1)
    is_separate = tags.get(_PLANAR, 1) == 2 and len(image.getbands()) > 1
    if _is_misread(image, bits, is_separate=is_separate):
        raise NotImplementedError
    if image.use_load_libtiff:
        image.tile = [
            tile._replace(args=(_NATIVE.get(tile.args[0], tile.args[0]), *tile.args[1:]))
            for tile in image.tile
            if isinstance(tile.args, tuple)
        ]
    elif is_separate:
        whole = (0, 0, tags[_WIDTH], tags[_HEIGHT])
        raw_mode = _SEPARATE[image.mode, bits]
        image.tile = [_Tile("libtiff", whole, 0, (raw_mode, False, tags.offset))]
        image.use_load_libtiff = True


def plain_grey(image: TiffImageFile) -> Image.Image:
    """A decoded TIFF; one of deep grey as numbers that count up from black."""
    if image.mode not in _WIDE_GREY:
        return image
    tags = image.tag_v2
    values = np.asarray(image)
    if image.mode == "I" and _first(tags.get(_SAMPLE_FORMAT), _UNSIGNED) == _UNSIGNED:
        values = values.view(np.uint32).astype(np.float32)
    if tags.get(_PHOTOMETRIC, _WHITE_IS_ZERO) == _WHITE_IS_ZERO:
        return Image.fromarray(255 - to_8_bit(values))
    return image if values.dtype != np.float32 else Image.fromarray(values)


def _is_misread(image: TiffImageFile, bits: int, *, is_separate: bool) -> bool:
    """Whether a layout that Pillow accepts would come out wrong."""
    tags = image.tag_v2
    photometric = tags.get(_PHOTOMETRIC, _WHITE_IS_ZERO)
    if photometric == _SEPARATED and tags.get(_INK_SET, _CMYK) != _CMYK:
        return True  # so many inks, but not these
    if bits == 8 and _first(tags.get(_SAMPLE_FORMAT), _UNSIGNED) == _SIGNED:
        return True
    if is_separate and not image.use_load_libtiff and (image.mode, bits) not in _SEPARATE:
        return True
    if is_separate and image.mode in ("LA", "La", "PA", "LAB"):
        return True
    return photometric == _YCBCR and not image.use_load_libtiff and _is_unusual_ycbcr(image)


def _is_unusual_ycbcr(image: TiffImageFile) -> bool:
    """Whether the colours of an uncompressed picture are not those of JPEG, one for each pixel."""
    tags = image.tag_v2
    references = tuple(float(each) for each in tags.get(_REFERENCES, _JFIF_REFERENCES))
    return (
        tuple(tags.get(_SUBSAMPLING, (2, 2))) != (1, 1)
        or references != _JFIF_REFERENCES
        or _COEFFICIENTS in tags
    )


def _first(values: tuple[int, ...] | int | None, otherwise: int) -> int:
    if isinstance(values, tuple):
        return values[0] if values else otherwise
    return otherwise if values is None else values
