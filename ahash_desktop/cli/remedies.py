"""Remedies in the words of the command line: the layers below name none of its options."""

from ahash_desktop.core.errors import UserFacingError

REMEDIES = {
    "Choose one of the models": "Choose one with: ahash models use NAME",
    "Import it first": "Bring it in with: ahash models import FILE",
    "Import the model, and use it once": (
        "Bring the model in with: ahash models import FILE, and use it once"
    ),
    "Choose an empty one": "Choose an empty one with --library DIR",
    "Share some there first": "Write some with: ahash export --to pgvector DSN",
    "Make room on the disk, then go on with this training": (
        "Make room on the disk, then give the same command with --resume"
    ),
    "Get the base weights first": "Get them with: ahash models get birds-of-the-world",
    "Give the file of the base weights instead": (
        "Give the file: ahash models get birds-of-the-world --from FILE"
    ),
    "Connect to the internet and try again, or give the file of the base weights": (
        "Connect to the internet and try again, or give the file: "
        "ahash models get birds-of-the-world --from FILE"
    ),
    "Get the rest later; what came is kept": "Go on with: ahash models get birds-of-the-world",
    "Begin this training anew": "Begin it anew with --force instead of --resume",
    "Go on with the same photos and settings, or begin anew": (
        "Give the same command again, or begin anew with --force instead of --resume"
    ),
    "Choose another name, or let it be replaced": (
        "Choose another name, or replace it with --force"
    ),
    "Go on with it, or let it be replaced": "Go on with --resume, or begin anew with --force",
}
"""What is said elsewhere, and what is said here."""


def told(error: UserFacingError) -> str:
    """The error as one sentence for whoever typed a command."""
    remedy = REMEDIES.get(error.remedy, error.remedy)
    return str(UserFacingError(error.what, path=error.path, remedy=remedy))
