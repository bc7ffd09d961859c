"""Commands that look at photos: search, explain, bits, name-bit."""

import argparse
from pathlib import Path

import numpy as np

from ahash_desktop.cli.archive_search import search_archive
from ahash_desktop.cli.context import Context, existing_file
from ahash_desktop.cli.pictures import encode, region_numbers, region_of, subject_json
from ahash_desktop.cli.word_search import add_words, read_terms, search_words
from ahash_desktop.core.closeness import NONE
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import BitStatistics, EncodedPicture, Evidence, SearchHit
from ahash_desktop.core.settings import RANKINGS
from ahash_desktop.core.statements import HAS, HAS_NOT
from ahash_desktop.services.searching import Example, SearchRequest, SearchResponse
from ahash_desktop.services.session import LibrarySession


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parsers of these commands."""
    search = commands.add_parser(
        "search", help="the photos most like one or more pictures, or that have what words say"
    )
    search.add_argument("images", nargs="*", metavar="IMAGE")
    add_words(search)
    search.add_argument(
        "--minus",
        action="append",
        default=[],
        metavar="IMAGE",
        help="unlike this picture; may be given several times",
    )
    search.add_argument(
        "--region",
        type=region_numbers,
        metavar="X,Y,W,H",
        help="search by this part of the first picture, in its pixels",
    )
    search.add_argument(
        "--require-bits",
        type=_bit_list,
        default=(),
        metavar="3,17",
        help="matches must agree with the first picture in these bits",
    )
    search.add_argument(
        "--ignore-bits", type=_bit_list, default=(), metavar="5", help="these bits do not count"
    )
    search.add_argument(
        "--invert-bits", type=_bit_list, default=(), metavar="8", help="want the other value here"
    )
    search.add_argument(
        "--rank-by",
        choices=RANKINGS,
        help="how many bits differ, how alike their strengths are, or strengths among the nearest "
        "by bits; else as the settings say",
    )
    search.add_argument("--top", type=_positive, default=20, metavar="K")
    search.add_argument("--max-distance", type=float, metavar="D")
    search.add_argument(
        "--from", dest="dsn", metavar="DSN", help="search a shared PostgreSQL archive instead"
    )
    search.add_argument("--exact", action="store_true", help="there: compare every code")
    search.set_defaults(run=run_search, refuse=search.error)

    explain = commands.add_parser("explain", help="what each bit saw in a picture")
    explain.add_argument("image", metavar="IMAGE")
    explain.add_argument("--against", metavar="IMAGE", help="compare with this picture")
    explain.add_argument("--bit", type=int, metavar="N", help="the bit to draw")
    explain.add_argument("--heatmap", metavar="OUT.png", help="draw where the bit saw it")
    explain.set_defaults(run=run_explain)

    bits = commands.add_parser("bits", help="what each bit does over the library")
    bits.add_argument("bit", nargs="?", type=int, metavar="N")
    bits.set_defaults(run=run_bits)

    name_bit = commands.add_parser("name-bit", help="give a bit a name")
    name_bit.add_argument("bit", type=int, metavar="N")
    name_bit.add_argument("name", metavar="TEXT")
    name_bit.set_defaults(run=run_name_bit)


def run_search(context: Context, arguments: argparse.Namespace) -> None:
    """Ranks the library by the given examples, among the photos that words ask for.

    Raises:
        UserFacingError: If something is not understood.
        SystemExit: If there is neither a picture nor a word.
    """
    if not (arguments.images or arguments.has or arguments.has_not):
        arguments.refuse("there is nothing to search by: name an IMAGE, or a mark with --has")
    if arguments.dsn is not None:
        search_archive(context, arguments)
        return
    with context.session() as session:
        terms = read_terms(session, arguments)
        if not arguments.images:
            _check_words_alone(arguments)
            search_words(context, session, arguments, terms)
            return
        positives = [_example(session, text) for text in arguments.images]
        if arguments.region is not None:
            region = region_of(session, existing_file(arguments.images[0]), arguments.region)
            first = positives[0]
            positives[0] = Example(first.photo_id, first.source, region)
        chosen = (*arguments.require_bits, *arguments.ignore_bits, *arguments.invert_bits)
        _check_bits(session, chosen)
        response = session.searcher.search(
            SearchRequest(
                positives=tuple(positives),
                negatives=tuple(_example(session, text) for text in arguments.minus),
                required_bits=arguments.require_bits,
                ignored_bits=arguments.ignore_bits,
                inverted_bits=arguments.invert_bits,
                top_k=arguments.top,
                max_distance=arguments.max_distance,
                only_ids=session.words.find(terms) if terms else None,
                order=arguments.rank_by or session.settings.rank_by,
            )
        )
        data: dict[str, object] = {
            "model_id": response.model_id,
            "n_bits": response.n_bits,
            "n_photos": response.n_photos,
            "seconds": round(response.seconds, 4),
            "closest": response.closest,
            "results": [_hit_json(hit) for hit in response.hits],
        }
        context.output.result(data, _hit_lines(response))


def _check_words_alone(arguments: argparse.Namespace) -> None:
    """Makes sure that a search without a picture has nothing that asks for one."""
    of_pictures = (
        arguments.minus, arguments.region, arguments.require_bits, arguments.ignore_bits,
        arguments.invert_bits, arguments.max_distance,
    )  # fmt: skip
    if any(of_pictures):
        raise UserFacingError(
            "a search by words alone has no picture to compare with",
            remedy="Name a picture, or leave out what is asked of it",
        )


def run_explain(context: Context, arguments: argparse.Namespace) -> None:
    """Shows every bit of a picture, against another one if given."""
    with context.session() as session:
        path = existing_file(arguments.image)
        first = encode(session, path)
        readings = session.bits.readings(first)
        data: dict[str, object] = {
            "model_id": session.model.model_id,
            "bits": [
                {"bit": r.bit, "name": r.name, "on": r.is_on, "activation": round(r.activation, 4)}
                for r in readings
            ],
            **_said_json(session, first, path, ""),
            "distance": None,
            "differing_bits": None,
        }
        second: EncodedPicture | None = None
        differing: list[int] = []
        if arguments.against is not None:
            against = existing_file(arguments.against)
            second = encode(session, against)
            data |= _said_json(session, second, against, "_against")
            differing = np.flatnonzero((first.activations > 0) != (second.activations > 0)).tolist()
            data |= {"distance": len(differing), "differing_bits": differing}
        lines = _said_lines(session, first)
        for reading in readings:
            other = "" if second is None else f"{float(second.activations[reading.bit]):+8.3f}"
            mark = "  differs" if reading.bit in differing else ""
            name = reading.name or ""
            lines.append(f"bit {reading.bit:3}  {reading.activation:+.3f}{other}{mark}  {name}")
        if second is not None:
            lines.append(f"{len(differing)} of {session.model.n_bits} bits differ")
        if arguments.heatmap is not None or arguments.bit is not None:
            drawn = _draw(session, path, arguments.bit, arguments.heatmap)
            data["evidence"] = drawn
            lines.append(f"bit {drawn['bit']}: logit {drawn['logit']:+.4f} = mean of its map")
        context.output.result(data, lines)


def run_bits(context: Context, arguments: argparse.Namespace) -> None:
    """Shows what one bit, or every bit, does over the library."""
    with context.session() as session:
        if arguments.bit is not None:
            _check_bits(session, (arguments.bit,))
        statistics = session.bits.statistics()
        if arguments.bit is not None:
            statistics = [statistics[arguments.bit]]
        shown = sorted({i for s in statistics for i in (*s.strongest, *s.weakest)})
        paths = {photo.photo_id: str(photo.path) for photo in session.browser.photos(shown)}
        lines = []
        for entry in statistics:
            name = f"  {entry.name}" if entry.name else ""
            lines.append(
                f"bit {entry.bit:3}  on in {entry.share_on:6.1%}  "
                f"entropy {entry.entropy_bits:.3f}{name}"
            )
            if arguments.bit is not None:
                lines += [f"  fires most   {paths[i]}" for i in entry.strongest]
                lines += [f"  fires least  {paths[i]}" for i in entry.weakest]
        context.output.result({"bits": [_bit_json(s, paths) for s in statistics]}, lines)


def run_name_bit(context: Context, arguments: argparse.Namespace) -> None:
    """Gives a bit a name."""
    with context.session() as session:
        session.bits.name(arguments.bit, arguments.name)
        context.output.result(
            {"bit": arguments.bit, "name": arguments.name},
            [f"bit {arguments.bit} is now called {arguments.name!r}"],
        )


def _example(session: LibrarySession, text: str) -> Example:
    return session.searcher.example_of(existing_file(text).absolute())


def _said_json(
    session: LibrarySession, encoded: EncodedPicture, path: Path, ending: str
) -> dict[str, object]:
    """What the model says of a picture, and what it takes it for."""
    told = subject_json(session, encoded.subject, path)
    statements = [
        {
            "bit": said.bit,
            "name": said.name,
            "attribute": said.attribute,
            "says": said.says,
            "confidence": round(said.confidence, 4),
        }
        for said in session.bits.statements(encoded)
    ]
    return {f"statements{ending}": statements, f"subject{ending}": told}


def _said_lines(session: LibrarySession, encoded: EncodedPicture) -> list[str]:
    """The same for a person: what is there, and what is not."""
    statements = session.bits.statements(encoded)
    lines = []
    for says, begin in ((HAS, "It has: "), (HAS_NOT, "It has not: ")):
        names = [said.name for said in statements if said.says == says]
        if names:
            lines.append(begin + ", ".join(names))
    return lines


def _draw(
    session: LibrarySession, path: Path, bit: int | None, out: str | None
) -> dict[str, object]:
    """Draws the evidence of a bit, the strongest one by default."""
    if bit is not None:
        _check_bits(session, (bit,))
    else:
        bit = int(np.abs(encode(session, path).activations.astype(np.float32)).argmax())
    evidence = session.explain(str(path), [bit])
    if out is not None:
        _save_heatmap(evidence, Path(out))
    return {
        "bit": bit,
        "logit": float(evidence.logits[0]),
        "map": np.round(evidence.maps[0].astype(float), 5).tolist(),
        "heatmap": out,
    }


def _save_heatmap(evidence: Evidence, out: Path) -> None:
    from PIL import Image

    from ahash_desktop.imaging.overlay import overlay_evidence

    image = Image.fromarray(overlay_evidence(evidence.picture, evidence.maps[0], evidence.seen))
    try:
        image.save(out)
    except (OSError, ValueError) as error:
        raise UserFacingError(
            f"the heat map cannot be written ({error})", path=out, remedy="Choose another name"
        ) from None


def _check_bits(session: LibrarySession, bits: tuple[int, ...]) -> None:
    for bit in bits:
        if not 0 <= bit < session.model.n_bits:
            raise UserFacingError(
                f"there is no bit {bit}", remedy=f"Bits go from 0 to {session.model.n_bits - 1}"
            )


def _hit_lines(response: SearchResponse) -> list[str]:
    """The matches for a person, a word for each, and what to try if none is close."""
    if not response.hits:
        return ["no photo is close enough"]
    lines = [f" bits   score  of {response.n_photos:,} photos, {response.n_bits} bits"]
    for hit in response.hits:
        word = "" if hit.closeness is None else f"{hit.closeness:<12}"
        lines.append(f"{hit.distance:5g}  {hit.score:6.3f}  {word}{hit.path}")
    if response.closest == NONE:
        lines.append(
            "Nothing close: try a part of the picture (--region), another model, or teach it"
        )
    return lines


def _hit_json(hit: SearchHit) -> dict[str, object]:
    return {
        "path": str(hit.path),
        "photo_id": hit.photo_id,
        "distance": hit.distance,
        "score": round(hit.score, 5),
        "closeness": hit.closeness,
        "differing_bits": list(hit.differing_bits),
    }


def _bit_json(statistics: BitStatistics, paths: dict[int, str]) -> dict[str, object]:
    return {
        "bit": statistics.bit,
        "name": statistics.name,
        "share_on": round(statistics.share_on, 5),
        "entropy": round(statistics.entropy_bits, 5),
        "strongest": [paths[i] for i in statistics.strongest],
        "weakest": [paths[i] for i in statistics.weakest],
    }


def _bit_list(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of bits like 3,17") from None


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value
