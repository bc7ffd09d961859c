"""What is written into the sidecars of some photos, as rows."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ahash_desktop.gui.base.rows import Column, RowsModel
from ahash_desktop.gui.base.wording import error_text, number_text, stars_text, translate
from ahash_desktop.services.sidecars import SidecarPlan

if TYPE_CHECKING:  # it loads all decoders
    from ahash_desktop.imaging.embedded import Embedded


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
    told = [_place(plan)]
    if plan.lists:
        named = ", ".join(plan.lists)
        told.append(translate("sidecars", "keywords also in {lists}").format(lists=named))
    if plan.embedded is not None:
        said = ", ".join(_said(plan.embedded))
        told.append(translate("sidecars", "takes along from the photo: {said}").format(said=said))
    return "; ".join(told)


def _place(plan: SidecarPlan) -> str:
    if plan.exists:
        return translate("sidecars", "added to the one that is there")
    return translate("sidecars", "new")


def _said(embedded: Embedded) -> list[str]:
    """What a photo says of itself, in words."""
    words = [translate("sidecars", "its caption")] if embedded.has_caption else []
    words += [] if embedded.rating is None else [stars_text(embedded.rating)]
    words += embedded.keywords
    if embedded.n_faces:
        count = number_text(embedded.n_faces)
        words.append(translate("sidecars", "faces: {count}").format(count=count))
    return words or [translate("sidecars", "all its XMP")]
