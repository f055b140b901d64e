"""Where things lie below the data directory, and how that directory is found. Reads no environment."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from dexter.errors import HomeUnusable

NAME = ".dexter"


class Home(msgspec.Struct, frozen=True):
    """The data directory: `root` is the `.dexter` directory itself, which need not exist yet."""

    root: Path

    @property
    def settings_file(self) -> Path:
        """Provider and model last chosen, and the rest of the settings."""
        return self.root / "settings.json"

    @property
    def messages_file(self) -> Path:
        """The queries typed, for the up arrow."""
        return self.root / "messages" / "chat_history.json"

    @property
    def scratchpad(self) -> Path:
        """One file per query, written while it runs."""
        return self.root / "scratchpad"

    @property
    def running(self) -> Path:
        """One marker per query that has begun and whose exchange is not saved yet."""
        return self.scratchpad / "running"

    @property
    def sessions(self) -> Path:
        """The git repository with all sessions."""
        return self.root / "sessions"

    @property
    def catalog(self) -> Path:
        """What is derived from the repository to answer faster; may be deleted at any moment."""
        return self.root / "catalog"

    @property
    def sync(self) -> Path:
        """Who syncs in the background, and what came of it; may be deleted at any moment."""
        return self.root / "sync"

    @property
    def sync_log(self) -> Path:
        """What the last sync in the background did."""
        return self.root / "sync.log"

    @property
    def cache(self) -> Path:
        """Answers of the places that tools ask; may be deleted at any moment."""
        return self.root / "cache"

    @property
    def rules_file(self) -> Path:
        """The user's standing rules, which the model is told with each query."""
        return self.root / "RULES.md"

    @property
    def soul_file(self) -> Path:
        """Another identity for the model than ours."""
        return self.root / "SOUL.md"

    @property
    def skills(self) -> Path:
        """Skills of this home, a folder each."""
        return self.root / "skills"

    @property
    def batch_lock(self) -> Path:
        """Locked byte by byte by those who ask the rows of files of questions."""
        return self.root / "batch.lock"

    @property
    def log_file(self) -> Path:
        """Where the traceback of a bug goes."""
        return self.root / "dexter.log"

    def create(self) -> None:
        """Make the directory and the `.gitignore` that keeps a repository around it from picking it up.

        Raises:
            HomeUnusable: If the directory can't be made. Nothing was changed.
        """
        ignore = self.root / ".gitignore"
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except (FileExistsError, NotADirectoryError):
            raise HomeUnusable(self.root, "it is not a directory") from None
        except OSError as error:
            raise HomeUnusable(self.root, error.strerror or str(error)) from error


def is_directory(path: Path) -> bool:
    """Whether there is a directory, as far as one is allowed to know."""
    try:
        return path.is_dir()
    except OSError:
        return False


def nearest_home(directory: Path) -> Path:
    """The `.dexter` here or in the nearest parent that has one, else the one to make here.

    Args:
        directory: An absolute path, normally the working directory.
    """
    for folder in (directory, *directory.parents):
        candidate = folder / NAME
        if os.path.lexists(candidate):  # a link to nothing is found, too: there may be a disk to mount
            return candidate
    return directory / NAME


def user_config(environment: Mapping[str, str]) -> Path | None:
    """Where the user's own settings of dexter are, for all folders; None if that is not known.

    Args:
        environment: For `XDG_CONFIG_HOME`, else `HOME`.
    """
    config = environment.get("XDG_CONFIG_HOME") or ""
    # A path that is not absolute is to be ignored, says the XDG Base Directory Specification.
    if not config.startswith("/"):
        home = environment.get("HOME") or ""
        config = f"{home}/.config" if home.startswith("/") else ""
    return Path(config) / "dexter" if config else None
