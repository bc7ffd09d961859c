"""Keeps memory that the network frees for its next pass."""

import ctypes
import sys

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
    if not sys.platform.startswith("linux"):
        return False
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    settings = ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, _NEVER), (_M_TOP_PAD, _TOP_PAD_BYTES))
    return all(set_option(option, value) == 1 for option, value in settings)
