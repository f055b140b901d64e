"""What a tool found, in a few words for a line of the chat, instead of the JSON that the model reads."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

_MOST_FIGURES = 3
_MOST_FIELDS = 6
_MOST_LOOKED_AT = 200_000


def gist(result: str) -> str:
    """Return the figures of a computation, how many were found or answered, or the fields of another result.

    Args:
        result: What the tool returned; anything but a JSON object is returned as it is, of a very long one
            the beginning.
    """
    if len(result) > _MOST_LOOKED_AT:
        return result[:_MOST_LOOKED_AT]
    try:
        value = json.loads(result)
    except (ValueError, RecursionError):
        return result
    if not isinstance(value, Mapping):
        return result
    return _of(value) or ", ".join(
        f"{name}: {_plain(field)}" for name, field in list(value.items())[:_MOST_FIELDS]
    )


def fault(result: str) -> str:
    """Return why a call failed: of arguments that do not fit which ones and why, else what the tool said.

    Args:
        result: What the model was told.
    """
    try:
        value = json.loads(result[:_MOST_LOOKED_AT])
    except (ValueError, RecursionError):
        return result
    known = isinstance(value, list) and all(isinstance(one, Mapping) and "msg" in one for one in value)
    if not (known and value):
        return result
    return "; ".join(_misfit(one) for one in value[:_MOST_FIGURES])


def _misfit(one: Mapping[str, Any]) -> str:
    place = one.get("loc")
    where = ".".join(map(str, place)) if isinstance(place, list) else ""
    return f"{where}: {one['msg']}" if where else str(one["msg"])


def _of(value: Mapping[str, Any]) -> str:
    """Return the gist of a result of a known form; nothing of another."""
    figures, hits, tasks = value.get("figures"), value.get("hits"), value.get("tasks")
    if "drawn" in value and isinstance(value.get("series"), list):
        return str(value["drawn"])
    if isinstance(figures, list) and figures and all(isinstance(one, Mapping) for one in figures):
        return ", ".join(
            _figure(figure, alone=value.get("computed") == "value") for figure in figures[:_MOST_FIGURES]
        )
    if isinstance(tasks, list) and tasks and all(isinstance(one, Mapping) for one in tasks):
        done = sum(one.get("status") == "complete" for one in tasks)
        return f"{done} of {len(tasks)} answered"
    if isinstance(hits, Sequence) and not isinstance(hits, str):
        return f"{len(hits) or 'no'} exchange{'' if len(hits) == 1 else 's'} found"
    return ""


def _figure(figure: Mapping[str, Any], *, alone: bool) -> str:
    shown = str(figure.get("shown", figure.get("amount", "")))
    return shown if alone else f"{figure.get('name', '')} {shown}".strip()


def _plain(field: object) -> str:
    return field if isinstance(field, str) else json.dumps(field, ensure_ascii=False)
