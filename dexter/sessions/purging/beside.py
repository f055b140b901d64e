"""What lies beside the repository and may hold something of what was purged: drafts, typed queries, catalogs.

Each file is replaced whole: after a crash it is as it was, or without that.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from dexter.paths import Home
from dexter.sessions.purging.erasing import Erasing
from dexter.sessions.purging.remaining import document
from dexter.sessions.records.encoding import NotAnObject, decode_object


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
        if path == home.messages_file:
            with _waited_for(path.with_suffix(".lock")):  # as who adds a query does
                _put_right(path, _without_queries(path.read_bytes(), erasing), erasing)
        else:
            with _free(path) as free:
                if free:
                    _put_right(path, path.read_bytes(), erasing)


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
    """Return the typed queries without those that went, and with the answers as they are since.

    Of an answer only the beginning is there: it may end within a text that was replaced.
    """
    fields = _fields(content)
    messages = fields.get("messages")
    if not isinstance(messages, list) or not (erasing.queries or erasing.answers):
        return content
    kept = [
        _answered(each, erasing) if isinstance(each, dict) else each
        for each in messages
        if not (isinstance(each, dict) and each.get("userMessage") in erasing.queries)
    ]
    return content if kept == messages else document({**fields, "messages": kept})


def _answered(message: Mapping[str, Any], erasing: Erasing) -> Mapping[str, Any]:
    beginning = message.get("agentResponse")
    if not isinstance(beginning, str) or not beginning:
        return message
    now = next((new for old, new in erasing.answers.items() if old.startswith(beginning)), None)
    return message if now is None else {**message, "agentResponse": now[: len(beginning)]}


def _put_right(path: Path, content: bytes, erasing: Erasing) -> None:
    """Write a file anew without what must go, if there is any of it."""
    wanted = erasing.in_file(path.name, content)
    if wanted != path.read_bytes():
        _replace(path, wanted)


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


@contextlib.contextmanager
def _waited_for(path: Path) -> Iterator[None]:
    """Hold the lock of a file that others write, too."""
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _replace(path: Path, content: bytes) -> None:
    """Put a file in place of another one, which nobody may read who could not read that."""
    staged = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, path.stat().st_mode & 0o777)
    try:
        with os.fdopen(descriptor, "wb") as file:
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
