"""Repositories as nobody's git would make them: objects of any bytes, put together by hand."""

import hashlib
import json
import struct
import subprocess
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.support.stores import git

FILE, DIRECTORY, LINK, REPOSITORY = "100644", "40000", "120000", "160000"
_CODES = {"commit": 1, "tree": 2, "blob": 3}
Row = tuple[str, bytes, str]
"""Mode, name and id of an entry."""


def put(far: Path, kind: str, content: bytes) -> str:
    """Put an object of any bytes into a repository, past all that git looks at; return its id."""
    whole = b"%s %d\0%s" % (kind.encode(), len(content), content)
    identifier = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
    path = far / "objects" / identifier[:2] / identifier[2:]
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        path.write_bytes(zlib.compress(whole, 1))
    return identifier


def tree(far: Path, rows: Iterable[Row], *, ordered: bool = True) -> str:
    """A tree with any entries."""
    listed = list(rows)
    if ordered:
        listed.sort(key=lambda row: row[1] + b"/" * (row[0] == DIRECTORY))
    content = b"".join(
        b"%s %s\0%s" % (mode.encode(), name, bytes.fromhex(identifier)) for mode, name, identifier in listed
    )
    return put(far, "tree", content)


def commit(far: Path, root: str, *parents: str, message: bytes = b"made", who: bytes | None = None) -> str:
    """A commit of a tree, and the branch on it."""
    person = who or b"Eve <eve@example.invalid> 1700000000 +0000"
    head = b"tree %s\n" % root.encode() + b"".join(b"parent %s\n" % each.encode() for each in parents)
    made = put(far, "commit", head + b"author %s\ncommitter %s\n\n" % (person, person) + message + b"\n")
    path = far / "refs/heads/main"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(made + "\n")
    return made


def rows(far: Path, at: str) -> dict[bytes, Row]:
    """The entries of a tree that git can read."""
    out = subprocess.run(["git", "-C", str(far), "ls-tree", "-z", at], capture_output=True, check=True).stdout
    found = {}
    for line in out.split(b"\0")[:-1]:
        head, _, name = line.partition(b"\t")
        mode, _, identifier = head.decode().split(" ")
        found[name] = (mode.lstrip("0"), name, identifier)
    return found


def line(identifier: str, query: str = "What is 1+1?", **fields: object) -> bytes:
    """An exchange as a line of a history."""
    known = {
        "id": identifier, "timestamp": 1_700_000_000_000, "query": query, "answer": "2", "summary": None,
        "model": "gpt-5", "status": "complete", "duration": 1, "tokenUsage": None, "parentId": None,
    }  # fmt: skip
    return json.dumps(known | fields).encode() + b"\n"


def document(session_id: str, **fields: object) -> bytes:
    """The metadata of a session."""
    known = {
        "id": session_id, "createdAt": 1_700_000_000_000, "updatedAt": 1_700_000_000_000, "exchangeCount": 1,
        "model": "gpt-5", "provider": "openai", "firstQuery": "What is 1+1?", "lastQuery": "What is 1+1?",
    }  # fmt: skip
    return json.dumps(known | fields).encode()


def session(far: Path, session_id: str, more: Iterable[Row] = (), **files: bytes | None) -> str:
    """The tree of a session: its two files unless others are given for them, and more entries."""
    contents: Mapping[str, bytes | None] = {
        "session.json": files.get("metadata", document(session_id)),
        "history.jsonl": files.get("history", line("018bcfe5-6800-7000-8000-000000000001")),
    }
    listed = [
        (FILE, name.encode(), put(far, "blob", content))
        for name, content in contents.items()
        if content is not None
    ]
    return tree(far, [*listed, *more])


def with_sessions(far: Path, sessions: Mapping[bytes, Row], top: Iterable[Row] = ()) -> str:
    """A commit on the branch with these entries in `cli` beside what it has, and some in the root."""
    root = rows(far, "main")
    cli = rows(far, "main:cli")
    new = tree(far, [*(row for name, row in cli.items() if name not in sessions), *sessions.values()])
    others = [row for name, row in root.items() if name != b"cli"]
    made = tree(far, [*others, (DIRECTORY, b"cli", new), *top])
    return commit(far, made, git(far, "rev-parse", "main").strip())


def pack(entries: Iterable[tuple[int, bytes, bytes]]) -> bytes:
    """A pack of entries as they are given: kind, what stands between head and stream, what is compressed."""
    listed = list(entries)
    content = b"PACK" + struct.pack(">II", 2, len(listed))
    for kind, between, data in listed:
        size, first = len(data) >> 4, kind << 4 | len(data) & 15
        while size:
            content += bytes((first | 0x80,))
            first, size = size & 0x7F, size >> 7
        content += bytes((first,)) + between + zlib.compress(data, 1)
    return content + hashlib.sha1(content, usedforsecurity=False).digest()
