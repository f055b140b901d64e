"""Stores on several machines around one remote, and the two ways to it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitstore.disk.files import Files
from gitstore.git import remotes
from gitstore.transport import Access, Limits, Transport
from tests.support.remotes.kinds import Served
from tests.support.stores import git, leftovers, open_store, save

WAYS = ("git", "direct")


def access(way: str, environment: Mapping[str, str] | None = None, **options: Any) -> Access:
    """How remotes are reached with a `git` program or without."""
    program = Path(shutil.which("git") or "git") if way == "git" else None
    return Access(program, {**os.environ, **(environment or {})}, **options)


def transport(
    path: Path, way: str, served: Served | None = None, limits: Limits | None = None, **options: Any
) -> Transport:
    environment = served.environment if served else None
    return Transport(path / ".git", access(way, environment, **options), limits=limits)


def bare(path: Path) -> Path:
    """An empty bare repository."""
    subprocess.run(["git", "init", "--quiet", "--bare", str(path)], check=True)
    git(path, "config", "http.receivepack", "true")
    return path


def store(path: Path, *numbers: int, url: str | None = None) -> Path:
    """A store with exchanges of the session "one", and the remote "far"."""
    with open_store(path) as opened:
        for number in numbers:
            save(opened, "one", number)
    if url is not None:
        remotes.add(Files(), path / ".git", "far", url)
    return path


def tip(path: Path, ref: str = "refs/heads/main") -> str | None:
    """Where a ref is, None if there is none."""
    return git(path, "rev-parse", "--verify", "--quiet", ref, succeeds=False).strip() or None


def given(path: Path, far: Path) -> Path:
    """A store whose branch a bare repository has, put there by git."""
    git(path, "push", "--quiet", str(far), "refs/heads/main")
    return path


def sound(path: Path) -> None:
    """Nothing is missing, nothing was left, and only the remote's ref has moved."""
    git(path, "fsck", "--full", "--strict", "--connectivity-only")
    git(path, "fsck", "--full", "--strict")
    assert leftovers(path) == []
    assert not (path / ".git/gitstore/fetching").exists()
    assert not (path / ".git/FETCH_HEAD").exists()
    assert git(path, "status", "--porcelain") == ""


def untouched(path: Path, before: str | None) -> None:
    """A store is as it was before a remote was met in vain."""
    sound(path)
    assert tip(path) == before
    assert tip(path, "refs/remotes/far/main") is None
