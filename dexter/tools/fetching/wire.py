"""One exchange over HTTP: bounded in time and size, redirects only to where they may lead."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import msgspec

from dexter.tools.errors import Unfit, Unreachable
from dexter.tools.fetching.inflating import Content, TooLarge, Torn
from dexter.tools.fetching.source import MEGABYTE, Question, Source, origin
from dexter.tools.fetching.text import one_line

if TYPE_CHECKING:
    import httpx2

MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LONGEST_REFUSAL = 64_000
"""Bytes that are read of an answer that is none: the reason is at its beginning."""


class Reply(msgspec.Struct, frozen=True):
    """What a server answered; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


async def exchange(
    client: "httpx2.AsyncClient", source: Source, question: Question, headers: Mapping[str, str]
) -> Reply:
    """Ask once, and follow redirects that stay with the source.

    Args:
        client: The connections.
        source: Who is asked.
        question: What is asked.
        headers: What is sent along; only ever to the source.

    Raises:
        Unreachable: If there is no connection, or no answer in time.
        Unfit: If the answer is too large, torn, packed in an unknown way, or leads elsewhere.
    """
    import httpx2  # noqa: PLC0415  40 ms that only who asks pays

    asked = question
    for _ in range(MOST_REDIRECTS + 1):
        try:
            reply = await _once(client, source, asked, headers)
        except httpx2.TimeoutException:
            raise Unreachable(source.name, "no answer came in time") from None
        except httpx2.InvalidURL:
            raise Unfit(source.name, "its address is none") from None
        except httpx2.RemoteProtocolError:
            raise Unreachable(
                source.name, "the connection broke off before the answer was complete"
            ) from None
        except httpx2.HTTPError as error:
            reason = one_line(str(error), 100) or type(error).__name__
            raise Unreachable(source.name, f"no connection ({reason})") from None
        if reply.status not in _REDIRECTS:
            return reply
        asked = msgspec.structs.replace(asked, url=_redirected(source, asked.url, reply), params={})
    raise Unfit(source.name, "it redirects again and again")


async def _once(
    client: "httpx2.AsyncClient", source: Source, question: Question, headers: Mapping[str, str]
) -> Reply:
    method = "GET" if question.body is None else "POST"
    sent = {"accept-encoding": "gzip", **headers}
    # None, not empty: that would take a question mark off the address.
    params = dict(question.params) or None
    async with client.stream(
        method, question.url, params=params, headers=sent, json=question.body
    ) as response:
        found = {name.lower(): value for name, value in response.headers.items()}
        packing = found.get("content-encoding", "identity").strip().lower()
        if packing not in {"identity", "gzip", ""}:
            raise Unfit(source.name, f"it is packed with {one_line(packing, 20)}, which was not asked for")
        good = response.status_code < 300
        content = Content(question.largest if good else _LONGEST_REFUSAL, packed=packing == "gzip")
        try:
            async for piece in response.aiter_raw():
                content.take(piece)
            whole = content.whole()
        except TooLarge:
            if good:
                size = f"{question.largest / MEGABYTE:.0f} MB"
                raise Unfit(source.name, f"it is larger than {size}") from None
            whole = b""
        except Torn as error:
            if good:
                raise Unfit(source.name, f"it can't be unpacked ({error})") from None
            whole = b""
        return Reply(response.status_code, found, whole)


def _redirected(source: Source, url: str, reply: Reply) -> str:
    try:
        target = urljoin(url, reply.headers.get("location", ""))
    except ValueError:
        target = ""
    if not re.fullmatch(r"[!-~]+", target) or not source.owns(target):
        place = origin(target)
        where = one_line(place[1], 60) if place else "somewhere that is no web address"
        raise Unfit(source.name, f"it redirects to {where}, which is not followed")
    return target
