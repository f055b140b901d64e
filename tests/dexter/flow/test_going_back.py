"""Going back to an earlier query in a real terminal, and what the tree of a session looks like there."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.sessions import make_session
from tests.support.terminal import DOWN, ENTER, ESCAPE, UP, Terminal

pytestmark = pytest.mark.terminal

OFFLINE = ["--model", "offline"]
TWICE = ESCAPE * 2
PICK = "Go back to which query?"


def history(session_id: str) -> list[dict[str, object]]:
    path = Path(f".dexter/sessions/cli/{session_id}/history.jsonl")
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def git(*arguments: str) -> list[str]:
    command = ["git", "-C", ".dexter/sessions", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def test_escape_twice_brings_an_earlier_query_back_to_be_changed_and_asked_from_there():
    with Terminal(OFFLINE, rows=50) as chat:
        chat.wait_for("ask, or /help")
        session_id = chat.session_id()
        chat.type(TWICE)
        chat.wait_for("Nothing has been asked in this session yet.")
        for number, query in enumerate(("What is 1+1?", "What is 2+2?", "What is 3+3?"), 1):
            chat.enter(query)
            chat.wait_for("commit ", times=number)
        chat.type("half a thought")
        chat.wait_for("> half a thought")
        chat.type(TWICE)
        chat.wait_for(lambda: "> half a thought" not in chat.text())
        chat.type(TWICE)
        chat.wait_for(PICK)
        chat.type(ESCAPE)
        chat.wait_for(lambda: PICK not in chat.text())
        assert "The next query follows" not in chat.text()

        chat.type(TWICE)
        chat.wait_for(PICK)
        chat.type(DOWN + ENTER)
        chat.wait_for("The next query follows exchange 1: What is 1+1?")
        chat.wait_for(lambda: chat.lines()[-1] == "> What is 2+2?")
        chat.type("\x7f" * 2 + "5?" + ENTER)
        chat.wait_for("commit ", times=4)

        chat.type(TWICE)
        chat.wait_for(PICK)
        chat.type("1+1" + ENTER)
        chat.wait_for("The next query begins anew, before the first one.")
        chat.wait_for(lambda: chat.lines()[-1] == "> What is 1+1?")
        chat.type("\x7f" * 2 + "9?" + ENTER)
        chat.wait_for("commit ", times=5)
        chat.type(UP)
        chat.wait_for(lambda: chat.lines()[-1] == "> What is 1+9?")
        chat.type(TWICE)
        chat.enter("/history")
        chat.wait_for("(head; the next query follows this one)")
        drawn = [line for line in chat.lines() if "  What is " in line or line.startswith("|")]
        chat.enter("exit")
        assert chat.wait_for_end() == 0
    one, two, three, four, five = history(session_id)
    assert [each["query"] for each in (four, five)] == ["What is 2+5?", "What is 1+9?"]
    assert (two["parentId"], three["parentId"], four["parentId"]) == (one["id"], two["id"], one["id"])
    assert five["parentId"] is None
    assert [(line[:5], line.partition("What is ")[2]) for line in drawn] == [
        ("* 1  ", "1+1?"),
        ("|\\", ""),
        ("| * 2", "2+2?"),
        ("| * 3", "3+3?  (head)"),
        ("* 4  ", "2+5?  (head)"),
        ("* 5  ", "1+9?  (head; the next query follows this one)"),
    ]
    told = git("log", "--reverse", "--format=%s", "--", f"cli/{session_id}")
    assert told == [f"{session_id}: {what}" for what in ("created", *(each["query"] for each in
        (one, two, three, four, five)))]  # fmt: skip
    git("fsck", "--full", "--strict")
    assert git("status", "--porcelain") == []


def test_a_chat_goes_on_from_the_exchange_that_is_named_and_one_number_or_id_means_it():
    home = Path(".dexter")
    session_id = make_session(home, "one", "two", "three")
    first, second, third = (str(each["id"]) for each in history(session_id))
    with Terminal(["--session", f"{session_id}@{first}", *OFFLINE], rows=40) as chat:
        chat.wait_for("ask, or /help")
        chat.wait_for("> one")
        assert "> two" not in chat.text()
        chat.enter("What is 4+4?")
        chat.wait_for("commit ")
        chat.enter(f"/resume {session_id}@{second}")
        chat.wait_for("> two")
        chat.enter("What is 5+5?")
        chat.wait_for("commit ", times=2)
        chat.enter(f"/rewind {third}")
        chat.wait_for("The next query follows exchange 3: three")
        chat.enter("What is 6+6?")
        chat.wait_for("commit ", times=3)
        chat.enter(f"/rewind {first[:6]}")
        chat.wait_for("is the beginning of 6 exchanges")
        chat.enter(f"/fork {first}")
        chat.wait_for(f"with /resume {session_id}.")
        chat.enter("/rewind 0")
        chat.wait_for("The next query begins anew")
        chat.enter("What is 7+7?")
        chat.wait_for("commit ", times=4)
        chat.enter("exit")
        assert chat.wait_for_end() == 0
        fork = chat.lines()[-1].removeprefix("Resume with: dexter --session ")
    parents = [each["parentId"] for each in history(session_id)]
    assert parents == [None, first, second, first, second, third]
    assert [(each["query"], each["parentId"]) for each in history(fork)] == [
        ("one", None),
        ("What is 7+7?", None),
    ]


def test_nothing_is_stored_of_going_back_in_a_chat_that_stores_nothing():
    with Terminal([*OFFLINE, "--no-session"], rows=40) as chat:
        chat.wait_for("ask, or /help")
        chat.enter("What is 1+1?")
        chat.wait_for("not stored", times=2)
        chat.type(TWICE)
        chat.wait_for(PICK)
        chat.type(ENTER)
        chat.wait_for("The next query begins anew")
        chat.wait_for(lambda: chat.lines()[-1] == "> What is 1+1?")
        chat.type(TWICE)
        chat.enter("exit")
        assert chat.wait_for_end() == 0
    assert not Path(".dexter/sessions").exists()


def test_the_tree_of_a_session_fits_eighty_columns():
    home = Path(".dexter")
    session_id = make_session(home, "one", answer="A long answer. " * 20)
    (first,) = (str(each["id"]) for each in history(session_id))
    for query in ("What is 2+2?", "What is 3+3?"):
        arguments = ["--session", f"{session_id}@{first}", "--print", query, *OFFLINE]
        with Terminal(arguments) as once:
            assert once.wait_for_end() == 0
    with Terminal(["sessions", "show", session_id], rows=60) as shown:
        assert shown.wait_for_end() == 0
        lines = shown.lines()
    tree = lines[lines.index("") + 1 :]
    assert all(len(line) <= 80 for line in tree)
    assert tree[0].startswith(f"* --- {first}  ")
    assert "| > one" in tree
    assert sum("long answer." in line for line in tree) > 3
    leaves = tree.index("|\\")
    assert tree[leaves + 1].startswith("| * --- ")
    assert "|   > What is 2+2?" in tree
    end = next(number for number, line in enumerate(tree) if number and line.startswith("* --- "))
    assert "  > What is 3+3?" in tree[end:]
    assert all(line.startswith("|") for line in tree[1:end])
    with Terminal(["sessions", "list"]) as listed:
        assert listed.wait_for_end() == 0
        assert listed.lines()[-1] == f"{session_id} has 2 heads: dexter sessions show {session_id}"
