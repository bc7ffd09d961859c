"""What is written into the sidecars of some photos, as rows."""

from enum import IntEnum

from PySide6.QtCore import QObject

from ahash_desktop.gui.base.rows import Column, RowsModel
from ahash_desktop.gui.base.wording import error_text, stars_text, translate
from ahash_desktop.services.sidecars import SidecarPlan


class SidecarColumn(IntEnum):
    """Columns of the preview."""

    FILE = 0
    RATING = 1
    KEYWORDS = 2
    FATE = 3


def sidecar_rows(parent: QObject | None = None) -> RowsModel[SidecarPlan]:
    """One row a photo: its sidecar, and what becomes of it."""
    return RowsModel(
        [
            Column(
                translate("sidecars", "Sidecar"),
                lambda plan: plan.sidecar.name,
                lambda plan: str(plan.sidecar),
            ),
            Column(translate("sidecars", "Rating"), _rating, _rating),
            Column(translate("sidecars", "New keywords"), _keywords, _keywords),
            Column(translate("sidecars", "What happens"), _fate, _fate),
        ],
        parent=parent,
    )


def _rating(plan: SidecarPlan) -> str:
    return "" if plan.note.rating is None else stars_text(plan.note.rating)


def _keywords(plan: SidecarPlan) -> str:
    return ", ".join(plan.note.keywords)


def _fate(plan: SidecarPlan) -> str:
    if plan.refusal is not None:
        return translate("sidecars", "left alone: {reason}").format(reason=error_text(plan.refusal))
    if not plan.changes:
        return translate("sidecars", "nothing new")
    if plan.exists:
        return translate("sidecars", "added to the one that is there")
    return translate("sidecars", "new")
