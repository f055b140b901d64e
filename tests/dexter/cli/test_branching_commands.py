"""fork, rewind, diff, tag, undo, and --session ID@EXCHANGE, as a user runs them."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dexter.cli.app import main
from dexter.sessions import SessionManager
from tests.support.sessions import dexter, git, is_sound, make_session, save

Run = Callable[..., tuple[int, str, str]]
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / ".dexter"
    make_session(home, "one", "two", "three", session_id="aaaaaaaa")
    return home


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run_(*arguments: str) -> tuple[int, str, str]:
        code = main(["--home", str(home), *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run_


@pytest.fixture
def ids(home: Path) -> list[str]:
    return [exchange.id for exchange in exchanges(home, "aaaaaaaa")]


def exchanges(home: Path, session_id: str):
    with SessionManager(home) as manager:
        return manager.show(session_id).exchanges


def test_a_fork_prints_its_id_and_knows_its_origin(run: Run, home: Path, ids: list[str]):
    code, out, err = run("sessions", "fork", "aaaa", "--at", ids[1])
    assert (code, err) == (0, "")
    assert re.fullmatch(r"[a-z0-9]{8}\n", out)
    shown = json.loads(run("sessions", "show", out.strip(), "--json")[1])
    assert shown["session"]["forkedFrom"] == {"sessionId": "aaaaaaaa", "exchangeId": ids[1]}
    assert [(each["id"], each["parentId"]) for each in shown["exchanges"]] == [
        (ids[0], None),
        (ids[1], ids[0]),
    ]
    assert shown["heads"] == [ids[1]]
    assert len(exchanges(home, run("session", "fork", "aaaa")[1].strip())) == 3


def test_an_exchange_that_is_unknown_or_not_the_only_one_is_an_error(run: Run, home: Path, ids: list[str]):
    commit = git(home, "rev-parse", "main")
    short = ids[0][:6]
    for command in (["sessions", "fork", "aaaa", "--at"], ["sessions", "rewind", "aaaa", "--to"]):
        assert run(*command, "xyz") == (1, "", 'Error: There is no exchange "xyz" in this session.\n')
        code, out, err = run(*command, short)
        assert (code, out) == (1, "")
        listed = "".join(f"  {each}\n" for each in ids)
        assert err == f'Error: "{short}" is the beginning of 3 exchanges.\n\n{listed}'
    for wrong, text in (("aaaa@xyz", "There is no exchange"), (f"aaaa@{short}", "beginning of 3")):
        for done in (
            dexter("--session", wrong, "--print", "q", home=home),
            dexter("--session", wrong, home=home, stdin="q\n"),
        ):
            assert (done.returncode, done.stdout) == (1, "")
            assert text in done.stderr
    assert git(home, "rev-parse", "main") == commit


def test_a_rewind_says_where_the_session_goes_on(run: Run, home: Path, ids: list[str]):
    code, out, err = run("sessions", "rewind", "aaaa", "--to", ids[0])
    assert (code, err) == (0, "")
    assert re.fullmatch(rf"Session aaaaaaaa goes on after {ids[0]}  {TIME}  one\n", out)
    expected = "Session aaaaaaaa goes on before its first exchange.\n"
    assert run("sessions", "rewind", "aaaa", "--to", "start") == (0, expected, "")
    assert dexter("--session", "aaaa", "--print", "What is 2+2?", home=home).returncode == 0
    assert exchanges(home, "aaaaaaaa")[-1].parent_id is None
    assert is_sound(home)


def test_one_query_follows_the_exchange_that_is_named(home: Path, ids: list[str]):
    printed = dexter("--session", f"aaaa@{ids[0]}", "--print", "What is 2+2?", "--json", home=home)
    assert printed.returncode == 0
    first = json.loads(printed.stdout)["exchangeId"]
    piped = dexter("--session", f"aaaa@{ids[1]}", home=home, stdin="What is 3+3?\nWhat is 4+4?\n")
    assert piped.returncode == 0
    *_, one, two, three = exchanges(home, "aaaaaaaa")
    assert [(each.id, each.parent_id) for each in (one, two, three)] == [
        (first, ids[0]),
        (two.id, ids[1]),
        (three.id, two.id),
    ]
    later = dexter("--session", "aaaa", "--print", "What is 5+5?", home=home)
    others = re.search(
        r"^Session aaaaaaaa has 3 heads and goes on from the latest; dexter --session aaaaaaaa@(\S+)"
        r" opens another; so do aaaaaaaa@(\S+)\.$",
        later.stderr,
        re.MULTILINE,
    )
    assert others is not None
    assert first.startswith(others[1])
    assert ids[2].startswith(others[2])
    assert exchanges(home, "aaaaaaaa")[-1].parent_id == three.id
    opened = dexter("--session", f"aaaaaaaa@{others[2]}", "--print", "What is 6+6?", home=home)
    assert "heads" not in opened.stderr
    assert exchanges(home, "aaaaaaaa")[-1].parent_id == ids[2]


def test_in_a_pipe_each_exchange_says_what_it_follows_if_that_is_not_the_one_before(
    run: Run, home: Path, ids: list[str]
):
    straight = run("sessions", "show", "aaaa")[1]
    assert "follows" not in straight
    with SessionManager(home) as manager:
        for at in (ids[0], None):
            manager.resume("aaaa")
            manager.go_on_after(at)
            save(manager, "again")
    shown = run("sessions", "show", "aaaa")[1]
    assert [line.partition("tokens")[2] for line in shown.splitlines() if line.startswith("---")] == [
        "",
        "",
        "  head",
        f"  head  follows {ids[0]}",
        "  head  follows none",
    ]


def test_where_two_sessions_part(run: Run, home: Path, ids: list[str]):
    fork = run("sessions", "fork", "aaaa", "--at", ids[1])[1].strip()
    dexter("--session", fork, "--print", "What is 2+2?", home=home)
    code, out, err = run("sessions", "diff", "aaaa", fork)
    assert (code, err) == (0, "")
    assert re.fullmatch(
        "In common: 2 exchanges\n"
        rf"Last in common: {ids[1]}  {TIME}  two\n\n"
        "Only in aaaaaaaa: 1 exchange\n"
        rf"  {ids[2]}  {TIME}  three\n\n"
        rf"Only in {fork}: 1 exchange\n"
        rf"  [0-9a-f-]{{36}}  {TIME}  What is 2\+2\?\n",
        out,
    )
    fields = json.loads(run("sessions", "diff", "aaaa", fork, "--json")[1])
    assert (fields["commonCount"], fields["lastCommon"]["id"]) == (2, ids[1])
    assert [(each["sessionId"], each["count"]) for each in fields["alone"]] == [("aaaaaaaa", 1), (fork, 1)]
    assert fields["alone"][1]["exchanges"][0]["parentId"] == ids[1]
    make_session(home, "else", session_id="bbbbbbbb")
    assert run("sessions", "diff", "bbbb", "bbbb")[1].endswith("\n\nOnly in bbbbbbbb: 0 exchanges\n")
    assert json.loads(run("sessions", "diff", "aaaa", "bbbb", "--json")[1])["lastCommon"] is None
    assert run("sessions", "diff", "aaaa", "zzzz")[0] == 1


def test_tags_are_printed_listed_shown_and_found(run: Run, home: Path):
    assert run("sessions", "tag", "aaaa") == (0, "", "")
    added = run("sessions", "tag", "aaaa", "--add", "tech", "--add", "to \x1bread", "--remove", "none")
    assert added == (0, "tech\nto read\n", "")
    assert run("sessions", "tag", "aaaa") == (0, "tech\nto read\n", "")
    assert json.loads(run("sessions", "list", "--json")[1])["sessions"][0]["tags"] == ["tech", "to read"]
    assert "\nTags: tech, to read\n" in run("sessions", "show", "aaaa")[1]
    hits = run("sessions", "search", "tech")[1]
    assert re.match(rf"aaaaaaaa  {TIME}  [0-9a-f-]{{36}}  \[tech, to read\]\n> three\n", hits)
    assert json.loads(run("sessions", "search", "tech", "--json")[1])["hits"][0]["tags"] == [
        "tech",
        "to read",
    ]
    assert run("sessions", "tag", "aaaa", "--remove", "tech", "--remove", "to read") == (0, "", "")
    code, out, err = run("sessions", "tag", "aaaa", "--add", "x" * 65)
    assert (code, out) == (2, "")
    assert err.startswith("Error: A tag has at most 64 characters")


def test_undo_says_in_a_line_what_it_took_back(run: Run, home: Path, ids: list[str]):
    run("sessions", "rename", "aaaa", "First")
    run("sessions", "rename", "aaaa", "")
    run("sessions", "tag", "aaaa", "--add", "x")
    run("sessions", "rewind", "aaaa", "--to", ids[0])
    run("sessions", "rewind", "aaaa", "--to", "start")
    fork = run("sessions", "fork", "aaaa", "--at", ids[2])[1].strip()
    run("sessions", "delete", "aaaa", "--yes")
    for command, told in (
        (["undo"], "session aaaaaaaa is back (3 exchanges)."),
        (["sessions", "undo"], f"fork {fork} is deleted; it can be restored."),
        (["undo"], f"session aaaaaaaa goes on after exchange {ids[0]} again."),
        (["session", "undo"], f"session aaaaaaaa goes on after exchange {ids[2]} again."),
        (["undo"], "session aaaaaaaa has no tags again."),
        (["undo"], 'session aaaaaaaa is called "First" again.'),
        (["undo"], "session aaaaaaaa has no title again."),
    ):
        assert run(*command) == (0, f"Undone: {told}\n", "")
    assert run("undo") == (1, "", "Error: There is nothing to undo.\n")
    assert run("sessions", "restore", fork)[0] == 0
    assert run("undo")[1] == f"Undone: session {fork} is deleted again; it can be restored.\n"
    run("sessions", "fork", "aaaa")
    save_into(home, exchanges_of=run("sessions", "list", "--limit", "1", "--json")[1])
    code, out, err = run("undo")
    assert (code, out) == (1, "")
    assert re.fullmatch(
        r"Error: The last change \(forked\) is not taken back, because something was asked in session "
        r"[a-z0-9]{8} since; nothing was changed\.\n",
        err,
    )
    actions = [line.split()[3] for line in run("sessions", "log", "aaaa")[1].splitlines()[1:]]
    assert actions[:6] == ["undone"] * 6


def save_into(home: Path, exchanges_of: str) -> None:
    with SessionManager(home) as manager:
        manager.resume(json.loads(exchanges_of)["sessions"][0]["id"])
        save(manager, "more")


def test_when_a_title_was_changed_is_a_time_in_json(run: Run):
    run("sessions", "rename", "aaaa", "T")
    fields = json.loads(run("sessions", "list", "--json")[1])["sessions"][0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]{12}Z", fields["titleChangedAt"])
