"""Searching a shared archive: `ahash search --from DSN`."""

import argparse
from dataclasses import asdict

from ahash_desktop.cli.context import Context, existing_file
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.store.shared_archive import SharedArchive


def search_archive(context: Context, arguments: argparse.Namespace) -> None:
    """Shows the photos of a shared archive that are nearest to one picture.

    Raises:
        UserFacingError: If more than one picture or a choice of bits is given, the picture cannot
            be read, or the archive cannot be asked.
    """
    chosen = (
        arguments.minus, arguments.region, arguments.require_bits,
        arguments.ignore_bits, arguments.invert_bits, arguments.has, arguments.has_not,
    )  # fmt: skip
    if len(arguments.images) != 1 or any(chosen):
        raise UserFacingError(
            "a shared archive is searched by one whole picture",
            remedy="Leave out the other pictures, --region, the words and the choice of bits",
        )
    path = existing_file(arguments.images[0]).absolute()
    with context.session() as session, SharedArchive(arguments.dsn) as archive:
        encoded = session.searcher.encode(session.searcher.example_of(path))
        model = session.model
        hits = archive.search(model, encoded.code.tobytes(), arguments.top, exact=arguments.exact)
    if arguments.max_distance is not None:
        hits = [hit for hit in hits if hit.distance <= arguments.max_distance]
    data: dict[str, object] = {
        "model_id": model.model_id,
        "n_bits": model.n_bits,
        "results": [asdict(hit) for hit in hits],
    }
    lines = [f"{hit.distance:5}  {hit.origin}  {hit.path}" for hit in hits]
    context.output.result(data, lines or ["no photo is close enough"])
