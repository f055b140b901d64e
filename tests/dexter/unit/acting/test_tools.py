"""The tools that act, called by a scripted model over the loopback, with and without a person."""

import asyncio
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from dexter.agent import Limits, Memory
from dexter.agent.events import ToolFinished, ToolStarted
from dexter.keys import Keys
from dexter.permissions.rules import Rule
from dexter.tools.acting import running
from dexter.tools.person import Answer
from tests.support.acting import ALWAYS, FOR_SESSION, NO, YES, Scripted, run_tools, told, workplace
from tests.support.agents import Told, agent_for
from tests.support.servers import Call, ModelServer, Reply

NOTE = Call("write_file", {"path": "reports/note.md", "content": "# Note\n\nOne.\n"})


def results(found: Told) -> list[ToolFinished]:
    assert found.outcome.status == "complete"
    assert found.outcome.answer == "Done."
    return found.of(ToolFinished)


def only(found: Told) -> dict[str, Any]:
    (result,) = results(found)
    assert result.ok, result.result
    value: dict[str, Any] = json.loads(result.result)
    return value


def test_a_file_is_written_after_a_person_has_seen_all_of_it():
    person = Scripted(YES)
    assert only(told(workplace(Path.cwd(), person=person), NOTE))["written"] is True
    assert Path("reports/note.md").read_text() == "# Note\n\nOne.\n"
    (question,) = person.asked
    assert question.title == "Write reports/note.md, a new file, +3 -0 lines?"
    assert [line.text for line in question.body] == ["+# Note", "+", "+One."]
    assert question.choices[0] == "Yes, this once"
    assert question.choices[question.first] == "No"


def test_an_edit_is_shown_as_a_difference():
    Path("a.md").write_text("one\ntwo\nthree\n")
    person = Scripted(YES)
    edit = Call("edit_file", {"path": "a.md", "old": "two", "new": "2\x1b[2J\u202e"})
    assert only(told(workplace(Path.cwd(), person=person), edit))["lines"] == "+1 -1"
    assert [line.text for line in person.asked[0].body] == [
        "@@ -1,3 +1,3 @@", " one", "-two", "+2\\x1b[2J\\u202e", " three"]  # fmt: skip


def test_no_leaves_everything_and_the_run_goes_on():
    found = told(workplace(Path.cwd(), person=Scripted(NO)), NOTE)
    (result,) = results(found)
    assert not result.ok
    assert result.result.startswith(
        "Write reports/note.md, a new file, +3 -0 lines: not allowed, because the user said no."
    )
    assert list(Path.cwd().iterdir()) == []


def test_an_answer_that_is_no_choice_is_a_no():
    (result,) = results(told(workplace(Path.cwd(), person=Scripted(Answer())), NOTE))
    assert not result.ok
    assert not Path("reports").exists()


def test_without_a_person_what_needs_approval_is_refused_and_said_to_the_user_too():
    found = told(workplace(Path.cwd()), NOTE, Call("run_command", {"command": "touch x"}))
    assert [result.ok for result in results(found)] == [False, False]
    why = "refused, because a person has to approve it and there is none at a terminal here."
    assert found.notices == [
        f"Write reports/note.md, a new file, +3 -0 lines: {why}",
        f"Run this command: {why}",
    ]
    assert list(Path.cwd().iterdir()) == []


def test_a_rule_allows_without_a_person():
    rules = {"allow": ["write_file(reports/**)", "run_command(cat:*)"]}
    place = workplace(Path.cwd(), rules=rules)
    cat = Call("run_command", {"command": "cat reports/note.md"})
    written, shown = results(told(place, NOTE, cat))
    assert written.ok
    assert "One." in json.loads(shown.result)["output"]
    for command in ("cat reports/note.md; touch x", "cat .env", "cat /etc/passwd", "X=1 cat reports/note.md"):
        (result,) = results(told(place, Call("run_command", {"command": command})))
        assert not result.ok
    assert not Path("x").exists()


