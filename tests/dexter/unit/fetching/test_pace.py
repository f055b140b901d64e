"""Turns: by a clock that only moves when somebody sleeps, and between real processes."""

import asyncio
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dexter.tools.errors import Busy
from dexter.tools.fetching.pace import LONGEST_HOLD, Pace
from tests.support.fetching import NOON, Clock


def pace(file: Path | None, clock: Clock, per_second: float = 10) -> Pace:
    """Turns by this clock."""
    return Pace("Shop", per_second, file, clock=clock, sleep=clock.sleep)


def moments(turns: Pace, clock: Clock, count: int) -> list[float]:
    """When so many turns came, in seconds from noon."""

    async def all_of_them() -> list[float]:
        found = []
        for _ in range(count):
            await turns.turn(20)
            found.append(round(clock.now - NOON, 3))
        return found

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("shared", [True, False])
def test_turns_come_a_gap_apart_and_the_first_at_once(tmp_path: Path, shared: bool):
    clock = Clock()
    turns = pace(tmp_path / "cache/shop.pace" if shared else None, clock)
    assert moments(turns, clock, 4) == [0, 0.1, 0.2, 0.3]
    clock.now += 60
    assert moments(turns, clock, 2) == [60.3, 60.4]


def test_two_of_one_home_share_the_turns(tmp_path: Path):
    clock = Clock()
    one, other = pace(tmp_path / "pace", clock), pace(tmp_path / "pace", clock)
    assert moments(one, clock, 2) == [0, 0.1]
    assert moments(other, clock, 2) == [0.2, 0.3]
    assert moments(one, clock, 1) == [0.4]


def test_a_turn_that_is_too_far_off_is_not_taken(tmp_path: Path):
    clock = Clock()
    turns = pace(tmp_path / "pace", clock, per_second=0.02)
    assert moments(turns, clock, 1) == [0]
    with pytest.raises(Busy) as caught:
        moments(turns, clock, 1)
    assert caught.value.seconds == pytest.approx(50)
    clock.now += 50
    assert moments(turns, clock, 1) == [50]


def test_a_hold_is_for_all_and_has_a_bound(tmp_path: Path):
    clock = Clock()
    asyncio.run(pace(tmp_path / "pace", clock).hold(7))
    assert moments(pace(tmp_path / "pace", clock), clock, 1) == [7]
    asyncio.run(pace(tmp_path / "pace", clock).hold(10**9))
    with pytest.raises(Busy) as caught:
        moments(pace(tmp_path / "pace", clock), clock, 1)
    assert caught.value.seconds <= LONGEST_HOLD


@pytest.mark.parametrize("content", [b"", b"soon", b"nan", b"inf", b"\xff", b"9" * 40, b"-1"])
def test_a_file_that_makes_no_sense_stops_nobody(tmp_path: Path, content: bytes):
    (tmp_path / "pace").write_bytes(content)
    clock = Clock()
    assert moments(pace(tmp_path / "pace", clock), clock, 2) == [0, 0.1]


def test_a_clock_that_was_put_back_stops_nobody(tmp_path: Path):
    clock = Clock()
    moments(pace(tmp_path / "pace", clock), clock, 1)
    clock.now -= 86_400
    assert moments(pace(tmp_path / "pace", clock), clock, 1) == [-86_400]


def test_a_place_that_can_not_be_written_stops_nobody(tmp_path: Path):
    (tmp_path / "file").write_text("no folder")
    clock = Clock()
    assert moments(pace(tmp_path / "file/pace", clock), clock, 2) == [0, 0.1]


def test_a_process_that_was_stopped_with_the_lock_stops_nobody_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("dexter.tools.fetching.pace._TRIES", 3)
    descriptor = os.open(tmp_path / "pace", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    clock = Clock()
    assert moments(pace(tmp_path / "pace", clock), clock, 2) == [0, 0.1]
    os.close(descriptor)


TAKER = """
import asyncio, sys
from pathlib import Path
from tests.support.fetching import Clock
from dexter.tools.fetching.pace import Pace
clock = Clock()
async def take():
    turns = Pace("Shop", 10, Path(sys.argv[1]), clock=clock, sleep=clock.sleep)
    for _ in range(40):
        clock.now = 1_795_348_800.0
        await turns.turn(100)
        print(round((clock.now - 1_795_348_800.0) * 10))
asyncio.run(take())
"""


def test_processes_that_ask_at_once_never_have_the_same_turn(tmp_path: Path):
    running = [
        subprocess.Popen(
            [sys.executable, "-c", TAKER, str(tmp_path / "pace")], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    taken = [int(line) for process in running for line in process.communicate(timeout=60)[0].split()]
    assert sorted(taken) == list(range(120))
