import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ahash_desktop.bootstrap import torch_build
from ahash_desktop.bootstrap.torch_build import (
    answers,
    has_nvidia_gpu,
    torch_requirements,
    wants_cpu_build,
)
from ahash_desktop.core.errors import UserFacingError


@pytest.fixture(autouse=True)
def linux(monkeypatch):
    monkeypatch.setattr(torch_build.sys, "platform", "linux")
    monkeypatch.setattr(torch_build.shutil, "which", lambda name: None)


@pytest.fixture
def lister(tmp_path, monkeypatch):
    def make(said, code=0):
        program = tmp_path / "nvidia-smi"
        program.write_text(f"#!/bin/sh\necho '{said}'\nexit {code}\n")
        program.chmod(0o755)
        monkeypatch.setattr(torch_build.shutil, "which", lambda name: str(program))

    return make


@pytest.mark.parametrize("trace", ["proc/driver/nvidia/version", "dev/nvidia0", "dev/dxg"])
def test_a_driver_at_work_is_a_gpu(tmp_path, trace):
    assert not has_nvidia_gpu(tmp_path)
    (tmp_path / trace).parent.mkdir(parents=True)
    (tmp_path / trace).touch()
    assert has_nvidia_gpu(tmp_path)
    assert not wants_cpu_build({}, tmp_path)


@pytest.mark.parametrize(
    ("said", "code", "found"),
    [("GPU 0: NVIDIA H200", 0, True), ("No devices were found", 6, False), ("", 0, False)],
)
def test_the_drivers_own_list_counts(tmp_path, lister, said, code, found):
    lister(said, code)
    assert has_nvidia_gpu(tmp_path / "root") == found


@pytest.mark.parametrize(
    ("environ", "platform", "wanted"),
    [
        ({}, "linux", True),
        ({}, "darwin", False),
        ({}, "win32", False),
        ({"AHASH_TORCH": "cpu"}, "darwin", True),
        ({"AHASH_TORCH": "CUDA"}, "linux", False),
        ({"AHASH_TORCH": ""}, "linux", True),
        ({"PIP_INDEX_URL": "https://index.example"}, "linux", False),
        ({"PIP_NO_INDEX": "1"}, "linux", False),
        ({"PIP_INDEX_URL": "https://index.example", "AHASH_TORCH": "cpu"}, "linux", True),
    ],
)
def test_the_build_follows_machine_and_wish(tmp_path, monkeypatch, environ, platform, wanted):
    monkeypatch.setattr(torch_build.sys, "platform", platform)
    assert wants_cpu_build(environ, tmp_path) == wanted


def test_a_build_that_is_none_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(UserFacingError, match="AHASH_TORCH=cpu"):
        wants_cpu_build({"AHASH_TORCH": "rocm"}, tmp_path)


def test_only_what_comes_in_builds_is_asked_of_the_other_index():
    lines = ("torch>=2.6", "torchvision>=0.21", "timm>=1.0.20", "torch-fidelity>=0.1", "numpy>=2")
    assert torch_requirements(lines) == ["torch>=2.6", "torchvision>=0.21"]


def test_an_index_answers_only_if_it_has_torch():
    class Index(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/cpu/torch/" else 404)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Index) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        try:
            assert answers(f"{address}/cpu")
            assert not answers(f"{address}/elsewhere")
        finally:
            server.shutdown()
            thread.join()
    assert not answers(f"{address}/cpu", timeout_s=1)
