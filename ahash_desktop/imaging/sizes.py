"""How far a picture may be shrunk on the way without losing what is asked for."""

MIN_SHORT_SIDE = 224
"""The network's usual input: the short side is not shrunk below it while decoding."""

_LONGEST_TIMES_TARGET = 16
_JPEG_SCALES = (8, 4, 2)


def jpeg_scale(width: int, height: int, target_px: int) -> int:
    """The largest of 1, 2, 4 and 8 that the JPEG decoder may divide the sides by."""
    long, short = max(width, height), min(width, height)
    for scale in _JPEG_SCALES:
        if long / scale >= target_px and short / scale >= MIN_SHORT_SIDE:
            return scale
    return 1


def shrink_factor(width: int, height: int, target_px: int) -> int:
    """The whole number to divide the sides by once a picture is decoded.

    The long side stays at least `target_px`, the short one at least `MIN_SHORT_SIDE` unless it
    is shorter anyway. Only a strip that is many times longer than `target_px` gives that up, for
    the sake of memory.
    """
    long, short = max(width, height), min(width, height)
    gentle = min(long // target_px, max(1, short // MIN_SHORT_SIDE))
    longest = max(target_px, _LONGEST_TIMES_TARGET * target_px)
    return max(1, gentle, -(-long // longest) if long > longest else 1)
