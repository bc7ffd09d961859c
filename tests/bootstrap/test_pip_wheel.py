import hashlib
import io
import json

import pytest

from ahash_desktop.bootstrap import pip_wheel

WHEEL = b"the wheel"


@pytest.fixture
def index(monkeypatch):
    """A package index in memory: answers by address."""
    listing = {
        "urls": [
            {"packagetype": "sdist", "filename": "pip-26.tar.gz", "url": "https://files/sdist"},
            {
                "packagetype": "bdist_wheel",
                "filename": "pip-26-py3-none-any.whl",
                "url": "../../files/wheel",
                "digests": {"sha256": hashlib.sha256(WHEEL).hexdigest()},
            },
        ]
    }
    answers = {
        pip_wheel._INDEX: json.dumps(listing).encode(),
        "https://pypi.org/files/wheel": WHEEL,
    }
    monkeypatch.setattr(
        pip_wheel.urllib.request, "urlopen", lambda url, timeout: io.BytesIO(answers[url])
    )
    return answers


def test_the_newest_wheel_is_kept_under_its_name(index, tmp_path):
    wheel = pip_wheel.download_pip_wheel(tmp_path)
    assert wheel == tmp_path / "pip-26-py3-none-any.whl"
    assert wheel.read_bytes() == WHEEL


def test_a_damaged_download_is_refused(index, tmp_path):
    index["https://pypi.org/files/wheel"] = b"something else"
    with pytest.raises(ValueError, match="damaged"):
        pip_wheel.download_pip_wheel(tmp_path)
    assert list(tmp_path.iterdir()) == []
