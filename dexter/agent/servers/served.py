"""Tools of MCP servers: connected when first needed, beside our own, each call with consent and bounded.

A server that can't be reached costs its tools and one line; what servers say of their tools and what they
return was written by others.
"""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai import Tool as LibraryTool
from pydantic_ai.exceptions import ModelRetry, ToolFailed
from pydantic_ai.toolsets import AbstractToolset, FunctionToolset

from dexter.agent.limits import Limits
from dexter.agent.remote import Servers
from dexter.agent.servers import connection
from dexter.agent.servers.connection import Connection, Tell
from dexter.agent.toolset import CarefulToolset
from dexter.agent.window.tokens import estimate
from dexter.permissions.deciding import CallAction
from dexter.permissions.rules import Rule
from dexter.tools.acting.consent import Proposal
from dexter.tools.acting.showing import visible
from dexter.tools.fetching.text import one_line, plain, quoted
from dexter.tools.person import Shown

LONGEST_TEXT = 40_000
MOST_TOOLS = 64
_LONGEST_SCHEMA = 8_000
_LONGEST_DESCRIPTION = 600
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Served:
    """One tool of a server; `name` is what models call, `own` what the server calls it."""

    name: str
    own: str
    server: str
    description: str
    schema: dict[str, Any]
    connection: Connection = field(repr=False)

    @property
    def tokens(self) -> int:
        """What it costs in each request, estimated."""
        return estimate(json.dumps(self.schema)) + estimate(self.description) + estimate(self.name)


class ServedTools:
    """The servers of one agent."""

    def __init__(self, servers: Servers, limits: Limits) -> None:
        self._servers = servers
        self._limits = limits
        self._connections = tuple(Connection(server, servers) for server in servers.servers)
        self._said: set[str] = set()
        self._unused: set[str] = set()

    async def tools(self, room: int, tell: Tell) -> tuple[Served, ...]:
        """The tools of all servers that answer, as many as fit; the first call connects.

        Args:
            room: Tokens that all of them may take in a request.
            tell: Gets a line for each server that failed, once, and one when it is there after all.
        """
        await self._connected()
        kept: list[Served] = []
        for each in self._connections:
            name = each.server.name
            if each.failure is not None:
                self._unused.add(name)
                self._say(tell, f"The MCP server {name} is not used: {each.failure}.")
            elif name in self._unused:
                self._unused.remove(name)
                tell(f"The MCP server {name} is there now: its tools are used.")
            left_out = 0
            for tool in _served(each):
                if tool.tokens > room:
                    left_out += 1
                    continue
                room -= tool.tokens
                kept.append(tool)
            if left_out:
                self._say(tell, f"{left_out} tools of {name} do not fit the model's window.")
        return tuple(kept)

    def toolset(self, tools: Sequence[Served], tell: Tell) -> AbstractToolset[None]:
        """These tools for one run."""
        made = [
            LibraryTool.from_schema(self._function(tool, tell), tool.name, tool.description, tool.schema)
            for tool in tools
        ]
        plain_ones = FunctionToolset[None](made, max_retries=self._limits.steps)
        return CarefulToolset(plain_ones)

    async def close(self) -> None:
        """Let go of all servers; those that were started end."""
        tasks = [task for each in self._connections if (task := each.end()) is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=connection.ENDING)
        for task in tasks:
            task.cancel()

    async def _connected(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(connection.CONNECTING):
                await asyncio.gather(*(each.begun() for each in self._connections))

    def _say(self, tell: Tell, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            tell(text)

    def _function(self, tool: Served, tell: Tell) -> Callable[..., Any]:
        async def call(**arguments: Any) -> str:
            await self._servers.consent.need(CallAction(tool.name), _proposal(tool, arguments), tell)
            try:
                found = await tool.connection.call(tool.own, arguments, tell)
            except (ModelRetry, ToolFailed) as error:
                raise type(error)(self._text(str(error), tool)) from None
            return self._text(_as_text(found), tool)

        return call

    def _text(self, text: str, tool: Served) -> str:
        """What a server said, for a model: masked, bounded and between marks."""
        text = plain(self._servers.mask(text))
        if len(text) > LONGEST_TEXT:
            text = f"{text[:LONGEST_TEXT]}\n[... {len(text) - LONGEST_TEXT:,} characters left out ...]"
        return quoted(text, f"the MCP server {tool.server}")


def _served(connection: Connection) -> tuple[Served, ...]:
    """The tools that can be offered: with a name that models can call, and a schema of bounded size."""
    found = []
    server = connection.server
    for each in connection.listed[:MOST_TOOLS]:
        name = f"{server.name}__{each.name}"
        # Its name changed with the library's second version.
        schema = _cleaned(getattr(each, "input_schema", None) or each.inputSchema)
        if _NAME.fullmatch(name) and len(json.dumps(schema)) <= _LONGEST_SCHEMA:
            said = one_line(each.description or "", _LONGEST_DESCRIPTION)
            description = f"A tool of the MCP server {server.name}, which says of it: {said}"
            found.append(Served(name, each.name, server.name, description, schema, connection))
    return tuple(found)


def _cleaned(schema: Any) -> Any:
    """A schema in which what is told about fields is cleaned and short."""
    if isinstance(schema, list):
        return [_cleaned(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {"description", "title", "$comment"}
    return {
        name: one_line(value, _LONGEST_DESCRIPTION)
        if name in told and isinstance(value, str)
        else _cleaned(value)
        for name, value in schema.items()
    }


def _proposal(tool: Served, arguments: dict[str, Any]) -> Proposal:
    text = json.dumps(arguments, ensure_ascii=False, indent=1)
    body = tuple(Shown(visible(line)) for line in text.split("\n"))
    return Proposal(f"Call {tool.own} of the MCP server {tool.server}", body, Rule(tool.name))


def _as_text(found: Any) -> str:
    if isinstance(found, str):
        return found
    if isinstance(found, list):
        return "\n".join(_as_text(each) for each in found)
    try:
        return json.dumps(found, ensure_ascii=False)
    except (TypeError, ValueError):
        return "[something that is no text was left out]"
