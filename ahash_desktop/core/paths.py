"""Every folder the program reads or writes, in one place."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

_APP_NAME = "AhashDesktop"
_OF_SYSTEM = ("/proc", "/sys", "/dev")
_PACKAGE_DIR = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class LibraryPaths:
    """The files of one library folder."""

    folder: Path

    @property
    def database(self) -> Path:
        """The SQLite database: the truth about the library."""
        return self.folder / "library.db"

    @property
    def thumbnails(self) -> Path:
        """Thumbnails, sharded by content key; can be rebuilt."""
        return self.folder / "thumbnails"

    @property
    def maps(self) -> Path:
        """Layouts of the library in the plane, one a model; can be made again."""
        return self.folder / "maps"

    @property
    def codes(self) -> Path:
        """Codes as they lie in memory, of large libraries; can be made again."""
        return self.folder / "codes"

    @property
    def settings(self) -> Path:
        """The user's choices, as JSON."""
        return self.folder / "settings.json"

    @property
    def window_state(self) -> Path:
        """How the window was left."""
        return self.folder / "window.ini"

    @property
    def models(self) -> Path:
        """Bundles the user imported or trained."""
        return self.folder / "models"

    @property
    def lessons(self) -> Path:
        """Lessons and what models see in photos, until they are adopted or discarded."""
        return self.folder / "lessons"

    @property
    def logs(self) -> Path:
        """Log files, rotated."""
        return self.folder / "logs"

    @property
    def backups(self) -> Path:
        """Copies of the database, rotated."""
        return self.folder / "backups"

    @property
    def updating_mark(self) -> Path:
        """There while an update runs, and after one that was killed."""
        return self.folder / "updating.mark"

    @property
    def damaged_mark(self) -> Path:
        """There once the database was found damaged, until it is rebuilt."""
        return self.folder / "damaged.mark"

    @property
    def writer_lock(self) -> Path:
        """Held by the one process that changes the library."""
        return self.folder / "writer.lock"


def typed_path(text: str) -> Path:
    """A path as it was typed, `~` being the home folder; as a shell does, of known users only."""
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def real_path(path: Path) -> Path:
    """Where a path leads through all links; links that lead in a circle are left as they are."""
    return Path(os.path.realpath(path))


def is_of_system(folder: Path) -> bool:
    """Whether a folder is all there is, or holds what the system shows of itself, and no photos."""
    real = real_path(folder)
    if sys.platform == "win32":
        return str(real).casefold() == os.environ.get("SYSTEMDRIVE", "C:").casefold() + "\\"
    return real == Path("/") or any(real.is_relative_to(place) for place in _OF_SYSTEM)


def default_library_folder() -> Path:
    """The platform's data folder for this program."""
    return Path(platformdirs.user_data_dir(_APP_NAME, appauthor=False))


def base_weights_folder() -> Path:
    """Pretrained weights that were fetched at the user's wish; every library uses the same."""
    return default_library_folder() / "base-weights"


def machine_cache_folder() -> Path:
    """What was measured of this machine and may be measured again (device checks)."""
    return Path(platformdirs.user_cache_dir(_APP_NAME, appauthor=False))


def log_folder(paths: LibraryPaths) -> Path:
    """Where logs lie: beside the library, unless nothing can be written there."""
    can_write = os.access(paths.folder, os.W_OK) or not paths.folder.exists()
    return paths.logs if can_write else machine_cache_folder() / "logs"


def pictures_folder() -> Path:
    """The user's Pictures folder."""
    return Path(platformdirs.user_pictures_dir())


def folder_to_begin_at() -> Path:
    """Where dialogs begin that ask for photos: Pictures if there is such a folder, else home."""
    pictures = pictures_folder()
    return pictures if pictures.is_dir() else Path.home()


def resources_folder() -> Path:
    """Icons, translations and styles that come with the program."""
    return _shipped("resources")


def shipped_models_folder() -> Path:
    """Model bundles that come with the program."""
    return _shipped("models")


def guide_folder() -> Path:
    """The guide that comes with the program, with its pictures."""
    return _shipped("docs")


def _shipped(name: str) -> Path:
    """A data folder: inside the installed package, else beside it in a source checkout."""
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        return Path(frozen) / name
    inside = _PACKAGE_DIR / "_shipped" / name
    return inside if inside.is_dir() else _PACKAGE_DIR.parent / name
