"""The tool that reads on in what tools returned: this run's results, and those of earlier exchanges.

Owns the tool's answer. Knows neither run nor disk: whoever runs a model hands in what finds the results.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dexter.tools.errors import BadArgument
from dexter.tools.fetching.text import one_line, plain, quoted

READ_RESULT = "read_result"
"""What the tool is called, in marks too."""
PAGE = 12_000
"""Characters: about as much as is read in one go, and no more than fits beside others."""
MOST_PLACES = 20
_AROUND = 150


@dataclass(frozen=True)
class Result:
    """What a tool returned, as a whole, under the name that a model knows it by."""

    name: str
    tool: str
    arguments: str
    text: str


class Results(Protocol):
    """What tools returned in this session, as far as it is still there."""

    def find(self, name: str) -> Result | None:
        """Return the result of that name, None if there is none."""

    def latest(self, limit: int) -> Sequence[Result]:
        """Return the latest results, newest first, at most `limit`."""


class NoResults:
    """Nothing was returned."""

    def find(self, name: str) -> Result | None:  # noqa: ARG002
        """Return nothing."""
        return None

    def latest(self, limit: int) -> Sequence[Result]:  # noqa: ARG002
        """Return nothing."""
        return ()


def reading_tool(results: Results) -> Callable[..., dict[str, Any]]:
    """Return the function that reads in `results`."""

    def read_result(result: str, start: int = 0, search: str = "") -> dict[str, Any]:
        """Read on in what a tool returned, in this run or in an earlier exchange of this session.

        Long results are shown in part and old ones are left out; what stands in their place names them. With
        `search` it tells where the words are, so that you can read there.

        Args:
            result: The name of the result, such as now.2; "list" tells which there are.
            start: The character to begin at, counted from 0.
            search: Words to look for from there on, in this order, instead of reading.
        """
        if result.strip().casefold() == "list":
            return {"results": [_listed(each) for each in results.latest(MOST_PLACES)]}
        found = results.find(result.strip())
        if found is None:
            names = ", ".join(each.name for each in results.latest(10))
            known = f"the latest are {names}" if names else "no tool has returned anything yet"
            raise BadArgument("result", f"names no result of this session: {known}")
        whole = len(found.text)
        if start < 0 or (start >= whole and start > 0):
            raise BadArgument("start", f"is outside of the result, which has {whole} characters")
        head = {"result": found.name, "tool": found.tool, "characters": whole}
        return head | (_places(found, start, search) if search.strip() else _page(found, start))

    return read_result


def _page(found: Result, start: int) -> dict[str, Any]:
    end = min(start + PAGE, len(found.text))
    return {
        "start": start,
        "end": end,
        "next_start": end if end < len(found.text) else None,
        "text": _quoted(found, start, end),
    }


def _places(found: Result, start: int, search: str) -> dict[str, Any]:
    pattern = re.compile(r"\s+".join(map(re.escape, search.split())), re.IGNORECASE)
    places: list[dict[str, Any]] = []
    more = False
    for match in pattern.finditer(found.text, start):
        if len(places) == MOST_PLACES:
            more = True
            break
        low, high = max(match.start() - _AROUND, 0), min(match.end() + _AROUND, len(found.text))
        places.append({"start": match.start(), "text": _quoted(found, low, high)})
    return {"searched": search, "from": start, "places": places, "more": more}


def _quoted(found: Result, start: int, end: int) -> str:
    # The marks around what others wrote may stand before or behind the part: so it gets its own.
    return quoted(plain(found.text[start:end]), f"result {found.name}, characters {start} to {end}")


def _listed(result: Result) -> dict[str, Any]:
    return {
        "result": result.name,
        "tool": result.tool,
        "arguments": one_line(result.arguments),
        "characters": len(result.text),
    }
