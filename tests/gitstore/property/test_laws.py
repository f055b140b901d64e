"""Several handles on one store, in this process and in others, against a model written apart."""

import base64
import copy
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.gitstore.property.handles import Far, Handle, Near
from tests.gitstore.property.model import Model, line
from tests.support.stores import git, judge

SESSIONS = ["aaaaaaaa", "bbbbbbbb", "cccccccc"]
SESSION = st.sampled_from(SESSIONS)
VALUE = st.integers(-3, 3) | st.sampled_from(["x", "é"])
FIELDS = st.dictionaries(st.sampled_from(["a", "b"]), VALUE, min_size=1, max_size=2)
NUMBERS = st.dictionaries(st.sampled_from(["a", "n"]), st.integers(-3, 3), min_size=1, max_size=1)
BOUNDS = st.dictionaries(st.just("m"), st.integers(-9, 9), min_size=1)
TAGS = st.dictionaries(st.just("tags"), st.lists(st.sampled_from("pqr"), max_size=2), min_size=1)
UPDATE = st.one_of(
    st.fixed_dictionaries({kind: values})
    for kind, values in {
        "set": FIELDS, "default": FIELDS, "increase": NUMBERS, "maximum": BOUNDS, "minimum": BOUNDS,
        "add_to_set": TAGS, "remove_from_set": TAGS, "unset": st.lists(st.sampled_from("abmn"), max_size=2),
    }.items()
)  # fmt: skip
FEW_IDS = st.integers(0, 30).map(lambda number: f"{number:03}")
OPERATION = st.one_of(
    st.tuples(st.just("append"), SESSION, FEW_IDS),
    st.tuples(st.just("append"), SESSION, FEW_IDS),
    st.tuples(
        st.just("put"), SESSION, st.sampled_from(["p", "steps/q"]), st.sampled_from(["1\n", "2\n", "3\n"])
    ),
    st.tuples(st.just("update"), SESSION, UPDATE),
    st.tuples(st.just("update"), SESSION, UPDATE),
    st.tuples(st.just("remove"), SESSION),
    st.tuples(st.just("restore"), SESSION),
    st.tuples(st.just("revive"), SESSION),
    st.tuples(st.just("require"), SESSION, st.booleans()),
)
CHANGE = st.lists(OPERATION, min_size=1, max_size=3)
HANDLE = st.integers(0, 2)


