"""Photos that are asked with, each with the nearest ones that a model finds."""

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from ahash_desktop.gui.base.controls import label
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import translate
from ahash_desktop.gui.grid.photo_row import Mark, PhotoRow, ShownPhoto
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.training.ask.lesson import QueryMatches

_N_MATCHES = 8


class QueryRows(QWidget):
    """A row for each query: the photo, its kind, and its matches, right ones told from wrong."""

    def __init__(
        self,
        pictures: FilePictures,
        colours: Colours,
        edge_px: int = 56,
        n_rows: int = 4,
        n_matches: int = _N_MATCHES,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._n_matches = n_matches
        self._rows: list[tuple[QLabel, PhotoRow, PhotoRow]] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(4)
        for number in range(n_rows):
            asked = PhotoRow(pictures, colours, edge_px, self.tr("Asked with"))
            asked.setFixedWidth(edge_px)
            found = PhotoRow(pictures, colours, edge_px, self.tr("Found"))
            kind = label(role="soft")
            grid.addWidget(kind, 2 * number, 0, 1, 2)
            grid.addWidget(asked, 2 * number + 1, 0)
            grid.addWidget(found, 2 * number + 1, 1)
            self._rows.append((kind, asked, found))
        grid.setColumnStretch(1, 1)
        self.show_queries(())

    @property
    def found(self) -> list[PhotoRow]:
        """The rows of matches."""
        return [found for _, _, found in self._rows]

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        for _, asked, found in self._rows:
            asked.set_colours(colours)
            found.set_colours(colours)

    def show_queries(self, queries: Sequence[QueryMatches]) -> None:
        """Shows these; rows that are not needed are hidden."""
        for number, (kind, asked, found) in enumerate(self._rows):
            query = queries[number] if number < len(queries) else None
            for part in (kind, asked, found):
                part.setVisible(query is not None)
            if query is None:
                continue
            n_right = sum(query.right[: self._n_matches])
            n_shown = len(query.matches[: self._n_matches])
            kind.setText(
                self.tr("{kind}: {right} of {shown} right").format(
                    kind=query.kind, right=n_right, shown=n_shown
                )
            )
            asked.show_photos([ShownPhoto(query.query, Mark.ASKED, query.kind)])
            found.show_photos(
                [
                    ShownPhoto(path, Mark.RIGHT if right else Mark.WRONG, _word(right=right))
                    for path, right in zip(query.matches, query.right, strict=False)
                ][: self._n_matches]
            )


def _word(*, right: bool) -> str:
    return translate("queries", "right") if right else translate("queries", "wrong")
