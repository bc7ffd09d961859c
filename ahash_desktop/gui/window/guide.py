"""The guide in a window of its own, from the program's own files."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from ahash_desktop.core.paths import guide_folder
from ahash_desktop.gui.base.wording import speaks_chinese

_SIZE = QSize(860, 720)
_MARGIN_PX = 24


class GuidePage(QTextBrowser):
    """Shows a page of Markdown with its pictures, as wide as there is room; it fetches nothing.

    Args:
        page: The file; pictures lie beside it.
        is_dark: Whether the pictures of the dark theme are shown.
    """

    def __init__(self, page: Path, *, is_dark: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = page.parent
        self.setOpenLinks(False)
        self.setAccessibleName(self.tr("Pages of the guide"))
        self.document().setDocumentMargin(_MARGIN_PX)
        text = page.read_text(encoding="utf-8")
        if is_dark:
            text = text.replace("screenshots/light-", "screenshots/dark-")
        self.setMarkdown(text)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Pictures of the guide, scaled; anything else is not there."""
        name = QUrl(name)
        path = (self._folder / name.path()).resolve()
        is_picture = kind == QTextDocument.ResourceType.ImageResource.value
        if not is_picture or not name.isRelative() or not path.is_relative_to(self._folder):
            return None
        picture = QImage(str(path))
        ratio = self.devicePixelRatioF()
        room = round((_SIZE.width() - 3 * _MARGIN_PX) * ratio)
        if picture.width() > room:
            picture = picture.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
        picture.setDevicePixelRatio(ratio)
        return picture


class GuideDialog(QDialog):
    """Stays open beside the window, so that one can read and try."""

    def __init__(self, *, is_dark: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Guide"))
        self.resize(_SIZE)
        self.page = GuidePage(guide_file(), is_dark=is_dark)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.page)


def guide_file() -> Path:
    """The guide in the window's language, or in English."""
    name = "guide.zh_CN.md" if speaks_chinese() else "guide.md"
    path = guide_folder() / name
    return path if path.is_file() else guide_folder() / "guide.md"
