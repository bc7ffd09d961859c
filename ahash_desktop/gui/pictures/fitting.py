"""Pictures made to fit where they are shown or kept."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage


def fitted(picture: QImage, edge_px: int) -> QImage:
    """A picture made to fit a square; a small one stays as it is."""
    if max(picture.width(), picture.height()) <= edge_px:
        return picture
    return picture.scaled(
        edge_px,
        edge_px,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
