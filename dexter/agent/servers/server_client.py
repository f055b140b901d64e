"""The model library's client for one MCP server: a program that is started, or an address that is asked."""

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from dexter.agent.remote import Servers
from dexter.servers import Server, filled

if TYPE_CHECKING:
    from pydantic_ai.mcp import MCPToolset


def client_of(server: Server, servers: Servers, connecting: float, calling: float) -> "MCPToolset[None]":
    """What speaks with a server; nothing is started or asked yet. The first import takes a second.

    Args:
        server: The server.
        servers: Keys and directory.
        connecting: Seconds that it has to answer at first.
        calling: Seconds that it may be silent later.

    Raises:
        KeyMissing: If its settings name a key that is not set.
        ImportError: If the extra is not installed.
    """
    # Its own settings come from a file in the working directory, and its own log goes to the screen.
    os.environ.setdefault("FASTMCP_ENV_FILE", os.devnull)
    os.environ.setdefault("FASTMCP_LOG_ENABLED", "false")
    os.environ.setdefault("FASTMCP_DEPRECATION_WARNINGS", "false")
    mcp = import_module("pydantic_ai.mcp")
    transports = import_module("fastmcp.client.transports")
    # Asking for the tools is how it is found out whether a server is there.
    options = {"init_timeout": connecting, "read_timeout": calling, "tool_error_behavior": "failed"}
    options["cache_tools"] = False
    toolset: MCPToolset[None]
    if server.command is not None:
        local = transports.StdioTransport(
            server.command,
            list(server.args),
            env=filled(server.env, servers.keys.values),
            cwd=str(servers.directory),
            keep_alive=False,
            log_file=Path(os.devnull),
        )
        toolset = mcp.MCPToolset(local, id=server.name, **options)
    else:
        headers = filled(server.headers, servers.keys.values)
        toolset = mcp.MCPToolset(server.url, id=server.name, headers=headers, **options)
    return toolset
