"""Handles on one store: some in this process, some in one of their own that is talked to by pipes.

A question with `die=N` lets that process die at the Nth call that changes its disk, or in the middle of it.
"""

import base64
import contextlib
import json
import os
import signal
from pathlib import Path
from typing import Any, Protocol

from gitstore import (
    AppendRecord,
    Change,
    Operation,
    PutFile,
    RemoveDirectory,
    Require,
    RestoreDirectory,
    Revive,
    Snapshot,
    UpdateDocument,
)
from tests.gitstore.property.model import line
from tests.support.stores import DyingFiles, open_store, start_child

Answer = dict[str, Any]


class Handle(Protocol):
    """What a handle answers; see `serve`."""

    def ask(self, what: str, **asked: Any) -> Answer: ...

    def close(self) -> None: ...


class Near:
    """A handle in this process."""

    def __init__(self, path: Path) -> None:
        self._store = open_store(path)

    def ask(self, what: str, **asked: Any) -> Answer:
        return serve(self._store, what, **asked)

    def close(self) -> None:
        self._store.close()


class Far:
    """A handle in a process of its own."""

    def __init__(self, path: Path) -> None:
        asking, self._ask = os.pipe()
        self._answer, answering = os.pipe()

        def work() -> None:
            os.close(self._ask)
            os.close(self._answer)
            disk = DyingFiles(0, half=True)
            with open_store(path, files=disk) as store, os.fdopen(asking) as questions:
                os.write(answering, b"{}\n")
                for question in questions:
                    asked = json.loads(question)
                    if calls := asked.pop("die", None):
                        disk.at = disk.count + calls
                    os.write(answering, json.dumps(serve(store, **asked)).encode() + b"\n")

        self._child = start_child(work)
        os.close(asking)
        os.close(answering)
        self._answers = os.fdopen(self._answer)
        assert self._answers.readline() == "{}\n"

    def ask(self, what: str, **asked: Any) -> Answer:
        os.write(self._ask, json.dumps({"what": what, **asked}).encode() + b"\n")
        answer: Answer = json.loads(self._answers.readline() or "{}")
        return answer

    def kill(self) -> None:
        """End the process wherever it is, if it still is."""
        os.kill(self._child, signal.SIGKILL)
        self._end()

    def close(self) -> None:
        os.close(self._ask)
        self._ask = -1
        assert self._end() == 0

    def _end(self) -> int:
        code = os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])
        with contextlib.suppress(OSError):
            os.close(self._ask)
        self._answers.close()
        return code


def serve(store: Any, what: str, **asked: Any) -> Answer:
    """Do what is asked of a store; question and answer are JSON."""
    match what:
        case "apply":
            receipt = store.apply(change(store, asked["operations"], asked["subject"]), wait=asked["wait"])
            return {
                "outcome": str(receipt.outcome),
                "reason": receipt.reason,
                "commit": receipt.commit,
                "delayed": receipt.delayed and str(receipt.delayed),
                "left": list(receipt.left),
            }
        case "settle":
            return {"delayed": store.settle()}
        case "read":
            return {"files": contents(store.snapshot(asked.get("at")))}
        case "log":
            return {"subjects": [entry.subject for entry in store.log(asked.get("directory"))]}
        case "deletions":
            return {"names": [each.path.removeprefix("cli/") for each in store.deletions("cli")]}
    raise ValueError(what)


def change(store: Any, operations: list[list[Any]], subject: str) -> Change:
    """Return the change that a model's operations stand for."""
    return Change(tuple(_operation(store, *each) for each in operations), subject)


def contents(snapshot: Snapshot) -> dict[str, str]:
    """All files below `cli/`, and the notes, in base 64."""
    names = snapshot.files("cli") + [name for name in snapshot.files() if name.startswith("note")]
    return {name: base64.b64encode(snapshot.read(name) or b"").decode() for name in names}


def _operation(store: Any, name: str, session: str, *rest: Any) -> Operation:  # noqa: PLR0911  one for each
    folder = f"cli/{session}"
    match name:
        case "append":
            return AppendRecord(f"{folder}/history.jsonl", line(rest[0]), rest[0])
        case "put":
            return PutFile(f"{folder}/{rest[0]}", rest[1].encode())
        case "update":
            return UpdateDocument(f"{folder}/session.json", **rest[0])
        case "remove":
            return RemoveDirectory(folder)
        case "restore":
            tree = next((each.tree for each in store.deletions("cli") if each.path == folder), "0" * 40)
            return RestoreDirectory(folder, tree)
        case "revive":
            return Revive(folder, "It had been deleted.")
        case "require":
            return Require(folder, present=rest[0])
    raise ValueError(name)
