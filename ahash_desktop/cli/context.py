"""What every command is handed: the library it works on and the way it speaks."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ahash_desktop.cli.output import Output
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings, load_settings
from ahash_desktop.services.session import LibrarySession


@dataclass(frozen=True, slots=True)
class Context:
    """One run of the command line.

    `token` is cancelled by Ctrl-C. `device` overrides the settings when it is given.
    """

    paths: LibraryPaths
    output: Output
    token: CancelToken
    device: str | None = None

    def settings(self) -> Settings:
        """The library's settings with the options of this run."""
        stored = load_settings(self.paths.settings)
        return stored if self.device is None else replace(stored, device=self.device)

    @contextlib.contextmanager
    def session(self, *, create: bool = False) -> Iterator[LibrarySession]:
        """The open library, closed again afterwards.

        Raises:
            UserFacingError: If there is no library and `create` is false.
        """
        if not create and not self.paths.database.exists():
            raise UserFacingError(
                "there is no library yet",
                path=self.paths.folder,
                remedy="Make one with: ahash index FOLDER",
            )
        session = LibrarySession.open(self.paths, self.settings())
        try:
            for notice in session.notices:
                self.output.note(str(notice))
            if session.kept is not None:
                self.output.note(
                    f"the model {session.model.name!r} no longer comes with the program: "
                    "photos it has seen are searched by the codes they have. "
                    f"Change to another one with: ahash models use {session.kept.successor}"
                )
            yield session
        finally:
            session.close()


def new_file(text: str) -> Path:
    """A file the user wants to be written.

    Raises:
        UserFacingError: If it cannot be a file.
    """
    path = Path(text)
    if not path.name or path.is_dir():
        raise UserFacingError("this is no name for a file", path=text, remedy="Name a file")
    return path


def existing_file(text: str) -> Path:
    """A file the user named.

    Raises:
        UserFacingError: If there is no such file.
    """
    path = Path(text)
    if not path.is_file():
        raise UserFacingError("there is no such file", path=path, remedy="Check the name")
    return path
