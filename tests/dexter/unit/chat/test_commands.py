import pytest

from dexter.chat.commands import COMMANDS, Call, Command, Leave, Query, Unknown, help_text, parse


def test_every_command_of_the_contract_is_there():
    wanted = "help model new resume sessions rename fork rewind history status export clear"
    assert set(wanted.split()) <= {command.name for command in COMMANDS}


@pytest.mark.parametrize("line", ["exit", "quit", "/exit", "/quit", "  Exit "])
def test_these_words_leave(line: str):
    assert parse(line) == Leave()


@pytest.mark.parametrize("line", ["exit now", "what is a/b?", "quitting", "multi\n/line"])
def test_what_only_looks_like_a_command_is_a_query(line: str):
    assert parse(line) == Query(line.strip())


@pytest.mark.parametrize(
    ("line", "name", "argument"),
    [
        ("/help", "help", ""),
        ("/RENAME  a title ", "rename", "a title"),
        ("/rename a\nb", "rename", "a\nb"),
        ("/new\nx", "new", "x"),
    ],
)
def test_a_command_has_its_argument_stripped(line: str, name: str, argument: str):
    meaning = parse(line)
    assert isinstance(meaning, Call)
    assert (meaning.command.name, meaning.argument) == (name, argument)


@pytest.mark.parametrize(
    ("line", "nearest"),
    [
        ("/hepl", "help"),
        ("/mod", "model"),
        ("/sesions", "sessions"),
        ("/histroy", "history"),
        ("/re", "resume"),
        ("/exi", "exit"),
    ],
)
def test_an_unknown_command_has_the_nearest_first(line: str, nearest: str):
    meaning = parse(line)
    assert isinstance(meaning, Unknown)
    assert meaning.nearest[0] == nearest


def test_the_help_names_every_command_and_is_as_narrow_as_the_terminal():
    for width in (30, 80, 200):
        text = help_text(width)
        assert all(f"/{command.name}" in text for command in COMMANDS)


def test_no_line_of_the_help_runs_out_of_its_column():
    text = help_text(80)
    assert all(len(line) <= 80 for line in text.splitlines())
    lines = text.splitlines()
    columns = {next(line for line in lines if words in line).index(words) for words in ("this list", "ask")}
    wrapped = [line for line in lines if line.startswith(" " * 10)]
    assert wrapped
    assert {len(line) - len(line.lstrip()) for line in wrapped} <= columns


def test_only_commands_that_are_really_alike_are_named():
    meaning = parse("/hist")
    assert isinstance(meaning, Unknown)
    assert meaning.nearest == ("history",)


SKILLS = (Command("dcf", "QUESTION", "value a company"), Command("memo", "QUESTION", "write a memo"))


def test_the_name_of_a_skill_behind_a_slash_is_a_query_as_it_was_typed():
    assert parse("/dcf What is it worth?", lambda: SKILLS) == Query("/dcf What is it worth?", "dcf")
    assert parse("/Memo\nshort", lambda: SKILLS) == Query("/Memo\nshort", "memo")
    assert parse("/memo", lambda: SKILLS) == Query("/memo", "memo")


def test_what_is_no_skill_stays_unknown_and_may_be_meant_for_one():
    assert parse("/dfc x", lambda: SKILLS) == Unknown("dfc", ("dcf",))
    assert parse("/dcf x") == Unknown("dcf", ())


def test_skills_are_looked_for_only_where_no_command_is_meant():
    def look() -> tuple[Command, ...]:
        raise AssertionError("no skill was named")

    assert isinstance(parse("/help", look), Call)
    assert isinstance(parse("a question", look), Query)
    assert parse("exit", look) == Leave()


def test_the_help_names_skills_and_tells_of_more():
    assert "ask with that skill: /dcf, /memo; /skills tells" in help_text(200, SKILLS)
    many = tuple(Command(f"s{number}", "", "") for number in range(9))
    assert "/s5 and 3 more; /skills" in help_text(200, many)
    assert "SKILL" not in help_text(200)
