"""The guide opens in the window, with its pictures and without a network."""

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument

from ahash_desktop.core.paths import guide_folder
from ahash_desktop.gui.window.guide import GuidePage

IMAGE = QTextDocument.ResourceType.ImageResource.value


@pytest.mark.parametrize("language", ["en", "zh_CN"], indirect=True)
@pytest.mark.parametrize("shade", ["light", "dark"])
def test_the_guide_is_read_in_the_windows_language(qtbot, language, shade, request, qapp):
    window = request.getfixturevalue("window")
    window._theme.choose(shade)
    window.commands.guide.trigger()
    page = window.findChild(GuidePage)
    text = page.toPlainText()
    assert ("Search with a picture" in text) == (language == "en")
    assert ("用图片搜索" in text) == (language == "zh_CN")
    names = [name for name in page.toMarkdown().split("(") if name.startswith("screenshots/")]
    assert len(names) >= 5
    for name in names:
        file = name.partition(")")[0]
        assert file.startswith(f"screenshots/{shade}-")
        picture = page.loadResource(IMAGE, QUrl(file))
        assert not picture.isNull()
        assert picture.width() / picture.devicePixelRatio() <= page.width()
    page.window().close()


@pytest.mark.parametrize(
    "address",
    ["https://example.org/a.png", "../LICENSE", "/etc/hostname", "../docs/../pyproject.toml"],
)
def test_the_guide_reads_nothing_but_its_own_pictures(qtbot, window, address):
    dialog = window.help.show_guide()
    assert dialog.page.loadResource(IMAGE, QUrl(address)) is None
    dialog.close()


def test_both_guides_tell_of_the_same_things():
    english, chinese = (
        (guide_folder() / name).read_text(encoding="utf-8")
        for name in ("guide.md", "guide.zh_CN.md")
    )
    for mark in ("\n## ", "](screenshots/"):
        assert english.count(mark) == chinese.count(mark)
