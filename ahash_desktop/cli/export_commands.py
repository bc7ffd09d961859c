"""Commands that pass codes on: export, import."""

import argparse
import platform
from dataclasses import asdict
from pathlib import Path

from ahash_desktop.cli.context import Context, existing_file
from ahash_desktop.cli.output import ProgressLine
from ahash_desktop.cli.sidecar_export import add_sidecar_options, export_sidecars
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.services.exporting import export_codes, import_codes
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.store.library import Library
from ahash_desktop.store.shared_archive import SharedArchive

_AT_ONCE = 4096
PGVECTOR = "pgvector"
XMP = "xmp"


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parsers of these commands."""
    export = commands.add_parser(
        "export", help="write codes, names and paths, or rating and keywords, for other programs"
    )
    export.add_argument(
        "--to",
        nargs="+",
        required=True,
        metavar=("FILE.parquet|FILE.csv|pgvector|xmp", "DSN|PHOTO"),
        help="a file, a PostgreSQL database with pgvector, or XMP sidecars of photos and folders",
    )
    export.add_argument(
        "--as", dest="origin", metavar="NAME", help="whose photos they are (this machine's name)"
    )
    add_sidecar_options(export)
    export.set_defaults(run=run_export)
    bring = commands.add_parser("import", help="take codes from an exported file")
    bring.add_argument("file", metavar="FILE")
    bring.set_defaults(run=run_import)


def run_export(context: Context, arguments: argparse.Namespace) -> None:
    """Writes the codes of the model in use to a file or a database, or sidecars of photos."""
    kind, *rest = arguments.to
    with context.session() as session:
        if kind == XMP and rest:
            export_sidecars(context, session, rest, arguments)
        elif kind == PGVECTOR and len(rest) == 1:
            _export_to_database(context, session, rest[0], arguments.origin or platform.node())
        elif kind in (PGVECTOR, XMP) or rest:
            raise UserFacingError(
                "this is no place to export to",
                remedy="Say --to FILE.parquet, --to FILE.csv, --to pgvector DSN or --to xmp PHOTO",
            )
        else:
            _export_to_file(context, session, Path(kind))


def run_import(context: Context, arguments: argparse.Namespace) -> None:
    """Takes codes from a file for photos of the same content."""
    file = existing_file(arguments.file)
    with context.session(), Library.open(context.paths) as library:
        n_taken, n_rows = import_codes(library, file, context.token)
    context.output.result(
        {"rows": n_rows, "taken": n_taken},
        [f"{n_taken:,} photos got a code from {n_rows:,} rows"],
    )


def _export_to_file(context: Context, session: LibrarySession, file: Path) -> None:
    names = {reading.bit: reading.name for reading in session.bits.statistics() if reading.name}
    line = ProgressLine(context.output.err)
    n_rows = 0
    with Library.open(context.paths) as library:
        for n_rows in export_codes(library, session.model, names, file, context.token):
            line.show_text(f"{n_rows:,} photos written")
    line.finish()
    context.output.result(
        {"file": str(file), "photos": n_rows, "model_id": session.model.model_id},
        [f"{n_rows:,} photos were written to {file}"],
    )


def _export_to_database(context: Context, session: LibrarySession, dsn: str, origin: str) -> None:
    model = session.model
    with Library.open(context.paths) as library, SharedArchive(dsn) as archive:
        written = archive.write(model, origin, library.codes.exported(model.model_key, _AT_ONCE))
    context.output.result(
        asdict(written) | {"origin": origin, "model_id": model.model_id},
        [
            f"{written.changed:,} photos written, {written.removed:,} taken out",
            f"the archive has {written.total:,} photos of {origin}",
        ],
    )
