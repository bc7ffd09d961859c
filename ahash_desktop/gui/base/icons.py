"""Icons: the shipped line drawings, coloured for the theme and sharp at any scale."""

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QPushButton

from ahash_desktop.core.paths import resources_folder
from ahash_desktop.gui.base.theme import Colours

_GAP_PX = 4


def _scale() -> float:
    """Pixels of the screen to a logical one."""
    app = QGuiApplication.instance()
    return app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0


def drawing(name: str, colour: str, size_px: int) -> QPixmap:
    """A line drawing in one colour, `size_px` logical pixels square."""
    path = resources_folder() / "icons" / f"{name}.svg"
    svg = path.read_text(encoding="utf-8").replace("currentColor", colour)
    scale = _scale()
    pixmap = QPixmap(QSize(size_px, size_px) * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def icon(name: str, colours: Colours, size_px: int = 20) -> QIcon:
    """An icon for a button: normal and disabled."""
    made = QIcon(drawing(name, colours.text_soft, size_px))
    made.addPixmap(drawing(name, colours.border, size_px), QIcon.Mode.Disabled)
    return made


def put_icon(button: QPushButton, name: str, colours: Colours, size_px: int = 18) -> None:
    """Puts an icon before a button's text, with more room between them than Qt leaves."""
    sketch = drawing(name, colours.text_soft, size_px)
    scale = sketch.devicePixelRatio()
    spaced = QPixmap(round((size_px + _GAP_PX) * scale), sketch.height())
    spaced.setDevicePixelRatio(scale)
    spaced.fill(Qt.GlobalColor.transparent)
    painter = QPainter(spaced)
    painter.drawPixmap(0, 0, sketch)
    painter.end()
    button.setIcon(QIcon(spaced))
    button.setIconSize(QSize(size_px + _GAP_PX, size_px))


def program_icon() -> QIcon:
    """The program's own icon."""
    return QIcon(str(resources_folder() / "icons" / "app.svg"))
