"""`sessions verify` and `sessions repair` as a user runs them."""

import json
import re
import sqlite3
from pathlib import Path

import msgspec
import pytest

import gitstore.checking
from dexter.cli.app import main
from dexter.sessions import SessionManager
from dexter.sessions.catalog import exchange_rows
from gitstore.history.chronicle_rows import sum_of
from tests.support.sessions import TOOL, commit_file, git, is_sound, make_session, save

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


def long_session(home: Path) -> tuple[Path, Path]:
    """A session with an exchange and steps that are longer than a line may be: the files with their rests."""
    step = msgspec.structs.replace(TOOL, result="r" * 5_000_000)
    make_session(home, "q" * 3_000_000, session_id="bbbb0000", steps=[step], answer="a" * 3_000_000)
    directory = home / "sessions" / "cli" / "bbbb0000"
    ((parts,), (steps,)) = (sorted(directory.glob(f"{name}/*.jsonl")) for name in ("parts", "steps"))
    return parts, steps


def test_long_exchanges_and_steps_are_well(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, steps = long_session(home)
    before = steps.read_bytes()
    assert main(["--home", str(home), "sessions", "verify"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["--home", str(home), "sessions", "repair"]) == 0
    assert steps.read_bytes() == before


def test_what_is_missing_of_long_exchanges_and_steps_is_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts, steps = long_session(home)
    for path in (parts, steps):
        lines = path.read_bytes().splitlines(keepends=True)
        commit_file(home, str(path.relative_to(home / "sessions")), b"".join(lines[:-1]))
    assert main(["--home", str(home), "sessions", "verify", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["problems"]
    assert {each["place"].split("/")[2] for each in told} == {"parts", "steps"}
    assert all(
        re.fullmatch(r"of (query|answer|result) [0-9,]+ of [0-9,]+ characters are there", each["reason"])
        for each in told
    )
    assert all(each["repair"] is None for each in told)


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


ALL_THAT_ASK = (
    ["list"],
    ["list", "--deleted"],
    ["search", "one"],
    ["search", "one", "--results"],
    ["search", "one", "--deleted"],
    ["search", "one", "--deleted", "--results"],
)


def with_all_catalogs(home: Path) -> None:
    """A session more, a deleted one, and every catalog there is."""
    make_session(home, "one of them", session_id="bbbb0000", steps=[TOOL])
    make_session(home, "one to be deleted", session_id="dddd0000", steps=[TOOL])
    assert main(["--home", str(home), "sessions", "delete", "--yes", "dddd0000"]) == 0
    for command in ALL_THAT_ASK:
        assert main(["--home", str(home), "sessions", *command]) == 0
    assert len(list((home / "catalog").glob("*.db"))) == 7


def tampered(home: Path, catalog: str, statement: str, *values: object) -> None:
    with sqlite3.connect(home / "catalog" / f"{catalog}.db") as connection:
        assert connection.execute(statement, values).rowcount
    connection.close()


def told_then_mended(home: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """What verify has against the home; after a repair it has nothing any more, whatever is asked then."""
    capsys.readouterr()
    assert main(["--home", str(home), "sessions", "verify", "--json"]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert main(["--home", str(home), "sessions", "repair"]) == 0
    assert main(["--home", str(home), "sessions", "verify"]) == 0
    for command in ALL_THAT_ASK:
        assert main(["--home", str(home), "sessions", *command]) == 0
    assert main(["--home", str(home), "sessions", "verify"]) == 0
    return [(each["place"], each["reason"].partition(": ")[2]) for each in problems]


def test_catalogs_that_nobody_touched_are_well(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_all_catalogs(home)
    make_session(home, "one later", session_id="eeee0000", answer="long " * 600_000)
    assert main(["--home", str(home), "sessions", "restore", "dddd0000"]) == 0
    assert main(["--home", str(home), "sessions", "verify"]) == 0  # all of them are behind
    for command in ALL_THAT_ASK:
        assert main(["--home", str(home), "sessions", *command]) == 0
    with SessionManager(home) as manager:
        manager.resume("dddd0000")
        save(manager, "one more before it goes again")
        manager.delete_session("dddd0000")
    assert main(["--home", str(home), "sessions", "verify"]) == 0
    for command in ALL_THAT_ASK:
        assert main(["--home", str(home), "sessions", *command]) == 0
    capsys.readouterr()
    assert main(["--home", str(home), "sessions", "verify"]) == 0
    assert capsys.readouterr().out.startswith("All is well")


@pytest.mark.parametrize("place", ["sessions aaaa0000", "deleted dddd0000"])
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE session SET record = x'00' WHERE id = ?", "other metadata"),
        ("UPDATE session SET sum = sum + 1 WHERE id = ?", "other metadata"),
        ("UPDATE session SET tree = zeroblob(20) WHERE id = ?", "another tree than the catalog is made from"),
        ("DELETE FROM session WHERE id = ?", "another tree than the catalog is made from"),
    ],
)
def test_a_list_that_says_something_else_than_the_tree_is_told_of_its_session_and_made_anew(
    home: Path, capsys: pytest.CaptureFixture[str], place: str, statement: str, reason: str
) -> None:
    catalog, session = place.split()
    with_all_catalogs(home)
    tampered(home, catalog, statement, session)
    assert told_then_mended(home, capsys) == [(f"catalog/{catalog} (session {session})", reason)]


@pytest.mark.parametrize(
    "place",
    ["exchanges bbbb0000", "results bbbb0000", "deleted-exchanges dddd0000", "deleted-results dddd0000"],
)
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE exchange SET model = 'poison' WHERE id = ?", "other facts"),
        ("UPDATE exchange SET sum = sum + 1 WHERE id = ?", "other facts"),
        ("DELETE FROM exchange WHERE id = ?", "it is left out"),
        (
            "UPDATE body SET content = x'00' WHERE number = (SELECT number FROM exchange WHERE id = ?)",
            "damaged texts",
        ),
    ],
)
def test_exchanges_in_a_catalog_that_are_not_in_the_tree_are_told_and_made_anew(
    home: Path, capsys: pytest.CaptureFixture[str], place: str, statement: str, reason: str
) -> None:
    catalog, session = place.split()
    with_all_catalogs(home)
    with sqlite3.connect(home / "catalog" / f"{catalog}.db") as connection:
        ((exchange,),) = connection.execute(
            "SELECT id FROM exchange WHERE session = (SELECT number FROM session WHERE id = ?)", (session,)
        )
    connection.close()
    tampered(home, catalog, statement, exchange)
    named = f"catalog/{catalog} (session {session}, exchange {exchange})"
    assert told_then_mended(home, capsys) == [(named, reason)]


@pytest.mark.parametrize(("catalog", "session"), [("results", "aaaa0000"), ("deleted-results", "dddd0000")])
def test_what_a_tool_never_returned_is_told_though_its_checksum_is_right(
    home: Path, capsys: pytest.CaptureFixture[str], catalog: str, session: str
) -> None:
    with_all_catalogs(home)
    with sqlite3.connect(home / "catalog" / f"{catalog}.db") as connection:
        number, exchange, content = connection.execute(
            "SELECT e.number, e.id, body.content FROM exchange AS e JOIN body ON body.number = e.number"
            " WHERE session = (SELECT number FROM session WHERE id = ?) ORDER BY e.id DESC",
            (session,),
        ).fetchone()
    connection.close()
    body = exchange_rows.unpack(content)
    assert TOOL.result in body.results
    (forged,) = exchange_rows.pack([msgspec.structs.replace(body, results="poison")])
    total = exchange_rows.sum_of((number, forged))
    tampered(home, catalog, "UPDATE body SET content = ?, sum = ? WHERE number = ?", forged, total, number)
    named = f"catalog/{catalog} (session {session}, exchange {exchange})"
    assert told_then_mended(home, capsys) == [(named, "other texts")]


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


def test_what_a_crash_left_half_written_in_logs_is_a_note_and_goes_with_the_next_commit(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git_directory = home / "sessions/.git"
    for name in ("logs/HEAD", "gitstore/turns"):
        path = git_directory / name
        path.write_bytes(path.read_bytes() + path.read_bytes()[:60])
    assert main(["--home", str(home), "sessions", "verify"]) == 0
    err = capsys.readouterr().err
    assert ".git/logs/HEAD, line 5 ends with half a line" in err
    assert "bytes that are no whole turn" in err
    with SessionManager(home) as manager:
        manager.resume("aaaa0000")
        save(manager, "four")
    assert main(["--home", str(home), "sessions", "verify"]) == 0
    assert capsys.readouterr().err == ""
