"""Pictures and parts of them, as commands are told of them and tell of them."""

import argparse
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import EncodedPicture, Region, Subject
from ahash_desktop.services.session import LibrarySession


def region_numbers(text: str) -> tuple[float, ...]:
    """Four numbers that a person typed, for argparse.

    Raises:
        argparse.ArgumentTypeError: If they are none.
    """
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != 4:
        raise argparse.ArgumentTypeError(f"{text!r} is no region like 10,20,300,200")
    return numbers


def region_of(session: LibrarySession, path: Path, numbers: tuple[float, ...]) -> Region:
    """Pixels of the upright picture as fractions of it.

    Raises:
        UserFacingError: If they do not lie inside it.
    """
    width, height = session.picture_size(path)
    x, y, region_width, region_height = numbers
    try:
        return Region(x / width, y / height, region_width / width, region_height / height)
    except ValueError:
        raise UserFacingError(
            f"the region does not lie inside the picture ({width} × {height} pixels)",
            path=path,
            remedy="Give X,Y,W,H in pixels of the upright picture",
        ) from None


def encode(session: LibrarySession, path: Path) -> EncodedPicture:
    """The code of a picture with what it is of: what the library keeps, or looked at now."""
    return session.subjects.look(str(path.absolute()))


def subject_json(
    session: LibrarySession, subject: Subject | None, path: Path
) -> dict[str, object] | None:
    """What a picture is of, with boxes in pixels of the upright picture."""
    if subject is None:
        return None
    box: list[float] | None = None
    if subject.box is not None:
        width, height = session.picture_size(path)
        where = subject.box
        box = [
            round(where.x * width, 1),
            round(where.y * height, 1),
            round(where.width * width, 1),
            round(where.height * height, 1),
        ]
    return {
        "domain": subject.domain,
        "confidence": round(subject.confidence, 4),
        "box": box,
        "corrected": subject.is_corrected,
    }
