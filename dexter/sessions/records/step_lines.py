"""The file of an exchange's steps: a line of JSON for each, and behind one too long lines with the rest."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import msgspec

from dexter.sessions.records.continuing import DEFAULT, Missing, Rest, cut, is_cut, joined, take_rest
from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.records import InvalidRecord
from dexter.sessions.records.steps import Step, step_from_fields


def steps_to_lines(steps: Iterable[Step], limit: int = DEFAULT.line) -> bytes:
    """The lines of a steps file, each with its line feed; the rest of one over `limit` bytes follows it."""
    lines: list[bytes] = []
    for step in steps:
        line, rest = cut(msgspec.to_builtins(step), limit)
        lines += [line, *rest]
    return b"".join(line + b"\n" for line in lines)


def parse_steps(content: bytes) -> tuple[tuple[Step, ...], tuple[Missing, ...]]:
    """The steps in a file, in order, and what is missing of those that were cut and keep a beginning."""
    steps: list[Step] = []
    missing: list[Missing] = []
    fields: dict[str, Any] = {}
    rest: Rest = {}

    def end() -> None:
        whole = fields
        if is_cut(fields):
            whole, lacking = joined(fields, rest)
            missing.extend(lacking)
        with suppress(InvalidRecord):
            steps.append(step_from_fields(whole))

    for line in content.split(b"\n"):
        try:
            found = decode_object(line)
        except NotAnObject:
            continue
        if not take_rest(rest, found):
            end()
            fields, rest = found, {}
    end()
    return tuple(steps), tuple(missing)
