"""From an exchange to the files that keep it, none of them longer than git hosts and readers can bear."""

from collections.abc import Iterable, Sequence

from dexter.sessions.records.compactions import Summary
from dexter.sessions.records.continuing import Limits, cut
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.records.records import SessionExchange
from dexter.sessions.records.step_lines import steps_to_lines
from dexter.sessions.records.steps import Step
from gitstore import AppendRecord, Operation, PutFile, segment_path, split_lines


def exchange_kept(
    paths: SessionPaths, exchange: SessionExchange, steps: Sequence[Step], limits: Limits
) -> list[Operation]:
    """What writes an exchange: its line, the rest of it if it is long, and its steps."""
    line, rest = cut(exchange.to_fields(), limits.line)
    return [
        AppendRecord(paths.history, line, exchange.id, limits.file),
        *_files(paths.parts(exchange.id), _lines(rest), limits),
        *_files(paths.steps(exchange.id), steps_to_lines(steps, limits.line), limits),
    ]


def summary_kept(paths: SessionPaths, summary: Summary, limits: Limits) -> list[Operation]:
    """What writes a summary: its line, and the rest of it if it is long."""
    line, rest = cut(summary.to_fields(), limits.line)
    return [
        AppendRecord(paths.summaries, line, summary.id, limits.file),
        *_files(paths.parts(summary.id), _lines(rest), limits),
    ]


def _lines(lines: Iterable[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _files(path: str, content: bytes, limits: Limits) -> list[PutFile]:
    contents = split_lines(content.splitlines(keepends=True), limits.file)  # JSON has no line ends inside
    return [PutFile(segment_path(path, number), content) for number, content in enumerate(contents, 1)]
