"""The licences of everything that is in the folder, gathered in one place of it."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from installer.collected import Component
from installer.product import LICENCE, PACKAGE, ROOT, VERSION

FOLDER = "licences"
_OVERVIEW = "README.txt"
_HEAD = f"""\
{PACKAGE} {VERSION} is licensed under {LICENCE}; its text is in {PACKAGE}/LICENSE.

The program stands on the work of others, which lies in this folder with it. What each is licensed
under, in the words of its makers, and where the text is:

"""
_QT_NOTE = """
Qt and Qt for Python are used under the LGPL: their libraries lie as files of their own in
_internal/PySide6 and may be replaced by your own builds of the same versions.
"""


def gather(components: Sequence[Component], folder: Path) -> list[str]:
    """Copies all licences into `licences/` of the folder, each component's in a folder of its own.

    Returns:
        The components that brought no text; their licence is named in the overview all the same.
    """
    target = folder / FOLDER
    shutil.rmtree(target, ignore_errors=True)
    own = target / PACKAGE
    own.mkdir(parents=True)
    shutil.copyfile(ROOT / "LICENSE", own / "LICENSE")
    lines, without = [], []
    for component in components:
        place = target / re.sub(r"[^\w.+-]", "_", component.name)
        for number, file in enumerate(component.files):
            place.mkdir(exist_ok=True)
            name = file.name if not (place / file.name).exists() else f"{number}-{file.name}"
            shutil.copyfile(file, place / name)
        where = f"{place.name}/" if component.files else "no text came with it"
        lines.append(f"{component.name} {component.version}: {component.licence} ({where})")
        if not component.files:
            without.append(component.name)
    text = _HEAD + "\n".join(lines) + "\n" + _QT_NOTE
    (target / _OVERVIEW).write_text(text, encoding="utf-8")
    return without
