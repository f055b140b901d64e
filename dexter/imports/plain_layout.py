"""The plain layout of an earlier dexter: `index.json` with all metadata, and `cli/<id>/history.jsonl`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from dexter.imports.errors import NotImportable
from dexter.imports.files import content_of, json_lines, mapping
from dexter.imports.identity import ExchangeIds
from dexter.imports.own_fields import exchange_in, metadata_in
from dexter.imports.values import Reading, Trouble
from dexter.sessions import InvalidRecord, SessionExchange, Transcript
from dexter.sessions.records.deriving import derived, rebuilt
from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.identifiers import is_session_id
from dexter.sessions.writing.importing import IMPORTED

NAME = "plain"
INDEX = "index.json"


def fits(fields: Mapping[str, Any]) -> bool:
    """Whether these are the fields of such an index."""
    return fields.get("version") == 1 and isinstance(fields.get("sessions"), dict)


def read(path: Path) -> Reading:
    """The sessions in a folder, or in the folder of an index; those that the index lacks, too.

    Raises:
        NotImportable: If the index can't be read.
    """
    folder = path if path.is_dir() else path.parent
    index = folder / INDEX
    try:
        fields = decode_object(content_of(index))
    except NotAnObject as error:
        raise NotImportable(index, str(error)) from None
    if not fits(fields):
        raise NotImportable(index, "it is no index of sessions")
    known = mapping(fields["sessions"])
    try:
        present = [each.name for each in (folder / "cli").iterdir() if is_session_id(each.name)]
    except OSError:
        present = []
    transcripts: list[Transcript] = []
    troubles: list[Trouble] = []
    for name in sorted({*known, *present}):
        if not is_session_id(name):
            troubles.append(Trouble(index, f"no id of a session: {name[:40]}"))
            continue
        transcripts += _session(folder, name, mapping(known.get(name)), troubles)
    return Reading(tuple(transcripts), tuple(troubles))


def _session(folder: Path, name: str, fields: Mapping[str, Any], troubles: list[Trouble]) -> list[Transcript]:
    file = folder / "cli" / name / "history.jsonl"
    exchanges: list[SessionExchange] = []
    if file.is_file():
        try:
            exchanges = _exchanges(name, file, troubles)
        except NotImportable as error:
            troubles.append(Trouble(error.path, error.reason))
    try:
        metadata = metadata_in({**fields, "id": name})
    except InvalidRecord as error:
        if fields:
            troubles.append(Trouble(folder / INDEX, f"session {name}: its metadata is none: {error}"))
        if not exchanges:
            return []
        metadata = rebuilt(name, dict(fields), exchanges)
    return [Transcript(derived(metadata, exchanges), tuple(exchanges))]


def _exchanges(session: str, file: Path, troubles: list[Trouble]) -> list[SessionExchange]:
    """The exchanges of a history in its order, each after the one before unless it says otherwise."""
    rows, broken = json_lines(file)
    troubles += broken
    names: dict[str, None] = {}
    found: list[SessionExchange] = []
    for number, fields in rows:
        foreign = str(fields.get("id"))
        duration = fields.get("duration")
        usable = {**fields, "duration": round(duration)} if isinstance(duration, float) else fields
        # Whatever its id is: if it is not fit for one, it gets another below.
        try:
            exchange = exchange_in({**usable, "id": "any"})
        except InvalidRecord as error:
            troubles.append(Trouble(file, str(error), number))
            continue
        if foreign in names:
            troubles.append(Trouble(file, f"exchange {foreign[:64]} is there twice", number))
            continue
        parent = exchange.parent_id if "parentId" in fields else next(reversed(names), None)
        names[foreign] = None
        found.append(msgspec.structs.replace(exchange, parent_id=parent))
    ids = _ids(session, list(names), found)
    return [
        msgspec.structs.replace(
            exchange,
            id=ids[name],
            parent_id=ids.get(exchange.parent_id) if exchange.parent_id is not None else None,
            unknown=exchange.unknown
            if ids[name] == name
            else {**exchange.unknown, IMPORTED: {"from": NAME, "id": name[:200]}},
        )
        for name, exchange in zip(names, found, strict=True)
    ]


def _ids(session: str, names: list[str], found: list[SessionExchange]) -> dict[str, str]:
    """The ids of the exchanges: their own if they say the order, which is that of the file, else new ones."""
    fit = names == sorted(names)
    for name, exchange in zip(names, found, strict=True):
        try:
            SessionExchange.from_fields({**exchange.to_fields(), "id": name})
        except InvalidRecord:
            fit = False
    if fit:
        return {name: name for name in names}
    maker = ExchangeIds(NAME, session)
    return {name: maker.next(name, each.timestamp) for name, each in zip(names, found, strict=True)}
