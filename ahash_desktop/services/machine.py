"""What this machine is doing: on mains power or not, how busy with other programs."""

import contextlib
import time
from pathlib import Path

import psutil

_LEAST_ENGINE_BYTES = 2e9
_MOST_DECODE_BYTES = 3 * 2**30
_NETWORK_BYTES = 1e9
_NETWORK_KINDS = (
    "nfs", "cifs", "smb", "afp", "webdav", "davfs", "ncp", "9p", "ceph", "glusterfs", "lustre",
    "fuse.sshfs", "fuse.rclone", "fuse.gvfsd", "fuse.davfs", "fuse.glusterfs",
)  # fmt: skip


class Machine:
    """Looks at the machine; it belongs to the thread that asks."""

    def __init__(self) -> None:
        self._looked_at = time.monotonic()
        self._own_s = _own_processor_s()
        psutil.cpu_percent()

    def is_on_battery(self) -> bool:
        """Whether it runs on its battery; False where there is none, or nobody can tell."""
        sensors = getattr(psutil, "sensors_battery", None)
        try:
            battery = sensors() if sensors is not None else None
        except (OSError, RuntimeError, psutil.Error):
            return False
        return battery is not None and battery.power_plugged is False

    def others_share(self) -> float:
        """The share of the processors that other programs used since the last call, 0 … 1."""
        now, own_s = time.monotonic(), _own_processor_s()
        passed_s = (now - self._looked_at) * (psutil.cpu_count() or 1)
        own = (own_s - self._own_s) / passed_s if passed_s > 0 else 0.0
        self._looked_at, self._own_s = now, own_s
        return min(1.0, max(0.0, float(psutil.cpu_percent()) / 100 - own))


def _own_processor_s() -> float:
    """Seconds of processor time that this process and its children have used."""
    me = psutil.Process()
    total = 0.0
    for process in [me, *me.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def network_file_system(path: Path) -> str | None:
    """The kind of network file system a path lies on; None for a local one, or if unknown."""
    existing = next(p for p in (path, *path.parents) if p.exists()).resolve()
    mounts = sorted(
        (Path(partition.mountpoint), partition) for partition in psutil.disk_partitions(all=True)
    )
    for mount, partition in reversed(mounts):
        if existing.is_relative_to(mount):
            kind = str(partition.fstype).lower()
            is_remote = "remote" in partition.opts or kind.startswith(_NETWORK_KINDS)
            return kind or "network" if is_remote else None
    return None


def largest_engine_bytes() -> float:
    """Memory the engine may take up unless the user says otherwise: half of the machine's."""
    return max(_LEAST_ENGINE_BYTES, float(psutil.virtual_memory().total) / 2)


def decode_bytes_of(engine_bytes: float) -> int:
    """Memory for all pictures that are read at the same time, of what the engine may take up.

    Args:
        engine_bytes: That, of which the network needs its part too.
    """
    left = max(engine_bytes - _NETWORK_BYTES, engine_bytes / 2)
    return int(min(left, _MOST_DECODE_BYTES))
