"""The one way from a file, or the bytes of one, to an upright sRGB picture."""

import warnings

from ahash_desktop.core.records import ProblemKind
from ahash_desktop.imaging.decoder_faults import explain_fault
from ahash_desktop.imaging.faults import DecodeError, DecodeLimits, refusal
from ahash_desktop.imaging.rasters import Picture, decode_raster
from ahash_desktop.imaging.raw import decode_raw, is_camera_raw
from ahash_desktop.imaging.reading import read_picture
from ahash_desktop.imaging.sniff import SNIFF_BYTES, sniff

__all__ = ["DecodeError", "DecodeLimits", "Picture", "decode", "read_picture"]

TARGET_PX = 512
"""The long side that both the network and the thumbnails are served by."""

_DECODER_MODULES = r"PIL\.|pi_heif\.|rawpy\."


def decode(
    source: str | bytes, *, target_px: int = TARGET_PX, limits: DecodeLimits | None = None
) -> Picture:
    """The picture in a file: upright, sRGB, transparency on mid grey.

    What the file contains decides, never its name; equal bytes give equal pixels. May be called
    from several threads at once.

    Args:
        source: The path of a file, or the bytes of one.
        target_px: The long side that is needed. The result's is at least this, or the picture's
            own if that is less, and less than twice this unless the picture is a narrow strip,
            whose short side is kept.
        limits: What decoding may cost; `DecodeLimits()` if None.

    Raises:
        DecodeError: If the picture cannot be had; its problem says why.
    """
    limits = limits or DecodeLimits()
    data = read_picture(source, limits) if isinstance(source, str) else source
    name = _format_of(data)
    silence_decoders()
    try:
        if name == "RAW":
            return decode_raw(data, target_px, limits)
        return decode_raster(data, name, target_px, limits)
    except DecodeError:
        raise
    except Exception as error:
        raise explain_fault(error, name) from error


def _format_of(data: bytes) -> str:
    """The format's name.

    Raises:
        DecodeError: If it is no picture, or of a format that is not opened.
    """
    if not data:
        raise refusal(ProblemKind.EMPTY, "the file is empty")
    sniffed = sniff(data[:SNIFF_BYTES])
    if sniffed is None:
        raise refusal(ProblemKind.NOT_A_PICTURE, "the file does not contain a picture")
    if not sniffed.is_accepted:
        raise refusal(ProblemKind.UNSUPPORTED, f"the program does not open {sniffed.name} files")
    return "RAW" if sniffed.name == "TIFF" and is_camera_raw(data) else sniffed.name


def silence_decoders() -> None:
    """Keeps what decoders warn of (odd EXIF, trailing data) from being printed or raised.

    `warnings.catch_warnings` swaps the filters of all threads and cannot be used here; one filter
    for the decoders' own modules, added when it is missing, is the same for every thread.
    """
    if not any(
        action == "ignore" and module is not None and module.pattern == _DECODER_MODULES
        for action, _, _, module, _ in warnings.filters
    ):
        warnings.filterwarnings("ignore", module=_DECODER_MODULES)
