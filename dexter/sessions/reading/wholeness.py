"""What is not there of exchanges and steps whose lines were cut; what can't be read is told by others."""

from collections.abc import Mapping, Sequence
from typing import Any

import gitstore
from dexter.sessions.errors import SessionDamaged
from dexter.sessions.reading.session_files import read_whole
from dexter.sessions.records.continuing import Missing, is_cut, joined, read_rest
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.records.step_lines import parse_steps
from gitstore.problems import Kind, Problem


def missing_of_exchange(
    tree: gitstore.Snapshot, session_id: str, exchange_id: str, fields: Mapping[str, Any]
) -> list[Problem]:
    """What is missing of the exchange in a line with these fields; nothing if it was not cut."""
    if not is_cut(fields):
        return []
    path = SessionPaths(session_id).parts(exchange_id)
    try:
        rest = read_rest(read_whole(tree, session_id, path))
    except SessionDamaged:
        return []
    return _problems(path, joined(dict(fields), rest)[1])


def missing_of_steps(tree: gitstore.Snapshot, session_id: str, path: str) -> list[Problem]:
    """What is missing of the steps in a file and in those in which it goes on."""
    try:
        steps = read_whole(tree, session_id, path)
    except SessionDamaged:
        return []
    return _problems(path, parse_steps(steps)[1])


def _problems(path: str, missing: Sequence[Missing]) -> list[Problem]:
    return [Problem(Kind.FILE, path, str(each)) for each in missing]
