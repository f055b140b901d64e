"""Files as they come: bytes, lines of JSON, JSON. What is broken is told with its line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dexter.imports.errors import NotImportable
from dexter.imports.values import Trouble
from dexter.sessions.records.encoding import NotAnObject, decode_object

Row = tuple[int, dict[str, Any]]
"""A line's number, from 1, and its fields."""


def content_of(path: Path) -> bytes:
    """The content of a file.

    Raises:
        NotImportable: If it can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotImportable(path, error.strerror or str(error)) from error


def json_lines(path: Path, content: bytes | None = None) -> tuple[list[Row], list[Trouble]]:
    """The objects in a file of JSON lines, and the lines that are none; empty lines are passed over.

    Raises:
        NotImportable: If it can't be read.
    """
    rows: list[Row] = []
    troubles: list[Trouble] = []
    for number, line in enumerate((content_of(path) if content is None else content).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append((number, decode_object(line)))
        except NotAnObject as error:
            troubles.append(Trouble(path, str(error), number))
    return rows, troubles


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def string(value: object) -> str | None:
    """The value if it is a text that is not empty."""
    return value if isinstance(value, str) and value else None


def small(fields: Mapping[str, Any], leave: frozenset[str]) -> dict[str, Any]:
    """The fields that are short texts, numbers or truths, without those that are known already."""
    return {
        key: value
        for key, value in fields.items()
        if key not in leave
        and isinstance(value, str | int | float)
        and len(key) <= 100
        and len(str(value)) <= 1000
    }
