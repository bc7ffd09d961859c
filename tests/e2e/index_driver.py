"""Indexes one folder and prints the time and the number of finished photos, line by line.

Run as `python -m tests.e2e.index_driver LIBRARY FOLDER [paced|quick]`; made to be killed. Both
words put an encoder without a network in the engine's place; `paced` lets it need some milliseconds
a photo on any machine.
"""

import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings
from ahash_desktop.core.updates import IndexProgress
from ahash_desktop.services.session import LibrarySession
from tests.fake_encoder import FakeEncoder, fake_engine

_PACE_S = 0.02


def main(library: str, folder: str, engine: str = "") -> None:
    make_encoder = None if not engine else partial(make_fake, engine)
    session = LibrarySession.open(LibraryPaths(Path(library)), Settings(), make_encoder)
    try:
        session.browser.add_root(Path(folder))
        for record in session.updater.index(CancelToken()):
            if isinstance(record, IndexProgress) and record.phase == "encoding":
                sys.stdout.write(f"{time.time():.3f} {record.n_done} {record.n_to_do}\n")
                sys.stdout.flush()
    finally:
        session.close()
    sys.stdout.write("done\n")


def make_fake(engine: str, *given: Any) -> FakeEncoder:
    pace_s = _PACE_S if engine == "paced" else 0.0
    return fake_engine(*given, before_file=lambda _item: time.sleep(pace_s))


if __name__ == "__main__":
    main(*sys.argv[1:])
