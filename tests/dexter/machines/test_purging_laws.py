"""Whatever happened to some sessions before: purging is idempotent, knows no order, and takes no more."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dexter.sessions.archive import Archive
from dexter.sessions.branching import rewind
from dexter.sessions.purging.erasing import Erasing
from dexter.sessions.records.continuing import Limits
from dexter.sessions.records.deriving import heads
from dexter.sessions.records.purges import PurgeRecord, fingerprint
from dexter.sessions.records.steps import ToolStep
from gitstore.problems import silent
from tests.support.machines import WHO, Machine
from tests.support.sessions import everything_below

TEXT, OTHER = 'the "Müller" merger\nof 47', "Project Hummingbird"
SALT, ID = "ab" * 16, "0198c7a0-0000-7000-8000-00000000000"
FAR = 253_402_300_799_999
_MEMORY = Path("/dev/shm")

deeds = st.lists(
    st.tuples(
        st.sampled_from(
            ["ask", "ask", "ask", "long", "steps", "summary", "delete", "restore", "fork", "rewind", "rename",
             "meet", "hand", "torn"]
        ),
        st.integers(0, 3),
        st.sampled_from(["", TEXT, OTHER, f"{TEXT} {OTHER}", "x" * 90 + TEXT, "y" * 55 + OTHER]),
        st.integers(0, 1),
    ),
    min_size=4, max_size=16,
)  # fmt: skip


class World:
    """Two machines that do what was drawn; the first one is looked at."""

    def __init__(self, folder: Path, skew: float) -> None:
        self.machines = [Machine(folder / f"{n}/.dexter", 1_800_000_000.0 + n * skew) for n in (0, 1)]
        self.sessions: list[str] = []
        self.count = 0

    def play(self, drawn: list[tuple[str, int, str, int]]) -> Machine:
        first = self.machines[0]
        self.sessions += [first.ask(None, f"begin {TEXT}"), first.ask(None, "begin")]
        for what, which, text, number in drawn:
            session = self.sessions[which % len(self.sessions)]
            self._do(self.machines[number], what, session, text, number)
        if self.machines[1].sessions.exists():
            first.take(self.machines[1])
        return first

    def _do(  # noqa: C901  a table
        self, machine: Machine, what: str, session: str, text: str, number: int
    ) -> None:
        self.count += 1
        query = f"{self.count} of {text}"
        if what == "meet":
            other = self.machines[1 - number]
            if other.sessions.exists():
                machine.take(other)
            return
        if not machine.sessions.exists():
            return
        with machine.manager() as manager:
            present = session in {each.id for each in manager.list_sessions()}
            if what == "restore" and not present:
                if session in {each.metadata.id for each in manager.deleted_sessions()}:
                    manager.restore_session(session)
                return
            if not present or what == "restore":
                return
            if what == "delete":
                manager.delete_session(session)
            elif what == "rename":
                manager.rename_session(session, query)
            elif what == "fork":
                manager.resume(session, record=False)
                if manager.show(session).exchanges:
                    self.sessions.append(manager.fork_session().metadata.id)
            elif what in {"hand", "torn"}:
                self._by_hand(machine, what, session, query)
            else:
                self._ask(machine, manager, what, session, query)

    def _by_hand(self, machine: Machine, what: str, session: str, query: str) -> None:
        path = machine.sessions / (
            f"notes-{self.count}.txt" if what == "hand" else f"cli/{session}/history.jsonl"
        )
        if path.parent.exists():
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{query}\n" if what == "hand" else "{torn\n")
            machine.git("add", ".")
            machine.git("-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", f"by hand: {query}")

    def _ask(self, machine: Machine, manager: Any, what: str, session: str, query: str) -> None:
        manager._archive.limits = Limits(line=3000, file=7000)  # so that lines and files are cut
        manager.resume(session)
        exchanges = manager.show(session).exchanges
        if what == "rewind" and exchanges:
            manager.close()
            with machine.archive() as archive:
                rewind(archive, session, exchanges[len(exchanges) // 2].id)
            return
        if what == "summary" and exchanges:
            manager.add_summary(exchanges[0].id, f"in short {query}")
            return
        answer = f"answer {self.count} " * 400 if what == "long" else f"answer {query}"
        steps = (
            [ToolStep(1, "c", "look", {"of": query}, f"found {query}", True, 1)] if what == "steps" else []
        )
        manager.save_exchange(query=query, answer=answer, model="m", steps=steps, summary=query)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="laws-", dir=_MEMORY if _MEMORY.is_dir() else None))
    yield path
    shutil.rmtree(path)


def erased(home: Path, records: list[PurgeRecord], *known: str) -> str:
    """Purge in a copy of a home; the tip since."""
    with Archive(home, identity=lambda: WHO, clock=lambda: 1_900_000_000.0) as archive:
        found = archive.purge(Erasing(records, known=[each.encode() for each in known]), silent)
        assert [each for each in found.left if not each.startswith("notes")] == []
        return found.commit


def content(home: Path) -> dict[str, dict[str, tuple[str, str, str | None]]]:
    """Query, answer and parent by exchange by session."""
    found = {}
    machine = Machine(home)
    with machine.manager() as manager:
        for each in manager.list_sessions():
            shown = manager.show(each.id)
            found[each.id] = {one.id: (one.query, one.answer, one.parent_id) for one in shown.exchanges}
            assert sorted(shown.metadata.heads) == sorted(heads(shown.exchanges))
    return found


def struck(value: Any, *texts: str) -> Any:
    for text in texts:
        value = value.replace(text, "[purged]".ljust(len(text), "*"))
    return value


@settings(max_examples=int(os.environ.get("MACHINES", "6")) * 2)
@given(drawn=deeds, skew=st.sampled_from([0.0, 3e8, -3e8]), gone=st.integers(0, 5), data=st.data())
def test_purging_knows_no_order_and_takes_no_more(
    folder: Path, drawn: list[tuple[str, int, str, int]], skew: float, gone: int, data: st.DataObject
) -> None:
    place = Path(tempfile.mkdtemp(dir=folder))
    world = World(place, skew)
    first = world.play(drawn)
    before = content(first.home)
    session = world.sessions[gone % len(world.sessions)]
    every = sorted({each for one in before.values() for each in one})
    alone = data.draw(st.sampled_from(every)) if every else "nothing"
    ever = ever_had_ids(first, session)
    records = [
        PurgeRecord(f"{ID}1", FAR, session=session, exchanges=tuple(ever)),
        PurgeRecord(f"{ID}2", 1, exchanges=(alone,)),
        PurgeRecord(f"{ID}3", 1, salt=SALT, texts=(fingerprint(TEXT.encode(), SALT),)),
        PurgeRecord(f"{ID}4", 1, salt=SALT, texts=(fingerprint(OTHER.encode(), SALT),)),
    ]
    order = data.draw(st.permutations(records))
    homes = {name: place / name / ".dexter" for name in ("one by one", "at once", "unknown")}
    for home in homes.values():
        shutil.copytree(first.home, home, symlinks=True)
        Machine(home).git("update-index", "-q", "--refresh")
    tips = [erased(homes["one by one"], [each], TEXT, OTHER) for each in order]
    assert erased(homes["at once"], records, TEXT, OTHER) == tips[-1], "another order, another history"
    assert erased(homes["unknown"], list(reversed(records))) == tips[-1], "found by its fingerprint: another"
    assert erased(homes["at once"], records, TEXT, OTHER) == tips[-1], "done again it is another"
    after = content(homes["at once"])
    wanted = {
        name: {
            each: tuple(struck(value, TEXT, OTHER) for value in values[:2])
            for each, values in exchanges.items()
            if each != alone
        }
        for name, exchanges in before.items()
        if name != session
    }
    found = {name: {each: values[:2] for each, values in one.items()} for name, one in after.items()}
    assert found.keys() == wanted.keys()
    for name, one in found.items():
        assert one.keys() == wanted[name].keys()
        for each, values in one.items():
            assert values == wanted[name][each]
    for one in after.values():
        assert all(values[2] is None or values[2] in one for values in one.values()), "a parent is not there"
    machine = Machine(homes["at once"])
    machine.git("fsck", "--full", "--strict")
    assert machine.git("status", "--porcelain") == ""
    raw = b"".join(each for _, each in everything_below(homes["at once"]))
    assert OTHER.encode() not in raw
    for part in (TEXT.encode(), TEXT.encode().replace(b'"', b'\\"').replace(b"\n", b"\\n")):
        assert part not in raw
    shutil.rmtree(place)


def ever_had_ids(machine: Machine, session: str) -> list[str]:
    from dexter.sessions.purging.seeking import ever_had

    with machine.archive() as archive:
        return sorted(ever_had(archive, session).exchanges)
