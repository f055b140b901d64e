"""Financial Datasets: its addresses, how long its answers count, and its answers as rows.

Addresses, parameters and names of fields as the source documents them (docs.financialdatasets.ai).
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from dexter.tools.errors import NotThere, Unfit
from dexter.tools.fetching.client import Client
from dexter.tools.fetching.source import MEGABYTE, Body, Question, Source

HOST = "api.financialdatasets.ai"
NAME = "Financial Datasets"
KEY = "FINANCIAL_DATASETS_API_KEY"
FINANCIAL_DATASETS = Source("fd", NAME, (HOST,), per_second=10)
MOST_PAGES = 20
LARGEST = 10 * MEGABYTE

Row = Mapping[str, Any]


def key_header(key: str | None) -> Mapping[str, str]:
    """The header that tells the source who asks."""
    return {"x-api-key": key or "", "accept": "application/json"}


class Sought(msgspec.Struct, frozen=True):
    """What is asked of the source.

    Attributes:
        endpoint: The folder in the cache.
        path: With its slashes.
        what: What is asked for, in words, for `NotThere`.
        params: What goes behind the question mark; empty ones do not.
        keep: Seconds for which an answer counts; None: it never changes; 0: it is not kept.
        label: What the answer is about, such as a ticker.
        hint: What may be tried if there is nothing, as a sentence.
        body: For a POST.
    """

    endpoint: str
    path: str
    what: str
    params: Mapping[str, str | int] = {}
    keep: float | None = 0.0
    label: str = "all"
    hint: str = ""
    body: Mapping[str, Any] | None = None


class Found(msgspec.Struct, frozen=True):
    """Rows, the address that gave them, when, and whether there are more."""

    rows: tuple[Row, ...]
    link: str
    fetched: str
    more: bool = False


class Dataset:
    """The source's answers.

    Every method raises what `Client.ask` does, `NotThere` for an answer without a row, and `Unfit` for one of
    another form; neither is kept.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def rows(self, sought: Sought, name: str, limit: int = 1) -> Found:
        """The rows of an answer; a single object is one row.

        Args:
            sought: What is asked.
            name: The field of the answer that holds them.
            limit: The most rows; further pages are asked for until there are so many.
        """
        params = {key: str(value) for key, value in sought.params.items() if value != ""}
        rows: list[Row] = []
        first = fetched = ""
        for _ in range(MOST_PAGES):
            answer, link, fetched_then = await self._page(sought, params, name)
            first, fetched = first or link, fetched or fetched_then
            rows += _rows(answer, name)
            cursor = _cursor(answer)
            if cursor is None or len(rows) >= limit:
                break
            params = {"cursor": cursor}
        return Found(tuple(rows[:limit]), first, fetched, more=len(rows) > limit or cursor is not None)

    async def answer(self, sought: Sought) -> Any:
        """The whole of an answer."""
        return (await self._page(sought, {key: str(value) for key, value in sought.params.items()}, None))[0]

    async def _page(
        self, sought: Sought, params: Mapping[str, str], name: str | None
    ) -> tuple[Any, str, str]:
        async def with_rows(body: Body) -> bytes:
            found = _decoded(body.content)
            if "cursor" not in params and not (found if name is None else _rows(found, name)):
                raise NotThere(NAME, sought.what, sought.hint)
            return body.content

        url = self._client.source.url(HOST, sought.path)
        question = Question(
            sought.endpoint,
            url,
            sought.what,
            params=params,
            label=sought.label,
            body=sought.body,
            keep=sought.keep,
            largest=LARGEST,
            hint=sought.hint,
        )
        answer = await self._client.ask(question, with_rows)
        link = f"{answer.url}?{urlencode(params)}" if params else answer.url
        return _decoded(answer.data), link, answer.fetched


def _decoded(content: bytes) -> Any:
    try:
        # Exactly the digits that were sent: a binary float would have others.
        return json.loads(content, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Unfit(NAME, "it is not the JSON that it should be") from None


def _no_number(name: str) -> None:
    raise ValueError(name)


def _rows(answer: Any, name: str) -> list[Row]:
    if not isinstance(answer, dict):
        raise Unfit(NAME, "it has another form than expected (it is no object)")
    found = answer.get(name)
    if found is None or found in ([], {}):
        return []
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise Unfit(NAME, f"it has another form than expected ({name} is no list)")
    return [each if isinstance(each, dict) else {"name": each} for each in found if each is not None]


def _cursor(answer: Any) -> str | None:
    """What asks for the next page. Only that is taken of its address: where it leads is ours to say."""
    url = answer.get("next_page_url") if isinstance(answer, dict) else None
    try:
        found = parse_qs(urlsplit(url).query).get("cursor") if isinstance(url, str) else None
    except ValueError:
        return None
    return found[0] if found else None
