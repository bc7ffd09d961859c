"""Fetching base weights from a server on this machine, and taking them from files."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.base_weights import BIRDS, BaseWeights, FetchedFile
from ahash_desktop.services.fetching import fetch, take

WEIGHTS = np.random.default_rng(0).integers(0, 256, 300_000, dtype=np.uint8).tobytes()
KINDS = b"0 Pica pica (Magpie)\n1 background"


@dataclass
class Home:
    """A server of two files that answers as it is told; `asked` is what came of requests."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    gives_parts: bool = True
    breaks_off_after: int | None = None
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        name, part = request.path.lstrip("/"), request.headers.get("Range")
        self.asked.append((name, part))
        content = self.files.get(name)
        if content is None:
            request.send_error(404)
            return
        start = int(part.removeprefix("bytes=").rstrip("-")) if part and self.gives_parts else 0
        if start >= len(content):
            request.send_error(416)
            return
        rest = content[start:]
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.send_header("Content-Length", str(len(rest)))
        request.end_headers()
        request.wfile.write(
            rest if self.breaks_off_after is None else rest[: self.breaks_off_after]
        )


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    told = Home(files={"weights": WEIGHTS, "kinds": KINDS})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def base(home: Home, tmp_path: Path) -> BaseWeights:
    """Base weights whose home is the server."""

    def describe(name: str, content: bytes) -> FetchedFile:
        digest = hashlib.sha256(content).hexdigest()
        return FetchedFile(name, f"{home.url}/{name}", len(content), digest)

    described = replace(BIRDS, weights=describe("weights", WEIGHTS), kinds=describe("kinds", KINDS))
    assert tmp_path in described.weights.path.parents
    return described


@pytest.fixture
def get(base: BaseWeights) -> Callable[[], list[int]]:
    """Fetches to the end and gives how far it was on the way."""
    return lambda: [progress.n_done for progress in fetch(base, CancelToken())]


def part_of(base: BaseWeights) -> Path:
    return base.weights.path.with_name(".weights.part")


def test_weights_and_kinds_come_with_progress_up_to_all_of_it(base, get):
    assert not base.is_here
    done = get()
    assert base.is_here
    assert base.read_weights() == WEIGHTS
    assert base.kinds.read() == KINDS
    assert done == sorted(done)
    assert done[-1] == len(WEIGHTS) + len(KINDS)
    assert not list(base.weights.path.parent.glob("*.part"))


def test_what_is_here_is_not_asked_for_again(base, get, home):
    get()
    home.asked.clear()
    assert get() == []
    assert home.asked == []


def test_what_came_before_an_interruption_is_not_asked_for_again(base, get, home):
    home.breaks_off_after = 100_000
    with pytest.raises(UserFacingError, match="interrupted after 33%"):
        get()
    assert not base.is_here
    home.breaks_off_after = None
    get()
    assert ("weights", "bytes=100000-") in home.asked
    assert base.read_weights() == WEIGHTS


def test_a_cancelled_download_goes_on_later(base, get, home):
    token = CancelToken()
    fetching = fetch(base, token)
    next(fetching)
    token.cancel()
    with pytest.raises(Cancelled):
        next(fetching)
    kept = part_of(base).stat().st_size
    assert 0 < kept < len(WEIGHTS)
    assert not base.is_here
    get()
    assert ("weights", f"bytes={kept}-") in home.asked
    assert base.read_weights() == WEIGHTS


def test_a_home_that_gives_no_parts_is_asked_for_all(base, get, home):
    part_of(base).parent.mkdir(parents=True)
    part_of(base).write_bytes(WEIGHTS[:5000])
    home.gives_parts = False
    get()
    assert base.read_weights() == WEIGHTS


@pytest.mark.parametrize("n_bytes", [10, 299_999, 300_000, 300_001, 400_000])
def test_the_beginning_of_another_file_is_thrown_away(base, get, n_bytes):
    part_of(base).parent.mkdir(parents=True)
    part_of(base).write_bytes(b"x" * n_bytes)
    get()
    assert base.read_weights() == WEIGHTS


@pytest.mark.parametrize("other", [WEIGHTS[:-1] + b"x", WEIGHTS + b"x", b"y" * 900_000])
def test_another_file_than_expected_never_gets_into_place(base, get, home, other):
    home.files["weights"] = other
    with pytest.raises(UserFacingError, match="Another file came") as caught:
        get()
    assert "Give the file" in caught.value.remedy
    assert not base.weights.path.exists()
    assert not part_of(base).exists()


def test_a_damaged_file_in_its_place_is_fetched_anew(base, get):
    base.weights.path.parent.mkdir(parents=True)
    base.weights.path.write_bytes(b"x" * len(WEIGHTS))
    get()
    assert base.read_weights() == WEIGHTS


def test_without_a_connection_it_is_said_what_to_do(base, get):
    nowhere = replace(base, weights=replace(base.weights, url="http://127.0.0.1:1/weights"))
    with pytest.raises(UserFacingError, match="cannot be reached") as caught:
        list(fetch(nowhere, CancelToken()))
    assert "Connect to the internet" in caught.value.remedy
    assert "give the file" in caught.value.remedy


def test_a_home_without_the_list_of_kinds_still_gives_the_weights(base, get, home):
    del home.files["kinds"]
    get()
    assert base.is_here
    assert not base.kinds.is_here
    home.files["kinds"] = KINDS
    get()
    assert base.kinds.is_here


def test_two_at_once_do_not_fetch_the_same(base, get):
    lock = base.weights.path.with_name(".fetching.lock")
    lock.parent.mkdir(parents=True)
    with FileLock(lock), pytest.raises(UserFacingError, match="being fetched already"):
        get()
    get()
    assert base.is_here


def test_weights_come_from_a_file_and_the_list_from_beside_it(base, home, tmp_path):
    given = tmp_path / "downloads" / "any name"
    given.parent.mkdir()
    given.write_bytes(WEIGHTS)
    given.with_name("kinds").write_bytes(KINDS)
    assert take(base, given)
    assert base.read_weights() == WEIGHTS
    assert base.kinds.read() == KINDS
    assert home.asked == []


def test_the_list_alone_can_be_given_first(base, tmp_path):
    (tmp_path / "list.txt").write_bytes(KINDS)
    assert not take(base, tmp_path / "list.txt")
    assert base.kinds.is_here


@pytest.mark.parametrize("content", [b"", b"x", WEIGHTS[:-1], WEIGHTS + b"x"])
def test_any_other_file_is_refused(base, tmp_path, content):
    other = tmp_path / "weights"
    other.write_bytes(content)
    with pytest.raises(UserFacingError, match="another file") as caught:
        take(base, other)
    assert base.weights.sha256 in caught.value.remedy
    assert not base.is_here


def test_a_folder_in_the_place_of_the_file_is_no_traceback(base, tmp_path):
    with pytest.raises(UserFacingError, match="cannot be read"):
        take(base, tmp_path)