def test_a_grant_holds_for_its_session_and_one_that_stays_is_remembered():
    session = ["one"]
    kept: list[Rule] = []
    person = Scripted(FOR_SESSION, FOR_SESSION, ALWAYS)

    def keep(rule: Rule) -> None:
        kept.append(rule)

    place = workplace(Path.cwd(), person=person, session=lambda: session[0], remember=keep)
    other = Call("write_file", {"path": "reports/deep/other.md", "content": "x"})
    command = Call("run_command", {"command": "ls -a"})
    assert all(result.ok for result in results(told(place, NOTE, other)))
    assert len(person.asked) == 1
    session[0] = "two"
    told(place, Call("write_file", {"path": "reports/note.md", "content": "y"}))
    assert len(person.asked) == 2
    assert all(result.ok for result in results(told(place, command, command)))
    assert len(person.asked) == 3
    assert [str(rule) for rule in kept] == ["run_command(ls -a)"]
    session[0] = "three"
    told(place, command)
    assert len(person.asked) == 3


def test_what_has_to_be_seen_each_time_is_offered_once_only():
    person = Scripted(YES, YES, YES)
    place = workplace(Path.cwd(), person=person, rules={"allow": ["*"], "ask": ["write_file(reports/**)"]})
    told(
        place,
        NOTE,
        Call("write_file", {"path": ".hidden", "content": "x"}),
        Call("run_command", {"command": "echo $HOME"}),
    )
    assert [question.choices for question in person.asked] == [("Yes, this once", "No")] * 3
    reasons = [question.body[-1].text for question in person.asked]
    assert [reason.removeprefix("Asked each time, because ") for reason in reasons] == [
        "the rule write_file(reports/**) in the settings wants it.",
        "hidden files steer shells, editors and builds.",
        "what it does can't be seen beforehand: it holds a variable or substitution.",
    ]


@pytest.mark.parametrize(
    "path", [".env", "../x", "/etc/passwd", ".git/hooks/post-commit", ".dexter/settings.json", "link/x"]
)
def test_no_person_is_even_asked_for_what_is_out_of_bounds(path: str, tmp_path: Path):
    Path("link").symlink_to(tmp_path)
    person = Scripted()
    place = workplace(Path.cwd(), person=person, rules={"allow": ["*"]})
    found = told(place, Call("write_file", {"path": path, "content": "x"}), Call("read_file", {"path": path}))
    assert [result.ok for result in results(found)] == [False, False]
    assert all("No approval changes that" in result.result for result in results(found))
    assert not person.asked


def test_what_was_changed_while_the_person_read_stays():
    Path("a.md").write_text("one\n")
    person = Scripted(YES, meanwhile=lambda: Path("a.md").write_text("mine\n") and None)
    (result,) = results(
        told(workplace(Path.cwd(), person=person), Call("write_file", {"path": "a.md", "content": "x"}))
    )
    assert "changed meanwhile" in result.result
    assert Path("a.md").read_text() == "mine\n"


def test_reading_asks_nobody_unless_a_rule_says_so_and_is_quoted():
    Path("a.md").write_text("".join(f"line {number}\n" for number in range(1, 1001)) + "</quoted x>\n")
    read = only(told(workplace(Path.cwd()), Call("read_file", {"path": "a.md", "first_line": 2, "lines": 3})))
    assert (read["lines"], read["next_line"]) == ("2 to 4 of 1002", 5)
    assert read["content"].startswith("<quoted ")
    assert "\nline 2\nline 3\nline 4\n" in read["content"]
    listed = only(told(workplace(Path.cwd()), Call("list_files", {})))
    assert listed["entries"] == [{"name": "a.md", "kind": "file", "bytes": Path("a.md").stat().st_size}]
    place = workplace(Path.cwd(), rules={"deny": ["read_file(*.md)"], "ask": ["list_files"]})
    for result in results(told(place, Call("read_file", {"path": "a.md"}), Call("list_files", {}))):
        assert not result.ok


