import re
from dataclasses import asdict

import pytest
from PySide6.QtGui import QPalette

from ahash_desktop.core.paths import resources_folder
from ahash_desktop.gui.base.icons import drawing
from ahash_desktop.gui.base.theme import DARK, LIGHT, contrast_ratio

STYLE = resources_folder() / "style" / "window.qss"
AA_TEXT, AA_GRAPHICS = 4.5, 3.0
GROUNDS = ("window", "surface", "raised", "hover", "accent_soft", "warning_soft", "placeholder")


def test_contrast_is_that_of_wcag():
    assert contrast_ratio("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast_ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("text", ["text", "text_soft"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_can_be_read_on_every_ground(colours, text, ground):
    assert contrast_ratio(getattr(colours, text), getattr(colours, ground)) >= AA_TEXT


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_links_buttons_and_signs_can_be_seen(colours):
    for ground in ("window", "surface"):
        assert contrast_ratio(colours.accent, getattr(colours, ground)) >= AA_TEXT
        for sign in ("agree", "differ", "border_strong"):
            assert contrast_ratio(getattr(colours, sign), getattr(colours, ground)) >= AA_GRAPHICS
    for button in (colours.accent, colours.accent_hover):
        assert contrast_ratio(colours.on_accent, button) >= AA_TEXT


def rules() -> list[tuple[str, dict[str, str]]]:
    """The rules of the style sheet: a selector and what is said of it."""
    sheet = re.sub(r"/\*.*?\*/", "", STYLE.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = []
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", sheet):
        parts = (part.partition(":") for part in body.split(";"))
        said = {name.strip(): value.strip() for name, _, value in parts}
        found += [(selector.strip(), said) for selector in selectors.split(",")]
    return found


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_written_by_the_style_sheet_can_be_read(colours):
    n_seen = 0
    for selector, said in rules():
        text = said.get("color", "").removeprefix("$")
        if not text or "disabled" in selector:  # what cannot be used may be faint
            continue
        ground = said.get("background", "transparent").removeprefix("$")
        grounds = ("window", "surface", "hover") if ground == "transparent" else (ground,)
        for each in grounds:
            n_seen += 1
            ratio = contrast_ratio(getattr(colours, text), getattr(colours, each))
            assert ratio >= AA_TEXT, (selector, each)
    assert n_seen > 40


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("field", ["QLineEdit", "QComboBox", "QCheckBox::indicator"])
def test_the_outline_of_what_is_filled_in_can_be_seen(colours, field):
    outline = next(said["border"] for selector, said in rules() if selector == field)
    name = outline.rpartition("$")[2]
    for ground in ("window", "surface"):
        assert contrast_ratio(getattr(colours, name), getattr(colours, ground)) >= AA_GRAPHICS


def test_the_themes_reach_palette_and_style_sheet(qapp, theme):
    for name, colours in (("dark", DARK), ("light", LIGHT)):
        theme.choose(name)
        assert theme.colours is colours
        assert qapp.palette().color(QPalette.ColorRole.Window).name() == colours.window
        assert colours.accent in qapp.styleSheet()
        assert "$" not in qapp.styleSheet()


def test_every_colour_has_six_digits():
    for colours in (LIGHT, DARK):
        values = [value for name, value in asdict(colours).items() if name != "is_dark"]
        assert all(len(value) == 7 and value.startswith("#") for value in values)


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in (resources_folder() / "icons").glob("*.svg"))
)
def test_every_drawing_shows_something(qapp, name):
    image = drawing(name, "#123456", 24).toImage()
    drawn = sum(
        image.pixelColor(x, y).alpha() > 0
        for x in range(image.width())
        for y in range(image.height())
    )
    assert drawn > 20
