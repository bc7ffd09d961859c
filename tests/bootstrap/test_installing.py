import io
import sys

import pytest

from ahash_desktop.bootstrap.installing import ProgressLine, describe_step, pip_failure, run_pip
from ahash_desktop.core.errors import UserFacingError


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("Collecting torch>=2.6 (from ahash-desktop==0.1.0)\n", "finding torch"),
        (
            "  Downloading torch-2.15.0-cp311-manylinux_2_28_x86_64.whl (899.8 MB)\n",
            "downloading torch (899.8 MB)",
        ),
        (
            "  Downloading https://files.example/pi_heif-1.4.0-cp311.whl (1.2 MB)\n",
            "downloading pi_heif (1.2 MB)",
        ),
        ("Installing collected packages: numpy, torch\n", "installing what was downloaded"),
        ("Requirement already satisfied: pip\n", None),
        ("\n", None),
    ],
)
def test_a_line_of_pip_is_put_into_words(line, step):
    assert describe_step(line) == step


def test_on_a_terminal_one_line_is_written_over():
    stream = Terminal()
    ProgressLine(stream).update("downloading torch")
    assert stream.getvalue() == "\r\x1b[K     0 s  downloading torch"


def test_elsewhere_lines_come_at_intervals():
    stream = io.StringIO()
    ProgressLine(stream).update("downloading torch")
    assert stream.getvalue() == ""
    ProgressLine(stream, interval_s=0).update("downloading torch")
    assert stream.getvalue() == "     0 s  downloading torch\n"


def test_a_program_without_a_console_says_nothing():
    progress = ProgressLine(None)
    progress.say("a")
    progress.update("b")


def test_output_is_kept_in_the_log_and_told_as_progress(tmp_path):
    stream = Terminal()
    code = "print('Collecting numpy>=2.1'); print('something else')"
    run_pip([sys.executable, "-c", code], tmp_path / "pip.log", ProgressLine(stream))
    log = (tmp_path / "pip.log").read_text()
    assert "Collecting numpy>=2.1\nsomething else\n" in log
    assert "finding numpy" in stream.getvalue()


def test_a_failing_pip_raises_with_the_log_named(tmp_path):
    log = tmp_path / "pip.log"
    code = "import sys; sys.exit('ERROR: [Errno 28] No space left on device')"
    with pytest.raises(UserFacingError) as raised:
        run_pip([sys.executable, "-c", code], log, ProgressLine(None))
    assert "the disk is full" in str(raised.value)
    assert str(log) in str(raised.value)


def test_a_users_wish_for_user_installs_does_not_reach_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_USER", "1")
    code = "import os; print('PIP_USER is', os.environ['PIP_USER'])"
    run_pip([sys.executable, "-c", code], tmp_path / "pip.log", ProgressLine(None))
    assert "PIP_USER is 0" in (tmp_path / "pip.log").read_text()


@pytest.mark.parametrize(
    ("output", "cause"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "the disk is full"),
        (
            "WARNING: … NewConnectionError(…)\nERROR: No matching distribution found for a",
            "the package index could not be reached",
        ),
        (
            "Max retries exceeded … SSLError(… CERTIFICATE_VERIFY_FAILED …)",
            "the package index's certificate was not trusted",
        ),
        (
            "ERROR: No matching distribution found for torch>=2.6",
            "there is no torch>=2.6 for this Python and machine",
        ),
        ("ERROR: something new", "could not be installed."),
    ],
)
def test_the_cause_of_a_failure_is_named(tmp_path, output, cause):
    message = str(pip_failure(output, tmp_path / "pip.log"))
    assert cause in message
    assert "pip.log" in message
    assert "\n" not in message
