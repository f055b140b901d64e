"""`sessions verify` and `sessions repair` as a user runs them."""

import json
import sqlite3
from pathlib import Path

import pytest

import gitstore.checking
from dexter.cli.app import main
from gitstore.chronicle_rows import sum_of
from tests.support.sessions import TOOL, commit_file, git, is_sound, make_session

HISTORY = "cli/aaaa0000/history.jsonl"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(gitstore.checking, "_PAUSE", 0)
    home = tmp_path / ".dexter"
    make_session(home, "one", "two", "three", session_id="aaaa0000", steps=[TOOL])
    return home


def test_all_is_well(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(home), "sessions", "verify"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("All is well: 5 commits, ")
    assert "1 session, 3 exchanges checked" in out
    assert err == ""


def test_nothing_is_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path / "none"), "sessions", "verify", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["problems"] == []


def test_lines_out_of_order_twice_and_torn(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (home / "sessions" / HISTORY).read_bytes().splitlines(keepends=True)
    commit_file(home, HISTORY, lines[2] + lines[0] + b'{"torn\n' + lines[1] + lines[0])
    assert main(["--home", str(home), "sessions", "verify", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["problems"]
    assert [(each["sessionId"], each["line"]) for each in told] == [("aaaa0000", n) for n in (2, 3, 4, 5)]
    assert main(["--home", str(home), "sessions", "repair"]) == 0
    assert (home / "sessions" / HISTORY).read_bytes() == b"".join(lines)
    kept = list((home / "sessions/.git/gitstore/quarantine").glob(f"*/{HISTORY}"))
    assert [path.read_bytes() for path in kept] == [b'{"torn\n']
    assert is_sound(home)


def test_fields_that_do_not_follow_from_the_history(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = "cli/aaaa0000/session.json"
    fields = json.loads((home / "sessions" / path).read_bytes())
    commit_file(home, path, json.dumps({**fields, "exchangeCount": 9, "lastQuery": "z" * 150}).encode())
    assert main(["--home", str(home), "sessions", "verify"]) == 1
    assert "exchangeCount is 9, the history has 3" in capsys.readouterr().out
    assert main(["--home", str(home), "sessions", "repair", "--dry-run"]) == 0
    assert main(["--home", str(home), "sessions", "repair"]) == 0
    assert json.loads((home / "sessions" / path).read_bytes()) == fields
    assert is_sound(home)


def test_a_catalog_that_says_something_else_than_the_tree_is_told_and_made_anew(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["search", "one"], ["list"]):
        assert main(["--home", str(home), "sessions", *command]) == 0
    with sqlite3.connect(home / "catalog" / "exchanges.db") as connection:
        connection.execute("UPDATE exchange SET model = 'poison'")
    connection.close()
    capsys.readouterr()
    assert main(["--home", str(home), "sessions", "verify"]) == 1
    assert "catalog/exchanges" in capsys.readouterr().out
    assert main(["--home", str(home), "sessions", "repair"]) == 0
    assert main(["--home", str(home), "sessions", "verify"]) == 0
    capsys.readouterr()
    assert main(["--home", str(home), "sessions", "search", "one"]) == 0
    assert "aaaa0000" in capsys.readouterr().out


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM touched WHERE position = 2",
        "UPDATE touched SET sum = sum + 1 WHERE position = 2",
        "UPDATE deletion SET tree = zeroblob(20)",
        "UPDATE step SET position = position + 100",
    ],
)
def test_a_history_that_says_something_else_than_git_is_told_and_made_anew(
    home: Path, capsys: pytest.CaptureFixture[str], statement: str
) -> None:
    make_session(home, "To be deleted", session_id="dddd0000")
    for command in (["delete", "--yes", "dddd0000"], ["log", "aaaa0000"], ["list", "--deleted"]):
        assert main(["--home", str(home), "sessions", *command]) == 0
    assert main(["--home", str(home), "sessions", "verify"]) == 0
    with sqlite3.connect(home / "catalog" / "history.db") as connection:
        connection.execute(statement)
    connection.close()
    capsys.readouterr()
    assert main(["--home", str(home), "sessions", "verify"]) == 1
    assert "catalog/history" in capsys.readouterr().out
    assert main(["--home", str(home), "sessions", "repair"]) == 0
    assert main(["--home", str(home), "sessions", "verify"]) == 0


def test_a_history_that_was_tampered_with_and_has_its_checksums_is_told_of_its_session(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--home", str(home), "sessions", "log", "aaaa0000"]) == 0
    with sqlite3.connect(home / "catalog" / "history.db") as connection:
        row = connection.execute("SELECT name, position, id, before, after FROM touched").fetchone()
        named = (*row[:2], bytes(20), *row[3:])
        connection.execute(
            "UPDATE touched SET id = ?, sum = ? WHERE name = ? AND position = ?",
            (bytes(20), sum_of(*named), *row[:2]),
        )
    connection.close()
    capsys.readouterr()
    assert main(["--home", str(home), "sessions", "verify"]) == 1
    assert f"catalog/history (session {row[0].decode()})" in capsys.readouterr().out


def test_a_history_of_a_branch_that_was_rewritten_is_behind_and_no_problem(home: Path) -> None:
    assert main(["--home", str(home), "sessions", "log", "aaaa0000"]) == 0
    git(home, "commit", "--amend", "-q", "-m", "other words")
    assert main(["--home", str(home), "sessions", "verify"]) == 0