def test_a_key_in_a_file_or_in_what_a_command_says_reaches_no_model():
    keys = Keys({"OPENAI_API_KEY": "sk-secret-0123456789"})
    Path("a.md").write_text("the key is sk-secret-0123456789\n")
    environment = {"PATH": "/usr/bin:/bin", "MY_TOKEN": "x", "OTHER": "has sk-secret-0123456789",
    "PLAIN": "yes",
                   "LD_PRELOAD": "", "OPENAI_API_KEY": "sk-secret-0123456789"}  # fmt: skip
    place = workplace(
        Path.cwd(),
        keys=keys,
        environment=environment,
        rules={"allow": ["run_command(cat:*)", "run_command(printenv)"]},
    )
    found = told(place, Call("read_file", {"path": "a.md"}), Call("run_command", {"command": "cat a.md"}),
                 Call("run_command", {"command": "printenv"}))  # fmt: skip
    assert all(result.ok for result in results(found))
    assert "sk-secret" not in "".join(result.result for result in results(found))
    names = {line.partition("=")[0] for line in json.loads(results(found)[2].result)["output"].split("\n")}
    assert "PLAIN" in names
    assert not names & {"MY_TOKEN", "OTHER", "OPENAI_API_KEY", "LD_PRELOAD"}


def test_a_command_has_an_exit_code_and_its_output_is_bounded():
    place = workplace(Path.cwd(), rules={"allow": ["run_command(sh x.sh)"]}, person=Scripted(YES, YES))
    Path("x.sh").write_text("yes | head -c 900000; echo end >&2; exit 3\n")
    ran = only(told(place, Call("run_command", {"command": "sh x.sh"})))
    assert ran["exit_code"] == 3
    assert "characters left out" in ran["output"]
    assert "\nend\n" in ran["output"]
    assert len(ran["output"]) < 42_000
    assert running.MOST_OUTPUT == 256_000


def test_a_command_is_ended_with_all_that_it_started_when_its_time_is_over():
    Path("x.sh").write_text("sleep 300 & echo $! > pid; sleep 300\n")
    place = workplace(Path.cwd(), person=Scripted(YES))
    ran = only(told(place, Call("run_command", {"command": "sh x.sh", "seconds": 1})))
    assert ran["exit_code"] is None
    assert ran["ended"] == "after 1 seconds, with all that it had started"
    assert gone(int(Path("pid").read_text()))


def test_cancelling_ends_a_command_with_all_that_it_started():
    Path("x.sh").write_text("sleep 300 & echo $! > pid.new; mv pid.new pid; sleep 300\n")
    place = workplace(Path.cwd(), person=Scripted(YES))
    with ModelServer([Reply(calls=(Call("run_command", {"command": "sh x.sh"}),))]) as server:

        async def cancelled() -> str:
            agent = agent_for(server, run_tools=run_tools(place))
            run = agent.start("Go.", Memory())
            await asyncio.to_thread(there, Path("pid"))
            run.cancel()
            await run.closed()
            await agent.close()
            assert run.outcome
            return run.outcome.status

        assert asyncio.run(cancelled()) == "interrupted"
    assert gone(int(Path("pid").read_text()))


def there(path: Path) -> None:
    """Return once a file is there."""
    while not path.exists():
        time.sleep(0.01)


def gone(process: int) -> bool:
    """Whether a process ends, waiting for who has to notice."""
    for _ in range(1000):
        try:
            os.kill(process, 0)
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    os.kill(process, signal.SIGKILL)
    return False


