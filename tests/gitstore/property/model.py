"""What a store is to hold, as plain dicts and lists: written from the contract, without a line of gitstore.

Operations are tuples: ("append", session, id), ("put", session, name, content), ("update", session, {kind:
{field: value}}), ("remove", session), ("restore", session), ("revive", session),
("require", session, present).
"""

import copy
import hashlib
import json
from typing import Any

Session = dict[str, Any]
"""`lines`: id -> line; `document`: a dict or None; `files`: name -> content."""


class Model:
    """The sessions that are there, and what was deleted last of those that are not."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.deleted: dict[str, Session] = {}
        self.notes: dict[str, bytes] = {}

    def apply(self, operations: list[tuple[Any, ...]]) -> tuple[str, str | None]:
        """Apply a change; return its outcome, and of a refusal the reason."""
        for name, session, *rest in operations:
            present = session in self.sessions
            if name == "require" and rest[0] != present:
                return "refused", "present" if present else "absent"
            if name == "remove" and not present:
                return "refused", "absent"
            if name == "restore" and present:
                return "refused", "present"
        done = False
        for name, session, *_ in operations:
            if name == "revive" and session not in self.sessions and session in self.deleted:
                self.sessions[session] = copy.deepcopy(self.deleted[session])
                done = True
        known = any(
            name == "append" and rest[0] in self.sessions.get(session, {}).get("lines", {})
            for name, session, *rest in operations
        )
        if known:
            return ("applied" if done else "already"), None
        before = self._content()
        for operation in operations:
            self._do(*operation)
        return ("applied" if done or self._content() != before else "already"), None

    def files(self) -> dict[str, Any]:
        """All files: of documents what is in them, of others the bytes."""
        found: dict[str, Any] = dict(self.notes)
        for session, content in self.sessions.items():
            if content["lines"]:
                lines = [content["lines"][identifier] for identifier in sorted(content["lines"])]
                found[f"cli/{session}/history.jsonl"] = b"".join(line + b"\n" for line in lines)
            if content["document"] is not None:
                found[f"cli/{session}/session.json"] = content["document"]
            for name, text in content["files"].items():
                found[f"cli/{session}/{name}"] = text
        return copy.deepcopy(found)

    def _content(self) -> dict[str, Any]:
        """All files, with documents as they are written: the order of their fields counts."""
        return {
            name: json.dumps(content) if isinstance(content, dict) else content
            for name, content in self.files().items()
        }

    def _do(self, name: str, session: str, *rest: Any) -> None:
        if name == "remove":  # once, also if a change says it twice
            if session in self.sessions:
                self.deleted[session] = self.sessions.pop(session)
        elif name == "restore":
            self.sessions[session] = copy.deepcopy(self.deleted[session])
        elif name in {"append", "put", "update"}:
            empty: Session = {"lines": {}, "document": None, "files": {}}
            content = self.sessions.setdefault(session, empty)
            if name == "append":
                content["lines"].setdefault(rest[0], line(rest[0]))
            elif name == "put":
                _put(content["files"], *rest)
            else:
                content["document"] = _update(content["document"] or {}, rest[0])


def line(identifier: str) -> bytes:
    """The record of an id."""
    return json.dumps({"id": identifier, "text": identifier * 3}).encode()


def _put(files: dict[str, bytes], name: str, content: bytes) -> None:
    if files.setdefault(name, content) != content:
        whole = b"blob %d\0" % len(content) + content
        digits = hashlib.sha1(whole, usedforsecurity=False).hexdigest()[:8]
        files.setdefault(f"{name}.{digits}", content)


def _update(document: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:  # noqa: C901  flat
    document = copy.deepcopy(document)
    for field in change.get("unset", []):
        document.pop(field, None)
    document.update(change.get("set", {}))
    for field, value in change.get("default", {}).items():
        if field not in document:
            document[field] = value
    for field, value in change.get("increase", {}).items():
        document[field] = value + (document[field] if isinstance(document.get(field), int) else 0)
    for field, value in change.get("maximum", {}).items():
        document[field] = max(value, document.get(field, value))
    for field, value in change.get("minimum", {}).items():
        document[field] = min(value, document.get(field, value))
    for field, values in change.get("add_to_set", {}).items():
        members = list(document.get(field, []))
        for value in values:
            if value not in members:
                members.append(value)
        document[field] = members
    for field, values in change.get("remove_from_set", {}).items():
        document[field] = [value for value in document.get(field, []) if value not in values]
    return document
