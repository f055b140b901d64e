"""A search of the web: the services in order, until one of them answers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dexter.tools.errors import NotThere, SourceError, Unfit
from dexter.tools.fetching.client import Client
from dexter.tools.fetching.source import MEGABYTE, MINUTE, Body, Question
from dexter.tools.web.services import Hit, Service

KEPT = 15 * MINUTE


@dataclass(frozen=True)
class Answered:
    """What was found, by which service, and why those before it gave nothing, as sentences."""

    service: Service
    hits: tuple[Hit, ...]
    fetched: str
    failed: tuple[str, ...]


class WebSearch:
    """The services that there is a key for.

    Args (of the constructor):
        services: Each with what asks it, the preferred one first; at least one.
    """

    def __init__(self, services: Sequence[tuple[Service, Client]]) -> None:
        self._services = tuple(services)

    async def close(self) -> None:
        """Close the connections."""
        for _, client in self._services:
            await client.close()

    async def search(self, query: str, limit: int) -> Answered:
        """What the first service that answers has found.

        Args:
            query: What is looked for.
            limit: The most hits.

        Raises:
            SourceError: If none of them answers; the sentence says why of each.
        """
        failed: list[str] = []
        for service, client in self._services:
            try:
                hits, fetched = await _asked(service, client, query, limit)
            except SourceError as error:
                failed.append(str(error))
                continue
            return Answered(service, tuple(hits), fetched, tuple(failed))
        raise SourceError("web search", " ".join(failed))


async def _asked(service: Service, client: Client, query: str, limit: int) -> tuple[list[Hit], str]:
    async def with_hits(body: Body) -> bytes:
        if not service.read(_decoded(service, body.content)):
            raise NotThere(service.name, "result for this search", "Try fewer or other words.")
        return body.content

    question = Question(
        "search",
        client.source.url(service.source.hosts[0], service.path),
        "answer to this search",
        label=query,
        body=service.ask(query, limit),
        keep=KEPT,
        largest=2 * MEGABYTE,
    )
    answer = await client.ask(question, with_hits)
    return service.read(_decoded(service, answer.data)), answer.fetched


def _decoded(service: Service, content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Unfit(service.name, "it is not the JSON that it should be") from None
