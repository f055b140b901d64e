"""Several processes write to one store at once; nobody is refused, and each change is one commit.

python examples/writers.py FOLDER
"""

import json
import multiprocessing
import sys
from pathlib import Path

from gitstore import AppendRecord, Change, Identity, Store, UpdateDocument

WRITERS, EACH = 4, 5


def write(folder: str, writer: int) -> None:
    """Save some records and count them in a document that all writers share."""
    with Store.open(Path(folder), identity=Identity(f"Writer {writer}", "w@example.invalid")) as store:
        for number in range(EACH):
            identifier = f"{number:03}-{writer}"
            store.apply(
                Change(
                    (
                        AppendRecord("shared/all.jsonl", json.dumps({"id": identifier}).encode(), identifier),
                        UpdateDocument("shared/count.json", increase={"count": 1}),
                    ),
                    f"record {identifier}",
                )
            )


def main(folder: str) -> None:
    """Let them all write, then count."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=write, args=(folder, number)) for number in range(WRITERS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    with Store.open(Path(folder), identity=Identity("Reader", "r@example.invalid"), create=False) as store:
        now = store.snapshot()
        lines = (now.read("shared/all.jsonl") or b"").splitlines()
        print("records:", len(lines), "in order:", lines == sorted(lines))
        print("counted:", json.loads(now.read("shared/count.json") or b"{}")["count"])
        print("commits:", sum(entry.subject.startswith("record ") for entry in store.log()))


if __name__ == "__main__":
    main(sys.argv[1])
