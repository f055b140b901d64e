"""What the files of one session promise each other: records, links, counts, previews, steps, summaries."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

import gitstore
from dexter.sessions.reading.wholeness import missing_of_exchange, missing_of_steps
from dexter.sessions.records import purges
from dexter.sessions.records.continuing import take_rest
from dexter.sessions.records.deriving import derived
from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.history_lines import parse_history
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.records.records import PREVIEW_LENGTH, InvalidRecord, SessionExchange, SessionMetadata
from dexter.sessions.records.steps import step_from_fields
from gitstore.problems import Kind, Problem

_SEGMENT = re.compile(r"history\.([0-9]{4,6})\.jsonl")
_KNOWN = re.compile(
    r"session\.json|history(\.[0-9]{4,6})?\.jsonl|summaries(\.[0-9]{4,6})?\.jsonl|(steps|parts)/.+\.jsonl"
)
_BESIDE = re.compile(r".+\.(damaged-)?[0-9a-f]{8}")
_STEPS = re.compile(r"steps/([0-9A-Za-z_-]+?)(?:\.[0-9]{4,6})?\.jsonl(?:\.[0-9a-f]{8})?")
_KEYS = dict(zip(SessionMetadata.__struct_fields__, SessionMetadata.__struct_encode_fields__, strict=True))
_DERIVED = ("updated_at", "exchange_count", "first_query", "last_query", "last_exchange_id", "heads")


@dataclass
class Inspected:
    """What was found in one session, and what a repair needs to know."""

    session_id: str
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    exchanges: int = 0
    bad_lines: dict[str, dict[int, str]] = field(default_factory=dict)
    """By path: number and reason of each line that is no record of that file."""
    disordered: bool = False
    """Whether the lines of the history are not sorted by id, or one is there twice."""
    orphans: list[str] = field(default_factory=list)
    """Files of steps that belong to no exchange."""
    metadata_lost: bool = False
    """Whether session.json is missing, lost or no metadata."""
    wrong_fields: tuple[str, ...] = ()
    unreadable: bool = False
    """Whether a part of the history is lost: then nothing is derived from what is left."""


def history_parts(tree: gitstore.Snapshot, session_id: str) -> list[tuple[str, bytes]]:
    """The files that hold a session's history, in order, with their contents. Raises gitstore.Damaged."""
    paths = SessionPaths(session_id)
    names = [name for name in tree.names(paths.directory) if _SEGMENT.fullmatch(name)]
    more = sorted(names, key=lambda name: int(name.split(".")[1]))
    found = []
    for path in (paths.history, *(f"{paths.directory}/{name}" for name in more)):
        content = tree.read(path)
        if content is not None:
            found.append((path, content))
    return found


def inspect(tree: gitstore.Snapshot, session_id: str) -> Inspected:
    """Look into one session. What can't be read at all is left to the look at the repository."""
    found = Inspected(session_id)
    try:
        names = tree.files(SessionPaths(session_id).directory)
    except gitstore.Damaged:
        found.unreadable = True
        return found
    exchanges = _history(tree, found)
    _metadata(tree, found, exchanges)
    ids = {exchange.id for exchange in exchanges}
    _summaries(tree, found, ids)
    _files(tree, found, names, ids)
    return found


def _was_purged(tree: gitstore.Snapshot, exchange_id: str) -> bool:
    """Say whether an exchange was purged: a chat that had it open may have gone on after it."""
    return any(exchange_id in record.exchanges for record in purges.parse(tree.read(purges.PATH)))


def _history(tree: gitstore.Snapshot, found: Inspected) -> tuple[SessionExchange, ...]:
    try:
        parts = history_parts(tree, found.session_id)
    except gitstore.Damaged:
        found.unreadable = True
        return ()
    seen: dict[str, SessionExchange] = {}
    where: dict[str, tuple[str, int]] = {}
    latest = ""
    for path, content in parts:
        for number, line in lines(content):
            try:
                fields = decode_object(line)
                exchange = SessionExchange.from_fields(fields)
            except (NotAnObject, InvalidRecord) as error:
                _bad(found, path, number, str(error))
                continue
            found.problems += missing_of_exchange(tree, found.session_id, exchange.id, fields)
            if exchange.id in seen:
                if seen[exchange.id] == exchange:
                    found.disordered = True
                    _tell(found, path, number, f"exchange {exchange.id} is there twice", "it is kept once")
                else:
                    _bad(found, path, number, f"another exchange with the id {exchange.id}")
                continue
            if exchange.id < latest:
                found.disordered = True
                _tell(found, path, number, f"exchange {exchange.id} is out of order", "the lines are sorted")
            latest = max(latest, exchange.id)
            seen[exchange.id], where[exchange.id] = exchange, (path, number)
    exchanges, _ = parse_history(b"\n".join(content.rstrip(b"\n") for _, content in parts))
    before: set[str] = set()
    for exchange in exchanges:
        parent = exchange.parent_id
        if parent is not None and parent not in before and (parent in seen or not _was_purged(tree, parent)):
            late = "comes after it" if exchange.parent_id in seen else "is not there"
            path, number = where[exchange.id]
            _tell(
                found,
                path,
                number,
                f"exchange {exchange.id} follows {exchange.parent_id}, which {late}",
                None,
            )
        before.add(exchange.id)
    found.exchanges = len(exchanges)
    return exchanges


