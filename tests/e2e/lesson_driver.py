"""Teaches a lesson in a program of its own: `python -m tests.e2e.lesson_driver LIBRARY MODELS ID`.

Each record is a line of JSON; the last one has the model.
"""

import json
import sys
from pathlib import Path

from ahash_desktop.core.jobs import FinishToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.teaching.lessons import Lessons
from ahash_desktop.training.ask.lesson import LessonReport


def main() -> None:
    """Takes the lesson up where it is."""
    paths = LibraryPaths(Path(sys.argv[1]))
    lessons = Lessons(paths, ModelShelf(Path(sys.argv[2]), paths.models))
    for record in lessons.run(sys.argv[3], FinishToken()):
        if isinstance(record, LessonReport):
            after = None if record.after is None else record.after.as_shown
            told = {"model": record.model_id, "after": after}
        else:
            told = {"phase": record.phase, "epoch": record.epoch, "n_done": record.n_done}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
