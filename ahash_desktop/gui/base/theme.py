"""Light and dark: the colours, and how they reach the palette and the style sheet."""

from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from ahash_desktop.core.paths import resources_folder


@dataclass(frozen=True, slots=True)
class Colours:
    """One colour scheme; text on any of its grounds reaches WCAG AA (4.5 : 1)."""

    is_dark: bool
    window: str
    surface: str
    raised: str
    hover: str
    border: str
    border_strong: str
    text: str
    text_soft: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    agree: str
    differ: str
    against: str
    danger: str
    warning_soft: str
    placeholder: str


LIGHT = Colours(
    is_dark=False,
    window="#f6f6f4",
    surface="#ffffff",
    raised="#ffffff",
    hover="#ebebe8",
    border="#deded9",
    border_strong="#8b8d88",
    text="#1d1f21",
    text_soft="#5b6066",
    accent="#0b6e66",
    accent_hover="#095a54",
    accent_soft="#d9ebe8",
    on_accent="#ffffff",
    agree="#0b6e66",
    differ="#a84600",
    against="#3566a8",
    danger="#b3261e",
    warning_soft="#fbeedd",
    placeholder="#e7e7e3",
)

DARK = Colours(
    is_dark=True,
    window="#17181a",
    surface="#1e2022",
    raised="#26292c",
    hover="#2b2e31",
    border="#34383c",
    border_strong="#757b82",
    text="#ececea",
    text_soft="#a4aab0",
    accent="#4cc2b4",
    accent_hover="#6bd3c6",
    accent_soft="#1f3f3c",
    on_accent="#06231f",
    agree="#4cc2b4",
    differ="#f0a25c",
    against="#86b1ee",
    danger="#f2908a",
    warning_soft="#3b2d1c",
    placeholder="#26282b",
)

_ROLES = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "window",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.PlaceholderText: "text_soft",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "raised",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "danger",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.Light: "raised",
    QPalette.ColorRole.Midlight: "hover",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Dark: "border_strong",
    QPalette.ColorRole.Accent: "accent",
}


class ThemeController(QObject):
    """Applies the chosen theme and follows the system's when that is the choice."""

    colours_changed = Signal(object)

    def __init__(self, app: QApplication, theme: str) -> None:
        super().__init__(app)
        self._app = app
        self._colours = LIGHT
        self._theme = theme
        self._sheet = Template(_style_path().read_text(encoding="utf-8"))
        app.setStyle(QStyleFactory.create("Fusion"))
        app.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        self.choose(theme)

    @property
    def theme(self) -> str:
        """The choice: "system", "light" or "dark"."""
        return self._theme

    @property
    def colours(self) -> Colours:
        """The colours now shown."""
        return self._colours

    def choose(self, theme: str) -> None:
        """Shows "light", "dark" or whatever the "system" has."""
        self._theme = theme
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        self._app.styleHints().setColorScheme(schemes.get(theme, Qt.ColorScheme.Unknown))
        self._apply()

    def _apply(self) -> None:
        if self._theme == "system":
            is_dark = self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        else:
            is_dark = self._theme == "dark"
        self._colours = DARK if is_dark else LIGHT
        self._app.setPalette(palette_of(self._colours))
        icons = (resources_folder() / "icons").as_posix()
        values = {name: value for name, value in asdict(self._colours).items() if name != "is_dark"}
        shade = "dark" if is_dark else "light"
        self._app.setStyleSheet(self._sheet.substitute(values, icons=icons, shade=shade))
        self.colours_changed.emit(self._colours)

    def _on_scheme_changed(self) -> None:
        if self._theme == "system":
            self._apply()


def palette_of(colours: Colours) -> QPalette:
    """The Qt palette of a colour scheme, disabled texts included."""
    palette = QPalette()
    for role, name in _ROLES.items():
        palette.setColor(role, QColor(getattr(colours, name)))
    for role in (
        QPalette.ColorRole.Text,
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.ButtonText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.border_strong))
    return palette


def contrast_ratio(first: str, second: str) -> float:
    """WCAG 2 contrast of two colours "#rrggbb", 1 … 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _style_path() -> Path:
    return resources_folder() / "style" / "window.qss"
