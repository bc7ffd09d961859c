"""What decoders throw at pictures that break the rules of their format, and what to say of it."""

import struct
import zlib

import rawpy
from PIL import Image, ImageCms

from ahash_desktop.core.records import ProblemKind
from ahash_desktop.imaging.faults import DecodeError, refusal

HOSTILE_DATA_FAULTS = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    BufferError,
    RuntimeError,
    SyntaxError,
    struct.error,
    zlib.error,
    ImageCms.PyCMSError,
    Image.DecompressionBombError,
    rawpy.LibRawError,
    rawpy.NotSupportedError,
)
"""What decoders throw at data that break their rules."""

_TRUNCATION_WORDS = ("truncat", "unexpected end", "end of file", "not enough", "too short")
_UNSUPPORTED_WORDS = ("unknown pixel mode", "unsupported", "unknown data organization", "not yet")


def explain_fault(error: BaseException, name: str) -> DecodeError:
    """What to say of an exception that a decoder threw.

    Args:
        error: What it threw.
        name: What the format is called.
    """
    if isinstance(error, MemoryError | rawpy.LibRawUnsufficientMemoryError):
        return refusal(ProblemKind.OUT_OF_MEMORY, "there is not enough memory to open it")
    if isinstance(error, Image.DecompressionBombError | rawpy.LibRawTooBigError):
        return refusal(ProblemKind.TOO_LARGE, f"its {name} header promises too many pixels")
    message = str(error).lower()
    if isinstance(error, EOFError | rawpy.LibRawIOError) or any(
        word in message for word in _TRUNCATION_WORDS
    ):
        return refusal(ProblemKind.BROKEN, "the file ends before the picture does")
    if isinstance(
        error, NotImplementedError | rawpy.LibRawFileUnsupportedError | rawpy.NotSupportedError
    ) or any(word in message for word in _UNSUPPORTED_WORDS):
        return refusal(
            ProblemKind.UNSUPPORTED, f"this variety of {name} is not one the program can read"
        )
    return refusal(ProblemKind.BROKEN, f"its {name} data are damaged")
