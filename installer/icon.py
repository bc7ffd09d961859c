"""Draws the program's icon in the format a system wants: `python -m installer.icon FILE`."""

import os
import sys
from pathlib import Path

from installer.product import icon_file

_SIDE_PX = 1024


def draw_icon(target: Path) -> None:
    """Writes the icon as `.png`, `.ico` or `.icns`, as the name of the target says.

    Raises:
        RuntimeError: If it cannot be drawn.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PIL import Image
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QGuiApplication, QIcon

    application = QGuiApplication.instance() or QGuiApplication([])
    png = target.with_suffix(".png")
    picture = QIcon(str(icon_file())).pixmap(QSize(_SIDE_PX, _SIDE_PX))
    if not picture.save(str(png)):
        raise RuntimeError("the icon could not be drawn")
    del application
    if png != target:
        with Image.open(png) as image:
            image.save(target)


if __name__ == "__main__":
    draw_icon(Path(sys.argv[1]))
