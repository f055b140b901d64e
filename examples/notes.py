"""A store of notes: add one, read them, look at what happened, delete and bring back.

python examples/notes.py FOLDER
"""

import json
import sys
from pathlib import Path

from gitstore import AppendRecord, Change, Identity, RemoveDirectory, RestoreDirectory, Store

ME = Identity("Ada", "ada@example.invalid")


def add(store: Store, number: int, text: str) -> None:
    """Save one note: once `apply` returns, no crash loses it."""
    record = {"id": f"{number:04}", "text": text}
    line = AppendRecord("notes/today/all.jsonl", json.dumps(record).encode(), record["id"])
    store.apply(Change((line,), f"note {number}: {text}"))


def texts(store: Store) -> list[str]:
    """All notes as they are now, oldest first."""
    content = store.snapshot().read("notes/today/all.jsonl") or b""
    return [json.loads(line)["text"] for line in content.splitlines()]


def main(folder: str) -> None:
    """Show each of these once."""
    with Store.open(Path(folder), identity=ME) as store:
        add(store, 1, "buy bread")
        add(store, 2, "call the bank")
        print("notes:", ", ".join(texts(store)))
        store.apply(Change((RemoveDirectory("notes/today"),), "all done"))
        print("after deleting:", texts(store))
        (gone,) = store.deletions("notes")
        store.apply(Change((RestoreDirectory(gone.path, gone.tree),), "not quite"))
        print("after restoring:", ", ".join(texts(store)))
        for entry in store.log("notes/today"):
            print("log:", entry.subject)


if __name__ == "__main__":
    main(sys.argv[1])
