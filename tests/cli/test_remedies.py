"""What is to be done is said in the words of whoever asks."""

import json

import pytest

from ahash_desktop.cli.remedies import REMEDIES, told
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import resources_folder

SAID = json.loads((resources_folder() / "translations" / "sentences.json").read_text("utf-8"))


@pytest.mark.parametrize("remedy", REMEDIES)
def test_a_remedy_of_the_layers_below_is_told_as_a_command(remedy: str) -> None:
    assert remedy in SAID, "nobody says it any more"
    error = UserFacingError("it cannot be done", path="there", remedy=remedy)
    assert told(error) == f"it cannot be done: there. {REMEDIES[remedy]}."


def test_what_has_no_words_of_its_own_is_told_as_it_is() -> None:
    assert told(UserFacingError("no", remedy="Try again")) == "no. Try again."
    assert told(UserFacingError("no")) == "no."
