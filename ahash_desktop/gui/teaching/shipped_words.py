"""What the models that come with the program know and are bad at, in words for their users."""

from ahash_desktop.gui.base.wording import translate


def shipped_words(name: str) -> tuple[str, ...]:
    """Some lines on a shipped model, as its card tells at length; none on any other."""
    words = {
        "birds-and-cars-128": (
            translate("models", "Knows birds of most kinds, and 118 models of cars."),
            translate("models", "Says of a bird what it has and has not: red crown, solid belly …"),
            translate(
                "models", "Is bad at cars that it was not taught, and says little of any car."
            ),
        ),
        "birds-of-the-world": (
            translate("models", "Knows birds best: it looks through a network taught 964 kinds."),
            translate("models", "Says of a bird what it has and has not: red crown, solid belly …"),
            translate("models", "Is bad at all else: cars, flowers, pets and people."),
        ),
        "starter-64": (
            translate("models", "Knows no kinds: it puts photos that look alike near each other."),
            translate("models", "Says nothing of a photo in words, nor how close a match is."),
            translate("models", "Is bad at telling kinds of birds and models of cars apart."),
        ),
    }
    return words.get(name, ())
