"""The remotes that a repository names, and those of them whose objects can be read from the disk."""

import re
from pathlib import Path
from urllib.parse import unquote

import msgspec

from gitstore.git import remotes

_OTHER_HOST = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://|[^/\\]+:)")


class Remote(msgspec.Struct, frozen=True):
    """One remote as the configuration has it."""

    name: str
    url: str
    objects: Path | None
    """Its folder of objects, if it is on this disk."""


def configured(git_directory: Path) -> list[Remote]:
    """Return the remotes, in the order in which they were added."""
    return [
        Remote(each.name, each.url, _objects(each.url, git_directory.parent))
        for each in remotes.configured(git_directory)
    ]


def _objects(url: str, root: Path) -> Path | None:
    """Return the folder of objects of a repository on this disk, or None."""
    if url.startswith("file://"):
        path = Path(unquote(url.removeprefix("file://")))
    elif _OTHER_HOST.match(url) and not Path(url).exists():
        return None
    else:
        path = root / url
    for folder in (path / ".git", path):
        if (folder / "objects").is_dir():
            return folder / "objects"
    return None
