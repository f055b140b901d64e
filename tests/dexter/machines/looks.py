"""What lies in a machine's folder, read with nothing but Python's json: none of the code that is tried."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Exchange(NamedTuple):
    """One exchange as it lies there."""

    query: str
    answer: str
    status: str
    parent: str | None


class Session(NamedTuple):
    """One session as it lies there."""

    title: str | None
    stamp: int
    """When it got its title."""
    tags: frozenset[str]
    exchanges: dict[str, Exchange]
    pointer: tuple[str | None, str | None]
    """Where it was rewound to, and the latest exchange then."""
    heads: frozenset[str]


Look = dict[str, Session]


def look(sessions: Path, *, mixed: bool = False) -> Look:
    """Read all sessions that are there.

    Args:
        sessions: The work tree.
        mixed: Whether git merged lines: then some may be there twice, in any order, and metadata may be torn.
    """
    folder = sessions / "cli"
    names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    return {name: _session(folder / name, mixed=mixed) for name in sorted(names)}


def _session(folder: Path, *, mixed: bool) -> Session:
    try:
        fields = json.loads((folder / "session.json").read_bytes())
    except (OSError, ValueError):
        if not mixed:
            raise
        fields = {}
    history = folder / "history.jsonl"
    lines = history.read_bytes().splitlines() if history.exists() else []
    if mixed:
        lines = sorted(set(lines))
    rows = [json.loads(line) for line in lines]
    found = [row["id"] for row in rows]
    assert mixed or found == sorted(found), f"{folder.name}: out of order"
    assert len(found) == len(set(found)), f"{folder.name}: an exchange is there twice"
    exchanges = {
        row["id"]: Exchange(row["query"], row["answer"], row["status"], row.get("parentId")) for row in rows
    }
    return Session(
        fields.get("title"),
        fields.get("titleChangedAt", 0),
        frozenset(fields.get("tags", ())),
        exchanges,
        (fields.get("rewoundTo"), fields.get("rewoundAfter")),
        heads(exchanges) if mixed else frozenset(fields.get("heads", ())),
    )


def heads(exchanges: Mapping[str, Exchange]) -> frozenset[str]:
    """Return the exchanges that nothing follows."""
    return frozenset(exchanges.keys() - {each.parent for each in exchanges.values()})


def files(sessions: Path) -> dict[str, bytes]:
    """Return all files of a work tree by their paths."""
    return {
        str(path.relative_to(sessions)): path.read_bytes()
        for path in sessions.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(sessions).parts
    }
