"""What there is to purge: the exchanges that a session ever had, the texts that a pattern fits."""

import re
from collections.abc import Iterator

import msgspec

import gitstore
from dexter.paths import Home
from dexter.sessions.archive import Archive
from dexter.sessions.catalog.deleted import deleted_trees
from dexter.sessions.errors import PurgeRefused
from dexter.sessions.health.scanning import new_lines
from dexter.sessions.purging.holding import NAMES, SHORTEST
from dexter.sessions.purging.texts import matches
from dexter.sessions.reading.reading import read_session
from dexter.sessions.reading.session_files import history_files, is_there, parts_of, session_ids, step_files
from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.layout import ROOT, SessionPaths
from gitstore.checking.contents import Contents
from gitstore.problems import Progress, silent

_MOST = 1000
_SESSION = re.compile(rf"\b{ROOT}/([a-z0-9]{{8}})/")
_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Had(msgspec.Struct, frozen=True):
    """What a session had at any time."""

    session_id: str
    exchanges: frozenset[str]
    latest: int
    """The latest moment that it tells of, in epoch milliseconds."""


def ever_had(archive: Archive, session_id: str) -> Had:
    """The ids of all exchanges that a session ever had, also before it was deleted or rewritten by hand."""
    paths = SessionPaths(session_id)
    seen: set[str] = set()
    found: set[str] = set()
    latest = 0
    for snapshot in _states(archive, paths.directory):
        if not is_there(snapshot, session_id):
            continue
        for path in history_files(snapshot, session_id):
            content_id = snapshot.file_id(path)
            if content_id is None or content_id in seen:
                continue
            seen.add(content_id)
            for line in (snapshot.read(path) or b"").split(b"\n"):
                fields = _fields(line)
                identifier = fields.get("id")
                if isinstance(identifier, str):
                    found.add(identifier)
                latest = max(latest, _moment(fields.get("timestamp")))
        document = _fields(snapshot.read(paths.metadata) or b"")
        latest = max(latest, *(_moment(document.get(name)) for name in ("updatedAt", "titleChangedAt")))
    return Had(session_id, frozenset(found), latest)


def holders(archive: Archive, exchanges: frozenset[str]) -> dict[str, int]:
    """The sessions that have some of these exchanges, with how many; deleted ones are among them."""
    found: dict[str, int] = {}
    for snapshot in (archive.snapshot(), archive.gather(deleted_trees(archive))):
        for session_id in session_ids(snapshot) if snapshot is not None else ():
            assert snapshot is not None  # noqa: S101
            content = b"".join(snapshot.read(path) or b"" for path in history_files(snapshot, session_id))
            if not any(each.encode() in content for each in exchanges):
                continue
            having = {each.id for each in read_session(snapshot, session_id).exchanges} & exchanges
            if having:
                found[session_id] = len(having)
    return found


def quoting(archive: Archive, exchanges: frozenset[str]) -> list[str]:
    """The sessions that there are now and that quote some of these exchanges, as `recall` finds them."""
    snapshot = archive.snapshot()
    found = []
    for session_id in session_ids(snapshot) if snapshot is not None and exchanges else ():
        assert snapshot is not None  # noqa: S101
        contents = (snapshot.read(path) or b"" for path in _step_paths(snapshot, session_id))
        if any(_names_one(content, exchanges) for content in contents):
            found.append(session_id)
    return found


def _step_paths(snapshot: gitstore.Snapshot, session_id: str) -> Iterator[str]:
    paths = SessionPaths(session_id)
    for exchange_id in step_files(snapshot, session_id):
        yield from parts_of(snapshot, session_id, paths.steps(exchange_id))


def _names_one(content: bytes, exchanges: frozenset[str]) -> bool:
    return any(match[0].decode() in exchanges for match in _ID.finditer(content))


def fitting(home: Home, pattern: re.Pattern[str], progress: Progress = silent) -> dict[str, int]:
    """The texts anywhere in the repository and its history that a pattern fits, with how often.

    Raises:
        PurgeRefused: One of them is too short, or they are too many, or one is a part of what holds sessions
            together: the name of a field, an id.
    """
    found: dict[str, int] = {}
    ids: set[str] = set()
    for content in Contents(home.sessions, progress):
        for line in new_lines(content).split(b"\n"):
            ids.update(match[0].decode() for match in _ID.finditer(line))
            ids.update(_SESSION.findall(content.place))
            for text in _in(line, pattern):
                found[text] = found.get(text, 0) + 1
    for text in found:
        if len(text.encode("utf-8", "surrogatepass")) < SHORTEST:
            raise PurgeRefused(f"the pattern fits a text of fewer than {SHORTEST} bytes")
    if len(found) > _MOST:
        raise PurgeRefused(f"the pattern fits more than {_MOST:,} different texts")
    names = "\n".join((*NAMES, *ids))
    for text in found:
        if text in names:
            raise PurgeRefused(f'the pattern also fits "{text}", which holds sessions together')
    return found


def _in(line: bytes, pattern: re.Pattern[str]) -> Iterator[str]:
    try:
        yield from matches(pattern, decode_object(line))
    except NotAnObject:
        text = line.decode("utf-8", "replace")
        yield from (match[0] for match in pattern.finditer(text) if match[0] and "\ufffd" not in match[0])


def _states(archive: Archive, directory: str) -> Iterator[gitstore.Snapshot]:
    """The trees in which a directory was another one than before, and the one of now."""
    now = archive.snapshot()
    if now is not None:
        yield now
    for entry in archive.log(directory, None):
        for commit in (entry.commit, *entry.parents):
            snapshot = archive.snapshot(commit)
            if snapshot is not None:
                yield snapshot


def _moment(value: object) -> int:
    return value if isinstance(value, int) else 0


def _fields(line: bytes) -> dict[str, object]:
    try:
        return decode_object(line)
    except NotAnObject:
        return {}
