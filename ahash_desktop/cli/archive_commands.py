"""Commands about the library as a whole: library export and import."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from ahash_desktop.cli.context import Context, existing_file, new_file
from ahash_desktop.cli.output import ProgressLine, size
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.services.archiving import SUFFIX, export_library, import_library
from ahash_desktop.store.library import Library


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parsers of these commands."""
    library = commands.add_parser("library", help="the whole library as one file")
    actions = library.add_subparsers(metavar="ACTION", required=True)
    export = actions.add_parser("export", help="write the library into one file, without photos")
    export.add_argument("file", metavar="FILE")
    export.set_defaults(run=run_export)
    bring = actions.add_parser("import", help="make a library out of such a file")
    bring.add_argument("file", metavar="FILE")
    bring.add_argument(
        "--moved",
        nargs=2,
        action="append",
        default=[],
        metavar=("OLD", "NEW"),
        help="a folder of photos that lies elsewhere here; may be given several times",
    )
    bring.set_defaults(run=run_import)


def run_export(context: Context, arguments: argparse.Namespace) -> None:
    """Writes the library into one file."""
    if not context.paths.database.is_file():
        raise UserFacingError("there is no library yet", path=context.paths.folder)
    file = new_file(arguments.file)
    if file.suffix != SUFFIX:
        file = file.with_name(f"{file.name}{SUFFIX}")
    n_files = _watch(context, export_library(context.paths, file, context.token))
    n_bytes = file.stat().st_size
    context.output.result(
        {"file": str(file), "files": n_files, "bytes": n_bytes},
        [f"the library was written to {file} ({size(n_bytes)})"],
    )


def run_import(context: Context, arguments: argparse.Namespace) -> None:
    """Makes a library out of a file, and says which folders are not there."""
    moved = {Path(old): Path(new).absolute() for old, new in arguments.moved}
    file = existing_file(arguments.file)
    _watch(context, import_library(file, context.paths, moved, context.token))
    with Library.open(context.paths) as library:
        roots = library.roots.all()
    missing = [root.path for root in roots if not root.path.is_dir()]
    context.output.result(
        {"library": str(context.paths.folder), "missing_folders": [str(path) for path in missing]},
        [f"the library is in {context.paths.folder}"]
        + [f"not on this machine: {path} (import with --moved OLD NEW)" for path in missing],
    )


def _watch(context: Context, counts: Iterator[int]) -> int:
    line = ProgressLine(context.output.err)
    n_files = 0
    try:
        for n_files in counts:
            line.show_text(f"{n_files:,} files")
    finally:
        line.finish()
    return n_files
