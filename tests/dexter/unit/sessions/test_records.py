import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.sessions import InvalidRecord, SessionExchange, SessionMetadata, TokenUsageRecord
from dexter.sessions.records.encoding import NotAnObject, decode_object, storable
from dexter.sessions.records.history_lines import parse_history
from dexter.sessions.records.plain_lines import exchange_in
from dexter.sessions.records.records import preview
from dexter.sessions.records.step_lines import parse_steps, steps_to_lines
from dexter.sessions.records.steps import ReasoningStep, TextStep, ToolStep

LINE: dict[str, Any] = {
    "id": "01a20580-9bb1-754b-b4bb-1085bc16fbb7",
    "timestamp": 1_771_770_600_000,
    "query": "q",
    "answer": "a",
    "summary": None,
    "model": "m",
    "status": "complete",
    "duration": 5,
    "tokenUsage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
    "parentId": None,
    "provider": "openai",
}
METADATA: dict[str, Any] = {"id": "a7k3m9x2", "createdAt": 1, "updatedAt": 2}

text = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(text.filter(lambda key: key not in LINE), values, max_size=4), text, text)
def test_an_exchange_comes_back_as_it_was_with_fields_that_nobody_knows(
    unknown: dict[str, Any], query: str, answer: str
):
    fields = {**LINE, "query": query, "answer": answer, **unknown}
    exchange = SessionExchange.from_line(json.dumps(fields).encode())
    assert exchange.unknown == unknown
    assert json.loads(exchange.to_line()) == fields
    assert SessionExchange.from_line(exchange.to_line()) == exchange
    assert b"\n" not in exchange.to_line()


@given(st.dictionaries(text.filter(lambda key: key not in METADATA), values, max_size=4))
def test_metadata_keeps_fields_that_nobody_knows(unknown: dict[str, Any]):
    known = SessionMetadata.from_fields(METADATA).to_fields()
    unknown = {key: value for key, value in unknown.items() if key not in known}
    metadata = SessionMetadata.from_fields({**METADATA, **unknown})
    assert metadata.to_fields() == {**known, **unknown}


def test_unknown_fields_of_the_token_usage_are_kept():
    usage = {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3, "cached": {"read": 7}}
    exchange = SessionExchange.from_fields({**LINE, "tokenUsage": usage})
    assert exchange.token_usage == TokenUsageRecord(1, 2, 3, unknown={"cached": {"read": 7}})
    assert exchange.to_fields()["tokenUsage"] == usage


def test_tokens_of_a_cache_are_in_the_line_if_there_are_any():
    usage = {
        "inputTokens": 9,
        "outputTokens": 2,
        "totalTokens": 11,
        "cacheReadTokens": 7,
        "cacheWriteTokens": 1,
    }
    exchange = SessionExchange.from_fields({**LINE, "tokenUsage": usage})
    read = exchange_in(exchange.to_line())
    assert read is not None
    assert read[0].token_usage == exchange.token_usage == TokenUsageRecord(9, 2, 11, 7, 1)
    assert exchange.to_fields()["tokenUsage"] == usage
    assert set(TokenUsageRecord(9, 2, 11).to_fields()) == {"inputTokens", "outputTokens", "totalTokens"}


def test_a_field_called_unknown_is_kept_like_any_other():
    exchange = SessionExchange.from_fields({**LINE, "unknown": {"x": 1}})
    assert exchange.to_fields() == {**LINE, "unknown": {"x": 1}}