def _metadata(tree: gitstore.Snapshot, found: Inspected, exchanges: tuple[SessionExchange, ...]) -> None:
    path = SessionPaths(found.session_id).metadata
    try:
        content = tree.read(path)
    except gitstore.Damaged:  # told of the object
        found.metadata_lost = True
        return
    reason = "is missing"
    if content is not None:
        try:
            metadata = SessionMetadata.from_fields(decode_object(content))
        except (NotAnObject, InvalidRecord) as error:
            reason = f"is no metadata: {error}"
        else:
            if metadata.id == found.session_id:
                _fields(found, path, metadata, exchanges)
                return
            reason = f"is of another session: {metadata.id}"
    found.metadata_lost = True
    found.problems.append(Problem(Kind.FILE, path, reason, heal="the history"))


def _fields(
    found: Inspected, path: str, stored: SessionMetadata, exchanges: tuple[SessionExchange, ...]
) -> None:
    """Compare what follows from the history with the history."""
    if found.unreadable:
        return
    if not exchanges:
        if stored.exchange_count:
            count = f"exchangeCount is {stored.exchange_count}, and the history has none"
            found.problems.append(Problem(Kind.FIELD, path, count))
        return
    wanted = derived(stored, exchanges)
    wrong = []
    for name in _DERIVED:
        is_, should = getattr(stored, name), getattr(wanted, name)
        if name == "heads":
            is_, should = sorted(is_), sorted(should)
        if is_ != should:
            wrong.append(name)
            told = f"{_KEYS[name]} is {_shown(is_)}, the history has {_shown(should)}"
            found.problems.append(Problem(Kind.FIELD, path, told, heal="the history"))
    for name in ("first_query", "last_query"):
        if name not in wrong and len(getattr(stored, name) or "") > PREVIEW_LENGTH:
            told = f"{_KEYS[name]} is longer than {PREVIEW_LENGTH} characters"
            found.problems.append(Problem(Kind.FIELD, path, told, heal="the history"))
    found.wrong_fields = tuple(wrong)


def _summaries(tree: gitstore.Snapshot, found: Inspected, ids: set[str]) -> None:
    path = SessionPaths(found.session_id).summaries
    try:
        content = tree.read(path) or b""
    except gitstore.Damaged:
        return
    for number, line in lines(content):
        try:
            fields = decode_object(line)
        except NotAnObject as error:
            _bad(found, path, number, str(error))
            continue
        owner = fields.get("exchangeId")
        if not isinstance(owner, str) or not isinstance(fields.get("summary"), str):
            _bad(found, path, number, "no summary")
        elif owner not in ids and not found.unreadable:
            _bad(found, path, number, f"a summary of exchange {owner}, which is not there")


def _files(tree: gitstore.Snapshot, found: Inspected, names: list[str], ids: set[str]) -> None:
    directory = SessionPaths(found.session_id).directory
    for path in names:
        name = path.removeprefix(f"{directory}/")
        if match := _STEPS.fullmatch(name):
            if match[1] not in ids and not found.unreadable:
                found.orphans.append(path)
                reason = f"belongs to exchange {match[1]}, which is not there"
                found.problems.append(Problem(Kind.FILE, path, reason, heal="it is set aside"))
                continue
            _steps(tree, found, path)
            if name == f"steps/{match[1]}.jsonl":
                found.problems += missing_of_steps(tree, found.session_id, path)
        elif not _KNOWN.fullmatch(name):
            reason = "was kept beside another file" if _BESIDE.fullmatch(name) else "is no file of a session"
            found.notes.append(Problem(Kind.EDIT, path, reason))


def _steps(tree: gitstore.Snapshot, found: Inspected, path: str) -> None:
    try:
        content = tree.read(path) or b""
    except gitstore.Damaged:
        return
    for number, line in lines(content):
        try:
            fields = decode_object(line)
            if not take_rest({}, fields):  # of the step before, perhaps in the file before
                step_from_fields(fields)
        except (NotAnObject, InvalidRecord) as error:
            _bad(found, path, number, str(error))


def lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with their numbers, from 1; a line feed at the end begins none."""
    rows = content.split(b"\n")
    if not rows[-1]:
        rows.pop()
    return iter(enumerate(rows, 1))


def _bad(found: Inspected, path: str, number: int, reason: str) -> None:
    found.bad_lines.setdefault(path, {})[number] = reason
    _tell(found, path, number, reason, "the line is set aside")


def _tell(found: Inspected, path: str, number: int, reason: str, heal: str | None) -> None:
    found.problems.append(Problem(Kind.RECORD, path, reason, line=number, heal=heal))


def _shown(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."
