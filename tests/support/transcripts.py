"""Transcripts for tests: one that is hard to show, and a strategy for any."""

import string
from typing import Any

import msgspec
from hypothesis import strategies as st

from dexter.sessions import (
    FiguresRecord,
    FurtherRecord,
    HelperRecord,
    ReasoningStep,
    SessionExchange,
    SessionMetadata,
    Step,
    TextStep,
    TokenUsageRecord,
    ToolStep,
    Transcript,
)
from dexter.sessions.records.deriving import derived
from dexter.sessions.records.identifiers import uuid7

MOMENT = 1_771_771_800_123
HOSTILE = (
    "<script>document.title='pwned'</script>\n\n<img src=x onerror=\"document.title='pwned'\">\n\n"
    "[link](javascript:document.title='pwned') ![picture](https://example.invalid/a.png) "
    "[data](data:text/html,x)\n\n</style></script></textarea></title>--> <!-- \n\n"
    "<svg onload=\"document.title='pwned'\">\n\n```\nleft open </article>\n"
)


def exchange(number: int, query: str = "q", answer: str = "a", **fields: Any) -> SessionExchange:
    """The exchange with that number, which follows the one before unless something else is said."""
    known = {
        "id": uuid7(MOMENT, number),
        "timestamp": MOMENT + 1000 * number,
        "query": query,
        "answer": answer,
        "model": "gpt-5",
        "parent_id": uuid7(MOMENT, number - 1) if number > 1 else None,
        "provider": "openai",
    }
    return SessionExchange(**{**known, **fields})


def transcript(*exchanges: SessionExchange, **fields: Any) -> Transcript:
    """A session with these exchanges; `steps` by exchange id, the rest is metadata."""
    steps = fields.pop("steps", {})
    metadata = SessionMetadata(
        id="a7k3m9x2",
        created_at=MOMENT,
        updated_at=MOMENT,
        model="gpt-5",
        provider="openai",
        **fields,
    )
    return Transcript(derived(metadata, exchanges), exchanges, steps)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_COUNTS = st.integers(0, 2**40)
_OWN = st.lists(st.text(), max_size=2).map(tuple)
_MOMENTS = st.integers(0, 253_402_300_799_999)
_IDS = st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)


def _unknown(kind: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    known = {*kind.__struct_encode_fields__, "continued"}
    return st.dictionaries(st.text().filter(lambda key: key not in known), JSON, max_size=2)


_USAGES = st.builds(TokenUsageRecord, _COUNTS, _COUNTS, _COUNTS, _COUNTS, _COUNTS, _unknown(TokenUsageRecord))
_FURTHER = st.builds(FurtherRecord, st.integers(1, 9), st.text(), _unknown(FurtherRecord))
_HELPERS = st.none() | st.builds(HelperRecord, st.integers(1, 9), st.text(), st.integers(1, 4))
_STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(ReasoningStep, st.integers(1, 9), st.text(), _HELPERS),
    st.builds(TextStep, st.integers(1, 9), st.text(), _HELPERS),
    st.builds(
        ToolStep,
        st.integers(1, 9),
        st.text(),
        st.text(),
        st.dictionaries(st.text(), JSON, max_size=2),
        st.text(),
        st.booleans(),
        _COUNTS,
        _HELPERS,
    ),
)


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    """Any session: any texts, unknown fields, branches, parents that are not there, steps."""
    ids = sorted(draw(st.sets(_IDS, max_size=4)))
    exchanges = tuple(
        SessionExchange(
            identifier,
            draw(_MOMENTS),
            draw(st.text()),
            draw(st.text()),
            draw(st.none() | st.text()),
            draw(st.text()),
            draw(st.sampled_from(["complete", "error", "interrupted"])),
            draw(_COUNTS),
            draw(st.none() | _USAGES),
            draw(st.none() | st.sampled_from(ids) | _IDS),
            draw(st.none() | st.text()),
            draw(st.none() | st.text()),
            draw(st.none() | st.builds(FiguresRecord, _COUNTS, _COUNTS, _OWN, _OWN, _unknown(FiguresRecord))),
            draw(st.lists(_FURTHER, max_size=2).map(tuple)),
            draw(_unknown(SessionExchange)),
        )
        for identifier in ids
    )
    metadata = SessionMetadata(
        draw(st.text("abcxyz0189", min_size=8, max_size=8)),
        draw(_MOMENTS),
        draw(_MOMENTS),
        model=draw(st.text()),
        provider=draw(st.text()),
        title=draw(st.none() | st.text()),
        tags=tuple(draw(st.lists(st.text(), max_size=2))),
        forked_from=draw(JSON),
        last_resumed_at=draw(st.none() | _MOMENTS),
        resume_count=draw(_COUNTS),
        unknown=draw(_unknown(SessionMetadata).filter(lambda fields: "imported" not in fields)),
    )
    steps = {identifier: tuple(draw(st.lists(_STEPS, max_size=2))) for identifier in ids}
    return Transcript(
        derived(metadata, exchanges), exchanges, {key: value for key, value in steps.items() if value}
    )
