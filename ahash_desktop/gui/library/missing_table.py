"""Photos whose files are gone, as rows."""

from enum import IntEnum

from PySide6.QtCore import QObject

from ahash_desktop.core.records import MissingEntry
from ahash_desktop.gui.base.rows import Column, RowsModel
from ahash_desktop.gui.base.wording import moment_text, translate


class MissingColumn(IntEnum):
    """Columns of the list of missing photos."""

    FILE = 0
    FOLDER = 1
    SINCE = 2


def missing_rows(parent: QObject | None = None) -> RowsModel[MissingEntry]:
    """Missing photos in the order they are given: those that are gone longest first."""

    def tip(entry: MissingEntry) -> str:
        return str(entry.path)

    return RowsModel(
        [
            Column(translate("missing", "File"), lambda entry: entry.path.name, tip),
            Column(translate("missing", "It lay in"), lambda entry: str(entry.path.parent), tip),
            Column(
                translate("missing", "Missing since"),
                lambda entry: moment_text(entry.missing_since),
                tip,
            ),
        ],
        parent=parent,
    )
