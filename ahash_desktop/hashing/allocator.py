"""Keeps memory that the network frees for its next pass."""

import ctypes
import sys
from collections.abc import Callable

_M_TRIM_THRESHOLD = -1
_M_TOP_PAD = -2
_M_MMAP_MAX = -4
_NEVER = 2**31 - 1
_TOP_PAD_BYTES = 64 << 20


def keep_freed_memory() -> bool:
    """Has the C library keep large blocks instead of handing them back to the system.

    A pass of the network allocates and frees tens of megabytes again and again. glibc takes and
    returns blocks of that size from and to the system each time, which then clears every page:
    on a CPU that costs as much as a third of the time. Call it before torch allocates anything;
    the process then holds on to its greatest need, so it is meant for processes that do nothing
    but run the network.

    Returns:
        Whether the C library took the setting; other systems than glibc's keep their ways.
    """
    set_option = _glibc("mallopt")
    if set_option is None:
        return False
    settings = ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, _NEVER), (_M_TOP_PAD, _TOP_PAD_BYTES))
    return all(set_option(option, value) == 1 for option, value in settings)


def give_back_freed_memory() -> None:
    """Has the C library hand back what is free now, after something unusually large."""
    trim = _glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _glibc(name: str) -> Callable[..., int] | None:
    """A function of the C library if it is glibc's."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        function: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError):
        return None
    return function
