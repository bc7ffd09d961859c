"""Tells kinds of birds in photos by the network that knows them, each photo once."""

import json
import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ahash_desktop.core.files import replace_file
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import ProblemKind
from ahash_desktop.hashing.bird_kinds import BirdKinds
from ahash_desktop.imaging.decode import DecodeError, decode
from ahash_desktop.training.ask.bird_names import TellProgress, ToldKind, ToldKinds
from ahash_desktop.training.network.kept_features import file_key

_log = logging.getLogger(__name__)

_AT_ONCE = 16
_N_KINDS = 3
_LEAST_SHARE = 0.05
_KEEP_EVERY_S = 30.0

_Kept = dict[str, list[tuple[str, float]]]

_OF_THE_FILE = frozenset(
    (
        ProblemKind.BROKEN,
        ProblemKind.EMPTY,
        ProblemKind.NOT_A_PICTURE,
        ProblemKind.TOO_LARGE,
        ProblemKind.UNSUPPORTED,
    )
)


def tell(
    paths: Sequence[Path], kept: Path, device: str, *, token: CancelToken
) -> Iterator[TellProgress | ToldKinds]:
    """The likeliest kinds in photos; the last record holds them all.

    Args:
        paths: The photos.
        kept: The file that keeps what was told of photos as they are now.
        device: Where the network runs.
        token: Cancels between photos; what was told by then is kept.

    Raises:
        Cancelled: If the token asks for it.
        UserFacingError: If the weights are damaged.
        OSError: If nothing can be kept.
    """
    known = _load(kept)
    keys = [file_key(path) for path in paths]
    lacking = [row for row, key in enumerate(keys) if key not in known]
    network = BirdKinds.load("cpu" if device == "auto" else device) if lacking else None
    if network is not None:
        kept_at = time.monotonic()
        try:
            for start in range(0, len(lacking), _AT_ONCE):
                token.raise_if_cancelled()
                part = lacking[start : start + _AT_ONCE]
                known |= _look(network, {keys[row]: paths[row] for row in part})
                yield TellProgress(start + len(part), len(lacking))
                if time.monotonic() - kept_at >= _KEEP_EVERY_S:
                    kept_at = time.monotonic()
                    _save(kept, known)
        finally:
            _save(kept, known)
    yield ToldKinds(tuple(tuple(ToldKind(*told) for told in known.get(key, ())) for key in keys))


def _look(network: BirdKinds, photos: dict[str, Path]) -> _Kept:
    """What is told of photos; one that cannot be read now is asked for again the next time."""
    found: _Kept = {}
    pictures = {}
    for key, path in photos.items():
        try:
            pictures[key] = decode(str(path)).pixels
        except (DecodeError, OSError) as error:
            _log.warning("left out %s: %s", path, error)
            if _stays_unreadable(error) and file_key(path) == key:
                found[key] = []
    for key, kinds in zip(pictures, network.tell(list(pictures.values()), _N_KINDS), strict=True):
        found[key] = [(kind.name, kind.share) for kind in kinds if kind.share >= _LEAST_SHARE]
    return found


def _stays_unreadable(error: Exception) -> bool:
    """Whether it is the file's own fault, rather than its drive's or the memory's."""
    return isinstance(error, DecodeError) and error.problem.kind in _OF_THE_FILE


def _load(kept: Path) -> _Kept:
    """What was told before; nothing where that cannot be read."""
    try:
        stored = json.loads(kept.read_bytes())
        return {
            str(key): [(str(name), float(share)) for name, share in told]
            for key, told in stored.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        _log.warning("%s is told anew: %s", kept, error)
        return {}


def _save(kept: Path, known: _Kept) -> None:
    replace_file(kept, json.dumps(known, ensure_ascii=False).encode())
