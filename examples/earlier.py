"""Read what a store held at an earlier moment, by commit and by date.

python examples/earlier.py FOLDER
"""

import json
import sys
from pathlib import Path

from gitstore import Change, CommitNotFound, Identity, Store, UpdateDocument

ME = Identity("Ada", "ada@example.invalid")
DAY = 86_400.0


def main(folder: str) -> None:
    """Set a price on three days and ask for each of them."""
    now = [1_790_000_000.0]
    with Store.open(Path(folder), identity=ME, clock=lambda: now[0]) as store:
        commits = []
        for price in (10, 12, 15):
            update = UpdateDocument("prices/tea.json", set={"price": price})
            commits.append(store.apply(Change((update,), f"tea costs {price}")).commit)
            now[0] += DAY

        def price_at(when: str | None) -> int:
            at = None if when is None else store.resolve(when)
            return int(json.loads(store.snapshot(at).read("prices/tea.json") or b"{}")["price"])

        print("now:", price_at(None))
        print("by commit:", price_at(commits[0]))
        print("two days ago:", price_at("2 days ago"))
        try:
            store.resolve("1999-12-31")
        except CommitNotFound as error:
            print("1999:", error.reason)


if __name__ == "__main__":
    main(sys.argv[1])
