"""The choice of device and number format, with faked accelerators."""

import json

import numpy as np
import pytest
import torch

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing import device as device_module
from ahash_desktop.hashing.check_pictures import draw_check_pictures
from ahash_desktop.hashing.device import (
    Verdict,
    available_devices,
    choose_device,
    judge,
    recall_verdict,
)

GOOD = Verdict(is_usable=True, use_bfloat16=True, differing_share=0.0, speedup=2.0)


@pytest.fixture
def accelerators(monkeypatch):
    """Pretends that exactly the named accelerators are there."""

    def pretend(*names):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in names)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in names)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Fake GPU")

    return pretend


@pytest.mark.parametrize(
    ("there", "first"), [(("cuda", "mps"), "cuda"), (("mps",), "mps"), ((), "cpu")]
)
def test_auto_prefers_cuda_then_mps_then_the_cpu(accelerators, there, first):
    accelerators(*there)
    assert choose_device("auto").type == first
    assert available_devices() == (*there, "cpu")
    assert choose_device("cpu").type == "cpu"


@pytest.mark.parametrize("wanted", ["cuda", "mps", "tpu"])
def test_a_device_that_is_not_there_is_refused(accelerators, wanted):
    accelerators()
    with pytest.raises(UserFacingError, match=wanted):
        choose_device(wanted)


class Machine:
    """Fakes networks: what each device and format computes, and how long it takes."""

    def __init__(self, monkeypatch, flipped=None, seconds=None, broken=()):
        self.flipped = flipped or {}
        self.seconds = seconds or {}
        self.broken = broken
        self.now = 0.0
        self.passes = []
        monkeypatch.setattr(device_module.time, "perf_counter", lambda: self.now)
        monkeypatch.setattr(device_module, "cpu_has_bfloat16", lambda: True)

    def make_run(self, device, dtype):
        key = (device.type, str(dtype).removeprefix("torch."))
        if key in self.broken:
            raise RuntimeError(f"{key} is not implemented")

        def run(pictures):
            self.passes.append(key)
            self.now += self.seconds.get(key, 1.0)
            rng = np.random.default_rng(0)
            activations = rng.choice([-0.5, 0.5], (32, 100)).astype(np.float32)
            n_flipped = int(self.flipped.get(key, 0) * activations.size)
            activations.ravel()[:n_flipped] *= -1
            return activations[: len(pictures)]

        return run

    def judge(self, name):
        return judge(self.make_run, torch.device(name), 32)


def test_bfloat16_is_used_where_it_is_faster_and_agrees(monkeypatch):
    machine = Machine(
        monkeypatch,
        flipped={("cpu", "bfloat16"): 0.009},
        seconds={("cpu", "bfloat16"): 0.5},
    )
    verdict = machine.judge("cpu")
    assert verdict.dtype == torch.bfloat16
    assert verdict.differing_share == pytest.approx(0.009, abs=0.001)
    assert verdict.speedup == pytest.approx(2)


@pytest.mark.parametrize(
    ("flipped", "seconds", "broken"),
    [
        ({("cpu", "bfloat16"): 0.02}, {("cpu", "bfloat16"): 0.5}, ()),
        ({}, {("cpu", "bfloat16"): 0.95}, ()),
        ({}, {("cpu", "bfloat16"): 9.0}, ()),
        ({}, {}, (("cpu", "bfloat16"),)),
    ],
    ids=["other bits", "hardly faster", "slower", "not there"],
)
def test_float32_stays_where_bfloat16_does_not_pay(monkeypatch, flipped, seconds, broken):
    verdict = Machine(monkeypatch, flipped, seconds, broken).judge("cpu")
    assert verdict.is_usable
    assert verdict.dtype == torch.float32


def test_bfloat16_that_takes_many_times_as_long_is_tried_once(monkeypatch):
    machine = Machine(monkeypatch, seconds={("cpu", "bfloat16"): 20.0})
    assert machine.judge("cpu").dtype == torch.float32
    assert machine.passes.count(("cpu", "bfloat16")) == 1


