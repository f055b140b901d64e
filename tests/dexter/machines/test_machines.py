"""Several machines do what people do, die in the middle of it, and meet in any order, against an oracle."""

import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from dexter.sessions.merging.merging import SessionRules
from gitstore.merging import documents as merge_documents
from gitstore.merging import merge
from gitstore.merging.records import MergedRecords, merge_records
from tests.dexter.machines.playing import meet_all, play
from tests.dexter.machines.schedules import (
    AT_LENGTH,
    BY_HAND,
    KINDS,
    MEETINGS,
    SKEWS,
    USES,
    Schedule,
    Step,
    drawn,
)
from tests.dexter.machines.world import World
from tests.support.sessions import git, make_session

RUNS = int(os.environ.get("MACHINES", "6"))
NUMBERS = st.integers(0, 999)
DIES = st.one_of(st.just(0), st.integers(1, 40))


class Machines(RuleBasedStateMachine):
    """Two to five machines; `World` does each step and holds it against the oracle."""

    world: World | None = None
    salt = 0

    @initialize(skews=st.lists(st.sampled_from(SKEWS), min_size=2, max_size=5), c=NUMBERS)
    def begin(self, skews: list[float], c: int) -> None:
        self.world = World("drawn", skews)
        self._do("begin", 0, 0, c)

    @rule(kind=st.sampled_from(sorted(USES)), a=NUMBERS, b=NUMBERS, c=NUMBERS, dies=DIES, half=st.booleans())
    def use(self, *, kind: str, a: int, b: int, c: int, dies: int, half: bool) -> None:
        self._do(kind, a, b, c, dies, half=half)

    @rule(a=NUMBERS, b=NUMBERS, c=NUMBERS)
    def ask(self, a: int, b: int, c: int) -> None:
        self._do("ask", a, b, c)

    @rule(kind=st.sampled_from(sorted(MEETINGS)), a=NUMBERS, b=NUMBERS, c=NUMBERS)
    def meet(self, kind: str, a: int, b: int, c: int) -> None:
        self._do(kind, a, b, c)

    @rule(
        kind=st.sampled_from(["take", "hub", "folder"]), a=NUMBERS, b=NUMBERS, dies=DIES, half=st.booleans()
    )
    def die_while_they_meet(self, *, kind: str, a: int, b: int, dies: int, half: bool) -> None:
        self._do(kind, a, b, 0, dies, half=half)

    @rule(kind=st.sampled_from(sorted(BY_HAND)), a=NUMBERS, b=NUMBERS, c=NUMBERS)
    def use_git(self, kind: str, a: int, b: int, c: int) -> None:
        self._do(kind, a, b, c)

    @rule(a=NUMBERS, b=NUMBERS, c=NUMBERS, dies=DIES, half=st.booleans())
    def purge(self, *, a: int, b: int, c: int, dies: int, half: bool) -> None:
        self._do("purge", a, b, c, dies, half=half)

    def teardown(self) -> None:
        if self.world is not None:
            try:
                meet_all(self.world, judged=True)
            finally:
                self.world.close()

    def _do(self, kind: str, a: int, b: int, c: int, dies: int = 0, *, half: bool = False) -> None:
        assert self.world is not None
        self.world.do(Step(kind, self.salt, a, b, c, dies, half))
        self.salt += 1


TestMachines = Machines.TestCase
TestMachines.settings = settings(max_examples=RUNS, stateful_step_count=14)


@pytest.mark.parametrize("first", range(0, 40, 8))
def test_a_slice_of_the_campaign_finds_nothing(first: int) -> None:
    for number in range(first, first + 8):
        play(drawn(7, number))


def test_processes_that_are_killed_at_any_moment_leave_what_the_next_one_goes_on_with() -> None:
    deaths = sum(play(drawn(8, number, kills=True)).deaths for number in range(12))
    assert deaths


