"""Nothing that a chat hands in gets to the disk with a key in it, whichever door it comes through."""

import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dexter.paths import Home
from dexter.secrets import NONE, Masks
from dexter.sessions import (
    FiguresRecord,
    HelperRecord,
    ReasoningStep,
    SessionManager,
    SessionStore,
    TextStep,
    ToolStep,
    Transcript,
)
from dexter.sessions.archive import Archive
from dexter.sessions.health.scanning import scan
from dexter.sessions.notices import SecretsMasked
from tests.support.sessions import everything_below, save
from tests.support.transcripts import exchange, transcript

KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"
ACME = "nothing anybody would know 1"
MASKS = Masks.of({"ACME_API_KEY": ACME})
TEXT = f"It is {KEY} or {ACME}."
MASKED = "[masked: openai key]"
HIDDEN = "It is [masked: openai key] or [masked: acme key]."


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".dexter"


@pytest.fixture(autouse=True)
def _nothing_is_left(home: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "turned_off" not in request.node.name:
        for place, content in everything_below(home):
            assert KEY.encode() not in content, place
            assert ACME.encode() not in content, place


def open_(home: Path) -> SessionManager:
    return SessionManager(home, identity=("T", "t@example.invalid"), masks=MASKS)


def steps() -> tuple[Any, ...]:
    helper = HelperRecord(1, KEY, 2)
    return (
        ReasoningStep(1, TEXT),
        TextStep(1, TEXT),
        ToolStep(1, "c", "look", {"at": [TEXT], TEXT: 1}, TEXT, True, 3),
        ToolStep(1, KEY, "research", {"tasks": [TEXT]}, TEXT, True, 3),
        ReasoningStep(1, TEXT, helper),
        TextStep(1, TEXT, helper),
        ToolStep(1, "c", "look", {"at": [TEXT], TEXT: 1}, TEXT, True, 3, helper),
    )


def elsewhere() -> Transcript:
    """A session that repeats the keys in all that it can say."""
    figures = FiguresRecord(0, 0, (KEY,), (ACME,))
    one = exchange(
        1,
        TEXT,
        TEXT,
        summary=TEXT,
        error=TEXT,
        model=TEXT,
        provider=TEXT,
        figures=figures,
        unknown={"x": [TEXT]},
    )
    unknown = {"imported": {"from": "codex", "id": TEXT, "extra": {TEXT: TEXT}}}
    return transcript(
        one, exchange(2, TEXT), title=TEXT, tags=(TEXT, KEY), steps={one.id: steps()}, unknown=unknown
    )


WRITERS: dict[str, Callable[[SessionManager, str], object]] = {
    "start_new": lambda manager, _: manager.start_new(TEXT, TEXT),
    "begin_exchange": lambda manager, _: manager.begin_exchange(TEXT, TEXT, TEXT).close(),
    "save_exchange": lambda manager, _: save(
        manager,
        TEXT,
        TEXT,
        summary=TEXT,
        error=TEXT,
        status="error",
        steps=steps(),
        model=TEXT,
        provider=TEXT,
        figures=FiguresRecord(1, 0, (TEXT, KEY), (KEY, TEXT), {"x": KEY}),
    ),
    "add_summary": lambda manager, exchange: manager.add_summary(exchange, TEXT),
    "add_compaction": lambda manager, exchange: manager.add_compaction(exchange, 1, TEXT, TEXT),
    "import_session": lambda manager, _: manager.import_session(elsewhere(), TEXT),
    "tag_session": lambda manager, _: manager.tag_session(
        str(manager.session_id), [KEY, ACME], [f"no {KEY}"]
    ),
    "rename_session": lambda manager, _: manager.rename_session(str(manager.session_id), TEXT),
}
HARMLESS = {
    *(
        "all_steps",
        "close",
        "compactions",
        "compare",
        "contradictions",
        "delete_session",
        "deleted_sessions",
        "directory",
    ),
    *("discard_catalogs", "find", "find_deleted", "fork", "fork_session", "get", "go_on_after"),
    *("list_sessions", "log", "look_up", "pack", "restore_session", "resume", "rewind", "rewind_session"),
    *("search", "show", "steps", "transcript", "undo", "usage"),
}


def test_every_method_of_the_manager_is_known_to_write_texts_masked_or_to_write_none():
    public = {
        name for name, _ in inspect.getmembers(SessionManager, inspect.isfunction) if not name.startswith("_")
    }
    assert public == {*WRITERS, *HARMLESS}


@pytest.mark.parametrize("name", WRITERS)
def test_what_the_manager_writes_is_masked(home: Path, name: str):
    with open_(home) as manager:
        manager.start_new("gpt-5", "openai")
        exchange = save(manager)
        WRITERS[name](manager, exchange.id)
    with open_(home) as manager:
        assert manager.list_sessions()


def test_what_the_store_of_sessions_writes_is_masked(home: Path):
    with Archive(home, identity=lambda: ("T", "t@example.invalid"), masks=MASKS) as archive:
        store = SessionStore(archive)
        with open_(home) as manager:
            session = manager.start_new("gpt-5", "openai").id
        updated = store.update(session, title=TEXT, tags=(TEXT,), other={"deep": [TEXT]})
        assert (updated.title, updated.tags) == (HIDDEN, (HIDDEN,))


def test_an_exchange_comes_back_masked_and_tells_what_and_how_many(home: Path):
    with open_(home) as manager:
        manager.start_new("gpt-5", "openai")
        saved = save(manager, TEXT, TEXT, summary=TEXT, steps=steps())
        assert (saved.exchange.query, saved.exchange.answer, saved.exchange.summary) == (HIDDEN,) * 3
        assert manager.steps(saved.id) == (
            ReasoningStep(1, HIDDEN),
            TextStep(1, HIDDEN),
            ToolStep(1, "c", "look", {"at": [HIDDEN], HIDDEN: 1}, HIDDEN, True, 3),
            ToolStep(1, MASKED, "research", {"tasks": [HIDDEN]}, HIDDEN, True, 3),
            ReasoningStep(1, HIDDEN, HelperRecord(1, MASKED, 2)),
            TextStep(1, HIDDEN, HelperRecord(1, MASKED, 2)),
            ToolStep(
                1, "c", "look", {"at": [HIDDEN], HIDDEN: 1}, HIDDEN, True, 3, HelperRecord(1, MASKED, 2)
            ),
        )
        told = [notice for notice in saved.notices if isinstance(notice, SecretsMasked)]
        assert [notice.kinds for notice in told] == [(("acme key", 1), ("openai key", 1))]
        assert manager.list_sessions()[0].first_query == HIDDEN


def test_what_is_imported_is_masked_and_counted_once_and_a_second_time_nothing_changes(home: Path):
    with open_(home) as manager:
        dry = manager.import_session(elsewhere(), "x", dry=True)
        done = manager.import_session(elsewhere(), "x")
        assert dry.masked == done.masked == (("acme key", 1), ("openai key", 1))
        found = manager.transcript(done.session_id)[0]
        assert (found.metadata.title, found.metadata.tags, found.metadata.first_query) == (
            HIDDEN,
            (HIDDEN, "[masked: openai key]"),
            HIDDEN,
        )
        assert KEY not in repr(found)
        again = manager.import_session(elsewhere(), "x")
        assert (again.changes_nothing, again.different, again.masked) == (True, (), ())


def test_what_was_imported_before_there_were_masks_is_the_same_when_it_comes_again(tmp_path: Path):
    older = tmp_path / "older"
    with SessionManager(older, masks=NONE) as manager:
        manager.import_session(msgspec.structs.replace(elsewhere(), metadata=transcript().metadata), "x")
    with SessionManager(older, masks=MASKS) as manager:
        changed = transcript(exchange(1, TEXT, "another"), exchange(2, TEXT))
        done = manager.import_session(changed, "x")
        assert (done.changes_nothing, done.different) == (True, (exchange(1).id,))


def test_a_tag_is_masked_and_one_that_is_older_than_masks_is_taken_away_by_its_name(tmp_path: Path):
    older = tmp_path / "older"
    with SessionManager(older, masks=NONE) as manager:
        session = manager.start_new("gpt-5", "openai").id
        assert manager.tag_session(session, [KEY]) == (KEY,)
    with SessionManager(older, masks=MASKS) as manager:
        assert manager.tag_session(session, [ACME], [KEY]) == ("[masked: acme key]",)
        assert manager.tag_session(session, [], [ACME]) == ()


def test_a_fork_of_what_is_older_than_masks_has_the_same_bytes_and_a_scan_finds_them(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    with SessionManager(elsewhere, masks=NONE) as manager:
        session = manager.start_new("gpt-5", "openai").id
        exchange = save(manager, TEXT, TEXT, steps=steps()).id
    with SessionManager(elsewhere, masks=MASKS) as manager:
        manager.resume(session, record=False)
        forked = manager.fork_session().metadata.id
        assert manager.transcript(forked)[0].exchanges == manager.transcript(session)[0].exchanges
        for name in ("history.jsonl", f"steps/{exchange}.jsonl"):
            one, other = (manager.directory(each) / name for each in (session, forked))
            assert one.read_bytes() == other.read_bytes()
    found = scan(Home(elsewhere), MASKS).findings
    assert {each.session_id for each in found if each.place.startswith("cli/")} >= {session, forked}


@pytest.mark.parametrize("secret", [KEY, ACME])
def test_a_key_torn_over_two_events_at_any_place_is_not_in_the_draft(home: Path, secret: str):
    with open_(home) as manager:
        manager.start_new("gpt-5", "openai")
        for cut in range(1, len(secret)):
            draft = manager.begin_exchange("q", "gpt-5", "openai")
            for kind in (draft.thinking, draft.text):
                draft._written = 0.0  # each piece is written at once
                kind(1, f"It is {secret[:cut]}")
                draft._written = 0.0
                kind(1, f"{secret[cut:]}, yes")
            draft.close()
            lines = [json.loads(line) for line in draft.path.read_text().splitlines()]
            for kind in ("thinking", "text"):
                said = "".join(line["content"] for line in lines if line["type"] == kind)
                assert said in {"It is [masked: openai key], yes", "It is [masked: acme key], yes"}


def test_reasoning_and_answer_that_alternate_tear_no_key_apart(home: Path):
    with open_(home) as manager:
        manager.start_new("gpt-5", "openai")
        draft = manager.begin_exchange("q", "gpt-5", "openai")
        for piece in (KEY[:12], KEY[12:]):
            draft._written = 0.0
            draft.thinking(1, piece)
            draft.text(1, piece)
        draft.close()
        text = draft.path.read_text()
        assert KEY[:12] not in text
        assert KEY[12:] not in text


def test_helpers_that_speak_at_the_same_time_tear_no_key_of_each_other_apart(home: Path):
    speakers = (None, HelperRecord(1, KEY, 1), HelperRecord(1, KEY, 2))
    with open_(home) as manager:
        manager.start_new("gpt-5", "openai")
        draft = manager.begin_exchange("q", "gpt-5", "openai")
        for piece in (KEY[:12], KEY[12:]):
            for speaker in speakers:
                draft._written = 0.0
                draft.text(1, piece, speaker)
                draft.tool_call(1, "c", "look", {"at": KEY}, HelperRecord(1, KEY, 3))
        draft.close()
        text = draft.path.read_text()
        assert KEY[:12] not in text
        assert KEY[12:] not in text
        lines = [json.loads(line) for line in text.splitlines()]
        said = [line["content"] for line in lines if line["type"] == "text"]
        assert said == ["[masked: openai key]"] * 3


def test_a_killed_query_is_recovered_masked_by_whoever_knows_no_keys(home: Path):
    with open_(home) as manager:
        manager.start_new("gpt-5", "openai")
        draft = manager.begin_exchange(TEXT, "gpt-5", "openai")
        draft.text(1, TEXT)
        draft.close()
    with SessionManager(home) as later:
        session = later.list_sessions()[0].id
        (exchange,) = later.show(session).exchanges
    assert (exchange.query, exchange.answer) == (HIDDEN, HIDDEN)


def test_nothing_is_masked_if_that_is_turned_off(home: Path):
    with SessionManager(home, masks=NONE) as manager:
        manager.start_new("gpt-5", "openai")
        saved = save(manager, TEXT)
    assert saved.exchange.query == TEXT
    assert not any(isinstance(notice, SecretsMasked) for notice in saved.notices)
    assert any(KEY.encode() in content for _, content in everything_below(home))
    assert Home(home).sessions.exists()
