"""From rules to a verdict: allow, ask a person, or refuse. Pure.

The order: a rule that denies; the floor; a rule that asks; a rule that allows; what is usual for the tool.
So no rule can lift the floor, and a further rule that denies or asks never allows more.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

from dexter.permissions.lines import CommandLine
from dexter.permissions.rules import Rule, Rules

Kind = Literal["allow", "ask", "refuse"]


@dataclass(frozen=True)
class Verdict:
    """What is to happen. `reason` ends a sentence; `lasting`: whether an answer may hold for longer."""

    kind: Kind
    reason: str = ""
    lasting: bool = True


class Action(Protocol):
    """Something that a model wants to do."""

    def meant_by(self, rule: Rule) -> bool:
        """Whether a rule that allows means it: only what certainly is the same."""

    def touched_by(self, rule: Rule) -> bool:
        """Whether a rule that denies or asks means it: whatever may be the same."""


@dataclass(frozen=True)
class FileAction:
    """A file below the working directory, by the names of its path."""

    tool: str
    parts: tuple[str, ...]

    def meant_by(self, rule: Rule) -> bool:
        """Whether the pattern fits the whole path."""
        return rule.names(self.tool) and (not rule.pattern or _fits(rule.pattern, self.parts))

    def touched_by(self, rule: Rule) -> bool:
        """The same, whatever the case of the letters: some disks make no difference."""
        if not rule.names(self.tool):
            return False
        folded = tuple(part.casefold() for part in self.parts)
        return not rule.pattern or _fits(rule.pattern.casefold(), folded)


@dataclass(frozen=True)
class CommandAction:
    """A command line."""

    tool: str
    line: CommandLine

    def meant_by(self, rule: Rule) -> bool:
        """Whether it is the rule's line, or a plain command that begins with the rule's words."""
        if not rule.names(self.tool):
            return False
        if not rule.pattern:
            return bool(self.line.words)
        if rule.prefix is not None:
            return bool(rule.prefix) and self.line.words[: len(rule.prefix)] == rule.prefix
        return _same(CommandLine.read(rule.pattern), self.line)

    def touched_by(self, rule: Rule) -> bool:
        """Whether the rule's words stand anywhere in it, in a row."""
        if not rule.names(self.tool):
            return False
        wanted = rule.prefix or CommandLine.read(rule.pattern).words
        if not rule.pattern or _same(CommandLine.read(rule.pattern), self.line):
            return True
        # What can't be read may hold the words in any disguise: it is asked for in any case.
        return bool(wanted) and any(_within(wanted, words) for words in self.line.commands)


@dataclass(frozen=True)
class CallAction:
    """A call of a tool of which nothing more is known than its name."""

    tool: str

    def meant_by(self, rule: Rule) -> bool:
        """Whether the rule names the tool."""
        return rule.names(self.tool) and not rule.pattern

    def touched_by(self, rule: Rule) -> bool:
        """The same."""
        return rule.names(self.tool)


def decide(
    action: Action,
    rules: Rules,
    *,
    floor: str = "",
    granted: Iterable[Rule] = (),
    usually: Kind = "ask",
) -> Verdict:
    """What is to happen.

    Args:
        action: What a model wants to do.
        rules: Of the settings.
        floor: Why a person has to be asked whatever the rules say; empty if they decide.
        granted: What was allowed for this session.
        usually: What happens where no rule says anything.
    """
    if denying := _first(rules.deny, action):
        return Verdict("refuse", f"the rule {denying} in the settings denies it")
    if floor:
        return Verdict("ask", floor, lasting=False)
    if asking := _first(rules.ask, action):
        return Verdict("ask", f"the rule {asking} in the settings wants it", lasting=False)
    if any(action.meant_by(rule) for rule in (*rules.allow, *granted)):
        return Verdict("allow")
    return Verdict(usually)


def _first(rules: Sequence[Rule], action: Action) -> Rule | None:
    return next((rule for rule in rules if action.touched_by(rule)), None)


def _same(one: CommandLine, other: CommandLine) -> bool:
    if one.words and other.words:
        return one.words == other.words
    return one.text == other.text and not one.unclear


def _within(wanted: tuple[str, ...], words: tuple[str, ...]) -> bool:
    places = range(len(words) - len(wanted) + 1)
    first = wanted[0].rsplit("/", 1)[-1]
    return any(
        words[at].rsplit("/", 1)[-1] == first and words[at + 1 : at + len(wanted)] == wanted[1:]
        for at in places
    )


def _fits(pattern: str, parts: tuple[str, ...]) -> bool:
    return _expression(pattern).fullmatch("".join(f"{part}/" for part in parts)) is not None


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    """A pattern of paths for texts in which each name is followed by a slash."""
    text = ""
    for part in pattern.removeprefix("./").rstrip("/").split("/"):
        if part == "**":
            text += "(?:[^/]+/)*"
        else:
            names = {"*": "[^/]*", "?": "[^/]"}
            text += "".join(names.get(char, re.escape(char)) for char in part) + "/"
    return re.compile(text, re.DOTALL)
