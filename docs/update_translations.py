"""Brings the translations of the window up to date with its texts.

    python docs/update_translations.py [FOLDER]

takes the window's new texts into every `.ts` file of FOLDER (`resources/translations`), drops those
that are gone, and compiles each file to `.qm` beside it. What is left to translate is marked
`unfinished` in the file. Sentences of the layers below the window (`docs/find_sentences.py`) are
taken in as well, and listed in `sentences.json`, by which the window knows them.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from find_sentences import find_templates

_ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Refreshes and compiles the translations."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "folder", type=Path, nargs="?", default=_ROOT / "resources" / "translations"
    )
    options = parser.parse_args()
    package = _ROOT / "ahash_desktop"
    templates = find_templates(package)
    listed = json.dumps(templates, indent=1, ensure_ascii=False) + "\n"
    (options.folder / "sentences.json").write_text(listed, encoding="utf-8")
    with tempfile.TemporaryDirectory() as temporary:
        said = Path(temporary) / "sentences.py"
        calls = [f"translate('sentences', {json.dumps(text)})\n" for text in templates]
        said.write_text("".join(calls), encoding="utf-8")
        sources = [*sorted((package / "gui").rglob("*.py")), package / "app.py", said]
        for translation in sorted(options.folder.glob("*.ts")):
            refresh(translation, sources)
    return 0


def refresh(translation: Path, sources: list[Path]) -> None:
    """Takes the texts of some sources into a translation, and compiles it."""
    run = [tool("pyside6-lupdate"), *map(str, sources), "-locations", "none", "-no-obsolete"]
    subprocess.run([*run, "-ts", str(translation)], check=True)
    subprocess.run([tool("pyside6-lrelease"), str(translation)], check=True)


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
