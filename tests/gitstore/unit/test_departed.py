"""What a revival of a directory costs: reads, not seconds."""

from pathlib import Path

import pytest

from gitstore import Change, RemoveDirectory, Revive
from gitstore.objects.objects import ObjectReader
from tests.support.stores import exchange, judge, open_store, save


class Reads:
    """Counts what is read by whom."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        plain = ObjectReader.read

        def read(reader: ObjectReader, identifier: str, place: str | None = None) -> tuple[int, bytes]:
            self.count += 1
            return plain(reader, identifier, place)

        monkeypatch.setattr(ObjectReader, "read", read)


def test_new_directories_that_might_have_been_deleted_cost_the_same_however_long_the_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = Reads(monkeypatch)
    costs = []
    with open_store(tmp_path / "sessions") as store:
        for number in range(120):
            before = reads.count
            session = f"{number:08}"
            change = exchange(session, 1)
            store.apply(Change((Revive(f"cli/{session}", "note"), *change.operations), change.subject))
            costs.append(reads.count - before)
        assert max(costs[60:]) <= max(costs[5:15]) + 5
        assert sum(costs) < 120 * 60
        tree = store.snapshot().directory_id("cli/00000003")
        store.apply(Change((RemoveDirectory("cli/00000003"),), "deleted"))
        before = reads.count
        store.apply(Change((Revive("cli/00000003", "It was deleted."),), "revived"))
        assert reads.count - before <= 2 * max(costs[60:])
        assert store.snapshot().directory_id("cli/00000003") == tree
        assert next(store.log()).body == "It was deleted."
    judge(tmp_path / "sessions")


def test_what_another_store_deleted_meanwhile_comes_back(tmp_path: Path) -> None:
    with open_store(tmp_path / "sessions") as one, open_store(tmp_path / "sessions") as other:
        save(one, "aaaaaaaa", 1)
        one.apply(Change((Revive("cli/bbbbbbbb", "note"),), "nothing"))
        save(other, "aaaaaaaa", 2)
        other.apply(Change((RemoveDirectory("cli/aaaaaaaa"),), "deleted"))
        save(other, "cccccccc", 1)
        change = exchange("aaaaaaaa", 3)
        one.apply(Change((Revive("cli/aaaaaaaa", "note"), *change.operations), change.subject))
    judge(tmp_path / "sessions", [("aaaaaaaa", number) for number in (1, 2, 3)])
