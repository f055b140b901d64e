"""A page of the web by its address, asked so that nobody can lead it into a network of one's own.

For each step of the way (the address, every redirect): the place is looked at, its name is looked up once,
all that it stands for has to be public, and the connection goes to just what was looked at. Proxies of the
environment are not used: behind one nobody sees where a connection goes.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from html import unescape
from typing import TYPE_CHECKING

import msgspec

from dexter.tools.errors import NotAsked, NotThere, Refused, Unfit, Unreachable
from dexter.tools.fetching.cache import Cache
from dexter.tools.fetching.inflating import Content, TooLarge, Torn
from dexter.tools.fetching.refusals import reason
from dexter.tools.fetching.source import MEGABYTE, MINUTE, Body, Question, Source
from dexter.tools.fetching.text import one_line
from dexter.tools.web.places import PORTS, Place, is_public, onward, place_of, same_site

if TYPE_CHECKING:
    import httpx2

WEB = Source("web", "the web", (), per_second=1000)
LARGEST = 10 * MEGABYTE
MOST_REDIRECTS = 5
MOST_TRIED = 3
"""Addresses of one name that are tried one after the other."""
KEPT = 15 * MINUTE
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TEXT = re.compile(r"text/[\w.+-]+|application/([\w.-]+\+)?(json|xml|xhtml|xhtml\+xml|javascript|x-ndjson)")
_TITLE = re.compile(rb"(?is)<title[^>]{0,200}>([^<]{1,400})")

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The number addresses that a name stands for."""


class WebPage(msgspec.Struct, frozen=True):
    """A page as text. `leads_to` is where it redirects to if that is another site; then there is no text."""

    url: str
    fetched: str
    title: str = ""
    text: str = ""
    leads_to: str = ""


class _Kept(msgspec.Struct, frozen=True):
    url: str
    title: str
    text: str


class Bounds(msgspec.Struct, frozen=True):
    """Seconds to connect, seconds without a byte, seconds for all of a page, bytes of it unpacked."""

    connecting: float = 8.0
    silence: float = 15.0
    whole: float = 40.0
    largest: int = LARGEST