@pytest.mark.parametrize("field", ["id", "timestamp", "query", "answer", "model", "status", "duration"])
def test_a_line_without_a_field_is_no_exchange_and_the_reason_names_it(field: str):
    with pytest.raises(InvalidRecord, match=field):
        SessionExchange.from_fields({key: value for key, value in LINE.items() if key != field})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "../x"), ("id", 7), ("timestamp", "now"), ("timestamp", -1), ("timestamp", 10**18),
        ("timestamp", True),
        ("query", None), ("answer", ["a"]), ("status", "done"), ("duration", -5),
        ("tokenUsage", {"inputTokens": 1}),
        ("tokenUsage", "many"), ("parentId", 3),
    ],
)  # fmt: skip
def test_a_line_with_a_wrong_value_is_no_exchange(field: str, value: object):
    with pytest.raises(InvalidRecord):
        SessionExchange.from_fields({**LINE, field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "ABCDEFGH"),
        ("id", "../../.."),
        ("createdAt", "x"),
        ("exchangeCount", -1),
        ("tags", "a"),
        ("title", 5),
    ],
)
def test_metadata_with_a_wrong_value_is_refused(field: str, value: object):
    with pytest.raises(InvalidRecord):
        SessionMetadata.from_fields({**METADATA, field: value})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "empty"), (b"  \r", "empty"), (b"\0\0\0", "only NUL"), (b'{"id":"a\0"}', "NUL"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"id":"a', "cut off"), (b"hello", "not JSON"), (b"[1]", "object"), (b'"x"', "object"),
        (b"[" * 100_000, "nested"), (b'{"a":NaN}', "not JSON"),
    ],
)  # fmt: skip
def test_the_reason_says_what_is_wrong_with_a_line(line: bytes, reason: str):
    with pytest.raises(NotAnObject, match=reason):
        decode_object(line)


def test_half_a_surrogate_pair_that_another_program_wrote_is_mended():
    assert decode_object(b'{"query":"cut \\ud83d"}') == {"query": "cut \ufffd"}


def test_text_that_was_not_utf8_can_be_stored():
    assert storable("a\udcff\ud83d\ude00") == "a\ufffd\U0001f600"


@given(st.binary())
def test_a_history_of_any_bytes_loads(content: bytes):
    exchanges, skipped = parse_history(content)
    assert len(exchanges) + len(skipped) <= content.count(b"\n") + 1


@given(st.lists(st.binary(max_size=30).map(lambda junk: junk.replace(b"\n", b"")), max_size=6), st.randoms())
def test_junk_between_lines_costs_no_exchange(junk: list[bytes], random: Any):
    good = [SessionExchange.from_fields({**LINE, "id": f"e{number}"}).to_line() for number in range(5)]
    lines = [*good, *junk]
    random.shuffle(lines)
    exchanges, _ = parse_history(b"\n".join(lines) + b"\n")
    assert [each.id for each in exchanges] == [f"e{number}" for number in range(5)]


def test_skipped_lines_are_told_by_number_and_reason():
    good = SessionExchange.from_fields(LINE).to_line()
    _, skipped = parse_history(b"\n".join([b"{}", good, b'{"id":"torn', b"\0\0"]) + b"\n")
    assert [number for number, _ in skipped] == [1, 3, 4]
    assert [reason for _, reason in skipped][1:] == ["cut off", "only NUL bytes"]


def test_a_line_of_ten_megabytes_is_read():
    line = SessionExchange.from_fields({**LINE, "answer": "x" * 10_000_000}).to_line()
    exchanges, skipped = parse_history(line + b"\n")
    assert (len(exchanges[0].answer), skipped) == (10_000_000, ())


def test_a_line_that_a_merge_doubled_counts_once_and_another_with_its_id_is_told():
    line = SessionExchange.from_fields(LINE).to_line()
    other = SessionExchange.from_fields({**LINE, "answer": "b"}).to_line()
    exchanges, skipped = parse_history(line + b"\n" + line + b"\n" + other + b"\n")
    assert [each.answer for each in exchanges] == ["a"]
    assert [number for number, _ in skipped] == [3]


def test_an_exchange_that_names_no_parent_follows_the_one_before_it():
    lines = [
        {key: value for key, value in {**LINE, "id": f"e{n}"}.items() if key != "parentId"} for n in range(3)
    ]
    exchanges, _ = parse_history(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    assert [each.parent_id for each in exchanges] == [None, "e0", "e1"]


def test_steps_come_back_and_lines_that_are_none_are_left_out():
    steps = (
        ReasoningStep(1, "hm"),
        TextStep(1, "let me see"),
        ToolStep(1, "c", "npv", {"rate": "0.1"}, "5", False, 9),
    )
    assert parse_steps(steps_to_lines(steps) + b'{"type":"other"}\n{"torn') == (steps, ())


@given(text)
def test_a_preview_is_one_line_of_at_most_100_characters(query: str):
    shown = preview(query)
    assert len(shown) <= 100
    assert "\n" not in shown


def test_a_preview_counts_its_dots():
    assert preview("x" * 100) == "x" * 100
    assert preview("x" * 101) == "x" * 97 + "..."
    assert preview("x" * 10_000) == "x" * 97 + "..."
    assert preview("  two\n lines ") == "two lines"
