"""What is found of a query whose process was killed; the processes are real and so are the kills."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dexter.errors import HomeUnusable
from dexter.paths import Home
from dexter.sessions import HelperRecord, ReasoningStep, SessionManager, TextStep, ToolStep
from dexter.sessions.drafts.remains import CUT_OFF
from dexter.sessions.notices import Recovered
from tests.support.sessions import TOOL, git, is_sound, make_session, save

BEGIN = """
import sys, time
from dexter.sessions import SessionManager, ToolStep
manager = SessionManager(sys.argv[1])
manager.resume(sys.argv[2], record=False)
draft = manager.begin_exchange("What is the NPV?", "gpt-5", "openai")
draft.thinking(1, "first ")
draft.thinking(1, "the rate")
draft.text(1, "Let me see.")
draft.tool_call(1, "c1", "npv", {"rate": "0.1"})
draft.tool_result(ToolStep(1, "c1", "npv", {"rate": "0.1"}, "5", True, 3))
draft.tool_call(2, "c2", "irr", {})
"""
TELL = "\nprint('ready', flush=True)\ntime.sleep(600)\n"
ANSWER = "draft.text(3, 'The NPV is')\ntime.sleep(0.15)\ndraft.text(3, ' fi')\n"
SAVE_TEN = """
import sys
from dexter.sessions import SessionManager
with SessionManager(sys.argv[1]) as manager:
    manager.resume(sys.argv[2], record=False)
    for number in range(10):
        manager.save_exchange(query="What is the NPV?", answer="5", model="gpt-5", duration=1)
"""
OPEN = """
import sys
from dexter.sessions import SessionManager
print(len(SessionManager(sys.argv[1]).show(sys.argv[2]).exchanges))
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".dexter"


@pytest.fixture
def session_id(home: Path) -> str:
    return make_session(home, "before")


