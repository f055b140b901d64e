"""The connection to one MCP server: kept in a task of its own, and made again once it was lost.

A call is sent once: what broke off may have had its effect, and only whoever wanted it can find out.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic_ai.exceptions import ModelRetry, ToolFailed

from dexter.agent.remote import Servers
from dexter.agent.servers.server_client import client_of
from dexter.servers import KeyMissing, Server
from dexter.tools.errors import ToolError
from dexter.tools.fetching.text import one_line

if TYPE_CHECKING:
    from pydantic_ai.mcp import MCPToolset

CONNECTING = 15.0
"""Seconds until a server has to have named its tools."""
CALLING = 60.0
ASKING = 5.0
"""Seconds to say whether it is there; one that takes longer is taken to be busy."""
ATTEMPTS = 3
FIRST_PAUSE = 0.5
"""Seconds before the second attempt to connect again; each further one waits twice as long."""
ENDING = 3.0
_CLOSED = frozenset({-32000, -32001})
"""The library's codes of errors for a connection that is gone, and of no answer in time."""

Tell = Callable[[str], None]


@dataclass
class _Life:
    """From one connecting to its end."""

    toolset: "MCPToolset[None] | None" = None
    failure: str = ""
    lost: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None


class Connection:
    """One server of an agent; nothing is started before it is needed."""

    def __init__(self, server: Server, servers: Servers) -> None:
        self.server = server
        self.listed: Sequence[Any] = ()
        """The tools as the library has them, of the latest time that it was connected."""
        self._servers = servers
        self._first: _Life | None = None
        self._life: _Life | None = None
        self._making = asyncio.Lock()

    @property
    def failure(self) -> str | None:
        """Why there are no tools of it, None if there are."""
        if self.listed or (self._life is not None and self._life.toolset is not None):
            return None
        return (self._life and self._life.failure) or _late()

    async def begun(self) -> None:
        """Connect, and return when that is done or has failed.

        Where it failed before it is begun again, which nobody waits for: whoever asks later has the tools.
        """
        if self._first is None:
            self._first = self._life = self._new_life()
        elif self._life and self._life.ready.is_set() and self._life.toolset is None and not self.listed:
            self._life = self._new_life(self._life.failure)
        await self._first.ready.wait()

    async def call(self, name: str, arguments: Mapping[str, Any], tell: Tell) -> Any:
        """Call a tool once; a server that was lost is connected again before.

        Args:
            name: What the server calls the tool.
            arguments: For it.
            tell: Gets a line if the server was lost.

        Raises:
            ToolFailed, ModelRetry: If the server says that it did not work.
            ToolError: If the server can't be reached, then it was not called; or if there was no answer,
                then it may have been.
        """
        life, toolset = await self._connected(tell)
        try:
            async with asyncio.timeout(CALLING):
                return await toolset.direct_call_tool(name, dict(arguments))
        except TimeoutError:
            late = f"The server {self.server.name} gave no answer within {CALLING:.0f} s"
            raise ToolError(f"{late}{_MAYBE}") from None
        except ToolFailed:
            raise
        except Exception as error:
            life.lost = not await _answers(toolset)
            if not life.lost and isinstance(error, ModelRetry) and not _closed(error):
                raise
            reason = f"The connection to the server {self.server.name} broke off ({self._reason(error)})"
            raise ToolError(f"{reason}{_MAYBE}") from None

    def end(self) -> "asyncio.Task[None] | None":
        """Let go of the server; what has to be waited for until it has ended."""
        if self._life is None:
            return None
        self._life.over.set()
        return self._life.task

    async def _connected(self, tell: Tell) -> "tuple[_Life, MCPToolset[None]]":
        """The connection, made again if it is gone."""
        async with self._making:
            await self.begun()
            life = self._life
            if life and life.toolset and not life.lost and await _answers(life.toolset):
                return life, life.toolset
            name = self.server.name
            for attempt in range(ATTEMPTS):
                await asyncio.sleep(FIRST_PAUSE * 2 ** (attempt - 1) if attempt else 0)
                await self._ended()
                life = self._life = self._new_life()
                with suppress(TimeoutError):
                    async with asyncio.timeout(CONNECTING):
                        await life.ready.wait()
                if life.toolset is not None:
                    tell(f"The MCP server {name} was gone and is connected again.")
                    return life, life.toolset
            reason = (life and life.failure) or _late()
            tell(f"The MCP server {name} is gone and can't be connected again: {reason}.")
            raise ToolError(f"Not called: the server {name} is gone and can't be connected again ({reason}).")

    def _new_life(self, failure: str = "") -> _Life:
        life = _Life(failure=failure)
        # A task of its own: whoever cancels a run does not take the connection with it.
        life.task = asyncio.create_task(self._keep(life))
        return life

    async def _ended(self) -> None:
        task = self.end()
        if task is not None:
            await asyncio.wait([task], timeout=ENDING)
            task.cancel()

    async def _keep(self, life: _Life) -> None:
        """Be connected until all is over."""
        try:
            toolset = await asyncio.to_thread(client_of, self.server, self._servers, CONNECTING, CALLING)
            async with asyncio.timeout(CONNECTING) as limit, toolset:
                self.listed = await toolset.list_tools()
                limit.reschedule(None)
                life.toolset = toolset
                life.ready.set()
                await life.over.wait()
        except KeyMissing as error:
            life.failure = f"the key {error.name} is not set"
        except ImportError:
            life.failure = "the extra that speaks with servers is not installed (dexter[mcp])"
        except TimeoutError:
            life.failure = _late()
        except Exception as error:  # noqa: BLE001  whatever goes wrong there must cost no more than its tools
            life.failure = self._reason(error)
        finally:
            life.ready.set()

    def _reason(self, error: Exception) -> str:
        text = one_line(self._servers.mask(str(error)), 150) or type(error).__name__
        return text.rstrip(".")


_MAYBE = ": the call may have been made there, or not. Find out which before making it again."


def _late() -> str:
    return f"it gave no answer within {CONNECTING:.0f} seconds"


async def _answers(toolset: "MCPToolset[None]") -> bool:
    """Whether a server is there. Its tools are asked for: not all protocols of servers have a ping."""
    try:
        async with asyncio.timeout(ASKING):
            await toolset.list_tools()
    except TimeoutError:
        return True  # busy with another call, which must not be ended for this one
    except Exception:  # noqa: BLE001  what an error says does not matter: it will be connected again
        return False
    return True


def _closed(error: Exception) -> bool:
    """Whether the library says that no answer will come, and not the server that the call failed."""
    return getattr(error.__cause__, "code", None) in _CLOSED