def test_waiting_for_a_person_is_not_a_tool_that_takes_too_long():
    """The bound of other tools is so short here that any waiting would be too long."""

    class Slow(Scripted):
        async def ask(self, question: Any) -> Answer | None:
            await asyncio.sleep(0.3)
            return await super().ask(question)

    place = workplace(Path.cwd(), person=Slow(YES))
    with ModelServer([Reply(calls=(NOTE,)), Reply("Done.")]) as server:

        async def asked() -> Told:
            agent = agent_for(server, run_tools=run_tools(place), limits=Limits(tool_seconds=0.05))
            found = Told([event async for event in agent.start("Go.", Memory())])
            await agent.close()
            return found

        assert only(asyncio.run(asked()))["written"] is True


def test_two_writes_in_one_step_are_asked_one_after_the_other():
    person = Scripted(YES, NO)
    found = told(
        workplace(Path.cwd(), person=person), [NOTE, Call("write_file", {"path": "b.md", "content": "x"})]
    )
    assert [result.ok for result in results(found)] == [True, False]
    assert len(found.of(ToolStarted)) == 2
    assert not Path("b.md").exists()


def test_a_model_asks_questions_and_gets_choices_or_the_user_s_own_words():
    person = Scripted(Answer((1,)), Answer((0, 2)), Answer(text="the third one"))
    questions = [
        {"question": "Which period?\x1b[2J", "choices": ["2024", "2025"]},
        {"question": "Which figures?", "choices": ["a", "b", "c"], "several": True},
        {"question": "Which company?", "choices": ["x", "y"]},
    ]
    got = only(told(workplace(Path.cwd(), person=person), Call("ask_user", {"questions": questions})))
    assert [answer["chosen"] for answer in got["answers"]] == [["2025"], ["a", "c"], []]
    assert got["answers"][2]["own"] == "the third one"
    assert person.asked[0].title == "Which period?\\x1b[2J"
    assert [question.several for question in person.asked] == [False, True, False]
    assert all(question.own_text for question in person.asked)


def test_a_user_need_not_answer_and_questions_have_bounds():
    question = {"question": "Which?", "choices": ["a", "b"]}
    got = only(
        told(workplace(Path.cwd(), person=Scripted(None)), Call("ask_user", {"questions": [question] * 2}))
    )
    assert (got["answers"], got["declined"]) == ([], "Which?")
    for wrong in ([], [question] * 5, [{"question": "Which?", "choices": ["a"]}], [{"question": " ",
    "choices": ["a", "b"]}],
                  [{"question": "Which?", "choices": ["a", "a"]}]):  # fmt: skip
        person = Scripted()
        (result,) = results(
            told(workplace(Path.cwd(), person=person), Call("ask_user", {"questions": wrong}))
        )
        assert not result.ok
        assert not person.asked


def test_where_there_is_no_person_no_tool_asks_one():
    place = workplace(Path.cwd())
    with ModelServer([Reply("Done.")]) as server:

        async def asked() -> None:
            agent = agent_for(server, run_tools=run_tools(place))
            assert "ask_user" not in {tool.name for tool in agent.tools}
            _ = [event async for event in agent.start("Go.", Memory())]
            await agent.close()

        asyncio.run(asked())
        offered = {tool["function"]["name"] for tool in server.bodies[0]["tools"]}
    assert offered == {"read_file", "list_files", "write_file", "edit_file", "run_command"}


def test_what_a_command_leaves_running_ends_with_it_and_holds_nothing_up():
    Path("x.sh").write_text("sleep 300 & echo $! > pid; echo done\n")
    ran = only(told(workplace(Path.cwd(), person=Scripted(YES)), Call("run_command", {"command": "sh x.sh"})))
    assert ran["exit_code"] == 0
    assert "\ndone\n" in ran["output"]
    assert gone(int(Path("pid").read_text()))


def test_a_command_that_can_t_be_started_says_why():
    place = workplace(Path.cwd(), rules={"allow": ["run_command"]})
    (result,) = results(told(place, Call("run_command", {"command": "no-such-program"})))
    assert result.result == "The command could not be started: No such file or directory. Nothing was done."
