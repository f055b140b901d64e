"""Rules and verdicts, by laws: no rule lifts the floor, and more rules against something never allow more."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.permissions import floor
from dexter.permissions.deciding import Action, CallAction, CommandAction, FileAction, decide
from dexter.permissions.lines import CommandLine
from dexter.permissions.rules import EDIT, READ, RUN, WRITE, Permissions, Rule, Rules, RuleUnfit, parse

ROOM = Path("/nowhere/at/all")
COMMANDS = (
    "ls",
    "ls -l",
    "git status",
    "git push -f",
    "ls; rm x",
    "rm -rf x",
    "sudo rm x",
    "ls $(rm x)",
    "cat .env",
)
PATHS = ("notes.md", "reports/q3.md", "reports/old/q1.md", "data/a.csv", ".hidden/x")
RULES = ("*", "write_file", "write_file(**)", "write_file(reports/**)", "edit_file(notes.md)",
 "read_file(data/*)",
         "run_command", "run_command(ls:*)", "run_command(rm:*)", "run_command(git push:*)",
         "run_command(git:*)",
         "run_command(ls; rm x)", "srv__*", "srv__tool")  # fmt: skip

rules = st.lists(st.sampled_from(RULES).map(parse), max_size=3).map(tuple)
rule_sets = st.builds(Rules, allow=rules, ask=rules, deny=rules)
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(lambda text: CommandAction(RUN, CommandLine.read(text)), st.sampled_from(COMMANDS)),
    st.builds(
        lambda tool, path: FileAction(tool, tuple(path.split("/"))),
        st.sampled_from([WRITE, EDIT, READ]),
        st.sampled_from(PATHS),
    ),
    st.builds(CallAction, st.sampled_from(["srv__tool", "srv__other", "web__get"])),
)
ORDER = {"refuse": 0, "ask": 1, "allow": 2}


def command(text: str, *allow: str, deny: tuple[str, ...] = (), granted: tuple[Rule, ...] = ()) -> str:
    line = CommandLine.read(text)
    held = Rules(allow=tuple(map(parse, allow)), deny=tuple(map(parse, deny)))
    return decide(CommandAction(RUN, line), held, floor=floor.of_command(line, ROOM), granted=granted).kind


def file(path: str, *allow: str, tool: str = WRITE) -> str:
    return decide(FileAction(tool, tuple(path.split("/"))), Rules(allow=tuple(map(parse, allow)))).kind


@given(rule_sets, actions, rules)
def test_the_floor_is_lifted_by_nothing(held: Rules, action: Action, granted: tuple[Rule, ...]):
    verdict = decide(action, held, floor="so it is", granted=granted, usually="allow")
    assert verdict.kind != "allow"
    assert not verdict.lasting or verdict.kind == "refuse"


@given(rule_sets, actions, rules, st.sampled_from(["ask", "deny"]), st.sampled_from(RULES).map(parse))
def test_a_further_rule_against_something_never_allows_more(
    held: Rules, action: Action, granted: tuple[Rule, ...], kind: str, rule: Rule
):
    before = decide(action, held, granted=granted)
    after = decide(action, replace(held, **{kind: (*getattr(held, kind), rule)}), granted=granted)
    assert ORDER[after.kind] <= ORDER[before.kind]


@given(actions, st.lists(st.sampled_from(RULES).map(parse), max_size=3))
def test_without_a_rule_that_means_it_nothing_is_allowed(action: Action, allow: list[Rule]):
    verdict = decide(action, Rules(allow=tuple(allow)))
    assert (verdict.kind == "allow") == any(action.meant_by(rule) for rule in allow)


@given(actions, st.sampled_from(RULES).map(parse))
def test_a_rule_that_would_allow_something_denies_it_as_well(action: Action, rule: Rule):
    if action.meant_by(rule):
        assert decide(action, Rules(allow=(rule,), deny=(rule,))).kind == "refuse"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ls", "allow"),
        ("ls -l reports", "allow"),
        ("lsof", "ask"),
        ("ls; rm x", "ask"),
        ("ls | sh", "ask"),
        ("ls\nrm x", "ask"),
        ("ls $(rm x)", "ask"),
        ("A=1 ls", "ask"),
        ("'ls -l'", "ask"),
        ("ls /etc", "ask"),
        ("ls ../x", "ask"),
        ("ls .env", "ask"),
        ("ls --file=.env.local", "ask"),
        ("ls -f.env", "ask"),
        ("ls a:.ssh/id", "ask"),
        ("ls sub/.GIT/hooks", "ask"),
        ("ls https://example.org/a", "allow"),
        ("ls file:///etc/passwd", "ask"),
    ],
)
def test_the_beginning_of_a_command_allows_plain_commands_and_nothing_else(text: str, kind: str):
    assert command(text, "run_command(ls:*)") == kind


@pytest.mark.parametrize("text", ["env ls", "sudo ls", "sh -c ls", "bash x.sh", "xargs rm",
 "git -c a.b=c log",
                                  "git --exec-path=x log", "git -C x log", "FOO=1 make",
                                  "make && A=1 ls"])  # fmt: skip
def test_what_changes_how_commands_run_is_asked_for_each_time(text: str):
    assert command(text, "*", "run_command", f"run_command({text})") == "ask"


def test_a_whole_line_is_allowed_by_the_same_line_only():
    assert command("git  status", "run_command(git status)") == "allow"
    assert command("git status -s", "run_command(git status)") == "ask"
    assert command("ls; pwd", "run_command(ls; pwd)") == "allow"
    assert command("ls; pwd; rm x", "run_command(ls; pwd)") == "ask"
    assert command("ls; pwd", "run_command") == "ask"


@pytest.mark.parametrize("text", ["rm x", "/bin/rm x", "ls; rm x", "sudo rm x", "ls && (rm x)", "xargs rm"])
def test_what_is_denied_is_found_wherever_its_words_stand(text: str):
    assert command(text, "*", deny=("run_command(rm:*)",)) == "refuse"


def test_patterns_of_paths_stay_in_a_folder_unless_they_say_otherwise():
    assert file("reports/q3.md", "write_file(reports/*)") == "allow"
    assert file("reports/old/q1.md", "write_file(reports/*)") == "ask"
    assert file("reports/old/q1.md", "write_file(reports/**)") == "allow"
    assert file("reports/old/q1.md", "write_file(**/*.md)") == "allow"
    assert file("q1.md", "write_file(**/*.md)") == "allow"
    assert file("reports.md", "write_file(reports/**)") == "ask"
    assert file("notes.md", "write_file(note?.md)") == "allow"
    assert file("reports/q3.md", "write_file(reports/**)", tool=EDIT) == "allow"
    assert file("reports/q3.md", "edit_file(reports/**)", tool=WRITE) == "ask"
    assert file("reports/q3.md", "read_file(**)") == "ask"


@pytest.mark.parametrize(
    "text",
    ["", "two words", "write_file(/etc/**)", "write_file(../x)", "write_file(~/x)", "write_file(a**)",
     "run_command(ls; rm:*)", "run_command(:*)", "run_command($x:*)", "run_command(ls *)", "srv__tool(x)",
     "write_file(x", "run_command(A=1 ls:*)"],
)  # fmt: skip
def test_what_is_no_rule_is_refused_with_its_own_words(text: str):
    with pytest.raises(RuleUnfit) as found:
        parse(text)
    assert text in str(found.value)


@given(st.sampled_from(RULES).map(parse))
def test_a_rule_is_written_as_it_is_read(rule: Rule):
    assert parse(str(rule)) == rule


def test_fields_of_a_newer_dexter_are_kept():
    fields = {"allow": ["run_command(ls:*)"], "deny": ["read_file(private/**)"], "later": {"x": 1}}
    assert Permissions.of(fields).fields() == fields
    for wrong in ([], {"allow": "x"}, {"ask": [1]}, {"deny": ["a b"]}):
        with pytest.raises(RuleUnfit):
            Permissions.of(wrong)
