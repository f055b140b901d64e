"""Objects from a remote on another machine, through git, within a time limit and into a place of its own."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from gitstore import addresses
from gitstore.checking.remotes import Remote
from gitstore.checking.sources import Found, named, read_from
from gitstore.disk.files import Files
from gitstore.objects.objects import ObjectReader


def fetch(
    files: Files, git: Path, remote: Remote, left: set[bytes], *, have: Callable[[bytes], bool], limit: float
) -> Iterator[Found]:
    """Yield what a remote has of some objects, and what those name; nothing else comes into the repository.

    The remote is cloned beside it, because a damaged repository tells a remote that it has what it lacks.
    Nobody is asked for a password: where one is needed the remote counts as out of reach.

    Args:
        files: The disk.
        git: `.git`.
        remote: One that is not on this disk.
        left: Raw ids.
        have: Whether the repository has an object.
        limit: Seconds.
    """
    try:
        addresses.parse(remote.url)
    except ValueError:  # a helper program, an option: never started
        return
    place = git / "gitstore" / "fetched"
    files.make_directories(place.parent)
    files.remove_tree(place)
    command = ["git", "-c", "core.askPass=true", "-c", "credential.interactive=false", "clone", "--quiet"]
    command += ["--bare", "--no-tags", "--", remote.url, str(place)]
    try:
        done = subprocess.run(
            command,
            cwd=git.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # without a terminal nothing can ask for a password
            timeout=limit,
            check=False,
        )
        if done.returncode == 0:
            for raw, kind, content in read_from(ObjectReader(place), left):
                left.discard(raw)
                left |= {each for each in named(kind, content) if not have(each)}
                yield Found(raw, kind, content, f"the remote {remote.name}")
    except (OSError, subprocess.TimeoutExpired):
        return
    finally:
        files.remove_tree(place)
