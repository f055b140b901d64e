"""Tools of real MCP servers: processes of their own, over stdio and over HTTP on the loopback."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dexter.agent import Agent, Limits, Memory
from dexter.agent.events import ToolFinished
from dexter.agent.remote import Servers
from dexter.agent.servers import connection, served
from dexter.keys import Keys
from dexter.models.choice import parse_choice
from dexter.permissions.rules import Permissions
from dexter.servers import ServersUnfit, servers_of
from dexter.settings import load_settings, save_settings
from dexter.tools.acting.consent import Consent
from tests.support import mcp_server
from tests.support.acting import NO, YES, Scripted
from tests.support.agents import Told, keys_for
from tests.support.servers import Call, ModelServer, Reply

PROGRAM = str(Path(mcp_server.__file__))
LOCAL = {"command": sys.executable, "args": [PROGRAM, "stdio"]}
SECRET = "sk-served-0123456789"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, PROGRAM, "http"], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    yield process.stdout.readline().strip()
    process.kill()
    process.wait()
    process.stdout.close()


def told(
    fields: dict[str, Any],
    *calls: Call,
    person: Scripted | None = None,
    rules: dict[str, list[str]] | None = None,
    runs: int = 1,
) -> tuple[Told, list[str]]:
    """What a run brings in which a model makes these calls, and the names of the tools it was offered."""
    keys = Keys({"SERVED_KEY": SECRET})
    consent = Consent(
        Permissions.of(rules if rules is not None else {"allow": ["ours__*"]}).rules, person=person
    )
    servers = Servers(servers_of(fields), consent, keys, Path.cwd(), keys.mask)
    with ModelServer([*(Reply(calls=(call,)) for call in calls)]) as server:

        async def asked() -> Told:
            agent = Agent(parse_choice("openai:demo"), keys=keys_for(server), today=_today, servers=servers)
            found = Told()
            for _ in range(runs):
                found.events += [event async for event in agent.start("no tool, please.", Memory())]
            await agent.close()
            return found

        found = asyncio.run(asked())
        tools = server.bodies[-1].get("tools", [])
    assert found.outcome.status == "complete", found.outcome
    return found, [tool["function"]["name"] for tool in tools]


def _today() -> date:
    return date(2026, 11, 22)


def only(found: Told) -> ToolFinished:
    (result,) = found.of(ToolFinished)
    return result


ADD = Call("ours__add", {"a": 2, "b": 3})


def test_tools_of_a_program_and_of_an_address_stand_beside_ours(address: str):
    fields = {"ours": LOCAL, "web": {"url": address}}
    found, offered = told(fields, ADD, Call("web__add", {"a": 4, "b": 5}), rules={"allow": ["*"]})
    assert {"ours__add", "web__add", "ours__fail"} <= set(offered)
    first, second = found.of(ToolFinished)
    assert "\n5\n" in first.result
    assert "\n9\n" in second.result
    assert first.result.startswith("<quoted ")
    assert "from the MCP server ours>" in first.result
    assert not found.notices


def test_each_call_is_asked_for_unless_a_rule_allows_it():
    person = Scripted(YES)
    found, _ = told({"ours": LOCAL}, ADD, person=person, rules={})
    assert only(found).ok
    (question,) = person.asked
    assert question.title == "Call add of the MCP server ours?"
    assert [line.text for line in question.body] == ["{", ' "a": 2,', ' "b": 3', "}"]
    assert question.choices[1] == "Yes, for this session: ours__add"
    found, _ = told({"ours": LOCAL}, ADD, person=Scripted(NO), rules={})
    assert "the user said no" in only(found).result
    found, _ = told({"ours": LOCAL}, ADD, rules={"allow": ["ours__a*"], "deny": ["ours__add"]})
    assert "denies it" in only(found).result
    found, _ = told({"ours": LOCAL}, ADD, rules={})
    why = "a person has to approve it and there is none at a terminal here"
    assert found.notices == [f"Call add of the MCP server ours: refused, because {why}."]


def test_what_a_server_says_is_bounded_quoted_and_cleaned():
    found, _ = told({"ours": LOCAL}, Call("ours__hostile"))
    text = only(found).result
    assert len(text) < 41_000
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.count("</quoted") == 1
    assert "characters left out" in text
    found, _ = told({"ours": LOCAL}, Call("ours__fail"))
    assert not only(found).ok
    assert "Error executing tool fail" in only(found).result
    assert "\x1b" not in only(found).result


def test_a_server_gets_the_keys_that_its_settings_name_and_no_others(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other-0123456789")
    fields = {"ours": {**LOCAL, "env": {"GIVEN": "Bearer ${SERVED_KEY}", "PLAIN": "yes"}}}
    found, _ = told(fields, Call("ours__environment"))
    text = only(found).result
    assert "PLAIN=yes" in text
    assert "GIVEN=Bearer [key hidden]" in text
    assert "OPENAI_API_KEY" not in text
    assert SECRET not in text


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"command": "no-such-program-anywhere"}, "no-such-program-anywhere"),
        ({"command": sys.executable, "args": ["-c", "raise SystemExit(3)"]}, ""),
        ({"command": sys.executable, "args": [PROGRAM, "stdio", "garbage"]}, ""),
        ({"url": "http://127.0.0.1:9/mcp"}, ""),
        (
            {"url": "http://127.0.0.1:9/mcp", "headers": {"X": "${NO_SUCH_KEY}"}},
            "the key NO_SUCH_KEY is not set",
        ),
    ],
    ids=["missing", "ends", "garbage", "unreachable", "key"],
)
def test_a_server_that_fails_costs_its_tools_and_one_line(fields: dict[str, Any], reason: str):
    found, offered = told({"bad": fields, "ours": LOCAL}, ADD, runs=2)
    assert [name for name in offered if name.startswith("bad__")] == []
    assert "ours__add" in offered
    assert only(found).ok
    (notice,) = found.notices
    assert notice.startswith("The MCP server bad is not used: ")
    assert reason in notice


def test_a_server_that_comes_later_is_used_from_then_on_and_a_line_says_so(tmp_path: Path):
    started = tmp_path / "started"
    program = tmp_path / "server.py"
    program.write_text(
        f"import pathlib, runpy, sys\n"
        f"started = pathlib.Path({str(started)!r})\n"
        f"if not started.exists(): started.touch(); sys.exit(3)\n"
        f"sys.argv = ['x', 'stdio']; runpy.run_path({PROGRAM!r}, run_name='__main__')\n"
    )
    keys = Keys({})
    servers = Servers(
        servers_of({"ours": {"command": sys.executable, "args": [str(program)]}}),
        Consent(Permissions.of({}).rules), keys, Path.cwd(), keys.mask,
    )  # fmt: skip
    said: list[str] = []

    async def asked() -> None:
        ours = served.ServedTools(servers, Limits())
        assert not await ours.tools(10_000, said.append)
        assert not await ours.tools(10_000, said.append)  # this begins it again, and does not wait
        (only,) = ours._connections
        assert only._life
        await only._life.ready.wait()
        assert await ours.tools(10_000, said.append)
        assert await ours.tools(10_000, said.append)
        await ours.close()

    asyncio.run(asked())
    first, second = said
    assert first.startswith("The MCP server ours is not used: ")
    assert second == "The MCP server ours is there now: its tools are used."


def test_a_server_that_says_nothing_is_not_waited_for_longer_than_its_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "CONNECTING", 0.5)
    silent = {"command": sys.executable, "args": [PROGRAM, "stdio", "silent"]}
    found, offered = told({"bad": silent}, runs=2)
    assert offered == []
    assert found.notices == ["The MCP server bad is not used: it gave no answer within 0 seconds."]


def test_a_server_that_dies_in_a_call_fails_that_call_and_the_next_one_of_the_run_has_it_again():
    found, _ = told({"ours": LOCAL}, Call("ours__die"), ADD)
    died, added = found.of(ToolFinished)
    assert not died.ok
    assert "the call may have been made there, or not" in died.result
    assert added.ok
    assert "\n5\n" in added.result
    assert found.notices == ["The MCP server ours was gone and is connected again."]


def test_a_call_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "CALLING", 0.5)
    found, _ = told({"ours": LOCAL}, Call("ours__stay"))
    assert only(found).result == (
        "The server ours gave no answer within 0 s: the call may have been made there, or not. "
        "Find out which before making it again."
    )


def test_tools_that_do_not_fit_a_window_are_left_out_and_told():
    keys = Keys({})
    consent = Consent(Permissions.of({}).rules)
    servers = Servers(servers_of({"ours": LOCAL}), consent, keys, Path.cwd(), keys.mask)

    async def asked(room: int) -> tuple[list[str], list[str]]:
        said: list[str] = []
        tools = served.ServedTools(servers, Limits())
        names = [tool.name for tool in await tools.tools(room, said.append)]
        await tools.close()
        return names, said

    names, said = asyncio.run(asked(100))
    assert 0 < len(names) < 7
    assert said == [f"{7 - len(names)} tools of ours do not fit the model's window."]
    assert asyncio.run(asked(0)) == ([], ["7 tools of ours do not fit the model's window."])


@pytest.mark.parametrize(
    "fields",
    [[], {"a b": LOCAL}, {"a__b": LOCAL}, {"a": {}}, {"a": []}, {"a": {"command": 1}}, {"a": {"url": "file:///x"}},
     {"a": {"command": "x", "args": "y"}}, {"a": {"command": "x", "env": {"A": 1}}}],
)  # fmt: skip
def test_servers_that_can_t_be_understood_are_named(fields: Any):
    with pytest.raises(ServersUnfit):
        servers_of(fields)


def test_the_settings_keep_servers_as_they_stand():
    path = Path("settings.json")
    fields = {"ours": {**LOCAL, "later": {"x": 1}}}
    path.write_text(json.dumps({"mcpServers": fields}))
    save_settings(path, load_settings(path))
    assert json.loads(path.read_text()) == {"mcpServers": fields}


def test_cancelling_a_run_ends_its_call_and_the_next_run_has_the_server():
    keys = Keys({})
    consent = Consent(Permissions.of({"allow": ["*"]}).rules)
    servers = Servers(servers_of({"ours": LOCAL}), consent, keys, Path.cwd(), keys.mask)
    with ModelServer([Reply(calls=(Call("ours__stay"),)), Reply(calls=(ADD,)), Reply("Done.")]) as server:

        async def asked() -> tuple[str, Told]:
            agent = Agent(
                parse_choice("openai:demo"),
                keys=keys_for(server),
                today=_today,
                servers=servers,
                limits=Limits(),
            )
            run = agent.start("Go.", Memory())
            await asyncio.to_thread(_there, Path("called"))
            run.cancel()
            await run.closed()
            assert run.outcome
            found = Told([event async for event in agent.start("Again.", Memory())])
            await agent.close()
            return run.outcome.status, found

        status, found = asyncio.run(asked())
    assert status == "interrupted"
    assert found.outcome.answer == "Done."


def _there(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)
