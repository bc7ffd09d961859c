"""Makes the database of schema version 6 that later versions must still open.

    python -m tests.store.make_v6_database

It has been run once, with the program of then; a later schema gets a script and a file of its own.
"""

import tempfile
from pathlib import Path

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.store.library import Library
from tests.store.make_v1_database import fill

TARGET = Path(__file__).parents[1] / "data" / "db" / "v6.db"


def main() -> None:
    """Fills a fresh library with a photo in every state, one of them in the trash."""
    with tempfile.TemporaryDirectory() as folder:
        paths = LibraryPaths(Path(folder))
        with Library.open(paths) as library:
            fill(library)
            library.trash.take_away([1], 8.0)
            content = library.photos.get(2).content
            assert content is not None
            with library.transaction():
                library.corrections.correct(content, "10.0,20.0,300.0,200.0", (4000, 3000), 9.0)
        TARGET.write_bytes(paths.database.read_bytes())


if __name__ == "__main__":
    main()
