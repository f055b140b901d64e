"""Several machines do what people do, and meet in any order: drawn at random, against a model written apart.

The model knows no trees and no commits: of each exchange which machine knows it, and which deletions did.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from tests.support.machines import Machine

_MEMORY = Path("/dev/shm")  # flushing is not what is tried here
COUNT = 3
YEARS = 365 * 86_400.0
RUNS = int(os.environ.get("MACHINES", "6"))


class Machines(RuleBasedStateMachine):
    """Three machines and what is known of their sessions."""

    sessions = Bundle("sessions")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="machines-", dir=_MEMORY if _MEMORY.is_dir() else None))
        self.machines: list[Machine] = []
        self.knows: list[dict[str, set[str]]] = [{} for _ in range(COUNT)]
        """Of each machine: the exchanges of each session that came there, deleted or not."""
        self.asked: dict[str, set[str]] = {}
        self.deletions: dict[str, list[set[str]]] = {}
        """Of each session: what those knew who deleted it."""
        self.wished: set[str] = set()
        """Sessions that were restored or renamed: those may stay for other reasons."""
        self.count = 0

    @initialize(
        skews=st.lists(
            st.sampled_from([-5 * YEARS, -1.0, 0.0, 3.0, 4 * YEARS]), min_size=COUNT, max_size=COUNT
        )
    )
    def begin(self, skews: list[float]) -> None:
        self.machines = [
            Machine(self.folder / f"{number}" / "home", 1_800_000_000.0 + skew)
            for number, skew in enumerate(skews)
        ]

    def teardown(self) -> None:
        if self.machines:
            self.all_meet()
        shutil.rmtree(self.folder, ignore_errors=True)

    @rule(target=sessions, number=st.integers(0, COUNT - 1))
    def start(self, number: int) -> Any:
        query = self._query()
        session = self.machines[number].ask(None, query)
        self.asked[session] = {query}
        self.knows[number][session] = {query}
        return session

    @rule(number=st.integers(0, COUNT - 1), session=sessions)
    def ask(self, number: int, session: str) -> None:
        if session not in self.machines[number].ids():
            return
        query = self._query()
        self.machines[number].ask(session, query)
        self.asked[session].add(query)
        self.knows[number].setdefault(session, set()).add(query)

    @rule(number=st.integers(0, COUNT - 1), session=sessions)
    def delete(self, number: int, session: str) -> None:
        machine = self.machines[number]
        if session in machine.ids():
            with machine.manager() as manager:
                assert manager.delete_session(session)
            self.deletions.setdefault(session, []).append(set(self.knows[number][session]))

    @rule(number=st.integers(0, COUNT - 1), session=sessions)
    def restore(self, number: int, session: str) -> None:
        machine = self.machines[number]
        with machine.manager() as manager:
            if session in {each.metadata.id for each in manager.deleted_sessions()}:
                manager.restore_session(session)
                self.wished.add(session)

    @rule(number=st.integers(0, COUNT - 1), session=sessions, title=st.sampled_from(["a", "b", ""]))
    def rename(self, number: int, session: str, title: str) -> None:
        machine = self.machines[number]
        if session in machine.ids():
            with machine.manager() as manager:
                manager.rename_session(session, title)
            self.wished.add(session)

    @rule(number=st.integers(0, COUNT - 1))
    def commit_by_hand(self, number: int) -> None:
        machine = self.machines[number]
        if machine.sessions.exists():
            (machine.sessions / f"notes-{number}.txt").write_text(f"{self.count}\n")
            machine.git("add", ".")
            machine.git(
                "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "by hand", "--allow-empty"
            )

    @rule(
        one=st.integers(0, COUNT - 1),
        other=st.integers(0, COUNT - 1),
        way=st.sampled_from([["-X", "ours"], ["-X", "theirs"], ["-s", "ours"], []]),
    )
    def merge_by_git(self, one: int, other: int, way: list[str]) -> None:
        """With whatever comes of it: a person adds all and commits."""
        mine, its = self.machines[one], self.machines[other]
        if one == other or not (mine.sessions.exists() and its.sessions.exists()):
            return
        mine.git("fetch", "-q", str(its.sessions), "main")
        person = ["git", "-C", str(mine.sessions), "-c", "user.name=x", "-c", "user.email=x@y"]
        merge = [*person, "merge", "-q", "--no-edit", "--allow-unrelated-histories", *way, "FETCH_HEAD"]
        if subprocess.run(merge, check=False, capture_output=True).returncode:
            mine.git("add", "-A")
            subprocess.run([*person, "commit", "-q", "--no-edit"], check=True)
        for session, queries in self.knows[other].items():
            self.knows[one].setdefault(session, set()).update(queries)

    @rule(one=st.integers(0, COUNT - 1), other=st.integers(0, COUNT - 1))
    def meet(self, one: int, other: int) -> None:
        if one != other:
            self._take(one, other)

    @rule(one=st.integers(0, COUNT - 1), other=st.integers(0, COUNT - 1))
    def meet_at_once(self, one: int, other: int) -> None:
        if one == other:
            return
        tips = self.machines[one].tip, self.machines[other].tip
        fresh = [self.machines[each].git("rev-list", "--count", "main") == "1" for each in (one, other)]
        self._take(one, other, tips[1])
        self._take(other, one, tips[0])
        if fresh[0] == fresh[1]:  # one that never stored anything gives way
            assert self.machines[one].tip == self.machines[other].tip, "of the same two, another commit"

    @invariant()
    def nothing_that_nobody_deleted_is_missing(self) -> None:
        for number, machine in enumerate(self.machines):
            if machine.sessions.exists():
                self._check(machine, self.knows[number])

    def all_meet(self) -> None:
        for number in (*range(1, COUNT), *range(1, COUNT)):
            self._take(0, number)
            self._take(number, 0)
        for number in range(1, COUNT):
            self._take(number, 0)
        assert len({machine.tip for machine in self.machines}) == 1
        for machine in self.machines:
            self._check(machine, self.asked)
            assert machine.git("status", "--porcelain") == ""
            machine.git("fsck", "--full", "--strict")
        present = self.machines[0].ids()
        for session, deletions in self.deletions.items():
            if session not in self.wished and any(self.asked[session] <= known for known in deletions):
                assert session not in present, f"{session} was deleted by who knew all of it, and is back"

    def _check(self, machine: Machine, known: dict[str, set[str]]) -> None:
        present = machine.ids()
        for session, queries in known.items():
            unheard = {
                query
                for query in queries
                if not any(query in each for each in self.deletions.get(session, []))
            }
            if unheard:
                assert session in present, f"{session} is gone with {sorted(unheard)}"
            if session in present:
                found = machine.queries(session)
                assert len(found) == len(set(found)), "an exchange is there twice"
                assert unheard <= set(found), f"{session} lacks {sorted(unheard - set(found))}"

    def _take(self, one: int, other: int, tip: str | None = None) -> None:
        self.machines[one].take(self.machines[other], tip)
        for session, queries in self.knows[other].items():
            self.knows[one].setdefault(session, set()).update(queries)

    def _query(self) -> str:
        self.count += 1
        return f"query {self.count}"


TestMachines = Machines.TestCase
TestMachines.settings = settings(max_examples=RUNS, stateful_step_count=14)
