"""Where a person says that the subject of a photo is: boxes in pixels, and codes of them."""

from dataclasses import replace

from ahash_desktop.core.records import OTHER, EncodedPicture, Region, Subject

_STEPS_A_PIXEL = 10


def box_text(region: Region, width: int, height: int) -> str:
    """A region in pixels of the upright picture, to a tenth of one: "x,y,width,height".

    Args:
        region: The region.
        width: Of the picture, in pixels.
        height: Of the picture, in pixels.
    """
    left, right = _edges(region.x, region.width, width)
    top, bottom = _edges(region.y, region.height, height)
    numbers = (left, top, right - left, bottom - top)
    return ",".join(f"{n // _STEPS_A_PIXEL}.{n % _STEPS_A_PIXEL}" for n in numbers)


def region_of_box(box: str, width: int, height: int) -> Region | None:
    """The region that a box in pixels is; None if it is no box, or lies outside the picture."""
    try:
        x, y, box_width, box_height = (float(number) for number in box.split(","))
        return Region(x / width, y / height, box_width / width, box_height / height)
    except (ValueError, ArithmeticError):
        return None


def as_corrected(encoded: EncodedPicture, region: Region | None) -> EncodedPicture:
    """The code of the region that a person says is the subject, with that region as its box.

    Args:
        encoded: What the network says of the region.
        region: The region; None is no correction.
    """
    if region is None:
        return encoded
    told = encoded.subject or Subject(OTHER, 0.0)
    subject = replace(told, box=region, is_corrected=True)
    return replace(encoded, subject=subject, part=region)


def _edges(start: float, share: float, n_pixels: int) -> tuple[int, int]:
    """Where a part of a side begins and ends, in tenths of pixels; never nothing."""
    most = n_pixels * _STEPS_A_PIXEL
    first = min(round(start * most), most - 1)
    return first, min(most, max(first + 1, round((start + share) * most)))
