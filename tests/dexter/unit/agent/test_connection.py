"""Servers of MCP that die between calls and in them: real processes, killed, and started again."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dexter.agent.remote import Servers
from dexter.agent.servers import connection
from dexter.agent.servers.connection import Connection
from dexter.keys import Keys
from dexter.permissions.rules import Permissions
from dexter.servers import servers_of
from dexter.tools.acting.consent import Consent
from dexter.tools.errors import ToolError
from tests.support import mcp_server

PROGRAM = str(Path(mcp_server.__file__))
NUMBERS = {"a": 2, "b": 3}
AGAIN = ["The MCP server ours was gone and is connected again."]


class Address:
    """A server of HTTP in a process, that can be killed and started again on its port."""

    def __init__(self, *options: str) -> None:
        self._options = options
        self._process = self._started("0")
        self.port = self.url.removesuffix("/mcp").rpartition(":")[2]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()

    def start(self) -> None:
        self._process = self._started(self.port)

    def _started(self, port: str) -> "subprocess.Popen[str]":
        command = [sys.executable, PROGRAM, "http", port, *self._options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        self.url = process.stdout.readline().strip()
        return process


@pytest.fixture(params=[(), ("old",)], ids=["stateless", "sessions"])
def address(request: pytest.FixtureRequest) -> Iterator[Address]:
    """A server in each of the protocol's generations."""
    made = Address(*request.param)
    yield made
    made.kill()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses as short as can be: how many there are is told by what was tried."""
    monkeypatch.setattr(connection, "FIRST_PAUSE", 0.001)


def local(tmp_path: Path) -> dict[str, Any]:
    """A server as a program that leaves its process id in a file."""
    said = f"import os, runpy, sys; open({str(tmp_path / 'pid')!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
    said += f"sys.argv = ['x', 'stdio']; runpy.run_path({PROGRAM!r}, run_name='__main__')"
    return {"command": sys.executable, "args": ["-c", said]}


def pids(tmp_path: Path) -> Sequence[int]:
    """The processes that were started, oldest first."""
    return [int(line) for line in (tmp_path / "pid").read_text().split()]


def played(fields: dict[str, Any], play: Callable[[Connection, list[str]], Awaitable[None]]) -> list[str]:
    """Play with a connection to a server; what was told meanwhile."""
    keys = Keys({})
    consent = Consent(Permissions.of({}).rules)
    servers = Servers(servers_of({"ours": fields}), consent, keys, Path.cwd(), keys.mask)
    told: list[str] = []

    async def whole() -> None:
        ours = Connection(servers.servers[0], servers)
        await ours.begun()
        await play(ours, told)
        task = ours.end()
        assert task
        await task

    asyncio.run(whole())
    return told


def there(path: Path) -> None:
    """Wait for a file."""
    while not path.exists():
        time.sleep(0.01)


def test_a_program_that_was_killed_is_started_again_by_the_next_call(tmp_path: Path):
    async def play(ours: Connection, told: list[str]) -> None:
        for _ in range(3):
            assert "5" in str(await ours.call("add", NUMBERS, told.append))
            os.kill(pids(tmp_path)[-1], signal.SIGKILL)

    assert played(local(tmp_path), play) == AGAIN * 2
    assert len(pids(tmp_path)) == 3


def test_a_call_in_which_a_program_dies_is_not_made_again_by_itself(tmp_path: Path):
    async def play(ours: Connection, told: list[str]) -> None:
        calling = asyncio.create_task(ours.call("order", {}, told.append))
        await asyncio.to_thread(there, Path("orders"))
        os.kill(pids(tmp_path)[-1], signal.SIGKILL)
        with pytest.raises(ToolError, match=r"broke off .*: the call may have been made there, or not\."):
            await calling
        assert not told
        assert "5" in str(await ours.call("add", NUMBERS, told.append))

    assert played(local(tmp_path), play) == AGAIN
    assert len(Path("orders").read_text().splitlines()) == 1


def test_calls_at_once_after_a_death_start_one_program(tmp_path: Path):
    async def play(ours: Connection, told: list[str]) -> None:
        os.kill(pids(tmp_path)[-1], signal.SIGKILL)
        found = await asyncio.gather(*(ours.call("add", NUMBERS, told.append) for _ in range(4)))
        assert all("5" in str(each) for each in found)

    assert played(local(tmp_path), play) == AGAIN
    assert len(pids(tmp_path)) == 2


def test_a_program_that_does_not_come_back_costs_a_bounded_number_of_attempts(tmp_path: Path):
    program = tmp_path / "server.py"
    program.write_text(
        f"import pathlib, runpy, sys\n"
        f"starts = pathlib.Path({str(tmp_path / 'starts')!r})\n"
        f"starts.open('a').write('x')\n"
        f"if len(starts.read_text()) > 1: sys.exit(3)\n"
        f"sys.argv = ['x', 'stdio']; runpy.run_path({PROGRAM!r}, run_name='__main__')\n"
    )

    async def play(ours: Connection, told: list[str]) -> None:
        with pytest.raises(ToolError, match="broke off"):
            await ours.call("die", {}, told.append)
        for _ in range(2):
            with pytest.raises(ToolError, match="Not called: the server ours is gone"):
                await ours.call("add", NUMBERS, told.append)
        assert ours.listed  # its tools stay offered: the next call may find it again

    told = played({"command": sys.executable, "args": [str(program)]}, play)
    assert len((tmp_path / "starts").read_text()) == 1 + 2 * connection.ATTEMPTS
    assert len(told) == 2
    assert all(line.startswith("The MCP server ours is gone and can't be connected again: ") for line in told)


@pytest.mark.parametrize("comes", [True, False])
def test_who_was_not_there_at_first_is_tried_again_and_nobody_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, comes: bool
):
    monkeypatch.setattr(connection, "CONNECTING", 15.0 if comes else 3.0)
    program = tmp_path / "server.py"
    program.write_text(
        f"import pathlib, runpy, sys, time\n"
        f"starts = pathlib.Path({str(tmp_path / 'starts')!r})\n"
        f"starts.open('a').write('x')\n"
        f"if len(starts.read_text()) == 1: sys.exit(3)\n"
        f"if not {comes}: time.sleep(300)\n"
        f"sys.argv = ['x', 'stdio']; runpy.run_path({PROGRAM!r}, run_name='__main__')\n"
    )

    async def play(ours: Connection, told: list[str]) -> None:
        why = ours.failure
        assert why
        assert "no answer within" not in why
        await ours.begun()
        assert (ours.failure, ours.listed) == (why, ())
        if comes:
            assert ours._life
            await ours._life.ready.wait()
            assert ours.failure is None
            await ours.begun()
            assert "5" in str(await ours.call("add", NUMBERS, told.append))

    assert played({"command": sys.executable, "args": [str(program)]}, play) == []
    assert (tmp_path / "starts").read_text() == "xx"


def test_an_address_that_was_down_is_found_again_on_its_port(address: Address):
    async def play(ours: Connection, told: list[str]) -> None:
        assert "5" in str(await ours.call("add", NUMBERS, told.append))
        address.kill()
        with pytest.raises(ToolError, match="Not called: the server ours is gone"):
            await ours.call("add", NUMBERS, told.append)
        address.start()
        assert "5" in str(await ours.call("add", NUMBERS, told.append))

    assert played({"url": address.url}, play)[1:] == AGAIN


def test_an_address_that_was_started_anew_between_calls_answers_the_next_one(address: Address):
    async def play(ours: Connection, told: list[str]) -> None:
        assert "5" in str(await ours.call("add", NUMBERS, told.append))
        address.kill()
        address.start()
        assert "5" in str(await ours.call("add", NUMBERS, told.append))

    # Where the protocol has no sessions, nothing has to be connected again.
    assert played({"url": address.url}, play) in ([], AGAIN)


def test_a_call_in_which_an_address_dies_is_not_made_again_by_itself(address: Address):
    async def play(ours: Connection, told: list[str]) -> None:
        calling = asyncio.create_task(ours.call("order", {}, told.append))
        await asyncio.to_thread(there, Path("orders"))
        address.kill()
        address.start()
        with pytest.raises(ToolError, match="the call may have been made there, or not"):
            await calling
        assert "5" in str(await ours.call("add", NUMBERS, told.append))

    played({"url": address.url}, play)
    assert len(Path("orders").read_text().splitlines()) == 1
