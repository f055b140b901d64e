"""From a question to its answer: what is in the cache, else the source, at its pace and with patience."""

import asyncio
import time
import weakref
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from dexter.tools.errors import Busy, NotThere, Refused, SourceError, Unfit, Unreachable
from dexter.tools.fetching.cache import Cache
from dexter.tools.fetching.pace import Pace
from dexter.tools.fetching.refusals import PASSING, reason, wait_asked_for
from dexter.tools.fetching.source import Answer, Body, Question, Source
from dexter.tools.fetching.wire import Reply, exchange

if TYPE_CHECKING:
    import httpx2

Convert = Callable[[Body], Awaitable[bytes]]
"""Makes JSON of what came, for what is kept in another form than it is sent."""


@dataclass(frozen=True)
class Patience:
    """How long one question may take.

    Attributes:
        connecting: Seconds to reach the source.
        silence: Seconds without a single byte.
        whole: Seconds for all of it, waits included.
        retries: How often it is asked again what it can't answer at the moment.
        first_wait: Seconds before the first of these if the source names none; doubles with each.
        longest_wait: Seconds; a source that asks for a longer wait is not waited for.
    """

    connecting: float = 10.0
    silence: float = 20.0
    whole: float = 50.0
    retries: int = 2
    first_wait: float = 0.5
    longest_wait: float = 20.0


class Client:
    """Asks one source.

    Cheap to make: connections are opened with the first question that the cache can't answer.

    Args (of the constructor):
        source: Who is asked.
        cache: Where answers are kept.
        pace: Its turns.
        headers: What is sent along, made when it is first needed.
        mask: Takes secrets out of texts.
        patience: How long a question may take.
        clock: Epoch seconds.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        source: Source,
        *,
        cache: Cache,
        pace: Pace,
        headers: Callable[[], Mapping[str, str]],
        mask: Callable[[str], str],
        patience: Patience | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.source = source
        self._cache = cache
        self._pace = pace
        self._headers = headers
        self._mask = mask
        self._patience = patience or Patience()
        self._clock = clock
        self._sleep = sleep
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._open: tuple[asyncio.AbstractEventLoop, httpx2.AsyncClient] | None = None

    async def ask(self, question: Question, convert: Convert | None = None) -> Answer:
        """The answer to a question.

        Args:
            question: What is asked.
            convert: Makes JSON of what came; without it, it has to be JSON.

        Raises:
            NotThere: If the source has nothing of that name.
            Refused: If it answers with another error.
            Busy: If it wants to be left alone for longer than is waited.
            Unreachable: If there is no connection, or no answer in time.
            Unfit: If the answer can't be used. Nothing of these is kept.
        """
        # Tools run beside each other: who wants the same waits for it, and finds it in the cache.
        asked = f"{question.url} {sorted(question.params.items())} {question.body}"
        async with self._locks.setdefault(asked, asyncio.Lock()):
            known = None if question.keep == 0 else self._cache.find(self.source, question)
            return known or await self._fetched(question, convert)

    async def close(self) -> None:
        """Close the connections; new ones are opened if it is asked again."""
        opened, self._open = self._open, None
        if opened is not None and opened[0] is asyncio.get_running_loop():
            await opened[1].aclose()

    async def _fetched(self, question: Question, convert: Convert | None) -> Answer:
        try:
            async with asyncio.timeout(self._patience.whole):
                reply = await self._asked(question)
                body = Body(reply.content, reply.headers.get("content-type", "").lower())
                data = await (convert or self._as_json)(body)
        except TimeoutError:
            seconds = f"{self._patience.whole:g} seconds"
            raise Unreachable(self.source.name, f"the answer was not complete after {seconds}") from None
        return self._cache.keep(self.source, question, data)

    async def _asked(self, question: Question) -> Reply:
        patience = self._patience
        headers = self._headers()
        for attempt in range(patience.retries + 1):
            await self._pace.turn(patience.longest_wait)
            last = attempt == patience.retries
            wait = patience.first_wait * 2**attempt
            try:
                reply = await exchange(self._connections(), self.source, question, headers)
            except Unreachable:
                if last:
                    raise
                await self._sleep(wait)
                continue
            if reply.status < 300:
                return reply
            error = self._error(reply, question)
            if reply.status not in PASSING:
                raise error
            asked = wait_asked_for(reply.headers, self._clock())
            if asked is not None or reply.status == 429:
                # Nobody else of this home should run into it either.
                wait = wait if asked is None else asked
                await self._pace.hold(wait)
                if last or wait > patience.longest_wait:
                    raise Busy(self.source.name, wait)
            elif last:
                raise error
            else:
                await self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _error(self, reply: Reply, question: Question) -> SourceError:
        if reply.status in {404, 410}:
            return NotThere(self.source.name, question.what, question.hint)
        return Refused(self.source.name, reply.status, self._mask(reason(reply.content)))

    async def _as_json(self, body: Body) -> bytes:
        try:
            msgspec.json.decode(body.content, type=msgspec.Raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Unfit(self.source.name, "it is not the JSON that it should be") from None
        return body.content

    def _connections(self) -> "httpx2.AsyncClient":
        loop = asyncio.get_running_loop()
        if self._open is None or self._open[0] is not loop:
            import httpx2  # noqa: PLC0415  40 ms that only who asks pays

            timeout = httpx2.Timeout(self._patience.silence, connect=self._patience.connecting)
            self._open = (loop, httpx2.AsyncClient(timeout=timeout, follow_redirects=False))
        return self._open[1]
