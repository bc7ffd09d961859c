"""What a user reads says what happened, to which file, and what to do next."""

import pickle
from pathlib import Path

import pytest

from ahash_desktop.core.errors import UserFacingError


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (UserFacingError("it broke"), "it broke."),
        (UserFacingError("it broke", path="a.jpg"), "it broke: a.jpg."),
        (UserFacingError("it broke", remedy="Mend it"), "it broke. Mend it."),
        (
            UserFacingError("it broke", path=Path("a.jpg"), remedy="Mend it"),
            "it broke: a.jpg. Mend it.",
        ),
    ],
)
def test_the_message_is_made_of_whole_sentences(error: UserFacingError, message: str) -> None:
    assert str(error) == message


def test_an_error_crosses_a_process_boundary_whole() -> None:
    sent = UserFacingError("it broke", path=Path("a.jpg"), remedy="Mend it")
    received = pickle.loads(pickle.dumps(sent))  # noqa: S301 - our own bytes
    assert (received.what, received.path, received.remedy) == (sent.what, sent.path, sent.remedy)
    assert str(received) == str(sent)
