"""What the room of lessons stands on, so that tests can put something small in its place."""

from dataclasses import dataclass

from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.teaching.checking import Checker
from ahash_desktop.services.teaching.collecting import Collector
from ahash_desktop.services.teaching.labels import Labels
from ahash_desktop.services.teaching.lessons import Lessons
from ahash_desktop.services.teaching.planning import Planner


@dataclass(frozen=True)
class TeachingTools:
    """What collects, checks, plans and teaches."""

    lessons: Lessons
    collecting: Collector
    checking: Checker
    planning: Planner
    labels: Labels

    @classmethod
    def of(cls, session: LibrarySession) -> "TeachingTools":
        """Those of an open library."""
        return cls(
            Lessons(session.paths, session.shelf),
            Collector(session.browser),
            Checker(session.paths, session.shelf),
            Planner(session.paths, session.shelf),
            session.labels,
        )
