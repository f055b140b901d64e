"""Secrets in all that is stored: in every version of every file, in messages, and beside the repository.

Only looked at, never changed; without opening the store. What is derived (`catalog/`) says nothing that is
not in the tree, and is left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from dexter.paths import Home
from dexter.secrets import Found, Masks, find
from dexter.sessions.health.verification import is_there, refuse_foreign
from dexter.sessions.reading.session_files import session_ids
from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.layout import ROOT
from gitstore.checking import snapshot
from gitstore.checking.contents import Content, Contents
from gitstore.errors import Damaged
from gitstore.problems import Progress, silent

_PLACE = re.compile(
    rf"{ROOT}/(?P<session>[a-z0-9]{{8}})(?:/(?:steps|parts)/(?P<exchange>[A-Za-z0-9_-]+?)(?:\.\d{{4}})?\.jsonl$|/|$)"
)
_SESSION = re.compile(r"[a-z0-9]{8}(?=: )")


class Finding(msgspec.Struct, frozen=True):
    """One secret at one place; `excerpt` has it masked."""

    kind: str
    place: str
    """A path of the tree, "message" of a commit, "object" that no history reaches, or a file of the home."""
    excerpt: str
    session_id: str | None = None
    exchange_id: str | None = None
    commit: str | None = None
    """The first one that has it."""
    object: str | None = None


@dataclass(frozen=True)
class Scanned:
    """What was found, each once, and how much was looked at; `unread` are objects that can't be read."""

    findings: tuple[Finding, ...]
    commits: int
    contents: int
    unread: tuple[str, ...]


def scan(home: Home, masks: Masks, *, deleted: bool = False, progress: Progress = silent) -> Scanned:
    """Look for secrets in everything that is stored.

    Args:
        home: The data directory; one that is not there holds nothing.
        masks: What is secret.
        deleted: Only in sessions that were deleted.
        progress: Told how far it is.

    Raises:
        HomeUnusable: If the data directory is none.
        StoreUnreadable: If there is something else in place of the repository.
        StoreTooNew: If a newer dexter wrote it.
    """
    found: dict[Finding, Finding] = {}
    contents = Contents(home.sessions, progress)
    looked = 0
    if is_there(home):
        refuse_foreign(home)
        for content in contents:
            looked += 1
            for finding in _in_repository(content, masks):
                found.setdefault(msgspec.structs.replace(finding, commit=None), finding)
    for place, text in _files(home):
        looked += 1
        for session_id, exchange_id, each in _in_lines(text, masks, record=not place.endswith(".json")):
            finding = Finding(each.kind, place, each.excerpt, session_id, exchange_id)
            found.setdefault(finding, finding)
    findings = tuple(found.values())
    if deleted:
        present = _present(home)
        findings = tuple(each for each in findings if each.session_id and each.session_id not in present)
    return Scanned(findings, contents.commits, looked, tuple(dict.fromkeys(contents.unread)))


def _in_repository(content: Content, masks: Masks) -> Iterator[Finding]:
    place, text = content.place, content.content
    if not place:
        name = "message" if content.commit else "object"
        whole = text.decode("utf-8", "replace")
        owner = _SESSION.match(whole) if content.commit else None
        for each in find(whole, masks):
            yield Finding(
                each.kind,
                name,
                each.excerpt,
                owner[0] if owner else None,
                None,
                content.commit,
                content.object,
            )
        return
    match = _PLACE.match(place)
    session_id, exchange_id = match.group("session", "exchange") if match else (None, None)
    for owner_id, line_exchange, each in _in_lines(
        new_lines(content), masks, record=place.endswith(".jsonl")
    ):
        yield Finding(
            each.kind,
            place,
            each.excerpt,
            session_id or owner_id,
            exchange_id or line_exchange,
            content.commit,
            content.object,
        )


def new_lines(content: Content) -> bytes:
    """Of a file of lines what it had not before: a history is not looked through once for each exchange."""
    text, before = content.content, content.before
    if not content.place.endswith(".jsonl") or not before:
        return text
    whole = before.rfind(b"\n") + 1
    if text.startswith(before[:whole]):
        return text[whole:]
    known = set(before.split(b"\n"))
    return b"\n".join(line for line in text.split(b"\n") if line not in known)


def _in_lines(
    text: bytes, masks: Masks, *, record: bool = True
) -> Iterator[tuple[str | None, str | None, Found]]:
    """Session and exchange, as far as they are said, and what is secret in texts of JSON or plain ones."""
    if not record:
        try:
            fields = decode_object(text)
        except NotAnObject:
            pass
        else:
            yield from ((None, None, each) for each in _in_value(fields, masks))
            return
    session_id: str | None = None
    plain: list[bytes] = []
    for line in [*text.split(b"\n"), b"{}"]:
        try:
            fields = decode_object(line)
        except NotAnObject:
            plain.append(line)
            continue
        if plain:
            rest = b"\n".join(plain).decode("utf-8", "replace")
            yield from ((session_id, None, each) for each in find(rest, masks))
            plain.clear()
        named = fields.get("sessionId")
        session_id = named if isinstance(named, str) else session_id
        exchange = fields.get("exchangeId") or (fields.get("id") if "answer" in fields else None)
        for each in _in_value(fields, masks):
            yield session_id, exchange if isinstance(exchange, str) else None, each


def _in_value(value: Any, masks: Masks, name: str = "") -> Iterator[Found]:
    if isinstance(value, str):
        found = find(value, masks)
        if not found and name:  # a field that is called `password` says what its text is
            found = find(f"{name}: {value}", masks)
        yield from found
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from find(key, masks)
            yield from _in_value(item, masks, key)
    elif isinstance(value, list):
        for item in value:
            yield from _in_value(item, masks)


def _files(home: Home) -> Iterator[tuple[str, bytes]]:
    """The files beside the repository that hold what somebody typed, and what came of it."""
    folders = (home.scratchpad, home.messages_file.parent)
    for path in [*(each for folder in folders for each in sorted(folder.glob("*"))), home.log_file]:
        try:
            if path.is_file():
                content = path.read_bytes()
                yield path.relative_to(home.root).as_posix(), content
        except OSError:
            continue


def _present(home: Home) -> frozenset[str]:
    try:
        tree = snapshot(home.sessions)
        return frozenset(session_ids(tree)) if tree is not None else frozenset()
    except Damaged:
        return frozenset()
