"""A command line taken apart into words, as far as that can be done without doing what a shell does.

Three kinds: plain words, which are started without a shell, so that what was compared with a rule is what
runs; several commands joined by a shell's operators; and lines of which nobody can say beforehand what they
will do (`unclear`), because they hold substitutions, patterns of files or other languages.
"""

import re
from dataclasses import dataclass

_OPERATORS = frozenset("|&;<>()\n")
_SPACES = frozenset(" \t")
_UNCLEAR = {
    "$": "a variable or substitution",
    "`": "a substitution",
    "\\": "a backslash",
    "*": "a pattern of files",
    "?": "a pattern of files",
    "[": "a pattern of files",
    "]": "a pattern of files",
    "{": "a brace",
    "}": "a brace",
}
_RESERVED = frozenset(
    {
        *("!", "[[", "]]", "if", "then", "else", "elif", "fi", "for", "while", "until", "do"),
        *("done", "case", "esac", "select", "function", "time", "coproc"),
    }
)
_BUILT_IN = frozenset(
    {
        *("alias", "bg", "bind", "break", "builtin", "caller", "cd", "command", "compgen"),
        *("complete", "continue", "declare", "dirs", "disown", "enable", "eval", "exec"),
        *("exit", "export", "fc", "fg", "getopts", "hash", "help", "history", "jobs", "let"),
        *("local", "logout", "mapfile", "popd", "pushd", "read", "readarray", "readonly"),
        *("return", "set", "shift", "shopt", "source", ".", ":", "suspend", "times", "trap"),
        *("type", "typeset", "ulimit", "umask", "unalias", "unset", "wait"),
    }
)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(\[.*\])?\+?=", re.ASCII)
LONGEST = 4_000


@dataclass(frozen=True)
class CommandLine:
    """A command line. `commands` are the words of each command in it; `unclear` says why they are not all.

    `joined` tells whether a shell's operators stand in it.
    """

    text: str
    commands: tuple[tuple[str, ...], ...]
    joined: bool = False
    unclear: str = ""

    @classmethod
    def read(cls, text: str) -> "CommandLine":
        """Take a line apart; whatever it is, there is a result."""
        text = text.strip(" \t\n")
        reader = _Reader(text)
        unclear = _not_text(text) or reader.read()
        commands = tuple(tuple(words) for words in reader.commands if words)
        return cls(text, commands, reader.joined, unclear or _language(commands))

    @property
    def words(self) -> tuple[str, ...]:
        """The words of a plain command that needs no shell; empty for every other line."""
        if self.unclear or self.joined or len(self.commands) != 1:
            return ()
        words = self.commands[0]
        return () if words[0] in _BUILT_IN or assigns(words[0]) or not words[0] else words


def assigns(word: str) -> bool:
    """Whether a word before a command sets a variable for it."""
    return _ASSIGNMENT.match(word) is not None


def _not_text(text: str) -> str:
    if not text:
        return "it is empty"
    if len(text) > LONGEST:
        return f"it is longer than {LONGEST:,} characters"
    if any(not char.isprintable() and char not in "\n\t" for char in text):
        return "it holds characters that can't be seen"
    return ""


def _language(commands: tuple[tuple[str, ...], ...]) -> str:
    word = next((words[0] for words in commands if words[0] in _RESERVED), "")
    return f"it is a script ({word})" if word else ""


class _Reader:
    """Goes through a line once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.commands: list[list[str]] = [[]]
        self.joined = False
        self._word: str | None = None

    def read(self) -> str:
        """Take the line apart; returns why that was not possible, or nothing."""
        at = 0
        while at < len(self._text):
            char = self._text[at]
            if char in "'\"":
                end = self._text.find(char, at + 1)
                if end < 0:
                    return "a quotation has no end"
                inside = self._text[at + 1 : end]
                if char == '"' and any(each in inside for each in "$`\\"):
                    return "it holds a variable, a substitution or a backslash"
                self._word = (self._word or "") + inside
                at = end
            elif char in _SPACES:
                self._end_word()
            elif char in _OPERATORS:
                self._end_command()
                if self._text.startswith("<<", at):
                    return "it holds a text for the command"
            elif reason := self._odd(char):
                return f"it holds {reason}"
            else:
                self._word = (self._word or "") + char
            at += 1
        self._end_word()
        return ""

    def _odd(self, char: str) -> str:
        """What a shell would make of a character here, if more than the character itself."""
        if char == "~" and (not self._word or self._word.endswith(("=", ":"))):
            return "a home directory"
        if char == "#" and self._word is None:
            return "a comment"
        return _UNCLEAR.get(char, "")

    def _end_word(self) -> None:
        if self._word is not None:
            self.commands[-1].append(self._word)
            self._word = None

    def _end_command(self) -> None:
        self._end_word()
        self.joined = True
        self.commands.append([])
