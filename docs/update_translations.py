"""Brings the translations of the window up to date with its texts.

    python docs/update_translations.py [FOLDER]

takes the window's new texts into every `.ts` file of FOLDER (`resources/translations`), drops those
that are gone, and compiles each file to `.qm` beside it. What is left to translate is marked
`unfinished` in the file.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Refreshes and compiles the translations."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "folder", type=Path, nargs="?", default=_ROOT / "resources" / "translations"
    )
    options = parser.parse_args()
    package = _ROOT / "ahash_desktop"
    sources = sorted(map(str, [*(package / "gui").rglob("*.py"), package / "app.py"]))
    for translation in sorted(options.folder.glob("*.ts")):
        run = [tool("pyside6-lupdate"), *sources, "-locations", "none", "-no-obsolete"]
        subprocess.run([*run, "-ts", str(translation)], check=True)
        subprocess.run([tool("pyside6-lrelease"), str(translation)], check=True)
    return 0


def tool(name: str) -> str:
    """Where a tool of PySide6 lies: beside the interpreter, else on the path.

    Raises:
        FileNotFoundError: If it is in neither place.
    """
    beside = str(Path(sys.executable).parent)
    found = shutil.which(name, path=beside) or shutil.which(name)
    if found is None:
        raise FileNotFoundError(name)
    return found


if __name__ == "__main__":
    sys.exit(main())