def test_nothing_is_tried_on_a_cpu_that_would_imitate_bfloat16(monkeypatch):
    machine = Machine(monkeypatch)
    monkeypatch.setattr(device_module, "cpu_has_bfloat16", lambda: False)
    assert machine.judge("cpu") == Verdict(True, False, 0.0, 1.0)
    assert not machine.passes


@pytest.mark.parametrize(
    ("instructions", "has_it"), [("AVX2", False), ("DEFAULT", False), ("AVX512", True)]
)
def test_whether_a_cpu_has_bfloat16_goes_by_its_instructions(monkeypatch, instructions, has_it):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: instructions)
    assert device_module.cpu_has_bfloat16() == has_it


@pytest.mark.parametrize(
    ("flipped", "broken"),
    [({("mps", "float32"): 0.05}, ()), ({}, (("mps", "float32"),))],
    ids=["wrong bits", "fails"],
)
def test_an_accelerator_that_computes_other_bits_is_not_usable(monkeypatch, flipped, broken):
    assert not Machine(monkeypatch, flipped, broken=broken).judge("mps").is_usable


def test_an_accelerator_that_agrees_is_usable(monkeypatch):
    verdict = Machine(monkeypatch, {("cuda", "float32"): 0.004}).judge("cuda")
    assert verdict.is_usable
    assert verdict.differing_share == pytest.approx(0.004, abs=0.001)


def test_results_that_are_no_numbers_are_wrong_bits(monkeypatch):
    machine = Machine(monkeypatch)

    def make_run(device, dtype):
        run = machine.make_run(device, dtype)
        return run if device.type == "cpu" else lambda pictures: run(pictures) * np.float32(np.nan)

    assert not judge(make_run, torch.device("cuda"), 32).is_usable


def test_a_verdict_is_measured_once_and_kept(tmp_path):
    path = tmp_path / "cache" / "checks.json"
    calls = []

    def measure():
        calls.append(1)
        return GOOD

    for _ in range(3):
        assert recall_verdict(path, "model", torch.device("cpu"), measure) == GOOD
    assert len(calls) == 1
    recall_verdict(path, "other", torch.device("cpu"), measure)
    assert len(calls) == 2
    assert len(json.loads(path.read_text())) == 2


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"a": 1}'])
def test_a_damaged_note_is_measured_again(tmp_path, content):
    path = tmp_path / "checks.json"
    path.write_text(content)
    assert recall_verdict(path, "model", torch.device("cpu"), lambda: GOOD) == GOOD
    assert recall_verdict(path, "model", torch.device("cpu"), pytest.fail) == GOOD


def test_a_damaged_verdict_is_measured_again(tmp_path):
    path = tmp_path / "checks.json"
    recall_verdict(path, "model", torch.device("cpu"), lambda: GOOD)
    notes = json.loads(path.read_text())
    path.write_text(json.dumps({key: {"is_usable": True} for key in notes}))
    assert recall_verdict(path, "model", torch.device("cpu"), lambda: GOOD) == GOOD


def test_without_a_place_for_notes_the_number_format_cannot_flip(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    verdict = recall_verdict(
        tmp_path / "file" / "checks.json", "model", torch.device("cpu"), lambda: GOOD
    )
    assert verdict.dtype == torch.float32
    assert "cannot be kept" in caplog.text


def test_another_gpu_gets_a_verdict_of_its_own(tmp_path, accelerators, monkeypatch):
    accelerators("cuda")
    path = tmp_path / "checks.json"
    recall_verdict(path, "model", torch.device("cuda"), lambda: GOOD)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Other GPU")
    recall_verdict(path, "model", torch.device("cuda"), lambda: GOOD)
    assert len(json.loads(path.read_text())) == 2


def test_check_pictures_are_the_same_every_time_and_differ_from_each_other():
    first, again = draw_check_pictures(48, 4), draw_check_pictures(48, 2)
    assert first.shape == (4, 48, 48, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first[:2], again)
    assert np.abs(first[0].astype(int) - first[1]).mean() > 10


def test_check_pictures_are_smooth_like_photos():
    pictures = draw_check_pictures(64, 8).astype(float)
    neighbours = np.corrcoef(pictures[:, :, 1:].ravel(), pictures[:, :, :-1].ravel())[0, 1]
    assert neighbours > 0.8
