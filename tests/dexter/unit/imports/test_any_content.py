"""Files of others may hold anything: what is read of them can be stored, and the rest is told."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dexter.imports.errors import NotImportable
from dexter.imports.sources import Source, find_sources, read_source
from dexter.sessions import SessionExchange, SessionMetadata, Transcript
from dexter.sessions.records.step_lines import parse_steps, steps_to_lines
from tests.support.transcripts import JSON

MOMENTS = st.sampled_from(
    ["2026-03-01T10:00:00Z", "1969-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "2026-02-30T00:00:00Z", "x"]
)
COUNTS = JSON | st.just(2**62)
USAGE = JSON | st.fixed_dictionaries({}, optional={"input_tokens": COUNTS, "output_tokens": COUNTS})


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with some of these fields, each of its kind or of any, or anything else."""
    either = {name: JSON | strategy for name, strategy in fields.items()}
    return st.fixed_dictionaries({}, optional=either) | JSON


def words(text: str) -> st.SearchStrategy[str]:
    """One of these words."""
    return st.sampled_from(text.split())


BLOCKS = st.lists(
    some(
        type=words("text thinking tool_use tool_result image input_text"),
        text=st.text(),
        id=words("a b"),
        tool_use_id=words("a b"),
        name=st.text(),
        input=JSON,
        content=JSON,
    ),
    max_size=3,
)
CLAUDE = some(
    type=words("user assistant user assistant summary system"),
    uuid=words("a b c"),
    parentUuid=words("a b c"),
    timestamp=MOMENTS,
    summary=st.text(),
    isApiErrorMessage=st.booleans(),
    message=some(content=BLOCKS, id=words("m n"), model=st.text(), usage=USAGE),
)
CODEX = some(
    type=words("session_meta turn_context response_item response_item event_msg"),
    timestamp=MOMENTS,
    payload=some(
        type=words(
            "message message reasoning function_call function_call_output custom_tool_call turn_aborted "
            "custom_tool_call_output web_search_call token_count exec_command_end error"
        ),
        role=words("user assistant"),
        content=BLOCKS,
        summary=BLOCKS,
        arguments=st.just("{"),
        output=st.just('{"output": "x", "metadata": 3}'),
        call_id=words("a b"),
        info=some(last_token_usage=USAGE),
        git=JSON,
    ),
)
GPTME = some(
    role=words("system user assistant user assistant"),
    content=st.text(),
    timestamp=MOMENTS,
    metadata=some(usage=USAGE, model=st.text()),
)
EXCHANGE = some(
    id=words("a b"),
    timestamp=MOMENTS,
    query=st.text(),
    answer=st.text(),
    model=st.text(),
    status=st.just("complete"),
    duration=st.integers(0, 9),
    tokenUsage=USAGE,
)
OWN = some(exchange=EXCHANGE, steps=st.lists(JSON))
HEAD = st.fixed_dictionaries(
    {
        "format": st.just("dexter-session"),
        "version": st.just(1) | JSON,
        "session": some(id=st.just("a7k3m9x2"), createdAt=MOMENTS, updatedAt=MOMENTS, tags=JSON),
    }
)


def can_be_stored(transcript: Transcript) -> None:
    """Check a transcript as the store would read it back."""
    assert SessionMetadata.from_fields(transcript.metadata.to_fields()) == transcript.metadata
    ids = [each.id for each in transcript.exchanges]
    assert ids == sorted(set(ids))
    for each in transcript.exchanges:
        assert SessionExchange.from_line(each.to_line()) == each
    for steps in transcript.steps.values():
        assert parse_steps(steps_to_lines(steps))[0] == steps


def read(rows: list[Any], form: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        try:
            find_sources(path)
        except NotImportable as error:
            assert "its format is not known" in error.reason  # noqa: PT017  it need not be raised
        try:
            reading = read_source(Source(path, form))
        except NotImportable:
            assert form == "dexter"
            return
    for transcript in reading.transcripts:
        can_be_stored(transcript)


@given(rows=st.lists(CLAUDE, max_size=8))
def test_any_lines_of_claude_code(rows: list[Any]):
    read(rows, "claude-code")


@given(rows=st.lists(CODEX, max_size=8))
def test_any_lines_of_codex(rows: list[Any]):
    read(rows, "codex")


@given(rows=st.lists(GPTME, max_size=8))
def test_any_lines_of_gptme(rows: list[Any]):
    read(rows, "gptme")


@given(head=HEAD, rows=st.lists(OWN | JSON, max_size=4))
def test_any_lines_of_an_export(head: Any, rows: list[Any]):
    read([head, *rows], "dexter")
    read([{**head, "exchanges": rows}], "dexter")
