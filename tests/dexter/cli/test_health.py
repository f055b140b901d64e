"""`sessions verify` and `sessions repair` as a user runs them."""

import json
import sqlite3
from pathlib import Path

import pytest

import gitstore.checking
from dexter.cli.app import main
from tests.support.sessions import TOOL, commit_file, is_sound, make_session

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
