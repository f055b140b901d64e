"""The tool that finds companies by their figures."""

from difflib import get_close_matches
from typing import Any

from dexter.tools.errors import BadArgument
from dexter.tools.fetching.source import DAY, HOUR
from dexter.tools.fetching.text import one_line
from dexter.tools.market.asking import limit_of
from dexter.tools.market.dataset import NAME, Dataset, Sought
from dexter.tools.market.rows import Reading, told
from dexter.tools.registry import Tool

MOST_COMPANIES = 100
MOST_FIELDS = 400
_FILTERS = Sought(
    "screener_filters", "/financials/search/screener/filters/", "list of screener fields", keep=DAY
)


def screening_tools(dataset: Dataset) -> tuple[Tool, ...]:
    """The tool, on top of what asks the source."""

    async def stock_screener(conditions: list[str], currency: str = "USD", limit: int = 25) -> dict[str, Any]:
        """Find companies whose figures meet all conditions, such as "revenue > 100000000000".

        Args:
            conditions: Each a field, one of > >= < <= = in, and a value: "net_margin >= 0.2",
                "sector in Technology, Energy". None lists the fields that there are.
            currency: Of amounts of money.
            limit: The most companies, 1 to 100.
        """
        fields = _fields(await dataset.answer(_FILTERS))
        if not conditions:
            return {"source": NAME, "fields": sorted(fields)[:MOST_FIELDS]}
        filters = [_filter(each, fields) for each in conditions]
        most = limit_of(limit, MOST_COMPANIES)
        money = currency.strip().upper()[:3] or "USD"
        body = {"filters": filters, "currency": money, "limit": most}
        what = "company that meets these conditions"
        hint = "Loosen one of the conditions."
        sought = Sought("screener", "/financials/search/screener/", what, keep=HOUR, hint=hint, body=body)
        found = await dataset.rows(sought, "search_results", most)
        asked = [f"{each['field']} {each['operator']} {each['value']}" for each in filters]
        return {**told(found, Reading(money), "companies"), "conditions": asked}

    return (Tool("stock_screener", "Screening companies", stock_screener, special=True),)


_SIGNS = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt", "==": "eq", "=": "eq", " in ": "in"}


def _filter(text: str, fields: set[str]) -> dict[str, Any]:
    """A condition as the source wants it.

    Raises:
        BadArgument: If it can't be read, or names no field.
    """
    said = one_line(text, 200)
    sign = next((each for each in _SIGNS if each in said), None)
    field, _, value = said.partition(sign or "\0")
    name = field.strip().casefold().replace(" ", "_")
    if sign is None or not name or not value.strip():
        raise BadArgument("conditions", f'has {said!r}: write each as "revenue > 1000000000"')
    # Without a list to go by, the source itself says what is wrong.
    if fields and name not in fields:
        near = ", ".join(get_close_matches(name, fields, n=5, cutoff=0.4)) or "call it without conditions"
        raise BadArgument("conditions", f"has no such field {name!r}; like it: {near}")
    operator = _SIGNS[sign]
    if operator == "in":
        return {"field": name, "operator": operator, "value": [_one(each) for each in value.split(",")]}
    return {"field": name, "operator": operator, "value": _one(value)}


def _one(text: str) -> int | float | str:
    said = text.strip().strip("'\"")
    for kind in (int, float):
        try:
            found = kind(said.replace("_", ""))
        except ValueError:
            continue
        return found if abs(found) < 1e300 else said
    return said


def _fields(answer: Any, deep: int = 5) -> set[str]:
    """Every name of a field in the list, however it is grouped."""
    found: set[str] = set()
    if isinstance(answer, str):
        name = answer.strip()
        return {name} if name.isidentifier() and len(name) <= 60 else set()
    if not deep:
        return found
    if isinstance(answer, dict):
        for key in ("field", "name", "key"):
            if isinstance(answer.get(key), str):
                return _fields(answer[key])
        parts = [value for key, value in answer.items() if key not in {"operators", "currencies"}]
        return found.union(*(_fields(each, deep - 1) for each in parts))
    return found.union(*(_fields(each, deep - 1) for each in answer)) if isinstance(answer, list) else found
