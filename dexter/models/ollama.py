"""Which models an Ollama server on this machine, or on one the user named, has.

Speaks two requests of Ollama's own protocol; answering goes over its OpenAI-compatible one.
"""

import json
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from dexter.keys import Keys
from dexter.models.catalogue import OLLAMA, provider_of

# Long enough for a server on this machine, short enough not to be felt at a start without one.
FIRST_LOOK = 0.25
PORT = 11434
LARGEST_REPLY = 4 * 1024 * 1024


def server_address(keys: Keys) -> str:
    """The server's address, without `/v1`: OLLAMA_BASE_URL's, else OLLAMA_HOST's, else the usual one.

    Both variables may hold an address, or only a host and port as Ollama itself understands them.
    """
    provider = provider_of(OLLAMA)
    text = keys.get(*provider.url_variables) or provider.base_url or ""
    if "://" not in text:
        text = f"http://{text}"
    text = text.rstrip("/").removesuffix("/v1").rstrip("/")
    try:
        parts = urlsplit(text)
        port = parts.port or (443 if parts.scheme == "https" else PORT)
    except ValueError:
        # No address at all: whoever asks there will say so.
        return text
    host = parts.hostname or "127.0.0.1"
    # What a server listens on is no address to reach it at.
    if host in ("0.0.0.0", "::"):  # noqa: S104
        host = "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port}{parts.path}"


def list_models(keys: Keys, timeout: float = FIRST_LOOK) -> tuple[str, ...]:
    """The names of the server's models that can chat, the latest first; empty if no server answers in time.

    Args:
        keys: Where the server's address and key come from.
        timeout: Seconds for the connection, and again for the answer.
    """
    address = server_address(keys)
    try:
        reply = _get(f"{address}/api/tags", keys.get("OLLAMA_API_KEY"), timeout)
        entries = json.loads(reply)["models"]
        return tuple(entry["name"] for entry in entries if "embed" not in entry["name"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ()


def looker(keys: Keys, timeout: float = FIRST_LOOK) -> Callable[[], tuple[str, ...]]:
    """A call that lists the models, for `choose_model`, which looks only when nothing else is configured."""
    return lambda: list_models(keys, timeout)


def _get(address: str, key: str | None, timeout: float) -> bytes:
    parts = urlsplit(address)
    # Usually nothing listens there: known in under a millisecond, before anything bigger is imported.
    socket.create_connection((parts.hostname or "", parts.port or PORT), timeout).close()
    from http.client import HTTPConnection, HTTPException, HTTPSConnection  # noqa: PLC0415

    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request("GET", parts.path, headers={"Authorization": f"Bearer {key}"} if key else {})
        response = connection.getresponse()
        return response.read(LARGEST_REPLY)
    except HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()
