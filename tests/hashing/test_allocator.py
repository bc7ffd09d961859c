"""The allocator setting is taken where there is one, and harmless elsewhere."""

import subprocess
import sys

import pytest

from ahash_desktop.hashing import allocator


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's setting")
def test_glibc_keeps_what_is_freed() -> None:
    script = (
        "from ahash_desktop.hashing.allocator import keep_freed_memory; "
        "assert keep_freed_memory(); "
        "blocks = [bytes(40_000_000) for _ in range(3)]; del blocks"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_another_system_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not allocator.keep_freed_memory()


def test_a_c_library_without_the_setting_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda _name: object())
    assert not allocator.keep_freed_memory()
