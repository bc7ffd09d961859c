"""Files that could not be read, as rows."""

from enum import IntEnum

from PySide6.QtCore import QObject

from ahash_desktop.core.records import ProblemEntry
from ahash_desktop.gui.base.rows import Column, RowsModel
from ahash_desktop.gui.base.sentences import sentence_text
from ahash_desktop.gui.base.wording import moment_text, problem_kind_text, translate


class ProblemColumn(IntEnum):
    """Columns of the problems list."""

    FILE = 0
    KIND = 1
    REASON = 2
    NOTED = 3


def problem_rows(parent: QObject | None = None) -> RowsModel[ProblemEntry]:
    """The problems list, sortable by each column; the latest first until another is chosen."""
    columns = [
        Column(
            translate("problems", "File"),
            lambda entry: entry.path.name,
            lambda entry: str(entry.path),
            lambda entry: (_name(entry), str(entry.path)),
        ),
        Column(
            translate("problems", "Kind"),
            lambda entry: problem_kind_text(entry.problem.kind),
            _reason,
            lambda entry: (problem_kind_text(entry.problem.kind), _name(entry)),
        ),
        Column(
            translate("problems", "What happened"),
            _reason,
            _reason,
            lambda entry: (entry.problem.reason, _name(entry)),
        ),
        Column(
            translate("problems", "When"),
            lambda entry: moment_text(entry.noted_at),
            _reason,
            lambda entry: (entry.noted_at, _name(entry)),
        ),
    ]
    return RowsModel(
        columns, lambda entry: entry.photo_id, (ProblemColumn.NOTED, True), parent=parent
    )


def _name(entry: ProblemEntry) -> str:
    return entry.path.name.casefold()


def _reason(entry: ProblemEntry) -> str:
    return sentence_text(entry.problem.reason)