class Laws(RuleBasedStateMachine):
    """Whatever is done through whichever handle, all of them show what the model holds."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="laws-"))
        self.path = self.folder / "sessions"
        self.model = Model()
        self.handles: list[Handle] = []
        self.waiting: set[str] = set()
        """The sessions of changes that were saved without waiting and that git may not have."""
        self.count = 0
        self.states: dict[str, dict[str, Any]] = {}
        self.subjects: list[str] = []

    @initialize()
    def begin(self) -> None:
        self.handles = [Near(self.path), Near(self.path), Far(self.path)]

    @rule(which=HANDLE, operations=CHANGE, wait=st.sampled_from([True, True, False]))
    def change(self, which: int, operations: list[tuple[Any, ...]], wait: bool) -> None:
        """Some handle makes a change."""
        operations = self._possible(operations)
        subject = self._subject()
        outcome, reason = self.model.apply([_in_bytes(each) for each in operations])
        answer = self.handles[which].ask("apply", operations=operations, subject=subject, wait=wait)
        if outcome == "applied":
            self.subjects.append(subject)
        if not wait:
            assert (answer["outcome"], answer["commit"], answer["delayed"]) == ("applied", None, "later")
            self.waiting |= {each[1] for each in operations}
            return
        self.waiting.clear()
        assert (answer["outcome"], answer["reason"]) == (outcome, reason), operations
        assert (answer["delayed"], answer["left"]) == (None, [])
        assert (answer["commit"] is not None) == (outcome == "applied")
        if answer["commit"]:
            self.states[answer["commit"]] = self.model.files()

    @rule(which=HANDLE)
    def settle(self, which: int) -> None:
        assert self.handles[which].ask("settle")["delayed"] is None
        self.waiting.clear()

    @rule(which=HANDLE)
    def reopen(self, which: int) -> None:
        self.handles[which].close()
        self.handles[which] = (Near, Near, Far)[which](self.path)

    @rule()
    def kill(self) -> None:
        """The other process dies where nothing is under way, with or without changes that wait."""
        far = self.handles[2]
        assert isinstance(far, Far)
        far.kill()
        self.handles[2] = Far(self.path)

    @rule(operations=CHANGE, wait=st.booleans(), calls=st.integers(1, 40))
    def kill_amid_a_change(self, operations: list[tuple[Any, ...]], wait: bool, calls: int) -> None:
        """It dies at the Nth call that changes the disk: its change is there, or it is not."""
        far = self.handles[2]
        assert isinstance(far, Far)
        operations = self._possible(operations)
        subject = self._subject()
        acknowledged = far.ask("apply", operations=operations, subject=subject, wait=wait, die=calls)
        far.kill()
        self.handles[2] = Far(self.path)
        without = copy.deepcopy(self.model)
        outcome, _ = self.model.apply([_in_bytes(each) for each in operations])
        assert self.handles[0].ask("settle")["delayed"] is None
        self.waiting.clear()
        if subject in self.handles[0].ask("log")["subjects"]:
            assert outcome == "applied"
            self.subjects.append(subject)
        elif outcome == "applied":
            assert not acknowledged
            self.model = without

    @rule(session=SESSION)
    def a_person_commits(self, session: str) -> None:
        """With plain git: a file of their own, a line and a field by hand."""
        self.count += 1
        name = f"note-{self.count}"
        self._write(name, b"mine\n")
        there = self.model.sessions.get(session)
        if there is not None and session not in self.waiting:
            identifier = f"{900 + self.count}"
            there["lines"][identifier] = line(identifier)
            history = self.path / f"cli/{session}/history.jsonl"
            old = history.read_bytes() if history.exists() else b""
            self._write(f"cli/{session}/history.jsonl", old + line(identifier) + b"\n")
            if there["document"] is not None:
                there["document"]["mine"] = self.count
                text = json.dumps(there["document"], ensure_ascii=False, indent=2)
                self._write(f"cli/{session}/session.json", text.encode() + b"\n")
        self.model.notes[name] = b"mine\n"
        git(self.path, "add", "-A")
        git(self.path, "commit", "-qm", f"by hand {self.count}")
        self.subjects.append(f"by hand {self.count}")

    @rule(
        command=st.sampled_from(
            ["gc -q --prune=now", "repack -adq", "pack-refs --all", "repack -dq --geometric=2"]
        )
    )
    def git_tidies_up(self, command: str) -> None:
        git(self.path, *command.split())

    @precondition(lambda self: self.states)
    @rule(which=HANDLE, data=st.data())
    def read_an_earlier_state(self, which: int, data: st.DataObject) -> None:
        commit = data.draw(st.sampled_from(sorted(self.states)))
        assert _plain(self.handles[which].ask("read", at=commit)) == self.states[commit]

    @precondition(lambda self: not self.waiting)
    @rule(which=HANDLE)
    def tell_the_history(self, which: int) -> None:
        handle = self.handles[which]
        gone = set(self.model.deleted) - set(self.model.sessions)
        assert set(handle.ask("deletions")["names"]) == gone
        assert sorted(handle.ask("log")["subjects"][:-1]) == sorted(self.subjects)
        for session in SESSIONS:
            told = git(self.path, "log", "--format=%s", "main", "--", f"cli/{session}").splitlines()
            assert handle.ask("log", directory=f"cli/{session}")["subjects"] == told

    @invariant()
    def all_show_what_the_model_holds(self) -> None:
        for handle in self.handles:
            assert _plain(handle.ask("read")) == self.model.files()

    def teardown(self) -> None:
        for handle in self.handles:
            handle.close()
        if self.handles:
            judge(self.path)
            assert git(self.path, "ls-files").splitlines()
            reader = Near(self.path)
            assert _plain(reader.ask("read")) == self.model.files()
            reader.close()
        shutil.rmtree(self.folder)

    def _possible(self, operations: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Leave out restoring what was never deleted, and bring into git what is to be found there."""
        restored = {each[1] for each in operations if each[0] == "restore"}
        if restored & self.waiting:
            self.settle(0)
        return [each for each in operations if each[0] != "restore" or each[1] in self.model.deleted] or [
            ("append", SESSIONS[0], f"5{self.count:03}")
        ]

    def _subject(self) -> str:
        self.count += 1
        return f"change {self.count}"

    def _write(self, name: str, content: bytes) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_bytes(content)


def _plain(answer: dict[str, Any]) -> dict[str, Any]:
    """Files as the model has them."""
    found: dict[str, Any] = {}
    for name, content in answer["files"].items():
        text = base64.b64decode(content)
        found[name] = json.loads(text) if name.endswith("session.json") else text
    return found


def _in_bytes(operation: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*operation[:3], operation[3].encode()) if operation[0] == "put" else operation


DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
Laws.TestCase.settings = settings(
    max_examples=int(os.environ.get("LAWS", "400")) if DEEP else 8,
    stateful_step_count=60 if DEEP else 25,
    phases=list(Phase) if DEEP else [Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class TestLaws(Laws.TestCase):  # type: ignore[misc, name-defined]
    """All of them, on a seeded slice; `make laws` draws anew."""

    pytestmark = pytest.mark.timeout(0 if DEEP else 120)
