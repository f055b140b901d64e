"""What was said while a query ran is a part of its exchange: stored, masked, found, shown, taken along."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dexter.exports.formats import rendered
from dexter.paths import Home
from dexter.secrets import Masks
from dexter.sessions import FurtherRecord, InvalidRecord, SessionExchange, SessionManager
from dexter.sessions.records.continuing import Limits, cut, joined, read_rest
from dexter.sessions.records.encoding import decode_object
from dexter.sessions.records.plain_lines import exchange_in
from dexter.terminal.typed import TypedQueries
from tests.support.sessions import dexter, dexter_json, everything_below, git, is_sound, make_session, save
from tests.support.transcripts import HOSTILE, exchange, transcript

LINE: dict[str, Any] = {
    "id": "01a20580-9bb1-754b-b4bb-1085bc16fbb7",
    "timestamp": 1_771_770_600_000,
    "query": "q",
    "answer": "a",
    "model": "m",
    "status": "complete",
    "duration": 5,
}
FURTHER = (FurtherRecord(2, "Only the moon, please."), FurtherRecord(3, "In zloty."))
KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"
SAYING = """
import sys, time
from dexter.sessions import SessionManager, ToolStep
manager = SessionManager(sys.argv[1])
manager.resume(sys.argv[2], record=False)
draft = manager.begin_exchange("What is there?", "gpt-5", "openai")
draft.tool_result(ToolStep(1, "c1", "look", {}, "5", True, 3))
draft.further(2, "Only the moon, please.")
draft.further(2, sys.argv[3])
print('ready', flush=True)
time.sleep(600)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".dexter"


@pytest.fixture
def session_id(home: Path) -> str:
    return make_session(home, "What is there?", further=FURTHER)


def test_a_line_has_them_only_if_there_are_some_and_keeps_what_nobody_knows_in_them():
    assert "further" not in SessionExchange.from_fields(LINE).to_fields()
    said = [{"step": 2, "text": "Only the moon.", "mood": {"at": 1}}, {"step": 2, "text": ""}]
    known = SessionExchange.from_fields({**LINE, "further": said})
    assert known.to_fields()["further"] == said
    assert known.asked == "q\n\nOnly the moon.\n\n"
    plain = json.dumps({**LINE, "further": [{"step": 2, "text": "x"}]}).encode()
    fast = exchange_in(plain)
    assert fast is not None
    assert fast[0] == SessionExchange.from_line(plain)
    assert exchange_in(json.dumps({**LINE, "further": said}).encode()) is None


@pytest.mark.parametrize("wrong", ["x", [1], [{"step": 1}], [{"step": -1, "text": "x"}]])
def test_a_line_in_which_they_are_of_the_wrong_kind_is_no_exchange(wrong: object):
    with pytest.raises(InvalidRecord, match="further"):
        SessionExchange.from_fields({**LINE, "further": wrong})


def test_a_line_that_they_make_too_long_is_cut_and_comes_back_whole():
    fields = {**LINE, "further": [{"step": 2, "text": "long " * 900}]}
    line, rest = cut(fields, Limits(line=600).line)
    assert len(line) <= 600
    whole, missing = joined(decode_object(line), read_rest(b"\n".join(rest)))
    assert (whole, missing) == (fields, [])


def test_they_are_in_the_history_and_the_commit_tells_how_many(home: Path, session_id: str):
    with SessionManager(home) as manager:
        (found,) = manager.show(session_id).exchanges
        assert found.further == FURTHER
        assert [hit.exchange_id for hit in manager.search("zloty")] == [found.id]
    assert "Further: 2" in git(home, "log", "-1", "--format=%(trailers)")
    assert "In zloty." in git(home, "log", "-1", "-p", "--", "cli")
    assert is_sound(home)


def test_they_are_shown_exported_and_imported(home: Path, session_id: str, tmp_path: Path):
    shown = dexter("sessions", "show", session_id, home=home).stdout
    assert "> What is there?\n> Only the moon, please.\n> In zloty.\n" in shown
    (row,) = dexter_json("sessions", "show", session_id, home=home)["exchanges"]
    assert row["further"] == [{"step": each.step, "text": each.text} for each in FURTHER]
    for form in ("md", "html"):
        exported = dexter("sessions", "export", session_id, "--format", form, home=home).stdout
        assert exported.index("moon, please") < exported.index("In zloty.")
    other = tmp_path / "other"
    for form in ("json", "jsonl"):
        file = tmp_path / f"x.{form}"
        assert dexter("sessions", "export", session_id, "-o", str(file), home=home).returncode == 0
        assert dexter("sessions", "import", str(file), home=other).returncode == 0
        again = dexter("sessions", "export", session_id, "--format", form, home=other).stdout
        assert again == file.read_text()


def test_hostile_words_stay_text_in_documents():
    said = transcript(exchange(1, further=(FurtherRecord(2, f"# no\n```\n{HOSTILE}"),)))
    page = rendered(said, "html")
    assert "<script>document" not in page
    assert "&lt;script&gt;document" in page
    assert "````text\n# no\n```" in rendered(said, "md")


def test_secrets_in_them_get_nowhere_on_the_disk(home: Path):
    masks = Masks.of({"OPENAI_API_KEY": KEY})
    with SessionManager(home, masks=masks) as manager:
        manager.start_new("gpt-5", "openai")
        draft = manager.begin_exchange("q", "gpt-5", "openai")
        draft.further(2, f"It is {KEY}.")
        saved = save(manager, "q", draft=draft, further=(FurtherRecord(2, f"It is {KEY}."),))
        assert saved.exchange.further == (FurtherRecord(2, "It is [masked: openai key]."),)
    for place, content in everything_below(home):
        assert KEY.encode() not in content, place


def test_a_kill_keeps_what_had_been_put_into_the_run(home: Path):
    session_id = make_session(home, "before")
    command = [sys.executable, "-c", SAYING, str(home), session_id, "In zloty."]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGKILL)
    with SessionManager(home) as manager:
        found = manager.show(session_id).exchanges[-1]
        assert found.status == "interrupted"
        assert found.further == (FurtherRecord(2, "Only the moon, please."), FurtherRecord(2, "In zloty."))


def test_purging_the_exchange_takes_them_out_of_the_typed_queries_too(home: Path, session_id: str):
    typed = TypedQueries(Home(home))
    for query in ("What is there?", "In zloty.", "stays"):
        typed.add(query)
    with SessionManager(home) as manager:
        exchange_id = manager.show(session_id).exchanges[0].id
    done = dexter("sessions", "purge", f"{session_id}@{exchange_id}", "--yes", home=home)
    assert done.returncode == 0, done.stderr
    assert all(b"zloty" not in content for _, content in everything_below(home))
    assert b"stays" in (home / "messages/chat_history.json").read_bytes()
