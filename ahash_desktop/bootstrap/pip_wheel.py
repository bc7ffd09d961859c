"""Getting pip itself from the package index, for a Python that comes without it."""

import hashlib
import json
import urllib.parse
import urllib.request
from pathlib import Path

_INDEX = "https://pypi.org/pypi/pip/json"
_TIMEOUT_S = 30


def download_pip_wheel(folder: Path) -> Path:
    """Downloads the newest pip; the wheel can run itself (`python pip-….whl/pip install …`).

    Args:
        folder: Where to keep the wheel, under its own name.

    Returns:
        The wheel.

    Raises:
        OSError: If the index cannot be reached.
        ValueError: If what came is not what the index promised.
    """
    files = json.loads(_fetch(_INDEX))["urls"]
    wheel = next(file for file in files if file["packagetype"] == "bdist_wheel")
    content = _fetch(urllib.parse.urljoin(_INDEX, wheel["url"]))
    if hashlib.sha256(content).hexdigest() != wheel["digests"]["sha256"]:
        raise ValueError(f"the download of {wheel['filename']} is damaged")
    path = folder / Path(wheel["filename"]).name
    path.write_bytes(content)
    return path


def _fetch(url: str) -> bytes:
    if not url.startswith("https://"):
        raise ValueError(f"{url} is no https address")
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as response:  # noqa: S310 - https only
        content: bytes = response.read()
    return content
