"""What `sessions merge-driver` does: git asks it to merge a file, a person to have git ask it."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

NAME = "dexter"
_CONFLICTS = 127
"""What git takes for conflicts; more is an error to it."""


def merge(base: str, ours: str, theirs: str, path: str) -> int:
    """Merge three files that git wrote, into the second; what is no file of a session is merged as git does.

    Args:
        base: Where the version is that both came from (git's `%O`).
        ours: Where ours is (`%A`); in the end it holds the merged one, whole or not at all.
        theirs: Where theirs is (`%B`).
        path: What the file is called (`%P`).

    Returns:
        0 if it is merged, else how many conflicts are marked in it.
    """
    from dexter.sessions.merging.driving import Sides, merge_file

    git = Path(os.environ.get("GIT_DIR") or ".git")
    try:
        contents = [Path(each).read_bytes() for each in (base, ours, theirs)]
        merged = merge_file(Sides(path, *contents), git, os.environ)
        if merged is None:
            return _as_text(base, ours, theirs, path)
        stage = Path(f"{ours}.{os.getpid()}")
        stage.write_bytes(merged)
        stage.replace(ours)
    except OSError as error:
        print(f"dexter: {path} is not merged: {error.strerror or error}.", file=sys.stderr)
        return 1
    return 0


def install(home: Path) -> int:
    """Let git merge the sessions of a home as dexter does."""
    from dexter.sessions.archive import Archive
    from dexter.sessions.machines.driver import install_driver

    # Not with what lies in the work tree, which others fill: git runs it there (-P).
    program = f"{shlex.quote(sys.executable)} -P -m dexter".replace("%", "%%")
    with Archive(home) as archive:
        install_driver(archive, NAME, f"{program} sessions merge-driver %O %A %B %P")
    print("git merge and git pull merge sessions as dexter does from now on, in this repository:")
    print(home / "sessions")
    return 0


def remove(home: Path) -> int:
    """Let git merge the sessions of a home by lines again."""
    from dexter.sessions.archive import Archive
    from dexter.sessions.machines.driver import remove_driver

    with Archive(home) as archive:
        remove_driver(archive, NAME)
    print("git merges sessions by lines again; dexter puts them in order afterwards.")
    return 0


def _as_text(base: str, ours: str, theirs: str, path: str) -> int:
    print(f"dexter: {path} is no file of a session that can be read; merged by lines.", file=sys.stderr)
    labels = ["-L", "ours", "-L", "base", "-L", "theirs"]
    done = subprocess.run(["git", "merge-file", *labels, ours, base, theirs], check=False)
    return done.returncode if done.returncode in range(_CONFLICTS) else 1
