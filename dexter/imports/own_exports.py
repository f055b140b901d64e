"""Our own exports, JSON and JSON lines: the session comes back as it was."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dexter.imports.errors import NotImportable
from dexter.imports.files import Row, content_of, json_lines, mapping
from dexter.imports.own_fields import exchange_in, metadata_in, ordered, without_strays
from dexter.imports.values import Reading, Trouble
from dexter.sessions import InvalidRecord, SessionExchange, Step, Transcript
from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.steps import step_from_fields

NAME = "dexter"
FORMAT = "dexter-session"
VERSION = 1


def fits(fields: Mapping[str, Any]) -> bool:
    """Whether these are the first fields of such an export."""
    return fields.get("format") == FORMAT


def read(path: Path) -> Reading:
    """The session in a file.

    Raises:
        NotImportable: If it can't be read, has no metadata, or is of a newer version.
    """
    content = content_of(path)
    try:
        whole = decode_object(content)
    except NotAnObject:
        rows, troubles = json_lines(path, content)
        if not rows or not fits(rows[0][1]):
            raise NotImportable(path, "it does not begin with the metadata of a session") from None
        return _read(path, rows[0][1], rows[1:], troubles)
    listed = whole.get("exchanges")
    numbered = [(0, mapping(each)) for each in listed] if isinstance(listed, list) else []
    return _read(path, whole, [(number, dict(fields)) for number, fields in numbered], [])


def _read(path: Path, head: Mapping[str, Any], rows: Iterable[Row], troubles: list[Trouble]) -> Reading:
    version = head.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise NotImportable(path, "a newer dexter wrote it")
    try:
        metadata = metadata_in(mapping(head.get("session")))
    except InvalidRecord as error:
        raise NotImportable(path, f"its metadata is none: {error}") from None
    exchanges: list[SessionExchange] = []
    steps: dict[str, tuple[Step, ...]] = {}
    for place, (number, row) in enumerate(rows, 1):
        try:
            exchange = exchange_in(mapping(row.get("exchange")))
        except InvalidRecord as error:
            troubles.append(Trouble(path, f"exchange {place} is none: {error}", number or None))
            continue
        if exchange.id in steps:
            troubles.append(Trouble(path, f"exchange {exchange.id} is there twice", number or None))
            continue
        exchanges.append(exchange)
        steps[exchange.id] = _steps(path, row, number, place, troubles)
    return Reading((without_strays(Transcript(metadata, ordered(exchanges), steps)),), tuple(troubles))


def _steps(
    path: Path, row: Mapping[str, Any], number: int, place: int, troubles: list[Trouble]
) -> tuple[Step, ...]:
    found: list[Step] = []
    listed = row.get("steps")
    for each in listed if isinstance(listed, list) else []:
        try:
            found.append(step_from_fields(mapping(each)))
        except InvalidRecord as error:
            troubles.append(Trouble(path, f"a step of exchange {place} is none: {error}", number or None))
    return tuple(found)
