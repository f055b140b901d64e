"""The real program and a key that everybody repeats: it is nowhere below the home, whatever happens."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dexter.secrets import NONE
from dexter.sessions import SessionManager
from tests.support.servers import Call, Cut, Fail, ModelServer, Reply
from tests.support.sessions import commit_file, dexter, everything_below, git, make_session
from tests.support.transcripts import exchange, transcript

KEY = "Unknown.Form-but-loaded-77"
OTHER = "ghp_Ab3dEf6hIj9lMn2pQr5tUv8xYz1BcD4fGh7j"
QUERY = f"Is {KEY} right, or {OTHER}?"


def nothing_holds_the_key(home: Path) -> None:
    looked = 0
    for place, content in everything_below(home):
        looked += 1
        for secret in (KEY, OTHER):
            assert secret.encode() not in content, place
    assert looked > 10


def environment(server: ModelServer) -> dict[str, str]:
    return {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}


def test_a_key_that_query_answer_reasoning_and_tools_repeat_is_stored_nowhere(tmp_path: Path):
    home = tmp_path / ".dexter"
    call = Call("calculate", {"expression": f"{KEY} {OTHER}"})
    answer = Reply(f"Never show {KEY} nor {OTHER}. " * 30, f"They say {KEY}.")
    with ModelServer([Reply(f"I try {KEY}.", f"Is it {OTHER}?", (call,)), answer]) as server:
        done = dexter("--print", QUERY, "--model", "openai:demo", home=home, environment=environment(server))
        assert KEY in str(server.bodies)  # what the model gets is as it was typed
    assert done.returncode == 0, done.stderr
    assert KEY in done.stdout
    assert "Masked in what was saved: 1 github token, 1 openai key." in done.stderr
    assert KEY not in done.stderr
    nothing_holds_the_key(home)
    shown = dexter("sessions", "show", git(home, "ls-tree", "--name-only", "HEAD:cli").strip(), home=home)
    assert "Is [masked: openai key] right, or [masked: github token]?" in shown.stdout
    scanned = dexter("sessions", "scan", home=home, environment={"OPENAI_API_KEY": KEY})
    assert (scanned.returncode, "No secrets found" in scanned.stdout) == (0, True)


def test_a_key_in_what_is_imported_is_stored_nowhere_and_told(tmp_path: Path):
    home, file = tmp_path / ".dexter", tmp_path / f"{OTHER}.json"
    with SessionManager(tmp_path / "other", masks=NONE) as manager:
        manager.import_session(transcript(exchange(1, QUERY), title=OTHER, tags=(KEY,)), "x")
        file.write_text(dexter("sessions", "export", "a7", "-f", "json", home=tmp_path / "other").stdout)
    assert KEY in file.read_text()
    keys = {"OPENAI_API_KEY": KEY}
    dry = dexter("sessions", "import", str(file), "--dry-run", home=home, environment=keys)
    assert "; to mask in it: 1 github token, 1 openai key\n" in dry.stdout
    done = dexter("sessions", "import", str(file), home=home, environment=keys)
    assert "; masked in it: 1 github token, 1 openai key\n" in done.stdout
    nothing_holds_the_key(home)
    again = dexter("sessions", "import", str(file), "--json", home=home, environment=keys)
    (session,) = json.loads(again.stdout)["sessions"]
    assert (session["added"], session["masked"], session["different"]) == ([], {}, [])
    exported = dexter("sessions", "export", "a7", "-f", "html", home=home).stdout
    assert "[masked: github token]" in exported
    assert OTHER not in exported


@pytest.mark.parametrize("reply", [Fail(401, f"wrong key {KEY}"), Cut(Reply(f"It is {KEY} and"), after=6)])
def test_an_error_that_repeats_the_key_neither_shows_nor_stores_it(tmp_path: Path, reply: Fail | Cut):
    home = tmp_path / ".dexter"
    with ModelServer([reply] * 9) as server:
        done = dexter("--print", "q", "--model", "openai:demo", home=home, environment=environment(server))
    assert done.returncode == 1
    assert KEY not in done.stderr
    nothing_holds_the_key(home)


def test_a_process_that_is_killed_in_the_middle_leaves_the_key_nowhere(tmp_path: Path):
    home = tmp_path / ".dexter"
    words = " ".join(f"word{number} {KEY} {OTHER}" for number in range(200))
    with ModelServer([Reply(words, f"Think of {KEY} and {OTHER}.", pause=0.02)]) as server:
        command = [
            sys.executable,
            "-m",
            "dexter",
            "--home",
            str(home),
            "--print",
            QUERY,
            "--model",
            "openai:demo",
        ]
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment(server)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while "word3" not in "".join(path.read_text() for path in home.glob("scratchpad/*.jsonl")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    nothing_holds_the_key(home)
    listed = dexter("sessions", "list", home=home)  # recovers it, and knows no key
    assert 'as interrupted: "Is [masked: openai key] right, or [masked: github token]?"' in listed.stderr
    nothing_holds_the_key(home)


def test_a_title_given_from_outside_is_masked(tmp_path: Path):
    home = tmp_path / ".dexter"
    session = make_session(home, "q")
    (tmp_path / ".env").write_text(f"SOME_API_KEY='{KEY}'\n")
    dexter("sessions", "rename", session, f"about {KEY}", home=home)
    assert "about [masked: some key]" in dexter("sessions", "list", home=home).stdout


def test_an_own_pattern_is_masked_and_an_unfit_one_stops_before_anything_is_stored(tmp_path: Path):
    home = tmp_path / ".dexter"
    home.mkdir()
    settings = home / "settings.json"
    settings.write_text(json.dumps({"secretPatterns": [r"corp-\d{4}"]}))
    done = dexter("--print", "What is 1+1? corp-1234", home=home)
    assert done.returncode == 0
    assert "1 own pattern." in done.stderr
    assert "corp-[masked" not in git(home, "log", "--format=%s")
    assert "corp-1234" not in git(home, "log", "--format=%s")
    for unfit in (["(a+)+b"], "text", [1], ["ok-1", "("]):
        settings.write_text(json.dumps({"secretPatterns": unfit}))
        before = git(home, "rev-parse", "HEAD")
        for arguments in (("--print", "q"), ("sessions", "scan")):
            done = dexter(*arguments, home=home)
            assert done.returncode == 1
            assert '"secretPatterns"' in done.stderr
            assert "can't be used: " in done.stderr
        assert git(home, "rev-parse", "HEAD") == before


def test_scan_finds_what_was_committed_with_plain_git_and_names_where(tmp_path: Path):
    home = tmp_path / ".dexter"
    session = make_session(home, "harmless")
    line = {"id": "by-hand", "timestamp": 1, "query": QUERY, "answer": "", "model": "m", "status": "complete"}
    history = home / f"sessions/cli/{session}/history.jsonl"
    with_line = history.read_bytes() + json.dumps({**line, "duration": 1}).encode() + b"\n"
    commit_file(home, f"cli/{session}/history.jsonl", with_line)
    commit = git(home, "rev-parse", "HEAD").strip()
    commit_file(home, f"cli/{session}/history.jsonl", b"")  # only history has it now
    done = dexter("sessions", "scan", "--json", home=home, environment={"SOME_TOKEN": KEY})
    found = json.loads(done.stdout)["findings"]
    assert done.returncode == 1
    assert KEY not in done.stdout
    assert OTHER not in done.stdout
    place = {"sessionId": session, "exchangeId": "by-hand", "place": f"cli/{session}/history.jsonl"}
    excerpt = "Is [masked: some token] right, or [masked: github token]?"
    assert [
        {**place, "commit": commit, "object": None, "kind": kind} for kind in ("some token", "github token")
    ] == [{key: value for key, value in each.items() if key != "excerpt"} for each in found]
    assert all(each["excerpt"] in excerpt for each in found)
    assert dexter("sessions", "scan", "--deleted", home=home).returncode == 0
    dexter("sessions", "delete", session, "--yes", home=home)
    only = dexter("sessions", "scan", "--deleted", home=home)
    assert only.returncode == 1
    assert (
        f"Session {session}, exchange by-hand, cli/{session}/history.jsonl, commit {commit[:10]}: "
        in only.stdout
    )


def test_scan_looks_beside_the_history_too(tmp_path: Path):
    home = tmp_path / ".dexter"
    session = make_session(home, "harmless")
    blob = subprocess.run(
        ["git", "-C", str(home / "sessions"), "hash-object", "-w", "--stdin"],
        input=OTHER.encode(),
        capture_output=True,
        check=True,
    ).stdout.decode()
    quarantine = home / "sessions/.git/gitstore/quarantine/20260101T000000-000001"
    for path, content in {
        quarantine / "cli/x.jsonl": f'{{"query": "{OTHER}"}}',
        home / "scratchpad/2026-01-01-000000_x.jsonl": f'{{"sessionId": "{session}", "content": "{OTHER}"}}',
        home / "messages/chat_history.json": json.dumps({"messages": [{"userMessage": OTHER}]}, indent=1),
        home / f"sessions/cli/{session}/session.json": f'{{"password": "Hunter2xyz", "title": "{OTHER}"}}',
        home / "dexter.log": OTHER,
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    done = dexter("sessions", "scan", home=home)
    assert done.returncode == 1
    for place in (
        blob[:10],
        ".git/gitstore/quarantine/20260101T000000-000001/cli/x.jsonl",
        f"Session {session}, scratchpad/2026-01-01-000000_x.jsonl",
        "messages/chat_history.json",
        f"Session {session}, cli/{session}/session.json: password",
        "dexter.log",
    ):
        assert place in done.stdout
    assert "7 secrets found" in done.stdout
    assert OTHER not in done.stdout


def test_scan_reads_a_journal_that_git_does_not_have_yet(tmp_path: Path):
    home = tmp_path / ".dexter"
    make_session(home, "harmless")
    script = (
        "import os, sys\n"
        "from dexter.secrets import NONE\n"
        "from dexter.sessions import SessionManager\n"
        "manager = SessionManager(sys.argv[1], masks=NONE)\n"
        "session = manager.list_sessions()[0].id\n"
        "manager.resume(session, record=False)\n"
        "open(manager.directory('aaaaaaaa').parents[1] / '.git/MERGE_HEAD', 'w').write(sys.argv[3])\n"
        "manager.save_exchange(query=sys.argv[2], answer='a', model='m')\n"
        "os._exit(9)\n"
    )
    head = git(home, "rev-parse", "HEAD")
    done = subprocess.run([sys.executable, "-c", script, str(home), OTHER, head], check=False, timeout=60)
    assert done.returncode == 9
    found = dexter("sessions", "scan", home=home)
    assert ".git/gitstore/journal/" in found.stdout
    assert OTHER not in found.stdout


def test_an_empty_home_is_clean_and_stays_empty(tmp_path: Path):
    done = dexter("sessions", "scan", home=tmp_path / "none")
    assert (done.returncode, done.stdout) == (0, "No secrets found; 0 commits and 0 contents looked at.\n")
    assert not (tmp_path / "none").exists()


def test_a_bug_writes_no_key_of_an_env_file_into_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from dexter.cli.bugs import report

    monkeypatch.chdir(tmp_path)
    (tmp_path / ".dexter").mkdir()
    (tmp_path / ".env").write_text(f"OPENAI_API_KEY={KEY}\n")
    assert "dexter.log" in report(RuntimeError(f"with {KEY} and {OTHER}"), (), {})
    text = (tmp_path / ".dexter/dexter.log").read_text()
    assert "with [key hidden] and [masked: github token]" in text
