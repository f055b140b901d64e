"""Rules of permission: `write_file(reports/**)`, `run_command(ls:*)`, `github__*`; read, written, compared.

Owns their syntax. A rule names a tool and, between brackets, what of it is meant:

- of files a path below the working directory, in which `*` and `?` stay in one folder and `**` does not;
- of commands the whole command line, or with `:*` at its end all that begin with these words;
- nothing at all, which means everything that the tool can do.

The name of a tool may end with `*`. A rule of `write_file` holds for `edit_file`, too: both write.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dexter.permissions.lines import CommandLine

WRITE, EDIT, READ, LIST, RUN = "write_file", "edit_file", "read_file", "list_files", "run_command"
FILE_TOOLS = (READ, LIST, WRITE, EDIT)
KINDS = ("allow", "ask", "deny")

_RULE = re.compile(r"([A-Za-z0-9_.-]+\*?|\*)(?:\((.*)\))?", re.DOTALL)
_ANY = {"", "*", "**"}
_PREFIX = ":*"


class RuleUnfit(ValueError):
    """A text is no rule; its own text says why."""


@dataclass(frozen=True)
class Rule:
    """One rule. `pattern` is empty where it means everything that the tool can do."""

    tool: str
    pattern: str = ""

    def __str__(self) -> str:
        return f"{self.tool}({self.pattern})" if self.pattern else self.tool

    def names(self, tool: str) -> bool:
        """Whether it is about this tool."""
        if self.tool.endswith("*"):
            return tool.startswith(self.tool[:-1])
        return tool == self.tool or (tool == EDIT and self.tool == WRITE)

    @property
    def prefix(self) -> tuple[str, ...] | None:
        """The words that a command line has to begin with, None if the rule means one line or all."""
        if not self.pattern.endswith(_PREFIX):
            return None
        return CommandLine.read(self.pattern.removesuffix(_PREFIX)).words


@dataclass(frozen=True)
class Rules:
    """The rules that hold: what denies goes before what asks, and that before what allows."""

    allow: tuple[Rule, ...] = ()
    ask: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()

    def allowing(self, rule: Rule) -> "Rules":
        """These rules and one more that allows."""
        return self if rule in self.allow else replace(self, allow=(*self.allow, rule))


UNKNOWN = Rules(ask=(Rule("*"),))
"""For settings that can't be read: a person is asked for everything, reading included."""


@dataclass(frozen=True)
class Permissions:
    """The field `permissions` of the settings; `unknown` holds what a newer dexter put there."""

    rules: Rules = Rules()
    unknown: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, found: Any) -> "Permissions":
        """The rules in a field of the settings.

        Raises:
            RuleUnfit: If it is no object of lists of rules.
        """
        if not isinstance(found, dict):
            raise RuleUnfit("it is not an object")
        lists = {kind: _rules(kind, found.get(kind, [])) for kind in KINDS}
        return cls(Rules(**lists), {name: value for name, value in found.items() if name not in KINDS})

    def fields(self) -> dict[str, Any]:
        """The field as it is written; empty if there is nothing to write."""
        lists: dict[str, Sequence[Rule]] = {kind: getattr(self.rules, kind) for kind in KINDS}
        return {kind: [str(rule) for rule in rules] for kind, rules in lists.items() if rules} | dict(
            self.unknown
        )


def parse(text: str) -> Rule:
    """The rule that a text is.

    Raises:
        RuleUnfit: If it is none.
    """
    found = _RULE.fullmatch(text.strip())
    if found is None:
        raise RuleUnfit(f'"{text}" is not TOOL or TOOL(PATTERN)')
    rule = Rule(found[1], "" if (found[2] or "").strip() in _ANY else found[2].strip())
    if rule.pattern and rule.tool in FILE_TOOLS:
        _check_path(text, rule.pattern)
    elif rule.pattern and rule.tool == RUN:
        _check_command(text, rule)
    elif rule.pattern:
        raise RuleUnfit(f'"{text}" has a pattern, which only tools for files and commands take')
    return rule


def _rules(kind: str, found: Any) -> tuple[Rule, ...]:
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise RuleUnfit(f'"{kind}" is not a list of texts')
    return tuple(dict.fromkeys(parse(each) for each in found))


def _check_path(text: str, pattern: str) -> None:
    parts = pattern.removeprefix("./").split("/")
    if pattern.startswith(("/", "~")) or ".." in parts:
        raise RuleUnfit(f'"{text}" leads out of the working directory, which no rule allows')
    if any("**" in part and part != "**" for part in parts):
        raise RuleUnfit(f'"{text}" has ** as a part of a name: it stands for whole folders')


def _check_command(text: str, rule: Rule) -> None:
    if rule.pattern.endswith(_PREFIX) and not rule.prefix:
        raise RuleUnfit(f'"{text}" begins with more than plain words, which no beginning of a command is')
    if not rule.pattern.endswith(_PREFIX) and CommandLine.read(rule.pattern).unclear:
        raise RuleUnfit(f'"{text}" is a command that always has to be asked for')
