"""What all threads of the engine process share: the way to the client, and memory for pictures."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection

from ahash_desktop.engine.messages import DecodeBegan, DecodeEnded, Reply
from ahash_desktop.hashing.allocator import give_back_freed_memory
from ahash_desktop.imaging.budget import Claim, MemoryBudget
from ahash_desktop.imaging.decode import DecodeLimits

_LARGE_BYTES = 128 << 20


class Replies:
    """The way to the client, for all threads: one reply after the other.

    Args:
        connection: The pipe to the client.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, reply: Reply) -> None:
        """Sends a reply, unless the client has hung up."""
        with self._lock, contextlib.suppress(BrokenPipeError, OSError):
            self._connection.send(reply)


class DecodeMemory:
    """Memory for the pictures that are decoded at the same time.

    What a large one has taken goes back to the system before the next one gets its turn: the
    allocator would keep it for the thread that it was for.

    Args:
        total_bytes: What all may take together.
        replies: Is told when a file waits for memory, for that is no fault of the file.
    """

    def __init__(self, total_bytes: int, replies: Replies) -> None:
        self._budget = MemoryBudget(total_bytes)
        self._replies = replies

    @contextlib.contextmanager
    def for_file(self, photo_id: int, run: int, limits: DecodeLimits) -> Iterator[DecodeLimits]:
        """The limits for one file, whose memory is reserved while it is decoded."""

        def tell(waits: bool) -> None:
            reply = DecodeEnded(photo_id, run) if waits else DecodeBegan(photo_id, run)
            self._replies.send(reply)

        with self._budget.claim(on_wait=tell) as claim:
            yield replace(limits, claim=claim)
            _give_back(claim)

    @contextlib.contextmanager
    def for_awaited(self, limits: DecodeLimits) -> Iterator[DecodeLimits]:
        """The limits for a picture that somebody waits for, which is served before the files."""
        with self._budget.claim(is_awaited=True) as claim:
            yield replace(limits, claim=claim)
            _give_back(claim)


def _give_back(claim: Claim) -> None:
    if claim.held_bytes >= _LARGE_BYTES:
        give_back_freed_memory()
