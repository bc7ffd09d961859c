"""Which pictures are thumbnails of this program, of whatever library, and so no photos."""

import re

THUMBNAIL_PX = 512
"""The longest side a thumbnail has."""

SHARD = re.compile(r"[0-9a-f]{2}")
"""Names of the folders that thumbnails lie in."""

FILE = re.compile(r"[0-9a-f]{30}\.jpg")
"""Names of thumbnails in them."""

_PLACE = re.compile(r"(?:^|/)[0-9a-f]{2}/[0-9a-f]{30}\.jpg$")


def may_be_thumbnail(path: str) -> bool:
    """Whether a path, with slashes, is one that this program gives to thumbnails."""
    return _PLACE.search(path) is not None


def is_thumbnail(path: str) -> bool:
    """Whether a file of such a path looks as thumbnails do: a small JPEG that tells nothing else.

    What cannot be read is none.
    """
    from PIL import Image  # the window starts without its decoders

    from ahash_desktop.imaging.reading import open_regular

    try:
        with open_regular(path) as file, Image.open(file, formats=("JPEG",)) as image:
            return max(image.size) <= THUMBNAIL_PX and "exif" not in image.info
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
