"""The slash commands of the chat, as values, and how a typed line becomes one.

Owns their names, arguments and help. What they do is in `dexter.chat.effects`.
"""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from textwrap import wrap

import msgspec


class Command(msgspec.Struct, frozen=True):
    """A slash command.

    `argument` is how the help writes what may follow, `at_once` whether it works while a query runs, too.
    """

    name: str
    argument: str
    help: str
    at_once: bool = False


COMMANDS = (
    Command("help", "", "this list", at_once=True),
    Command("model", "[PROVIDER:MODEL]", "choose the model that answers, from the next query on"),
    Command("search", "[SERVICE]", "choose the service that searches the web first"),
    Command("new", "", "begin a new session"),
    Command(
        "resume", "[ID[@EXCHANGE]]", "go on with another session, or after one of its exchanges; or pick one"
    ),
    Command("sessions", "", "pick a session to go on with (same as /resume)"),
    Command("rename", "TITLE", "give this session a title"),
    Command(
        "fork", "[EXCHANGE]", "go on in a copy that ends with that one: its number in /history, or its id"
    ),
    Command(
        "rewind",
        "[N|EXCHANGE]",
        "go back: the next query follows that one (0: none); or pick a query to change",
    ),
    Command(
        "history", "[all]", "the exchanges of this session and its heads; all: with answers", at_once=True
    ),
    Command(
        "status", "", "session, model, tokens, cost, and what takes how much of the window", at_once=True
    ),
    Command("rules", "", "your standing rules (RULES.md) and how to change them", at_once=True),
    Command("skills", "", "the skills there are and where they come from", at_once=True),
    Command("export", "[FORMAT] [FILE]", "write this session to a file: md, html, json or jsonl"),
    Command("clear", "", "clear the screen and begin a new session; this one can be resumed"),
    Command("quit", "", "leave (also /exit, exit, quit, Ctrl+D)"),
)

WHILE_IT_RUNS = (
    "A query typed while another one runs is put into it between two rounds of tools;",
    "what comes too late for that waits for its turn.",
)
_NAMED = 6
"""Skills that the help names; `/skills` lists all."""

_LEAVING = {"exit", "quit", "/exit", "/quit"}
REWIND = next(command for command in COMMANDS if command.name == "rewind")
_NAMES = tuple(command.name for command in COMMANDS)


class Leave(msgspec.Struct, frozen=True):
    """The user wants to leave."""


class Query(msgspec.Struct, frozen=True):
    """Something to ask the model; `skill` is the one that it names at its beginning, empty for none."""

    text: str
    skill: str = ""


class Call(msgspec.Struct, frozen=True):
    """A slash command with what was typed behind it, stripped."""

    command: Command
    argument: str


class Unknown(msgspec.Struct, frozen=True):
    """A slash command that there is not; `nearest` holds names without slash, likeliest first."""

    name: str
    nearest: tuple[str, ...]


def unknown(given: Unknown) -> str:
    """The sentence on a command that there is not."""
    names = " or ".join(f"/{name}" for name in given.nearest)
    return f"There is no command /{given.name}. " + (
        f"Did you mean {names}?" if names else "/help lists them."
    )


Meaning = Leave | Query | Call | Unknown
Skills = Callable[[], Sequence[Command]]


def no_skills() -> Sequence[Command]:
    """There are none."""
    return ()


def parse(line: str, skills: Skills = no_skills) -> Meaning:
    """What a typed line means. What begins with a slash is a query only if the name of a skill follows.

    Args:
        line: What was typed, not blank; it may hold newlines.
        skills: Looks which skills there are, as commands; a command of our own with such a name comes first.
    """
    text = line.strip()
    if text.casefold() in _LEAVING:
        return Leave()
    if not text.startswith("/"):
        return Query(text)
    name, _, argument = text[1:].partition(" ")
    name, newline, rest = name.partition("\n")
    for command in COMMANDS:
        if command.name == name.casefold():
            return Call(command, (rest + argument if newline else argument).strip())
    names = [skill.name for skill in skills()]
    if name.casefold() in names:
        return Query(text, name.casefold())
    return Unknown(name, nearest(name, names))


def nearest(name: str, skills: Sequence[str] = ()) -> tuple[str, ...]:
    """The commands with names most like this one: those it begins, then those spelt alike; at most three.

    Args:
        name: What was typed.
        skills: The names of skills, which may be meant as well.
    """
    wanted = name.casefold()
    begun = [known for known in (*_NAMES, *skills) if wanted and known.startswith(wanted)]
    alike = get_close_matches(wanted, [*_NAMES, *skills, "exit"], n=3, cutoff=0.6)
    return tuple(dict.fromkeys([*begun, *alike]))[:3]


def help_text(width: int = 80, skills: Sequence[Command] = ()) -> str:
    """The commands and keys, in plain lines; on a narrow terminal the words go below their command."""
    rows = [(f"/{command.name} {command.argument}".rstrip(), command.help) for command in COMMANDS]
    if skills:
        named = ", ".join(f"/{skill.name}" for skill in skills[:_NAMED])
        others = f" and {len(skills) - _NAMED} more" if len(skills) > _NAMED else ""
        rows.append(("/SKILL QUESTION", f"ask with that skill: {named}{others}; /skills tells of them"))
    keys = [
        ("Enter", "ask"),
        ("Alt+Enter, or \\ Enter", "a new line in the query"),
        ("Up, Down", "queries typed before, in earlier runs too; Ctrl+R searches them"),
        ("Esc Esc", "clear what is typed; at an empty prompt: go back to an earlier query and change it"),
        ("Tab", "complete a slash command"),
        ("Ctrl+C", "cancel the query that runs; clear what is typed; twice at an empty prompt: leave"),
        ("Ctrl+D", "leave"),
    ]
    lines = ["Commands:", *_rows(rows, width), "", "Keys:", *_rows(keys, width), ""]
    return "\n".join([*lines, *WHILE_IT_RUNS])


def _rows(rows: list[tuple[str, str]], width: int) -> list[str]:
    left = max(len(first) for first, _ in rows) + 2
    if width < left + 40:
        return [
            line
            for first, second in rows
            for line in (f"  {first}", *(f"      {part}" for part in wrap(second, max(width - 6, 10))))
        ]
    return [
        f"  {(first if number == 0 else '').ljust(left)}{part}"
        for first, second in rows
        for number, part in enumerate(wrap(second, width - left - 2))
    ]