class WebPages:
    """Pages of the web.

    Args (of the constructor):
        agent: What tells servers who asks.
        cache: Where pages are kept, as text.
        mask: Takes secrets out of texts; an address that holds one is not asked.
        bounds: How long and how large.
        resolve: Looks names up.
        trust: Whose certificates count; None: those of the authorities that everybody trusts.
        here: Number addresses and ports that may be asked although they are not public: for tests, which have
            a server on this machine. No setting and no variable leads here.
    """

    def __init__(
        self,
        agent: str,
        *,
        cache: Cache,
        mask: Callable[[str], str],
        bounds: Bounds | None = None,
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
        here: frozenset[tuple[str, int]] = frozenset(),
    ) -> None:
        self._agent = agent
        self._cache = cache
        self._mask = mask
        self._bounds = bounds or Bounds()
        self._resolve = resolve or looked_up
        self._trust = trust
        self._here = here
        self._ports = PORTS | {port for _, port in here}

    async def page(self, url: str) -> WebPage:
        """The page at an address, from the cache if it was read a moment ago.

        Raises:
            BadArgument: If it is no address.
            NotAsked: If tools do not ask such addresses, or it redirects to one.
            SourceError: If there is no page that can be read as text.
        """
        place = place_of(url, self._ports)
        if self._mask(place.url) != place.url:
            raise NotAsked(place.host, "the address holds what looks like a key or a password")
        question = Question("pages", place.url, f"page {place.target[:100]}", label=place.host, keep=KEPT)
        if known := self._cache.find(WEB, question):
            kept = msgspec.json.decode(known.data, type=_Kept)
            return WebPage(kept.url, known.fetched, kept.title, kept.text)
        try:
            async with asyncio.timeout(self._bounds.whole):
                found = await self._asked(place)
        except TimeoutError:
            seconds = f"{self._bounds.whole:g} seconds"
            raise Unreachable(place.host, f"the page was not complete after {seconds}") from None
        if isinstance(found, Place):
            return WebPage(place.url, "", leads_to=found.url)
        answer = self._cache.keep(WEB, question, msgspec.json.encode(found))
        return WebPage(found.url, answer.fetched, found.title, found.text)

    async def _asked(self, place: Place) -> _Kept | Place:
        """The page, or the other site that it leads to."""
        addresses = await self.addresses(place)
        for _ in range(MOST_REDIRECTS + 1):
            found = await self._reached(place, addresses)
            if isinstance(found, Body):
                return await _text(place, found)
            target = onward(place, found, self._ports)
            # Looked at before anybody hears of it: a page shall not make a model ask for what is not asked.
            addresses = await self.addresses(target)
            if not same_site(place, target):
                return target
            place = target
        raise Unfit(place.host, "it redirects again and again")

    async def addresses(self, place: Place) -> list[str]:
        """What a place's name stands for, all of it fit to be asked.

        Raises:
            NotAsked: If any of it is not public.
            Unreachable: If the name stands for nothing.
        """
        try:
            found = [place.host] if place.is_number else await self._resolve(place.host, place.port)
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise Unreachable(place.host, "there is no such host")
        for address in found:
            if (address, place.port) in self._here:
                continue
            if not is_public(address) or place.port not in PORTS:
                raise NotAsked(place.host, "it is in a network of one's own, not on the public web")
        return found[:MOST_TRIED]

    async def _reached(self, place: Place, addresses: list[str]) -> Body | str:
        """What the first address that answers gives: a page, or where it redirects to."""
        import httpx2  # noqa: PLC0415  40 ms that only who asks pays

        bounds = self._bounds
        timeout = httpx2.Timeout(bounds.silence, connect=bounds.connecting)
        trust = True if self._trust is None else self._trust
        async with httpx2.AsyncClient(timeout=timeout, verify=trust, trust_env=False) as client:
            for number, address in enumerate(addresses, 1):
                try:
                    return await self._from(client, place, address)
                except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                    if number == len(addresses):
                        said = one_line(str(error), 100) or "it does not answer"
                        raise Unreachable(place.host, f"no connection ({said})") from None
                except httpx2.TimeoutException:
                    raise Unreachable(place.host, "no answer came in time") from None
                except httpx2.HTTPError:
                    said = "the connection broke off before the answer was complete"
                    raise Unreachable(place.host, said) from None
        raise AssertionError("the last address returns or raises")

    async def _from(self, client: "httpx2.AsyncClient", place: Place, address: str) -> Body | str:
        """What one address gives. The name goes along: for the certificate, and for the server."""
        headers = {
            "host": place.authority,
            "user-agent": self._agent,
            "accept": "text/html,text/plain,application/json,application/xml;q=0.9,*/*;q=0.1",
            "accept-encoding": "gzip",
        }
        there = msgspec.structs.replace(place, host=address)
        names = {"sni_hostname": place.host}
        async with client.stream("GET", there.url, headers=headers, extensions=names) as response:
            if response.status_code in _REDIRECTS:
                return response.headers.get("location", "")
            kind = response.headers.get("content-type", "").lower()
            good = response.status_code < 300
            if good and kind and not _TEXT.fullmatch(kind.partition(";")[0].strip()):
                raise Unfit(place.host, f"it is {one_line(kind, 40)}, which is no text")
            content = await self._content(place, response, good=good)
        if response.status_code in {404, 410}:
            raise NotThere(place.host, f"page {place.target[:100]}")
        if not good:
            raise Refused(place.host, response.status_code, self._mask(reason(content)))
        return Body(content, kind)

    async def _content(self, place: Place, response: "httpx2.Response", *, good: bool) -> bytes:
        packing = response.headers.get("content-encoding", "identity").strip().lower()
        if packing not in {"identity", "gzip", ""}:
            raise Unfit(place.host, f"it is packed with {one_line(packing, 20)}, which was not asked for")
        content = Content(self._bounds.largest if good else 64_000, packed=packing == "gzip")
        try:
            async for piece in response.aiter_raw():
                content.take(piece)
            return content.whole()
        except TooLarge:
            said = f"it is larger than {self._bounds.largest / MEGABYTE:g} MB"
        except Torn as error:
            said = f"it can't be unpacked ({error})"
        if good:
            raise Unfit(place.host, said)
        return b""


async def looked_up(host: str, port: int) -> list[str]:
    """What the system says that a name stands for, each once."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


async def _text(place: Place, body: Body) -> _Kept:
    from dexter.tools.filings.markup import text_of  # noqa: PLC0415  5 ms that a start does not wait for

    text = await text_of(body, place.host)
    title = _TITLE.search(body.content[:100_000]) if "html" in body.type else None
    named = one_line(unescape(title[1].decode("utf-8", "replace")), 200) if title else ""
    return _Kept(place.url, named, text)