def test_machines_meet_with_a_git_program_and_by_the_command() -> None:
    for kind in AT_LENGTH:
        steps = [
            Step("begin", 0, 0, 0, 0),
            Step(kind, 1, 0, 0, 0),
            Step("ask", 2, 1, 0, 0),
            Step(kind, 3, 1, 0, 0),
        ]
        steps += [
            Step("ask", 4, 0, 0, 0),
            Step("delete", 5, 1, 0, 0),
            Step(kind, 6, 0, 0, 0),
            Step(kind, 7, 1, 0, 0),
        ]
        play(Schedule("at length", (0.0, -3.0), tuple(steps), judged=True))


def test_a_schedule_is_played_again_from_its_text() -> None:
    schedule = next(
        each for each in (drawn(7, n) for n in range(99)) if any(step.dies for step in each.steps)
    )
    assert Schedule.parse(str(schedule)) == schedule
    assert {step.kind for n in range(2000) for step in drawn(7, n).steps} == set(KINDS)


def test_a_schedule_comes_to_the_same_commit_each_time() -> None:
    schedule = drawn(7, 3)
    tips = set()
    for _ in range(2):
        world = World(schedule.seed, schedule.skews)
        try:
            for step in schedule.steps:
                world.do(step)
            meet_all(world, judged=False)
            tips.add(world.sites[0].head())
        finally:
            world.close()
    assert len(tips) == 1


FOUND = {
    "a tag is taken out after two machines had merged what had it and what had not": (
        "31:668 -86400,86400,1.26144e+08 - begin.0.615.532.876 meet.2.610.585.810 tag.3.132.415.956 "
        "meet.6.849.985.780 onward.8.517.704.911 take.10.338.499.448 undo.15.509.650.579"
    ),
}


@pytest.mark.parametrize("what", FOUND)
def test_what_campaigns_found_is_played_again(what: str) -> None:
    play(Schedule.parse(FOUND[what]))


def _without_one(sides: Sequence[bytes]) -> MergedRecords:
    whole = merge_records(sides)
    return MergedRecords(whole.lines[:-1], whole.aside)


WRONG = {
    "a line is left out": (0, merge, "merge_records", _without_one),
    "what was deleted never stays": (90, SessionRules, "stays", lambda *_: False),
    "what was deleted always stays": (115, SessionRules, "stays", lambda *_: True),
    "what the deleting side had is left out": (105, merge.NoPast, "nothing", None),
    "the title that sorts behind counts": (135, merge_documents, "_CHANGED_AT", "NeverAt"),
    "tags are those of one side": (150, merge_documents, "_merged_set", lambda _, values: values[0]),
}
"""Each with the schedule to begin with, a few before the first that finds it: a minute less than from 0."""


@pytest.mark.parametrize("wrong", WRONG)
def test_a_merge_that_is_wrong_is_found(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, owner, name, other = WRONG[wrong]
    if name == "nothing":
        from gitstore.history import departed

        monkeypatch.setattr(departed.Behind, "last_trees", lambda *_: ())
    else:
        monkeypatch.setattr(owner, name, other)
    for number in range(first, 400):
        try:
            play(drawn(9, number))
        except AssertionError:
            return
    pytest.fail("nothing was found")


def test_commands_that_are_killed_lose_nothing_and_the_next_one_goes_on(tmp_path: Path) -> None:
    chance = random.Random(5)
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "hub.git")], check=True)
    homes = [tmp_path / name for name in ("one", "two")]
    wanted = set()
    for number, home in enumerate(homes):
        wanted.add(make_session(home, f"asked on {number}"))
        git(home, "remote", "add", "hub", str(tmp_path / "hub.git"))

    def sync(home: Path, within: float | None) -> int:
        command = [sys.executable, "-m", "dexter", "--home", str(home), "sessions", "sync"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(within)
        except subprocess.TimeoutExpired:
            process.kill()
        return process.wait()

    killed = 0
    for number in range(10):
        home = homes[number % 2]
        killed += sync(home, chance.uniform(0.05, 0.8)) < 0
        wanted.add(make_session(home, f"and {number}"))
    assert killed
    for home in (*homes, homes[0]):
        assert sync(home, None) == 0
    assert len({git(home, "rev-parse", "main") for home in homes}) == 1
    for home in homes:
        git(home, "fsck", "--full", "--strict")
        assert git(home, "status", "--porcelain") == ""
        assert set(os.listdir(home / "sessions/cli")) == wanted
