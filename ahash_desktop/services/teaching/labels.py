"""Labels that people give to photos: given, refused, renamed, undone, and told as a list."""

import csv
import io
import time
from collections.abc import Sequence
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import replace_file
from ahash_desktop.core.labels import LabelStep, Species, clean_label
from ahash_desktop.services.storethread import StoreThread

_RISKY = ("=", "+", "-", "@", "\t")
"""A cell that begins so is computed by programs that open tables."""


class Labels:
    """The labels of a library; any thread may call it.

    They belong to what photos show: copies have them too, and they stay with a photo wherever it
    goes and whatever model is in use. Nothing is written to photos.

    Args:
        store: The thread that owns the library connection.
    """

    def __init__(self, store: StoreThread) -> None:
        self._store = store

    def of(self, photo_ids: Sequence[int]) -> dict[int, str]:
        """The labels of those of these photos that have one."""
        return self._store.call(lambda library: library.labels.of(photo_ids))

    def all(self) -> dict[int, str]:
        """The labels of all photos that can be shown, by their ids."""
        return self._store.call(lambda library: library.labels.all())

    def refused(self) -> dict[int, frozenset[str]]:
        """What was refused for photos, by their ids."""
        return self._store.call(lambda library: library.labels.refused())

    def give(self, photo_ids: Sequence[int], name: str) -> LabelStep | None:
        """Labels photos; None if all of them had that label.

        Raises:
            UserFacingError: If the name is empty.
        """
        label = _required(name)
        return self._store.call(lambda library: library.labels.give(photo_ids, label, time.time()))

    def clear(self, photo_ids: Sequence[int]) -> LabelStep | None:
        """Takes the labels from photos; None if none had one."""
        return self._store.call(lambda library: library.labels.clear(photo_ids, time.time()))

    def refuse(self, photo_ids: Sequence[int], name: str) -> LabelStep | None:
        """Notes that photos are not of a kind, so that it is not suggested again.

        Raises:
            UserFacingError: If the name is empty.
        """
        label = _required(name)
        return self._store.call(
            lambda library: library.labels.refuse(photo_ids, label, time.time())
        )

    def rename(self, old: str, new: str) -> LabelStep | None:
        """Gives another name to all photos of a label; None if none has it.

        Raises:
            UserFacingError: If the new name is empty.
        """
        label = _required(new)
        return self._store.call(lambda library: library.labels.rename(old, label, time.time()))

    def last(self) -> LabelStep | None:
        """What `undo` would take back, of this or any earlier run of the program."""
        return self._store.call(lambda library: library.labels.last())

    def undo(self) -> LabelStep | None:
        """Takes back what was done last; None if there is nothing."""
        return self._store.call(lambda library: library.labels.undo(time.time()))

    def redo(self) -> LabelStep | None:
        """Does again what was undone last; None if nothing was."""
        return self._store.call(lambda library: library.labels.redo(time.time()))

    def species(self) -> list[Species]:
        """The kinds that photos are labelled with: how many, and the days of the first and last."""
        return self._store.call(lambda library: library.labels.species())

    def write_csv(self, path: Path) -> int:
        """Writes the list of species for spreadsheets; how many there are.

        Raises:
            UserFacingError: If it cannot be written.
        """
        species = self.species()
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(("kind", "photos", "first", "last"))
        for each in species:
            writer.writerow((_harmless(each.name), each.n_photos, each.first, each.last))
        try:
            replace_file(path, b"\xef\xbb\xbf" + text.getvalue().encode(), mode=0o644)
        except OSError as error:
            raise UserFacingError(
                f"the list cannot be written ({error.strerror or error})",
                path=path,
                remedy="Choose another place",
            ) from error
        return len(species)


def _required(name: str) -> str:
    label = clean_label(name)
    if not label:
        raise UserFacingError("a label needs a name", remedy="Type one")
    return label


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_RISKY) else cell
