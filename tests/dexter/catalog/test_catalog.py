"""The catalog may be deleted, damaged, old, unwritable or in use: the answers are those of the tree."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dexter.sessions import SessionExchange, SessionManager, Wanted, parse_query
from dexter.sessions.archive import Archive
from dexter.sessions.catalog.listing import read_all
from dexter.sessions.reading.reading import read_exchanges
from dexter.sessions.reading.session_files import session_ids
from tests.support.sessions import TOOL, commit_file, dexter, git, make_session, powerless, save


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / ".dexter"
    make_session(home, "What is AAPL worth?", "And its margin?", session_id="aaaa0000", answer="Ninety")
    make_session(home, "Compare MSFT", session_id="bbbb0000", answer="Cloud leads")
    return home


def told(home: Path) -> tuple[object, ...]:
    """What the catalog answers, by way of everything that asks it."""
    with SessionManager(home) as manager:
        listed = manager.list_sessions()
        facts = [(each.session_id, each.exchange_id, each.timestamp, each.model) for each in manager.usage()]
        hits = {
            word: {hit.exchange_id for hit in manager.look_up(Wanted(parse_query(word), limit=1000)).hits}
            for word in ("aapl", "cloud", "next", "marg*")
        }
        gone = [each.metadata.id for each in manager.deleted_sessions()]
        return listed, facts, hits, gone


def scanned(home: Path) -> tuple[object, ...]:
    """The same from the tree alone."""
    with SessionManager(home) as manager:
        gone = [each.id for each in manager.list_sessions(deleted=True)]
    with Archive(home) as archive:
        snapshot = archive.snapshot()
        assert snapshot is not None
        rows = [(name, each) for name in session_ids(snapshot) for each in read_exchanges(snapshot, name)[0]]
        facts = [(name, each.id, each.timestamp, each.model) for name, each in rows]

        def having(word: str) -> set[str]:
            return {
                each.id for _, each in rows if word in f"{each.query} {each.answer}".lower().replace("?", "")
            }

        hits = {word: having(word.rstrip("*")) for word in ("aapl", "cloud", "next", "marg*")}
        return list(read_all(snapshot).sessions), facts, hits, gone


def test_the_answers_are_those_of_the_tree_whatever_happens_to_the_sessions(home: Path):
    assert told(home) == scanned(home)
    with SessionManager(home) as manager:
        manager.resume("aaaa0000")
        save(manager, "What next?")
        manager.rename_session("bbbb0000", "Giants")
    assert told(home) == scanned(home)
    with SessionManager(home) as manager:
        manager.delete_session("bbbb0000")
    assert told(home) == scanned(home)
    assert told(home)[3] == ["bbbb0000"]
    with SessionManager(home) as manager:
        manager.restore_session("bbbb0000")
    line = SessionExchange("zz", 5, "next by hand", "x", model="m", status="error").to_line() + b"\n"
    path = "cli/aaaa0000/history.jsonl"
    commit_file(home, path, (home / "sessions" / path).read_bytes() + line)
    assert told(home) == scanned(home)
    commit_file(home, path, line)
    assert told(home) == scanned(home)
    git(home, "revert", "--no-edit", "HEAD")
    assert told(home) == scanned(home)
    with SessionManager(home) as manager:
        assert manager.contradictions() == []


def test_a_home_without_sessions_gets_no_catalog(tmp_path: Path):
    home = tmp_path / "none"
    with SessionManager(home) as manager:
        assert manager.list_sessions() == manager.usage() == manager.search("x") == []
    assert not home.exists()


def test_it_may_be_deleted_while_it_is_open(home: Path):
    with SessionManager(home) as manager:
        before = manager.list_sessions()
        shutil.rmtree(home / "catalog")
        assert manager.list_sessions() == before
        assert [hit.session_id for hit in manager.search("cloud")] == ["bbbb0000"]
        shutil.rmtree(home / "catalog")
        manager.resume("bbbb0000")
        save(manager, "What next?")
        assert [hit.query for hit in manager.search("next")] == ["What next?"]
    assert told(home) == scanned(home)


def test_what_another_process_saved_is_found_at_once(home: Path):
    with SessionManager(home) as reader, SessionManager(home) as writer:
        writer.resume("aaaa0000")
        for number in range(5):
            save(writer, f"needle{number}")
            assert [hit.query for hit in reader.search(f"needle{number}")] == [f"needle{number}"]


@pytest.mark.parametrize("seed", range(12))
def test_bytes_that_were_damaged_at_random_change_no_list(home: Path, seed: int):
    expected = told(home)
    draw = random.Random(seed)
    for path in sorted((home / "catalog").glob("*.db")):
        content = bytearray(path.read_bytes())
        for _ in range(draw.choice([1, 20, 400])):
            content[draw.randrange(len(content))] = draw.randrange(256)
        path.write_bytes(content if seed % 3 else content[: draw.randrange(len(content))])
    answer = told(home)
    assert answer[0] == expected[0]
    assert answer[1] == expected[1]
    assert answer[3] == expected[3]
    for word, found in answer[2].items():  # a hit that the index lost can be missing, never a wrong one shown
        assert found <= expected[2][word]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE session SET record = x'00'",
        "UPDATE session SET sum = 7",
        "UPDATE session SET tree = zeroblob(20) WHERE id = 'aaaa0000'",
        "DELETE FROM session WHERE id = 'aaaa0000'",
        "INSERT INTO session SELECT 'zzzz9999', tree, record, sum FROM session LIMIT 1",
        "UPDATE seen_part SET content = x'00'",
        "DROP TABLE session",
        "PRAGMA user_version = 99",
        "PRAGMA application_id = 7",
    ],
)
def test_rows_that_contradict_the_tree_are_thrown_away(home: Path, statement: str):
    expected = told(home)
    with sqlite3.connect(home / "catalog" / "sessions.db") as connection:
        connection.execute(statement)
    connection.close()
    assert told(home) == expected
    assert told(home) == expected


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE exchange SET model = 'poison'",
        "DELETE FROM exchange",
        "UPDATE body SET content = x'00'",
        "UPDATE session SET title = 'poison', id = 'zzzz9999' WHERE id = 'aaaa0000'",
    ],
)
def test_poisoned_exchanges_are_not_shown(home: Path, statement: str):
    expected = told(home)
    with sqlite3.connect(home / "catalog" / "exchanges.db") as connection:
        connection.execute(statement)
    connection.close()
    with SessionManager(home) as manager:
        if "session" not in statement and "DELETE" not in statement:
            assert manager.contradictions()
        assert [hit.session_id for hit in manager.search("aapl")] == ["aaaa0000"]
    assert told(home) == expected


def test_where_nothing_can_be_written_the_answers_are_the_same(home: Path):
    (home / "catalog").write_text("a file in its place")
    assert told(home) == scanned(home)
    (home / "catalog").unlink()
    home.chmod(0o555)
    command = [sys.executable, "-m", "dexter", "--home", str(home), "sessions"]
    try:
        for last in (["list"], ["search", "aapl"]):
            done = subprocess.run(
                powerless(*command, *last), capture_output=True, text=True, check=False, timeout=60
            )
            assert (done.returncode, done.stderr) == (0, "")
            assert "aaaa0000" in done.stdout
    finally:
        home.chmod(0o755)
    assert not (home / "catalog").exists()


def test_who_is_kept_from_writing_by_another_works_in_memory(home: Path):
    told(home)
    with SessionManager(home) as manager:
        manager.resume("aaaa0000")
        save(manager, "What next?")
    blocking = sqlite3.connect(home / "catalog" / "sessions.db", isolation_level=None)
    blocking.execute("BEGIN IMMEDIATE")
    try:
        with Archive(home) as archive:
            from dexter.sessions.catalog import listing

            archive.catalog(listing.LIVE)._patience = 0.05
            assert listing.list_sessions(archive).sessions[0].last_query == "What next?"
    finally:
        blocking.close()


def test_a_process_killed_in_the_middle_of_an_update_leaves_nothing_wrong(home: Path):
    expected = told(home)
    code = (
        "import sys; from pathlib import Path; from dexter.sessions import SessionManager\n"
        "print('up', flush=True)\n"
        "while True:\n"
        "    with SessionManager(Path(sys.argv[1])) as manager:\n"
        "        manager.usage(); manager.list_sessions(); manager.discard_catalogs()\n"
    )
    for number in range(6):
        child = subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.02 + 0.013 * number)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert told(home) == expected


def test_many_processes_at_once_all_find_what_is_there(home: Path):
    shutil.rmtree(home / "catalog", ignore_errors=True)
    command = [sys.executable, "-m", "dexter", "--home", str(home), "sessions"]
    children = [
        subprocess.Popen([*command, *last], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for last in (["list"], ["search", "aapl"]) * 4
    ]
    for child in children:
        out, err = child.communicate(timeout=100)
        assert (child.returncode, err) == (0, "")
        assert "aaaa0000" in out
    assert (home / "catalog" / "sessions.db").exists()
    assert told(home) == scanned(home)


def test_a_damaged_session_is_told_each_time_and_found_again_once_it_is_mended(home: Path):
    path = "cli/aaaa0000/history.jsonl"
    commit_file(home, path, (home / "sessions" / path).read_bytes() + b"\n")
    blob = git(home, "rev-parse", f"HEAD:{path}").strip()
    loose = home / "sessions/.git/objects" / blob[:2] / blob[2:]
    content = loose.read_bytes()
    loose.unlink()
    for _ in range(2):
        with SessionManager(home) as manager:
            assert {each.session_id for each in manager.usage()} == {"bbbb0000"}
            assert "aaaa0000" in str(manager.notices)
            assert manager.search("aapl") == []
    loose.write_bytes(content)
    assert told(home) == scanned(home)


def test_an_exchange_is_opened_by_what_search_prints(home: Path):
    found = dexter("sessions", "search", "margin", home=home).stdout
    command = found.splitlines()[-1].removeprefix("Open one with: dexter ").split()
    shown = dexter(*command, home=home).stdout
    assert "> And its margin?" in shown
    assert "> What is AAPL worth?" not in shown
    assert dexter(*command[:-1], "nothing", home=home).returncode == 1
    (common,) = {each[:4] for each in (command[-1],)}
    several = dexter(*command[:-1], common, home=home)
    assert several.returncode == 1
    assert "is the beginning of 2 exchanges" in several.stderr


def test_what_tools_returned_and_deleted_sessions_are_found_on_request(home: Path):
    with SessionManager(home) as manager:
        manager.start_new("gpt-5", "openai", "cccc0000")
        save(manager, "How fast?", steps=[TOOL])

    def found(*flags: str) -> bool:
        out = dexter("sessions", "search", "1487", *flags, home=home).stdout
        return "cccc0000" in out

    assert not found()
    assert found("--results")
    with SessionManager(home) as manager:
        manager.delete_session("cccc0000")
    assert not found("--results")
    assert found("--results", "--deleted")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM touched WHERE position = (SELECT MAX(position) FROM touched)",
        "DELETE FROM touched WHERE position = 2",
        "DELETE FROM touched",
        "UPDATE touched SET id = zeroblob(20)",
        "UPDATE touched SET after = before",
        "DELETE FROM deletion",
        "UPDATE deletion SET tree = zeroblob(20)",
        "UPDATE deletion SET time = 7",
        "UPDATE state SET top = 1",
        "UPDATE state SET tip = 'text'",
        "UPDATE step SET position = position + 100",
        "DROP TABLE touched",
        "PRAGMA user_version = 99",
    ],
)
def test_a_history_that_was_tampered_with_is_read_anew(home: Path, statement: str):
    def history() -> tuple[object, ...]:
        with SessionManager(home) as manager:
            return manager.deleted_sessions(), manager.log("aaaa0000"), manager.log("bbbb0000", limit=1)

    with SessionManager(home) as manager:
        manager.delete_session("bbbb0000")
    expected = history()
    assert expected[1:] != ([], [])
    with sqlite3.connect(home / "catalog" / "history.db") as connection:
        connection.execute(statement)
    connection.close()
    assert history() == expected
    with SessionManager(home) as manager:
        manager.resume("aaaa0000")
        save(manager, "What next?")
        assert [event.action for event in manager.log("aaaa0000", limit=2)] == ["exchange", "resumed"]
    assert history()[0] == expected[0]
