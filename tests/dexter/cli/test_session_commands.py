"""The commands on sessions, with the texts that the contract gives word for word."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dexter.cli.app import main
from dexter.sessions import SessionManager
from tests.support.sessions import TOOL, commit_file, git, is_sound, make_session, save

Run = Callable[..., tuple[int, str, str]]
FEB_22 = 1_771_750_800.0  # 2026-02-22 14:30:00 in the zone of the tests


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".dexter"


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run_(*arguments: str) -> tuple[int, str, str]:
        code = main(["--home", str(home), *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run_


@pytest.fixture
def two_sessions(home: Path) -> None:
    moment = [FEB_22 - 86_400 - 18_900]
    with SessionManager(home, clock=lambda: moment[0]) as manager:
        manager.start_new("gpt-5", "openai", "b3n8p2q1")
        moment[0] += 4_500
        for _ in range(7):
            save(manager, "Compare MSFT and GOOGL revenue...", duration=0)
        moment[0] = FEB_22
        manager.start_new("claude-sonnet-4-20250514", "anthropic", "a7k3m9x2")
        moment[0] += 4_500
        for query in ("What is AAPL's P/E ratio?", "And MSFT?", "Which one grows?"):
            save(manager, query, duration=0, steps=[TOOL])


def test_an_empty_folder_has_no_sessions_and_stays_empty(run: Run, home: Path):
    for command in (["sessions", "list"], ["session", "ls"], ["sessions"], ["--list-sessions"]):
        assert run(*command) == (0, "No saved sessions found.\n", "")
    assert run("sessions", "list", "--deleted") == (0, "No deleted sessions found.\n", "")
    assert run("sessions", "log") == (0, "Nothing has happened yet.\n", "")
    assert json.loads(run("--list-sessions", "--json")[1]) == {"sessions": [], "count": 0}
    assert run("sessions", "list", "--at", "2026-02-21") == (0, "No saved sessions found.\n", "")
    assert not home.exists()


def test_the_list_has_exactly_these_columns(run: Run, two_sessions: None):
    expected = (
        "ID        Created              Last Active          Exchanges  Preview\n"
        "a7k3m9x2  2026-02-22 14:30:00  2026-02-22 15:45:00  3          What is AAPL's P/E ratio?\n"
        "b3n8p2q1  2026-02-21 09:15:00  2026-02-21 10:30:00  7          Compare MSFT and GOOGL revenue...\n"
        "\n"
        "2 sessions found.\n"
    )
    for command in (["sessions", "list"], ["sessions", "ls"], ["session", "list"], ["--list-sessions"]):
        assert run(*command) == (0, expected, "")


def test_one_session_is_one_session(run: Run, two_sessions: None):
    code, out, _ = run("sessions", "list", "--limit", "1")
    assert (code, out.splitlines()[-1]) == (0, "1 session found.")
    assert "b3n8p2q1" not in out


def test_the_json_list_has_the_fields_of_the_format_with_times_in_utc(run: Run, two_sessions: None):
    for command in (["--list-sessions", "--json"], ["sessions", "list", "--json"]):
        listed = json.loads(run(*command)[1])
        assert listed["count"] == 2
        first = listed["sessions"][0]
        expected = {
            "id": "a7k3m9x2",
            "createdAt": "2026-02-22T09:00:00.000Z",
            "updatedAt": "2026-02-22T10:15:00.000Z",
            "exchangeCount": 3,
            "model": "gpt-5",
            "provider": "anthropic",
            "firstQuery": "What is AAPL's P/E ratio?",
            "lastQuery": "Which one grows?",
        }
        assert expected.items() <= first.items()


def test_a_title_takes_the_place_of_the_first_query(run: Run, two_sessions: None):
    assert run("sessions", "rename", "a7", "  Valuation\n of AAPL ") == (
        0, 'Session a7k3m9x2 renamed to "Valuation of AAPL".\n', ""
    )  # fmt: skip
    assert "3          Valuation of AAPL\n" in run("sessions", "list")[1]
    assert run("sessions", "rename", "a7", "") == (0, "Session a7k3m9x2 has no title now.\n", "")
    assert "3          What is AAPL's P/E ratio?\n" in run("sessions", "list")[1]


def test_a_session_is_shown_whole(run: Run, two_sessions: None):
    code, out, err = run("sessions", "show", "a7k3")
    assert (code, err) == (0, "")
    assert out.startswith("Session: a7k3m9x2\nModel: gpt-5 (anthropic)\nCreated: 2026-02-22 14:30:00\n")
    for piece in (
        "> What is AAPL's P/E ratio?",
        "> And MSFT?",
        "> Which one grows?",
        "2026-02-22 15:45:00  complete",
    ):
        assert piece in out
    assert out.count("* growth_rate(first=100, last=200) -> ") == 3


def test_an_exchange_that_failed_is_shown_with_its_reason(run: Run, home: Path):
    with SessionManager(home) as manager:
        manager.start_new("gpt-5", "openai")
        manager.save_exchange(
            query="Q", answer="", model="gpt-5", status="error", error="OpenAI wants\x1b[2J a key."
        )
        shown = run("sessions", "show", manager.session_id or "")[1]
        listed = json.loads(run("sessions", "show", manager.session_id or "", "--json")[1])
    assert shown.endswith("\n> Q\n\nError: OpenAI wants a key.\n")
    assert listed["exchanges"][0]["error"].startswith("OpenAI wants")


def test_a_session_is_shown_as_json_with_its_steps(run: Run, two_sessions: None):
    shown = json.loads(run("sessions", "show", "a7k3m9x2", "--json")[1])
    assert shown["session"]["id"] == "a7k3m9x2"
    assert [each["query"] for each in shown["exchanges"]][1:] == ["And MSFT?", "Which one grows?"]
    first = shown["exchanges"][0]
    assert first["timestamp"] == "2026-02-22T10:15:00.000Z"
    assert first["steps"][0]["arguments"] == {"first": "100", "last": "200"}
    assert shown["heads"] == [shown["exchanges"][-1]["id"]]


def test_the_log_tells_the_story_newest_first(run: Run, home: Path, two_sessions: None):
    run("sessions", "rename", "a7", "T")
    code, out, _ = run("sessions", "log", "a7")
    lines = out.splitlines()
    assert code == 0
    assert re.split(r"\s{2,}", lines[0]) == ["Time", "Commit", "Action", "Session", "What"]
    assert re.split(r"\s{2,}", lines[2])[2:] == ["exchange", "a7k3m9x2", "Which one grows?"]
    assert [re.split(r"\s{2,}", line)[2] for line in lines[1:]] == ["renamed", *["exchange"] * 3, "created"]
    events = json.loads(run("sessions", "log", "--json", "--limit", "2")[1])
    assert events["count"] == 2
    assert events["events"][0]["commit"] == git(home, "rev-parse", "HEAD").strip()
    assert events["events"][1]["status"] == "complete"


def delete(run: Run, monkeypatch: pytest.MonkeyPatch, answer: str, *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    return run(*arguments)


ASKED = "Delete session a7k3m9x2? (3 exchanges, last active 2026-02-22 15:45)\nType 'yes' to confirm: \n"


def test_yes_deletes(run: Run, home: Path, two_sessions: None, monkeypatch: pytest.MonkeyPatch):
    code, out, err = delete(run, monkeypatch, "yes\n", "sessions", "delete", "a7")
    assert (code, err) == (0, "")
    assert out.startswith(ASKED + "Session a7k3m9x2 deleted.\n")
    assert "dexter sessions restore a7k3m9x2" in out
    assert "a7k3m9x2" not in run("sessions", "list")[1]
    assert is_sound(home)


@pytest.mark.parametrize("answer", ["", "\n", "y\n", "no\n", "YES!\n", "yes please\n"])
def test_anything_else_deletes_nothing(
    answer: str, run: Run, two_sessions: None, monkeypatch: pytest.MonkeyPatch
):
    for command in (["--delete-session", "a7k3m9x2"], ["sessions", "rm", "a7k3m9x2"]):
        assert delete(run, monkeypatch, answer, *command) == (
            0,
            ASKED + "Session a7k3m9x2 not deleted.\n",
            "",
        )
    assert "2 sessions found." in run("sessions", "list")[1]


def test_one_exchange_is_one_exchange(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch):
    make_session(home, "a", session_id="aaaa0000")
    assert "(1 exchange, last" in delete(run, monkeypatch, "", "sessions", "delete", "a")[1]


def test_several_are_deleted_at_once_or_none(run: Run, two_sessions: None):
    code, out, err = run("sessions", "delete", "a7", "zz", "--yes")
    assert (code, out, err) == (1, "", 'Error: Session "zz" not found.\n')
    code, out, _ = run("sessions", "delete", "a7", "b3", "a7k3", "--yes")
    assert (code, out.count("deleted.\n")) == (0, 2)


def test_what_was_deleted_is_listed_and_restored(run: Run, two_sessions: None):
    before = run("sessions", "show", "a7k3m9x2")[1]
    run("sessions", "delete", "a7", "--yes")
    _, out, _ = run("sessions", "list", "--deleted")
    assert re.search(r"^a7k3m9x2  .*  2026-02-22 15:45:00  3          What is AAPL's", out, re.MULTILINE)
    assert out.endswith("\n1 deleted session found.\n")
    assert json.loads(run("sessions", "list", "--deleted", "--json")[1])["sessions"][0]["id"] == "a7k3m9x2"
    code, _, err = run("sessions", "show", "a7k3m9x2")
    assert code == 1
    assert err.startswith('Error: Session "a7k3m9x2" not found.\n')
    assert "sessions restore a7k3m9x2" in err
    assert "deleted" in run("sessions", "log", "a7")[1]
    assert run("sessions", "restore", "a7") == (0, "Session a7k3m9x2 restored (3 exchanges).\n", "")
    assert run("sessions", "show", "a7k3m9x2")[1] == before
    assert run("sessions", "restore", "a7k3m9x2")[0] == 1


def test_the_sessions_of_an_earlier_moment(run: Run, home: Path, two_sessions: None):
    assert "1 session found." in run("sessions", "list", "--at", "2026-02-21")[1]
    assert "b3n8p2q1" in run("sessions", "show", "b3", "--at", "2026-02-21")[1]
    assert run("sessions", "show", "a7", "--at", "2026-02-21")[0] == 1
    code, out, err = run("sessions", "list", "--at", "when?")
    assert (code, out) == (1, "")
    assert err.startswith('Error: "when?" is no date, commit or ref')
    assert run("sessions", "list", "--at", "1999-01-01") == (0, "No saved sessions found.\n", "")
    assert run("sessions", "show", "a7", "--at", "1999-01-01")[0] == 1
    assert run("sessions", "list", "--at", "main~99")[0] == 1


def test_the_path_is_that_of_the_work_tree(run: Run, home: Path, two_sessions: None):
    assert run("sessions", "path") == (0, f"{home}/sessions\n", "")
    assert run("sessions", "path", "b3") == (0, f"{home}/sessions/cli/b3n8p2q1\n", "")


@pytest.mark.parametrize(
    "text", ["xyz12345", "../../etc", "", "A7K3M9X2", "a7k3m9x2x", "x" * 5000, "*", "a7k3m9x2\n"]
)
@pytest.mark.parametrize("command", ["show", "delete", "log", "path"])
def test_what_is_no_session_is_not_found(text: str, command: str, run: Run, home: Path, two_sessions: None):
    code, out, err = run("sessions", command, text)
    assert (code, out) == (1, "")
    shown = " ".join(text.split()) if "\n" in text else text
    assert err.splitlines()[0] == f'Error: Session "{shown}" not found.'
    assert "Available" not in err
    assert ('Did you mean "a7k3m9x2"?' in err) == (text.strip().lower() == "a7k3m9x2")
    assert git(home, "rev-list", "--count", "HEAD") == "13\n"


def test_an_ambiguous_beginning_lists_the_candidates(run: Run, home: Path):
    for session_id in ("aaaa0000", "aaaa1111", "bbbb0000"):
        make_session(home, "What?", session_id=session_id)
    code, out, err = run("sessions", "show", "aa")
    assert (code, out) == (1, "")
    assert err.startswith('Error: "aa" is the beginning of 2 sessions.')
    assert "aaaa0000" in err
    assert "aaaa1111" in err
    assert "bbbb0000" not in err


def test_foreign_text_can_not_move_the_cursor_and_json_stays_valid(run: Run, home: Path):
    evil = "\x1b[2J\x1b]0;title\x07red\x9b31m \u202egnp.exe \x08 日本語"
    session_id = make_session(home, evil, answer=evil, model="m\x1b[1m")
    run("sessions", "rename", session_id, evil)
    for command in (["list"], ["show", session_id], ["log"], ["list", "--deleted"]):
        out = "".join(run("sessions", *command)[1:])
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out), command
    for command in (["list"], ["show", session_id], ["log"]):
        out = run("sessions", *command, "--json")[1]
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out), command
        json.loads(out)
    shown: Any = json.loads(run("sessions", "show", session_id, "--json")[1])
    assert shown["exchanges"][0]["answer"] == evil


def test_damaged_lines_are_told_on_stderr_and_the_rest_is_shown(run: Run, home: Path):
    session_id = make_session(home, "one")
    path = f"cli/{session_id}/history.jsonl"
    commit_file(home, path, b"junk\n" + (home / "sessions" / path).read_bytes())
    code, out, err = run("sessions", "show", session_id)
    assert code == 0
    assert "> one" in out
    assert f"left out of {path}, where it stays: line 1 (not JSON)" in err


def test_a_session_with_two_heads_says_so(run: Run, home: Path):
    session_id = make_session(home, "a")
    with SessionManager(home) as one, SessionManager(home) as two:
        one.resume(session_id)
        two.resume(session_id)
        other, latest = save(one, "b").id, save(two, "c").id
    code, out, err = run("sessions", "list")
    assert (code, err) == (0, "")
    said = f"1 session found.\n{session_id} has 2 heads: dexter sessions show {session_id}\n"
    assert out.endswith(f"\n\n{said}")
    assert json.loads(run("sessions", "list", "--json")[1])["sessions"][0]["heads"] == [other, latest]
    _, out, err = run("sessions", "show", session_id)
    assert f"Heads: 2 ({latest}, {other})" in out
    assert err == ""
