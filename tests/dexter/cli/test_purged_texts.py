"""What `sessions purge` takes out of every file: texts in any form, typed queries, drafts, open chats."""

import json
import re
import time
from pathlib import Path

import pytest

from dexter.paths import Home
from dexter.secrets import WELL_KNOWN
from dexter.sessions import SessionManager, ToolStep
from dexter.sessions.drafts.scratchpad import Query, begin
from dexter.terminal.typed import TypedQueries
from tests.support.purged import forms, places, queries
from tests.support.sessions import (
    dexter,
    dexter_json,
    everything_below,
    is_sound,
    make_session,
    save,
)

SECRET = "the Müller-47 merger"
PURGED = "[purged]"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".dexter"


TEXTS = {
    "plain": "Project Hummingbird",
    "quotes": 'he said "buy \\ sell"',
    "lines": "first line\nsecond line",
    "not ascii": "Übernahme der Bäckerei 🥐 GmbH",
    "emoji": "🥐🥐🥐",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_nowhere_in_any_form(home: Path, name: str) -> None:
    text = TEXTS[name]
    with SessionManager(home) as manager:
        session = manager.start_new("gpt-5", "openai").id
        save(manager, f"What of {text}, then?", f"Nothing of {text}.", summary=f"about {text}")
        step = ToolStep(1, "c", "look", {"of": [text, {text: 1}]}, json.dumps({"found": text}), True, 3)
        save(manager, "harmless", f"{text} and {text}", steps=[step])
        save(manager, "x" * 70 + text, "cut by the preview")
        save(manager, "y" * (58 - len(session)) + text, "cut by the subject")
        save(manager, "harmless at last")
    dexter("sessions", "rename", session, f"On {text}", home=home)
    with SessionManager(home) as manager:
        manager.resume(session)
        save(manager, f"{text} again")
    typed = TypedQueries(Home(home))
    typed.add(f"What of {text}, then?")
    typed.answer(f"What of {text}, then?", f"Nothing of {text}.")
    (home / "dexter.log").write_text(f"Traceback: {text}\n")
    before = queries(home, session)
    done = dexter(
        "sessions",
        "purge",
        "--pattern",
        "-",
        "--yes",
        home=home,
        stdin=re.escape(text).replace("\\\n", r"\n") + "\n",
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    for each in forms(text):
        assert each.decode() not in done.stdout
    escaped_twice = json.dumps(json.dumps(text)[1:-1])[1:-1]
    if name in {"plain", "emoji"}:
        assert places(home, text, escaped_twice) == []
    assert places(home, text) == []
    assert queries(home, session) == [
        each.replace(text, PURGED.ljust(len(text), "*") if len(text) > 7 else "*" * len(text))
        for each in before
    ]
    for start in range(4, len(text)):  # neither does a preview or a subject end within it
        assert not re.search(
            rb"[xy]" + re.escape(text[:start].encode()),
            b"".join(content for _, content in everything_below(home)),
        )
    assert is_sound(home)
    assert dexter("sessions", "verify", home=home).returncode == 0
    again = dexter("sessions", "purge", "--finish", home=home)
    assert again.returncode == 0
    assert "0 commits rewritten" in again.stdout


def test_the_beginning_of_an_answer_beside_a_typed_query_ends_within_no_text(home: Path) -> None:
    answer = "z" * 990 + SECRET
    make_session(home, "long", answer=answer)
    typed = TypedQueries(Home(home))
    typed.add("long")
    typed.answer("long", answer)
    assert SECRET[:8] in (home / "messages/chat_history.json").read_text("ascii").encode().decode(
        "unicode-escape"
    )
    assert dexter("sessions", "purge", "--pattern", SECRET, "--yes", home=home).returncode == 0
    kept = json.loads((home / "messages/chat_history.json").read_bytes())["messages"][0]
    assert kept["agentResponse"] == "z" * 990 + PURGED + "**"


def test_typed_queries_and_drafts_of_a_purged_session_go_and_stay_private(home: Path) -> None:
    session = make_session(home, SECRET, "and then?")
    typed = TypedQueries(Home(home))
    for each in (SECRET, "not of this session", "and then?"):
        typed.add(each)
    (home / "messages/chat_history.json").chmod(0o600)
    drafts = home / "scratchpad"
    drafts.mkdir(exist_ok=True)
    for name, owner in (("one", session), ("two", "zzzzzzzz")):
        (drafts / f"{name}.jsonl").write_text(
            json.dumps({"type": "init", "sessionId": owner, "content": name}) + "\n"
        )
    (home / "catalog").mkdir(exist_ok=True)
    (home / "catalog/history.db").write_bytes(SECRET.encode())
    done = dexter("sessions", "purge", session, "--yes", home=home)
    assert (done.returncode, done.stderr) == (0, "")
    assert places(home, SECRET, "and then?") == []
    assert typed.load() == ["not of this session"]
    assert (home / "messages/chat_history.json").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in drafts.glob("*.jsonl")] == ["two.jsonl"]


def test_what_a_living_process_writes_is_named_and_the_end_is_told(home: Path) -> None:
    session = make_session(home, "first")
    draft = begin(Home(home), Query(session, f"about {SECRET}", "m", "p", None, 1), WELL_KNOWN)
    done = dexter("sessions", "purge", session, "--yes", home=home)
    assert done.returncode == 1
    assert "Still there: scratchpad/" in done.stderr
    assert "--finish" in done.stderr
    draft.end("error")
    done = dexter("sessions", "purge", "--finish", home=home)
    assert (done.returncode, done.stderr) == (0, "")
    assert places(home, SECRET) == []


def test_a_chat_that_has_the_session_open_goes_on_in_what_is_left(home: Path) -> None:
    session = make_session(home, SECRET)
    make_session(home, "stays")

    ahead = 10.0

    def later() -> float:
        return time.time() + ahead

    # What is told of the session in the very second of the purge counts as told before.
    with SessionManager(home, clock=later) as chat:
        chat.resume(session)
        save(chat, "second")
        list(chat.search("merger"))
        assert dexter("sessions", "purge", session, "--yes", home=home).returncode == 0
        assert list(chat.search("merger")) == []
        ahead = 1000.0
        save(chat, "third, of which nobody knew")
    assert places(home, SECRET) == []
    with SessionManager(home, clock=later) as manager:
        assert manager.show(session).metadata.first_query == "third, of which nobody knew"
        manager.resume(session)
        save(manager, "fourth")
        assert list(manager.show(session).metadata.heads) == [manager.show(session).exchanges[-1].id]
    assert is_sound(home)
    assert dexter("sessions", "verify", home=home).returncode == 0
    assert dexter("sessions", "fork", session, home=home).returncode == 0
    again = dexter_json("sessions", "purge", "--finish", home=home)
    assert (again["rewritten"], again["leftOut"]) == (0, 0)  # it is as it shall be: no machine is alarmed
    assert queries(home, session) == ["third, of which nobody knew", "fourth"]
