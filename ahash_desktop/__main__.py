"""Opens the window; from a bare checkout, makes the environment for it first.

Until the interpreter is known to be new enough and to have what is needed, only the standard
library is imported, and nothing that older Pythons could not read.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shlex
import sys
from pathlib import Path

from ahash_desktop import __version__
from ahash_desktop.core.plain_text import plain_lines


def main(arguments: list[str] | None = None) -> int:
    """Runs the program and returns its exit code: 1 for an error the user can act on."""
    multiprocessing.freeze_support()
    if sys.version_info < (3, 11):  # noqa: UP036 - an older one may have been asked to run this
        _complain("Ahash Desktop needs Python 3.11 or newer, this is " + sys.version.split()[0])
        return 1
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parse(arguments)

    from ahash_desktop.core.errors import UserFacingError

    try:
        return _open(options, arguments)
    except UserFacingError as error:
        _complain(str(error))
        return 1
    except KeyboardInterrupt:
        _complain("\nInterrupted.")
        return 130


def _open(options: argparse.Namespace, arguments: list[str]) -> int:
    """Opens the window on the folders, and on what is like the pictures.

    Raises:
        UserFacingError: If there is no such folder or file, or no environment, display or Qt to be
            had.
    """
    from ahash_desktop.bootstrap import debian, environment, start
    from ahash_desktop.core.errors import UserFacingError

    for path in options.paths:
        if not os.path.exists(path):  # noqa: PTH110 - a name of 300 characters is nothing either
            raise UserFacingError("There is no such folder or picture", path=path)
    start.enter_environment("ahash_desktop", arguments)
    if debian.needs_display(os.environ):
        if not options.self_test:
            _complain(_without_window(options.paths))
            return 1
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    log = environment.cache_folder(os.environ) / "apt-get.log"
    debian.provide_qt_libraries(os.environ, log)
    if options.self_test:
        from ahash_desktop import self_test

        return self_test.main()

    from ahash_desktop import app
    from ahash_desktop.core.paths import typed_path

    library = typed_path(options.library).absolute() if options.library else None
    return app.main(_chosen_paths(options), library)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ahash-desktop",
        description="Search your own photos by example and see what each bit of the match saw.",
        epilog="`ahash` is the same program without a window.",
    )
    parser.add_argument(
        "paths",
        metavar="FOLDER",
        nargs="*",
        type=Path,
        help="a folder of photos to add (at the very first start, the Pictures folder by default), "
        "or a picture to find the like of",
    )
    parser.add_argument(
        "--library",
        metavar="DIR",
        help="the folder of the database, thumbnails and settings (default: the platform's "
        "data folder)",
    )
    parser.add_argument(
        "--self-test",
        action="store_true",
        help="try every part of the program once, on pictures it makes for that, and end",
    )
    parser.add_argument("--version", action="version", version=f"ahash-desktop {__version__}")
    return parser.parse_args(arguments)


def _chosen_paths(options: argparse.Namespace) -> list[Path]:
    """What was named, made absolute; for a library that is yet to be made, else Pictures."""
    from ahash_desktop.core import paths

    if options.paths:
        return [path.absolute() for path in options.paths]
    library = paths.LibraryPaths(options.library or paths.default_library_folder())
    pictures = paths.pictures_folder()
    return [pictures] if not library.database.exists() and pictures.is_dir() else []


def _without_window(paths: list[Path]) -> str:
    """How to go on in a terminal, with commands that can be copied."""
    beside = Path(sys.executable).with_name("ahash.exe" if os.name == "nt" else "ahash")
    ahash = shlex.quote(str(beside)) if beside.exists() else "ahash"
    folder = shlex.join(str(path) for path in paths if path.is_dir()) or "FOLDER"
    picture = shlex.join(str(path) for path in paths if not path.is_dir()) or "PICTURE"
    return (
        "There is no display, so the window cannot open. The program works without one too:\n"
        f"  {ahash} index {folder}\n"
        f"  {ahash} search {picture}"
    )


def _complain(text: str) -> None:
    if sys.stderr is not None:
        encoding = sys.stderr.encoding or "utf-8"
        plain = plain_lines(text).encode(encoding, "backslashreplace").decode(encoding)
        sys.stderr.write(f"{plain}\n")


if __name__ == "__main__":
    sys.exit(main())