def started(program: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", program, *(str(each) for each in arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def hanging(home: Path, session_id: str) -> Iterator["subprocess.Popen[str]"]:
    with started(BEGIN + ANSWER + TELL, home, session_id) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def kill(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_killed_query_is_found_as_interrupted_with_its_steps_and_what_was_said(
    home: Path, session_id: str, hanging: "subprocess.Popen[str]"
):
    kill(hanging)
    with SessionManager(home) as manager:
        before, found = manager.show(session_id).exchanges
        assert (found.query, found.answer, found.status) == (
            "What is the NPV?",
            "The NPV is ",  # the last word might have become a key
            "interrupted",
        )
        assert (found.parent_id, found.model, found.provider) == (before.id, "gpt-5", "openai")
        assert manager.steps(found.id, session_id=session_id) == (
            ReasoningStep(1, "first the rate"),
            TextStep(1, "Let me see."),
            ToolStep(1, "c1", "npv", {"rate": "0.1"}, "5", True, 3),
            ToolStep(2, "c2", "irr", {}, CUT_OFF, False, 0),
        )
        assert Recovered(session_id, found.id, "What is the NPV?") in manager.notices
        assert manager.get(session_id).exchange_count == 1
        assert manager.log(session_id, limit=1)[0].action == "recovered"
    with SessionManager(home) as again:
        assert len(again.show(session_id).exchanges) == 2
        assert not again.notices
    assert not list(Home(home).running.iterdir())
    assert len(list(Home(home).scratchpad.glob("*.jsonl"))) == 1
    assert is_sound(home)


HELPED = """
import sys, time
from dexter.sessions import HelperRecord, SessionManager, ToolStep
manager = SessionManager(sys.argv[1])
manager.resume(sys.argv[2], record=False)
draft = manager.begin_exchange("Which is larger?", "gpt-5", "openai")
one, other = (HelperRecord(1, "c1", number) for number in (1, 2))
draft.tool_call(1, "c1", "research", {"tasks": ["A?", "B?"]})
draft.thinking(1, "of B", other)
draft.tool_call(1, "c1", "look", {"at": "A"}, one)
draft.tool_call(1, "c1", "look", {"at": "B"}, other)
draft.tool_result(ToolStep(1, "c1", "look", {"at": "A"}, "5", True, 3, one))
draft.text(2, "A has 5. ", one)
time.sleep(0.15)
draft.text(2, "Yes", one)
"""


def test_what_helpers_of_a_killed_query_had_found_is_behind_the_call_that_they_worked_for(
    home: Path, session_id: str
):
    with started(HELPED + TELL, home, session_id) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        kill(process)
    one, other = (HelperRecord(1, "c1", number) for number in (1, 2))
    with SessionManager(home) as manager:
        found = manager.show(session_id).exchanges[-1]
        assert (found.answer, found.status) == ("", "interrupted")
        assert manager.steps(found.id, session_id=session_id) == (
            ToolStep(1, "c1", "research", {"tasks": ["A?", "B?"]}, CUT_OFF, False, 0),
            ToolStep(1, "c1", "look", {"at": "A"}, "5", True, 3, one),
            TextStep(2, "A has 5. ", one),  # the last word might have become a key
            ReasoningStep(1, "of B", other),
            ToolStep(1, "c1", "look", {"at": "B"}, CUT_OFF, False, 0, other),
        )
    assert is_sound(home)


def test_a_query_that_still_runs_is_left_alone(home: Path, session_id: str, hanging: "subprocess.Popen[str]"):
    with SessionManager(home) as manager:
        assert len(manager.show(session_id).exchanges) == 1
    assert len(list(Home(home).running.iterdir())) == 1


def test_two_processes_that_open_at_once_recover_it_once(
    home: Path, session_id: str, hanging: "subprocess.Popen[str]"
):
    kill(hanging)
    for process in [started(OPEN, home, session_id) for _ in range(4)]:
        process.communicate()
        assert process.returncode == 0
    with SessionManager(home) as manager:
        assert [each.status for each in manager.show(session_id).exchanges] == ["complete", "interrupted"]


def test_the_query_is_on_disk_before_anybody_is_asked(home: Path, session_id: str):
    with SessionManager(home) as manager:
        manager.resume(session_id, record=False)
        draft = manager.begin_exchange("q\nr", "m", "p")
        (line,) = draft.path.read_text().splitlines()
        assert {"type": "init", "content": "q\nr", "sessionId": session_id}.items() <= json.loads(
            line
        ).items()
        draft.close()


def test_an_exchange_is_not_recovered_again_if_its_process_died_just_after_saving_it(
    home: Path, session_id: str
):
    with SessionManager(home) as manager:
        manager.resume(session_id, record=False)
        draft = manager.begin_exchange("q", "m", "p")
        marker = Home(home).running / draft.path.name
        save(manager, "q", draft=draft)
    *lines, _ = draft.path.read_bytes().splitlines(keepends=True)
    draft.path.write_bytes(b"".join(lines))
    marker.touch()
    with SessionManager(home) as manager:
        assert [each.status for each in manager.show(session_id).exchanges] == ["complete", "complete"]
        assert not manager.notices
    assert not list(Home(home).running.iterdir())


def test_a_recoverer_that_is_killed_leaves_it_to_the_next_one(home: Path, session_id: str):
    with SessionManager(home) as manager:
        manager.resume(session_id, record=False)
        draft = manager.begin_exchange("q", "m", "p")
        draft.saving("01a20580-9bb1-754b-b4bb-1085bc16fbb7")
        draft.close()
    for _ in range(2):
        with SessionManager(home) as manager:
            interrupted = [
                each.id for each in manager.show(session_id).exchanges if each.status == "interrupted"
            ]
            assert interrupted == ["01a20580-9bb1-754b-b4bb-1085bc16fbb7"]


def test_a_query_of_a_session_that_was_deleted_meanwhile_brings_it_back(
    home: Path, session_id: str, hanging: "subprocess.Popen[str]"
):
    with SessionManager(home) as manager:
        manager.delete_session(session_id)
    kill(hanging)
    with SessionManager(home) as manager:
        assert [each.query for each in manager.show(session_id).exchanges] == ["before", "What is the NPV?"]


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\0\n", b'{"type":"init","content":"q"}\n', b'{"type":"in', b"[1]\n"]
)
def test_a_marker_without_a_whole_query_is_taken_away(home: Path, session_id: str, content: bytes):
    place = Home(home)
    place.running.mkdir(parents=True, exist_ok=True)
    (place.scratchpad / "x.jsonl").write_bytes(content)
    for name in ("x.jsonl", "nothing.jsonl"):
        (place.running / name).touch()
    with SessionManager(home) as manager:
        assert len(manager.show(session_id).exchanges) == 1
    assert not list(place.running.iterdir())
    assert (place.scratchpad / "x.jsonl").read_bytes() == content


def test_equal_queries_of_one_second_have_files_of_their_own(home: Path, session_id: str):
    with SessionManager(home, clock=lambda: 1_771_770_600.0) as manager:
        manager.resume(session_id, record=False)
        drafts = [manager.begin_exchange("q", "m", "p") for _ in range(3)]
        assert len({draft.path for draft in drafts}) == 3
        assert drafts[1].path.name == drafts[0].path.name.replace(".jsonl", "-2.jsonl")
        for draft in drafts:
            draft.end("complete")


def test_a_query_that_can_not_be_written_is_refused_with_an_error(home: Path, session_id: str):
    scratchpad = Home(home).scratchpad
    scratchpad.write_bytes(b"a file where a folder should be")
    with SessionManager(home) as manager:
        manager.resume(session_id, record=False)
        with pytest.raises(HomeUnusable):
            manager.begin_exchange("q", "m", "p")
        assert len(manager.show(session_id).exchanges) == 1


def test_processes_that_save_into_one_session_at_once_lose_nothing(home: Path, session_id: str):
    for process in [started(SAVE_TEN, home, session_id) for _ in range(3)]:
        process.communicate()
        assert process.returncode == 0
    with SessionManager(home) as manager:
        view = manager.show(session_id)
        assert len(view.exchanges) == 31
        stored = view.stored
        assert stored is not None
        # A set: in the file in the order in which they were added, which depends on who was first.
        assert view.metadata == msgspec.structs.replace(stored, heads=tuple(sorted(stored.heads)))
        assert view.metadata.exchange_count == 31
    lines = [
        json.loads(line) for line in git(home, "show", f"main:cli/{session_id}/history.jsonl").splitlines()
    ]
    assert len({line["id"] for line in lines}) == 31
    # How many heads there are depends on who began before whom had saved; which ones, on the parents alone.
    assert set(view.heads) == {line["id"] for line in lines} - {line.get("parentId") for line in lines}
    assert is_sound(home)


def test_a_tool_that_ran_is_kept_with_the_exchange_that_was_saved(home: Path, session_id: str):
    with SessionManager(home) as manager:
        manager.resume(session_id, record=False)
        draft = manager.begin_exchange("q", "m", "p")
        draft.tool_result(TOOL)
        saved = save(manager, "q", draft=draft, steps=[TOOL])
        assert manager.steps(saved.id) == (TOOL,)
    kinds = [json.loads(line)["type"] for line in draft.path.read_text().splitlines()]
    assert kinds == ["init", "tool_result", "saving", "end"]
