"""What lies beside the repository and may hold something of what was purged: drafts, typed queries, catalogs.

Each file is replaced whole: after a crash it is as it was, or without that.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from dexter.paths import Home
from dexter.sessions.encoding import NotAnObject, decode_object
from dexter.sessions.purging.erasing import Erasing
from dexter.sessions.purging.remaining import document


def clear(home: Home, erasing: Erasing, sessions: AbstractSet[str], exchanges: AbstractSet[str]) -> None:
    """Take out of drafts, typed queries and the log what was purged, and let the catalogs be made anew.

    Args:
        home: The data directory.
        erasing: The rule, after it went through the history: it knows the queries.
        sessions: Purged whole.
        exchanges: Purged wherever they were.

    Raises:
        OSError: A file could not be read or written; doing it again is right.
    """
    shutil.rmtree(home.catalog, ignore_errors=True)
    for path in _files(home):
        if path.parent == home.scratchpad and _is_of(path, sessions, exchanges):
            with _free(path) as free:
                if free:
                    path.unlink(missing_ok=True)
                    continue
        content = path.read_bytes()
        left = _without_queries(content, erasing) if path == home.messages_file else content
        left = erasing.in_file(path.name, left)
        if left != content:
            with _free(path) as free:
                if free:
                    _replace(path, left)


def left(
    home: Home, erasing: Erasing, sessions: AbstractSet[str], exchanges: AbstractSet[str]
) -> tuple[str, ...]:
    """Where something of it still is: paths relative to the home.

    Raises:
        OSError: A file can't be read.
    """
    found = []
    for path in _files(home):
        content = path.read_bytes()
        draft = path.parent == home.scratchpad and _is_of(path, sessions, exchanges)
        typed = path == home.messages_file and _without_queries(content, erasing) != content
        if draft or typed or erasing.holds(content):
            found.append(path.relative_to(home.root).as_posix())
    return tuple(found)


def _files(home: Home) -> list[Path]:
    """All files of the home but those of the repository."""
    found = []
    for folder, below, names in os.walk(home.root):
        if Path(folder) == home.root:
            below[:] = [name for name in below if name not in {home.sessions.name, home.catalog.name}]
        paths = (Path(folder, name) for name in sorted(names))
        found += [path for path in paths if path.is_file() and not path.is_symlink()]
    return found


def _is_of(path: Path, sessions: AbstractSet[str], exchanges: AbstractSet[str]) -> bool:
    """Say whether a draft is of a session or an exchange that was purged."""
    for line in path.read_bytes().split(b"\n"):
        fields = _fields(line)
        if fields.get("sessionId") in sessions or fields.get("exchangeId") in exchanges:
            return True
    return False


def _without_queries(content: bytes, erasing: Erasing) -> bytes:
    fields = _fields(content)
    messages = fields.get("messages")
    if not isinstance(messages, list) or not erasing.queries:
        return content
    kept = [
        each
        for each in messages
        if not (isinstance(each, dict) and each.get("userMessage") in erasing.queries)
    ]
    return content if kept == messages else document({**fields, "messages": kept})


@contextlib.contextmanager
def _free(path: Path) -> Iterator[bool]:
    """Say whether no living process writes a file, and keep it so meanwhile."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _replace(path: Path, content: bytes) -> None:
    staged = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with staged.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)


def _fields(content: bytes) -> dict[str, Any]:
    try:
        return decode_object(content)
    except NotAnObject:
        return {}
