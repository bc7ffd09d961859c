"""The window's language: the user's choice, else the system's, else English."""

import logging
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from ahash_desktop.core.paths import resources_folder

_log = logging.getLogger(__name__)

SYSTEM = "system"
ENGLISH = "en"


def install_translators(app: QCoreApplication, language: str) -> list[QTranslator]:
    """Translates the window and Qt's own dialogs; call it before any widget is made.

    Args:
        app: The application.
        language: "system", "en" or a locale such as "zh_CN".

    Returns:
        What was installed, which must be kept as long as it is to work; nothing for English.
    """
    locale = QLocale.system() if language == SYSTEM else QLocale(language)
    QLocale.setDefault(locale)
    if locale.uiLanguages()[0].startswith(ENGLISH):
        return []  # else a language that the system lists after English would be loaded
    ours = QTranslator(app)
    if not ours.load(locale, "ahash", "_", str(translations_folder())):
        if language != SYSTEM:
            _log.warning("there is no translation into %s", language)
        return []
    installed = [ours]
    qts = QTranslator(app)
    if qts.load(
        locale, "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    ):
        installed.insert(0, qts)
    for translator in installed:
        app.installTranslator(translator)
    return installed


def translations_folder() -> Path:
    """Where the compiled translations lie."""
    return resources_folder() / "translations"
