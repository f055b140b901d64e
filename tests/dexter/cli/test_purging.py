"""`sessions purge` as a user runs it: what is asked, told, and nowhere afterwards."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dexter.sessions import SessionManager
from tests.support.purged import exchange_ids, places, queries
from tests.support.sessions import (
    dexter,
    dexter_json,
    git,
    is_sound,
    make_session,
    powerless,
)

SECRET = "the Müller-47 merger"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".dexter"


def test_a_session_is_asked_about_and_only_yes_purges_it(home: Path) -> None:
    session, other = make_session(home, SECRET, "and then?"), make_session(home, "stays")
    tip = git(home, "rev-parse", "main")
    for answer in ("", "\n", "no\n", "y\n", "Yes\n"):
        done = dexter("sessions", "purge", session, home=home, stdin=answer)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"Purge session {session} (2 exchanges)\n")
        assert done.stdout.endswith("Nothing was purged.\n")
    assert git(home, "rev-parse", "main") == tip
    done = dexter("sessions", "purge", session[:5], home=home, stdin="yes\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing of it is left here" in done.stdout
    assert places(home, SECRET, "and then?") == []
    assert [each["id"] for each in dexter_json("sessions", "list", home=home)["sessions"]] == [other]
    assert is_sound(home)


def test_only_the_record_of_it_still_names_a_purged_session(home: Path) -> None:
    session = make_session(home, SECRET)
    make_session(home, "stays")
    assert dexter("sessions", "purge", session, "--yes", home=home).returncode == 0
    log = git(home, "log", "--format=%s")
    assert log.splitlines()[0] == f"{session}: purged"
    assert log.count(session) == 1
    assert session not in git(home, "log", "--format=", "--name-only")
    found = [place for place in places(home, session) if ".git" not in place and place != "git's objects"]
    assert found == [str(home / "sessions/purged.jsonl")]


def test_dry_runs_and_json_say_the_same_and_change_nothing(home: Path) -> None:
    session = make_session(home, SECRET, "more")
    exchange = exchange_ids(home, session)[0]
    tip = git(home, "rev-parse", "main")
    plain = dexter("sessions", "purge", session, "--dry-run", home=home)
    assert plain.stdout == f"Would purge session {session} (2 exchanges)\n"
    found = dexter_json("sessions", "purge", f"{session}@{exchange}", "--dry-run", home=home)
    assert found["exchanges"] == [{"sessionId": session, "exchangeId": exchange}]
    assert (found["sessions"], found["texts"], found["dryRun"]) == ([], 0, True)
    assert dexter_json("sessions", "purge", "--pattern", "M.ller", "--dry-run", home=home)["texts"] == 1
    assert git(home, "rev-parse", "main") == tip
    done = dexter("sessions", "purge", session, "--json", home=home)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert git(home, "rev-parse", "main") == tip
    found = dexter_json("sessions", "purge", session, "--yes", home=home)
    assert (found["left"], found["remotes"]) == ([], [])
    assert found["leftOut"] == 3
    assert found["before"] != found["commit"] == git(home, "rev-parse", "main").strip()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["zzzzzzzz"], 1, "zzzzzzzz"),
        ([], 2, "Say what to purge"),
        (["aaaaaaaa", "--pattern", "x"], 2, "Say what to purge"),
        (["--finish", "--pattern", "x"], 2, "Say what to purge"),
        (["--pattern", "nowhere at all"], 2, "fits nothing"),
        (["--pattern", "("], 2, "can't be used"),
        (["--pattern", ""], 2, "empty"),
        (["--pattern", "plain"], 1, "fewer than 6 bytes"),
        (["aaaaaaaa@nothing"], 1, "nothing"),
        (["--finish", "--remote", "nobody"], 2, 'no remote "nobody"'),
        (["aaaaaaaa", "--yes", "--remote", "nobody"], 2, 'no remote "nobody"'),
    ],
)
def test_what_cannot_be_meant_is_said_and_changes_nothing(
    home: Path, arguments: list[str], code: int, said: str
) -> None:
    make_session(home, "plain text", session_id="aaaaaaaa")
    tip = git(home, "rev-parse", "main")
    done = dexter("sessions", "purge", *arguments, home=home)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert git(home, "rev-parse", "main") == tip


def test_where_nothing_is_stored_there_is_nothing_to_purge(home: Path) -> None:
    for arguments in (["aaaaaaaa"], ["--pattern", "anything"]):
        done = dexter("sessions", "purge", *arguments, home=home)
        assert done.returncode in {1, 2}
        assert done.stderr.startswith("Error: ")
        assert "Traceback" not in done.stderr
    assert dexter("sessions", "purge", "--finish", home=home).returncode in {0, 1, 2}


@pytest.mark.parametrize(
    "text", ["answer", "timestamp", "complete", "exchange", "merge=union", "Session", "sessionId"]
)
def test_a_text_that_holds_sessions_together_is_refused(home: Path, text: str) -> None:
    session = make_session(home, "the answer is a complete exchange of Session timestamps")
    tip = git(home, "rev-parse", "main")
    done = dexter("sessions", "purge", "--pattern", text, "--yes", home=home)
    assert done.returncode in {1, 2}
    assert git(home, "rev-parse", "main") == tip
    for part in (session, exchange_ids(home, session)[0][:13]):
        assert dexter("sessions", "purge", "--pattern", part, "--yes", home=home).returncode in {1, 2}
    assert git(home, "rev-parse", "main") == tip


def test_an_exchange_goes_out_of_all_history_and_the_others_stay(home: Path) -> None:
    session = make_session(home, "first", SECRET, "third")
    first, second, third = exchange_ids(home, session)
    done = dexter("sessions", "purge", f"{session}@{second}", "--yes", home=home)
    assert (done.returncode, done.stderr) == (0, "")
    assert places(home, SECRET) == []
    with SessionManager(home) as manager:
        shown = manager.show(session)
    assert [each.id for each in shown.exchanges] == [first, third]
    assert [each.parent_id for each in shown.exchanges] == [None, first]
    assert shown.metadata.exchange_count == 2
    assert list(shown.metadata.heads) == [third]
    assert is_sound(home)
    assert dexter("sessions", "verify", home=home).returncode == 0


def test_a_deleted_session_is_purged_and_cannot_be_restored(home: Path) -> None:
    session = make_session(home, SECRET)
    make_session(home, "stays")
    assert dexter("sessions", "delete", session, "--yes", home=home).returncode == 0
    done = dexter("sessions", "purge", session, "--yes", home=home)
    assert done.returncode == 0, done.stderr
    assert places(home, SECRET) == []
    assert dexter("sessions", "restore", session, home=home).returncode == 1
    assert dexter("undo", home=home).returncode == 1
    assert is_sound(home)


def test_forks_keep_what_they_have_unless_they_go_as_well(home: Path) -> None:
    session = make_session(home, SECRET, "second")
    fork = re.findall(r"\b[a-z0-9]{8}\b", dexter("sessions", "fork", session, home=home).stdout)
    fork_id = next(
        each["id"] for each in dexter_json("sessions", "list", home=home)["sessions"] if each["id"] != session
    )
    assert fork_id in fork
    done = dexter("sessions", "purge", session, "--yes", home=home)
    assert done.returncode == 0, done.stderr
    assert queries(home, fork_id) == [SECRET, "second"]
    assert dexter("sessions", "purge", fork_id, "--with-forks", "--yes", home=home).returncode == 0
    assert places(home, SECRET) == []


def test_a_fork_is_named_before_and_goes_with_with_forks(home: Path) -> None:
    session = make_session(home, SECRET, "second")
    dexter("sessions", "fork", session, home=home)
    done = dexter("sessions", "purge", session, home=home, stdin="no\n")
    assert "keeps them; --with-forks" in done.stderr
    assert dexter("sessions", "purge", session, "--with-forks", "--yes", home=home).returncode == 0
    assert places(home, SECRET) == []
    assert dexter_json("sessions", "list", home=home)["sessions"] == []


def test_a_deleted_fork_is_named_before_too_and_keeps_what_it_has(home: Path) -> None:
    session = make_session(home, SECRET, "second")
    fork = dexter("sessions", "fork", session, home=home).stdout.strip()
    dexter("sessions", "delete", fork, "--yes", home=home)
    told = dexter_json("sessions", "purge", session, "--dry-run", home=home)
    assert told["kept"] == [{"sessionId": fork, "exchanges": 2}]
    assert dexter("sessions", "purge", session, "--yes", home=home).returncode == 0
    assert dexter("sessions", "restore", fork, home=home).returncode == 0
    assert queries(home, fork) == [SECRET, "second"]
    assert dexter("sessions", "purge", fork, "--yes", home=home).returncode == 0
    assert places(home, SECRET) == []


REFUSED = {
    "stash": lambda repository: (
        (repository / "purged.txt").write_text("x"),
        subprocess.run(["git", "-C", str(repository), "stash", "-q", "-u"], check=True),
    ),
    "branch": lambda repository: subprocess.run(
        ["git", "-C", str(repository), "checkout", "-q", "-b", "side"], check=True
    ),
    "broken ref": lambda repository: (repository / ".git/refs/heads/side").write_bytes(b""),
}


@pytest.mark.parametrize("state", REFUSED)
def test_what_git_does_not_allow_now_is_told_and_nothing_is_noted(home: Path, state: str) -> None:
    session = make_session(home, SECRET)
    REFUSED[state](home / "sessions")
    tip = git(home, "rev-parse", "main")
    done = dexter("sessions", "purge", session, "--yes", home=home)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Nothing was purged (")
    assert git(home, "rev-parse", "main") == tip
    assert not (home / "sessions/.git/gitstore/purging").exists()


def test_what_is_noted_and_not_done_is_finished_later(home: Path) -> None:
    session = make_session(home, SECRET)
    make_session(home, "stays")
    git(home, "branch", "side")
    lock = home / "sessions/.git/refs/heads/side.lock"
    lock.touch()
    done = dexter("sessions", "purge", session, "--yes", home=home)
    assert done.returncode == 1
    assert "sessions purge --finish" in done.stderr
    assert "purge was cut off" in dexter("sessions", "list", home=home).stderr
    lock.unlink()
    done = dexter("sessions", "purge", "--finish", home=home)
    assert (done.returncode, done.stderr.count("Error")) == (0, 0)
    assert places(home, SECRET) == []
    assert "cut off" not in dexter("sessions", "list", home=home).stderr


def test_a_home_that_may_not_be_written_says_so(home: Path) -> None:
    session = make_session(home, SECRET)
    folders = [home, *(each for each in home.rglob("*") if each.is_dir())]
    for each in folders:
        each.chmod(0o555)
    try:
        command = (
            powerless("-m", "dexter")
            if False
            else powerless(*_program(), "--home", str(home), "sessions", "purge", session, "--yes")
        )
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        for each in folders:
            each.chmod(0o755)
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    assert queries(home, session) == [SECRET]


def _program() -> list[str]:
    return [sys.executable, "-m", "dexter"]


def test_log_and_earlier_states_are_there_without_it(home: Path) -> None:
    session = make_session(home, "first", SECRET, "third")
    second = exchange_ids(home, session)[1]
    dexter("sessions", "rename", session, "a title", home=home)
    assert dexter("sessions", "purge", f"{session}@{second}", "--yes", home=home).returncode == 0
    log = dexter("sessions", "log", session, home=home)
    assert log.returncode == 0
    assert "third" in log.stdout
    assert "first" in log.stdout
    commits = git(home, "log", "--format=%H", "--", f"cli/{session}").split()
    for commit in commits:
        shown = dexter("sessions", "show", session, "--at", commit, home=home)
        assert shown.returncode == 0, shown.stderr
    assert dexter("undo", home=home).returncode == 0
    with SessionManager(home) as manager:
        assert manager.show(session).metadata.title is None


def test_an_undone_deletion_still_counts_as_undone(home: Path) -> None:
    session, other = make_session(home, "first"), make_session(home, SECRET)
    dexter("sessions", "rename", session, "a title", home=home)
    assert dexter("sessions", "delete", session, "--yes", home=home).returncode == 0
    assert dexter("undo", home=home).returncode == 0
    assert dexter("sessions", "purge", other, "--yes", home=home).returncode == 0
    done = dexter("undo", home=home)  # not the deletion again: the title
    assert done.returncode == 0, done.stderr
    with SessionManager(home) as manager:
        assert manager.show(session).metadata.title is None
